"""问题数据反馈表: what is in it, in what order, what never is, and what became of the findings of the run before."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from pipelines import store
from pipelines.atomic import write_json
from pipelines.checks.details import DETAIL_COLUMNS
from pipelines.feedback import FILE_NAME, collect, write_feedback
from pipelines.feedback.progress import read_progress
from pipelines.feedback.words import words
from pipelines.feedback.workbook import safe_text, sheet_names, with_sheets
from pipelines.periods import Period
from pipelines.settings import Settings


PERIOD = Period(2026, 3)
S1, S2 = "3707840001", "3707840002"
ROW = {
    "table": "dropout_case", "source_file": "台账.xlsx", "source_sheet": "Sheet1", "source_row": 12, "column": "state",
    "header": "当前状态", "rule": "unknown_code", "message": "“当前状态”填写的内容“=HYPERLINK(1)”不在代码表内",
    "mend": "改为代码表里的写法。", "severity": "error", "town": "370784122", "school_id": S1,
}  # fmt: skip


def store_issues(settings: Settings, set_aside: list[dict[str, Any]], doubts: list[dict[str, Any]]) -> None:
    folder = settings.paths.clean("mine", PERIOD)
    for name, rows in (("set_aside", set_aside), ("findings", doubts)):
        store.write_frame(folder / f"{name}.parquet", pd.DataFrame(rows, columns=list(ROW)))
    place = {"source_file": "台账.xlsx", "source_sheet": "Sheet1"}
    school = {"school_id": [S1, S2], "school_name": ["一小", "二小"], "town": "370784122"}
    store.write_frame(folder / "school.parquet", pd.DataFrame({**school, **place, "source_row": [3, 4]}))
    cases = pd.DataFrame(
        {"id_key": ["SECRETA", "SECRETB"], "case_id": ["CX-1", "CX-2"], "source_row": [20, 21]}
    )
    store.write_frame(folder / "dropout_case.parquet", cases.assign(**place))
    files = [{"file": "坏.xls", "problem": "文件打不开", "tables": []}]
    write_json(folder / "manifest.json", {"files": files, "tables": {"dropout_case": {}}})


@pytest.fixture
def written(settings: Settings) -> Settings:
    doubt = ROW | {
        "column": "id_no",
        "header": "证件号",
        "rule": "id_checksum",
        "source_row": 20,
        "message": "“证件号”的校验码不对",
    }
    hint = doubt | {"rule": "id_15_digits", "school_id": S2, "source_row": 21}
    store_issues(settings, [ROW | {"source_row": 99}, ROW], [doubt, hint])
    return settings


def detail(**cells: Any) -> dict[str, Any]:
    base = dict.fromkeys(DETAIL_COLUMNS, "") | {"table": "dropout_case", "title": "台账", "source_row": 5}
    return base | {"rule": "r", "column": "c", "message": "m", "mend": "n", "severity": "阻断"} | cells


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_all_findings_most_serious_first_then_by_place(written: Settings) -> None:
    frame = collect(written, "mine", PERIOD, pd.DataFrame([detail(school_id=S2)]))
    assert frame["severity"].tolist() == ["阻断", "警告", "警告", "警告", "警告", "提示"]
    assert frame["source_row"].tolist() == [5, 0, 12, 20, 99, 21]
    assert frame["due"].tolist() == ["2026-10-03", *["2026-10-10"] * 4, "2026-10-20"]
    cells = dict(zip(frame["source_row"], frame["value"], strict=True))
    assert cells[12] == "=HYPERLINK(1)" and cells[20] == "（不显示）"


def test_one_sheet_for_everything_and_one_per_school(written: Settings) -> None:
    found = sheets(write_feedback(written, "mine", PERIOD)[0])
    assert list(found) == ["全部问题", "整改情况", "未归属学校", "一小", "二小"]
    head = [column["header"] for column in words()["columns"]]
    assert found["全部问题"][0] == head and len(found["全部问题"]) == 6
    assert len(found["一小"]) == 4 and len(found["二小"]) == 2 and "学校" not in found["一小"][0]
    assert {row[head.index("整改状态")] for row in found["全部问题"][1:]} == {"新增"}


def test_no_cell_is_a_formula_and_no_pseudonym_is_printed(written: Settings) -> None:
    book, findings = write_feedback(written, "mine", PERIOD)
    with zipfile.ZipFile(book) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    assert all(b"<f>" not in part and b"SECRET" not in part for part in content.values())
    assert (
        b"&apos;=HYPERLINK" in content["xl/sharedStrings.xml"]
        or b"'=HYPERLINK" in content["xl/sharedStrings.xml"]
    )
    assert (
        b'state="frozen"' in content["xl/worksheets/sheet1.xml"]
        and b"<autoFilter" in content["xl/worksheets/sheet1.xml"]
    )
    assert "SECRET" not in findings.read_text(encoding="utf-8")


def test_mended_rows_are_closed_open_ones_stay_and_others_are_new(written: Settings) -> None:
    write_feedback(written, "mine", PERIOD)
    # Row 12 is mended; a row was added above, and the file has another name: the person's doubt is the same one.
    moved = {"source_row": 30, "source_file": "台账（改）.xlsx"}
    doubt = ROW | moved | {"column": "id_no", "rule": "id_checksum", "message": "“证件号”的校验码不对"}
    store_issues(written, [ROW | {"source_row": 99}, ROW | {"source_row": 7}], [doubt])
    clean = written.paths.clean("mine", PERIOD) / "dropout_case.parquet"
    cases = store.read_frame(clean)
    store.write_frame(clean, cases.assign(source_file="台账（改）.xlsx", source_row=[30, 31]))
    book, findings = write_feedback(written, "mine", PERIOD)
    frame = {row["source_row"]: row for row in json.loads(findings.read_text(encoding="utf-8"))["current"]}
    head, *rows = sheets(book)["全部问题"]
    state = {row[head.index("行号")]: row[head.index("整改状态")] for row in rows}
    assert set(frame) == {0, 7, 30, 99} and state == {"": "未改", 7: "新增", 30: "未改", 99: "未改"}
    told = sheets(book)["整改情况"]
    total = next(row for row in told if row[0] == "合计")
    assert total[1:7] == [5, 2, 0, 3, 1, 4]  # earlier, closed, not handed in, open, new, now
    stored = read_progress(written.paths.quality("mine", PERIOD))
    assert stored is not None and (stored.closed, stored.open, stored.new) == (2, 3, 1)


def test_a_second_run_without_changes_gives_the_same_bytes(written: Settings) -> None:
    def run() -> list[bytes]:
        return [file.read_bytes() for file in write_feedback(written, "mine", PERIOD)]

    assert run() == run()
    store_issues(written, [ROW], [])
    changed = run()
    assert changed == run() == run()


def test_findings_of_a_table_no_longer_handed_in_are_not_called_mended(written: Settings) -> None:
    write_feedback(written, "mine", PERIOD)
    store_issues(written, [], [])
    write_json(written.paths.clean("mine", PERIOD) / "manifest.json", {"files": [], "tables": {}})
    rows = sheets(write_feedback(written, "mine", PERIOD)[0])["整改情况"]
    assert next(row for row in rows if row[0] == "合计")[1:4] == [
        5,
        1,
        4,
    ]  # the file is gone, the rows are unknown


def test_a_broken_history_is_no_reason_to_fail(written: Settings) -> None:
    folder = written.paths.quality("mine", PERIOD)
    folder.mkdir(parents=True)
    (folder / "findings.json").write_text('{"schema": 1, "current": 5}', encoding="utf-8")
    assert (write_feedback(written, "mine", PERIOD)[0]).name == FILE_NAME


def test_two_schools_of_one_name_do_not_share_a_sheet() -> None:
    rows = {
        "school_id": ["1", "2", "", ""],
        "school_name": ["中心小学", "中心小学", "", ""],
        "town_name": ["甲镇", "乙镇", "甲镇", ""],
    }
    frame = with_sheets(pd.DataFrame(rows))
    assert frame["sheet"].tolist() == ["中心小学(2)", "中心小学", "未归属学校（甲镇）", "未归属学校"]


@given(st.lists(st.text(max_size=60), max_size=30, unique=True))
def test_sheet_names_are_what_excel_takes(texts: list[str]) -> None:
    names = list(sheet_names(texts, ["全部问题"]).values())
    folded = [name.casefold() for name in names]
    assert len(set(folded)) == len(texts) and "history" not in folded and "全部问题" not in names
    for name in names:
        assert 0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") and not name.startswith("'")


@given(st.text(max_size=80))
def test_safe_text_never_begins_like_a_formula(text: str) -> None:
    assert not safe_text(text).startswith(("=", "+", "-", "@", "\t", "\r"))
