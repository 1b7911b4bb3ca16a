"""The program a stage really uses: its modules by their import lines, and one hash over them.

A changed renderer must not make the data be cleaned again; a changed cleaner must. So every stage's stamp holds the
hash of the modules that can be reached from the stage's own by imports (those inside functions too; those for type
checkers only not), of the data files beside them, and nothing else. Reading the import lines by pattern is ten times
faster than parsing 200 modules at every start; a test holds the pattern to Python's own parser.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from pipelines import provenance


PACKAGE = Path(__file__).parent
NAME = PACKAGE.name
# Where each stage begins: what its function in pipeline.py (or issue.py) imports. A test compares them.
STAGES: dict[str, tuple[str, ...]] = {
    "clean": ("clean",),
    "check": ("check", "feedback", "matching.confirmed", "matching.near"),
    "indicators": ("indicators.period",),
    "report": (
        "masthead",
        "namecheck",
        "notebooks",
        "parameters",
        "publiccheck",
        "publicroom",
        "render.both",
        "render.execute",
        "render.html",
        "render.pdf",
        "render.readback",
        "report",
        "report.rows",
        "revisions.page",
    ),
}
# Modules that only set a stage to work: their own text counts, not all that they can set to work.
CONDUCTORS = {"indicators": ("pipeline",), "report": ("issue",)}
_FROM = re.compile(
    r"^[ \t]*from[ \t]+(pipelines(?:\.\w+)*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)", re.MULTILINE
)
_IMPORT = re.compile(r"^[ \t]*import[ \t]+(pipelines\b[^\n]*)", re.MULTILINE)
_NAMED = re.compile(
    r"""["'](pipelines(?:\.\w+)+)["']"""
)  # python -m, import_module, lists of modules to preload
_TYPES_ONLY = re.compile(
    r"^([ \t]*)if (?:typing\.)?TYPE_CHECKING:[^\n]*\n(?:(?:\1[ \t]+[^\n]*)?\n)+", re.MULTILINE
)
_COMMENT = re.compile(r"#[^\n]*")


@lru_cache(maxsize=4)
def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for file in sorted(package.rglob("*.py")):
        parts = [NAME, *file.relative_to(package).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imported(source: str, known: Iterable[str]) -> set[str]:
    """The modules of the package that a source text imports, or names in quotation marks."""
    text = _TYPES_ONLY.sub("\n", source)
    names = set(_NAMED.findall(text))
    for line in _IMPORT.findall(text):
        names.update(re.findall(r"pipelines(?:\.\w+)*", _COMMENT.sub("", line)))
    for module, words in _FROM.findall(text):
        names.add(module)
        names.update(f"{module}.{word}" for word in re.findall(r"\w+", _COMMENT.sub("", words)))
    return names & set(known)


@lru_cache(maxsize=512)
def _imports_of(name: str, package: Path) -> frozenset[str]:
    known = modules(package)
    return frozenset(imported(known[name].read_text(encoding="utf-8"), known))


def reachable(entries: Iterable[str], package: Path = PACKAGE) -> set[str]:
    """All modules that importing the entries can bring in, packages above each included; KeyError for an unknown one."""
    found: set[str] = set()
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += _imports_of(name, package)
        if "." in name:
            waiting.append(name.rpartition(".")[0])
    return found


def _data_files(used: Iterable[Path], package: Path) -> list[Path]:
    """Files that are no modules: of a sub-package with its modules, of the package itself where one names them."""
    folders = {file.parent for file in used if file.name != "__init__.py"} - {package}
    own = "\n".join(file.read_text(encoding="utf-8") for file in used if file.parent == package)
    found = []
    for file in sorted(package.rglob("*")):
        if file.suffix in (".py", ".pyc") or not file.is_file() or "__pycache__" in file.parts:
            continue
        home = next(folder for folder in file.parents if (folder / "__init__.py").is_file())
        if home in folders or (home == package and file.name in own):
            found.append(file)
    return found


def hash_of(entries: Iterable[str], alone: Iterable[str] = (), package: Path = PACKAGE) -> str:
    """SHA-256 over all that the entries can reach; of the modules ``alone`` only their own text counts."""
    known = modules(package)
    used = {known[name] for name in reachable(entries, package)} | {known[name] for name in alone}
    files = sorted(used) + _data_files(used, package)
    return provenance.sha256_json(
        [[file.relative_to(package).as_posix(), provenance.sha256_file(file)] for file in files]
    )


@lru_cache(maxsize=64)
def stage_hash(stage: str, package: Path = PACKAGE, also: frozenset[str] = frozenset()) -> str:
    """SHA-256 of the program behind a stage (read once per process); ``also`` further modules it begins with."""
    entries = {f"{NAME}.{name}" for name in STAGES[stage]} | also
    return hash_of(entries, (f"{NAME}.{name}" for name in CONDUCTORS.get(stage, ())), package)


def report_hash(notebook: Path) -> str:
    """SHA-256 of the program behind a report: what renders it and what its notebook's cells import."""
    also = _notebook_imports(notebook.read_text(encoding="utf-8"))
    # What every report uses anyway makes no difference, so that all usual notebooks share one cached hash.
    return stage_hash("report", also=also - _usual())


def warm() -> None:
    """Read the program behind usual reports, so that processes forked afterwards need not."""
    stage_hash("report", also=frozenset())
    _usual()
    modules()


@lru_cache(maxsize=1)
def _usual() -> frozenset[str]:
    return frozenset(reachable(f"{NAME}.{name}" for name in STAGES["report"]))


@lru_cache(maxsize=64)
def _notebook_imports(text: str) -> frozenset[str]:
    # A notebook is JSON, one string a line: the quotation mark and \n around each go first.
    lines = re.sub(r'^[ \t]*"|(?:\\n)?",?$', "", text, flags=re.MULTILINE)
    return frozenset(imported(lines, modules()))
