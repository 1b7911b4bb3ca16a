"""Which program a stage uses: the pattern finds what Python's parser finds, and a change reaches the right stages."""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import codehash
from pipelines.settings import Settings
from pipelines.themes import load_themes


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def statements(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    children = node.orelse if is_type_checking(node) else ast.iter_child_nodes(node)
    for child in children:
        yield from statements(child)


def parsed(source: str) -> set[str]:
    """The same answer by Python's own parser."""
    names: set[str] = set()
    for node in statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not looked for"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value if node.value != "pipelines" else "")
    return names & set(codehash.modules())


def test_the_pattern_finds_what_the_parser_finds_in_every_module() -> None:
    known = codehash.modules()
    assert len(known) > 150
    for name, file in known.items():
        source = file.read_text(encoding="utf-8")
        assert codehash.imported(source, known) == parsed(source), name


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from pipelines import (\n    atomic,  # store\n    charts as c,\n)", {"atomic", "charts"}),
        ("def f():\n    from pipelines.render import html", {"render", "render.html"}),
        ("import pipelines.store as s, pipelines.atomic", {"store", "atomic"}),
        (
            "if TYPE_CHECKING:\n    from pipelines.render import html\n\n    import pipelines.store\nimport pipelines.atomic",
            {"atomic"},
        ),
        ('command = [python, "-m", "pipelines.render.engines.server"]', {"render.engines.server"}),
        ("# from pipelines import store\nimport pandas", set()),
    ],
)
def test_ways_to_import(source: str, found: set[str]) -> None:
    names = {name.removeprefix("pipelines.") for name in codehash.imported(source, codehash.modules())}
    assert names - {"pipelines"} == found


def test_stages_begin_where_the_pipeline_begins_them() -> None:
    tree = ast.parse((codehash.PACKAGE / "pipeline.py").read_text(encoding="utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for stage in ("clean", "check", "indicators"):
        imports = parsed(ast.unparse(functions[f"run_{stage}"])) - {"pipelines"}
        entries = {f"pipelines.{name}" for name in codehash.STAGES[stage]}
        assert imports and imports <= codehash.reachable(entries), stage


def test_reports_begin_where_their_conductor_begins_them() -> None:
    imports = parsed((codehash.PACKAGE / "issue.py").read_text(encoding="utf-8")) - {"pipelines"}
    kept_apart = {f"pipelines.{name}" for name in ("codehash", "diskerrors", "manifest", "pipeline")}
    # the editions decide whether a report is made, and their result is an input of its own
    kept_apart |= {f"pipelines.revisions.{name}" for name in ("basis", "compare", "records")}
    entries = {f"pipelines.{name}" for name in codehash.STAGES["report"]}
    assert imports - kept_apart <= codehash.reachable(entries)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program that a test may change, and must put right again."""
    target = tmp_path_factory.mktemp("program") / "pipelines"
    shutil.copytree(codehash.PACKAGE, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def hashes(package: Path) -> dict[str, str]:
    for cached in (codehash.stage_hash, codehash._imports_of):
        cached.cache_clear()
    return {stage: codehash.stage_hash(stage, package) for stage in codehash.STAGES}


@pytest.mark.parametrize(
    ("changed", "stages"),
    [
        ("render/pdf.py", {"report"}),
        ("render/templates/filter.lua", {"report"}),
        ("report/showing.py", {"report"}),
        ("issue.py", {"report"}),
        ("clean/dates.py", {"clean"}),
        ("clean/rules.toml", {"clean"}),
        ("checks/suites.py", {"check"}),
        ("feedback/words.toml", {"check"}),
        ("annex.typ", set()),
        ("demo/people.py", set()),
        ("batch/run.py", set()),
        ("cli.py", set()),
        ("settings.py", {"clean", "check", "indicators", "report"}),
    ],
)
def test_a_change_reaches_the_stages_that_use_it_and_no_other(
    package: Path, changed: str, stages: set[str]
) -> None:
    before = hashes(package)
    content = (package / changed).read_bytes()
    (package / changed).write_bytes(content + b"\n")
    after = hashes(package)
    (package / changed).write_bytes(content)
    assert {stage for stage in before if before[stage] != after[stage]} == stages


def test_the_folder_the_program_lies_in_changes_nothing(package: Path) -> None:
    hashes(package)  # forget what the copy was
    for stage in codehash.STAGES:
        assert codehash.stage_hash(stage, package) == codehash.stage_hash(stage)


def test_what_a_notebook_imports_counts_for_its_report(settings: Settings) -> None:
    usual = {codehash.report_hash(theme.notebook) for theme in load_themes(settings)}
    notebook = settings.paths.notebooks / "dropout.ipynb"
    assert codehash.report_hash(notebook) == codehash.stage_hash("report")
    text = notebook.read_text(encoding="utf-8").replace(
        "from pipelines import charts", "from pipelines import charts, demo", 1
    )
    notebook.write_text(text, encoding="utf-8")
    assert codehash.report_hash(notebook) not in usual
