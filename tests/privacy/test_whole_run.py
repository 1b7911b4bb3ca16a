"""A whole run on data with marks in every column, the folders it removes kept: no mark in any byte, no identity opened."""

import base64
import csv
import gzip
import io
import json
import shutil
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
import pikepdf
import pytest
import xlsxwriter

from pipelines import leaks, pipeline, provenance, purge
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from tests.clean.material import SCHOOL, csv_text, example_row, id_no, pupil, put
from tests.conftest import make_root

from .planted import MARKS, NAME, NUMBER, left_behind, rows_of
from .watching import OpenedIn, Watched


pytestmark = pytest.mark.e2e
TOWN, OTHER, DATASET, PERIOD = "景芝镇", "石埠子镇", "county", "2026Q3"
OTHER_SCHOOL, OTHER_CASE, OWN_CASE = "3737000002", "CX-OTHER-7", "CX-OWN-3"
UNIQUE = {"school": "school_id", "dropout_case": "case_id", "left_behind": "child_id"}
# An analyst's notebook that looks around in its own process.
LOOKS = """
import os, sys
handles = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{n}")]
print("CLEANING-SEEN" if "pipelines.clean" in sys.modules else "no cleaning here")
print("IDENTITY-OPEN" if any("/identity" in h or "/raw/" in h for h in handles) else "no identity open")
"""


MENTOR = "方婷玉"
# Notebooks that a public edition must not be made from.
REFUSED = {
    "names": 'print("导师：" + "方" + "婷玉")',
    "sums": "import pandas as pd\n"
    'roll = pd.read_parquet("data/clean/county/2026Q3/student_roll.parquet")\nprint(len(roll))',
}


def unique(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with a number of their own where the checks ask for one and two rows had the same."""
    column, seen, result = UNIQUE.get(table), set(), []
    for number, row in enumerate(rows):
        if column and row[column] in seen:
            row = {**row, column: f"37379{number:05d}" if table == "school" else f"X-{number}"}
        seen.add(row.get(column))
        result.append(row)
    return result


def plant_sound(settings: Settings) -> None:
    """Marks in every column of every table, among enough sound rows that no check refuses them; two towns."""
    contract = load_contract(settings.paths.reference)
    for name, spec in contract.tables.items():
        rows = list(rows_of(contract, name))
        sound = [example_row(contract, name, 300 + n) for n in range(4 * len(spec.columns))]
        if name == "school":
            other = {**SCHOOL, "school_id": OTHER_SCHOOL, "school_name": "石埠子镇小学", "town": OTHER}
            sound = [
                {**SCHOOL, "school_id": f"37370001{n:02d}", "school_name": f"第{n}小学"} for n in range(60)
            ]
            rows = [SCHOOL, other, *rows[1:]]
        if name == "student_roll":
            sound = [pupil(n, school_id=(SCHOOL["school_id"], OTHER_SCHOOL)[n % 2]) for n in range(500, 800)]
        if name == "left_behind":
            sound = [{**row, "mentor_post": f"班主任{MENTOR}"} for row in sound]
        if name == "dropout_case":
            still_open = ("return_date", "return_school", "placement", "close_type", "close_date")
            own = {
                **example_row(contract, name, 501), **dict.fromkeys(still_open, ""), "case_id": OWN_CASE,
                "roll_no": "", "ledger_type": "辍学", "verdict": "辍学", "state": "劝返中",
            }  # fmt: skip
            other = {"case_id": OTHER_CASE, "school_id": OTHER_SCHOOL, "town": OTHER, "id_no": id_no(502)}
            sound += [own, {**own, **other}]
        put(settings, f"{name}.csv", csv_text(contract, name, unique(name, [*rows, *sound])), DATASET, PERIOD)


def plant_workbook(settings: Settings) -> None:
    """A workbook with marks where no column is: comments, author, title, a hidden column without a header, sheet name."""
    contract = load_contract(settings.paths.reference)
    header, *rows = list(
        csv.reader(io.StringIO(csv_text(contract, "student_roll", [pupil(n) for n in range(860, 870)])))
    )
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"author": NAME, "title": NUMBER})
        sheet = book.add_worksheet(f"学籍{NUMBER}")
        for number, row in enumerate((header, *([*row, f"备注{NAME}{NUMBER}"] for row in rows))):
            sheet.write_row(number, 0, row)
        sheet.write_comment("A2", f"{NAME}，{NUMBER}", {"author": NAME})
    put(settings, f"补报{NUMBER}.xlsx", buffer.getvalue(), DATASET, PERIOD)


def own_notebook(root: Path, name: str, title: str, source: str, **theme: Any) -> None:
    """A report of an analyst's own with one cell after those that every notebook begins with."""
    content = nbformat.read(root / "notebooks" / "dropout.ipynb", as_version=4)
    content.metadata["edureport_theme"] = {"order": 50, "title": title, **theme}
    content.cells = [*content.cells[:2], nbformat.v4.new_code_cell(f'report.title("{title}")\n{source}')]
    nbformat.write(content, root / "notebooks" / f"{name}.ipynb")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    root = make_root(tmp_path_factory.mktemp("whole") / "p")
    register = root / "data" / "reference" / "towns.csv"
    lines = register.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines[1:] if TOWN in line or OTHER in line]
    register.write_text("".join([lines[0], *kept]), encoding="utf-8")
    own_notebook(root, "looks", "自查", LOOKS, editions=["internal"])
    run = Watched(root)
    plant_sound(Settings.load(root))
    plant_workbook(Settings.load(root))
    run.run("cleaning", "report", "--town", TOWN, "--theme", "looks", "--dataset", DATASET)
    run.run("town", "report", "--town", TOWN, "--theme", "dropout", "--dataset", DATASET)
    run.run(
        "kernel", "report", "--town", OTHER, "--theme", "dropout", "--dataset", DATASET,
        EDUREPORT_ENGINE="kernel",
    )  # fmt: skip
    run.run(
        "batch", "batch", "--theme", "dropout", "--workers", "2", "--edition", "public", "--dataset", DATASET
    )
    public = ("--edition", "public", "--town", TOWN, "--dataset", DATASET)
    for name, source in REFUSED.items():
        own_notebook(root, name, f"自拟{name}", source)
        run.run(name, "report", "--theme", name, *public, code=4)
    own_notebook(root, "inside", "自拟内部", REFUSED["names"], editions=["internal"])
    run.run("inside", "report", "--theme", "inside", "--town", TOWN, "--dataset", DATASET, code=4)
    for file in (root / "notebooks").glob("*.ipynb"):
        if file.stem in {"looks", "inside", *REFUSED}:  # the check rightly minds them
            file.unlink()
    run.run("check", "check", "--dataset", DATASET)
    return run


def test_no_mark_in_any_byte_left_behind(whole: Watched) -> None:
    files = left_behind(whole.root)
    names = {file.name for file in files}
    assert {
        "问题数据反馈表.xlsx",
        "findings.json",
        "quality.json",
        "indicators.json",
        "manifest.json",
    } <= names
    assert {"batch.json", "worklist.parquet", "plan.json", f"{PERIOD}.json"} <= names
    assert len([f for f in files if f.suffix == ".pdf"]) > 4 and any("data_docs" in f.parts for f in files)
    assert [f for f in files if "scratch" in f.parts], "the temporary folders must have been kept"
    identity = sorted(Settings.load(whole.root).paths.identity(DATASET, PERIOD).glob("*.parquet"))
    assert leaks.find(identity, [NAME, NUMBER]), "the marks must have been read at all"
    assert leaks.find(files, MARKS) == {}
    assert not [mark for mark in MARKS if mark in whole.said]
    assert not any("名单附件" in file.name for file in files), "no annex that nobody asked for"


def test_a_towns_report_opens_no_identity_file(whole: Watched) -> None:
    """Not another town's and not its own, whatever process, once the clean data are there."""
    written = {path for path in whole.opened["cleaning"] if "/identity/" in path}
    assert written, "the hook must see them when they are written"
    for name in ("town", "kernel", "batch"):
        processes = set().union(
            *(who for path, who in whole.opened[name].items() if "monitoring.toml" in path)
        )
        assert len(processes) > 1, "the notebook's own process must have been watched"
        assert not [path for path in whole.opened[name] if "/identity/" in path], name
        assert whole.identity[name] == set(), name


def test_the_watch_sees_what_arrow_opens(whole: Watched) -> None:
    """Python's audit hook does not: a test that had only it would always pass."""
    import pandas as pd

    folder = Settings.load(whole.root).paths.identity(DATASET, PERIOD)
    with OpenedIn([folder]) as watch:
        pd.read_parquet(folder / "student_roll.parquet")
    assert not watch.works or watch.names == {"student_roll.parquet"}


def test_where_the_same_command_cleans_the_notebook_gets_nothing_of_it(whole: Watched) -> None:
    """Its process is no copy of the one that cleaned, and holds no file of identity or received rows open."""
    text = (whole.root / "reports" / DATASET / PERIOD / "internal" / TOWN).glob("*自查.html")
    page = next(text).read_text(encoding="utf-8")
    assert "no cleaning here" in page and "no identity open" in page
    assert "CLEANING-SEEN" not in page and "IDENTITY-OPEN" not in page


def test_no_hash_of_unpublished_data_is_published(whole: Watched) -> None:
    """Who knows nearly everything could try the rest against it, and see whether something was corrected."""
    settings = Settings.load(whole.root)
    data = [
        file for file in (whole.root / "data").rglob("*") if file.is_file() and "reference" not in file.parts
    ]
    hashes = {provenance.sha256_file(file) for file in data}
    hashes.add(pipeline.raw_hash(settings, DATASET, Period.parse(PERIOD)))
    reports = whole.root / "reports" / DATASET / PERIOD
    internal, public = (
        [file for file in (reports / edition).rglob("*") if file.is_file()]
        for edition in ("internal", "public")
    )
    assert len(hashes) > 20 and leaks.find(internal, hashes), "the internal manifest holds them"
    assert public and leaks.find(public, hashes) == {}


def test_a_public_report_of_names_or_of_sums_of_its_own_is_refused_and_the_cell_named(whole: Watched) -> None:
    for name in REFUSED:
        assert f"笔记本 {name}.ipynb 第 3 个单元格" in whole.said, name
    assert "结果里有人的姓名（3 个字" in whole.said and "使用了 read_parquet" in whole.said
    assert "报告没有生成：笔记本 inside.ipynb 第 3 个单元格的结果里有人的姓名（3 个字）" in whole.said
    assert MENTOR not in whole.said
    public = whole.root / "reports" / DATASET / PERIOD / "public"
    assert not list(public.parent.rglob("*自拟*")) and list(public.rglob("*控辍保学.pdf"))


def test_a_towns_folder_knows_no_other_town(whole: Watched) -> None:
    folder = whole.root / "reports" / DATASET / PERIOD / "internal"
    own, other = (sorted(f for f in (folder / town).rglob("*") if f.is_file()) for town in (TOWN, OTHER))
    assert {"indicators.json", "manifest.json"} <= {file.name for file in own}
    assert leaks.find(own, [OWN_CASE]) and leaks.find(other, [OTHER_CASE]), "each must stand in its own"
    assert leaks.find(own, [OTHER_CASE, OTHER_SCHOOL, "石埠子镇小学"]) == {}
    assert leaks.find(other, [OWN_CASE]) == {}


PACKED = {
    "a.gz": gzip.compress(NAME.encode()),
    "a.html": f'<img src="data:text/plain;base64,{base64.b64encode(f"{NAME:>40}".encode()).decode()}">'.encode(),
    "b.html": quote(NAME).encode(),
    "c.html": "".join(f"&#x{ord(letter):x};" for letter in NAME).encode(),
    "a.json": json.dumps({"cells": [NAME]}).encode(),
    "b.json": base64.b64encode(gzip.compress(b"x" * 40 + NUMBER.encode())),
}


@pytest.mark.parametrize("name", PACKED)
def test_the_search_undoes_packing_and_escaping(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(PACKED[name])
    assert NAME.encode() not in PACKED[name]
    assert len(leaks.find([tmp_path / name], MARKS)) == 1


def test_the_search_reads_attachments_bookmarks_and_metadata(tmp_path: Path) -> None:
    for number, value in enumerate((NAME, NUMBER, NAME)):
        with pikepdf.new() as document:
            document.add_blank_page()
            if number == 0:
                document.docinfo["/Title"] = value
            elif number == 1:
                packed = zlib.compress(value.encode())
                document.attachments["a.txt"] = pikepdf.AttachedFileSpec(document, value.encode())
                assert value.encode() not in packed
            else:
                with document.open_outline() as outline:
                    outline.root.append(pikepdf.OutlineItem(value, 0))
            document.save(tmp_path / f"{number}.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert len(leaks.find(sorted(tmp_path.iterdir()), MARKS)) == 3


def test_purge_keeps_what_was_published_and_proves_it(whole: Watched, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(whole.root, root, ignore=shutil.ignore_patterns("scratch"))
    settings = Settings.load(root)
    public = {
        f: f.read_bytes() for f in (root / "reports" / DATASET / PERIOD / "public").rglob("*") if f.is_file()
    }
    released = settings.paths.releases(DATASET) / f"{PERIOD}.json"
    before = released.read_bytes()
    done = purge.purge(settings, DATASET, Period.parse(PERIOD), f"{PERIOD}+raw")
    assert done.done and released.read_bytes() == before and released in done.kept
    assert public and all(file.read_bytes() == content for file, content in public.items())
    told = json.loads((settings.paths.clean(DATASET, PERIOD) / purge.RECORD).read_text(encoding="utf-8"))
    assert f"data/releases/{DATASET}/{PERIOD}.json" in told["kept"] and told["values_found"] == 0
    left = [file for file in root.rglob("*") if file.is_file()]
    assert leaks.find(left, [*MARKS, OWN_CASE, OTHER_CASE]) == {}
