"""A whole period: what is written, what is set aside, and that no row is lost."""

import hashlib
import io
import json
import stat
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines import store
from pipelines.clean import clean_period
from pipelines.errors import ConfigError, UsageError
from pipelines.feedback import collect
from pipelines.ingest import list_datasets, list_periods
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import Contract, load_contract

from .material import SCHOOL, csv_text, example_row, id_no, pupil, put


Q3 = Period(2026, 3)


@pytest.fixture
def contract(settings: Settings) -> Contract:
    return load_contract(settings.paths.reference)


def issues(settings: Settings, name: str) -> pd.DataFrame:
    return store.read_frame(settings.paths.clean("county", Q3) / f"{name}.parquet")


def table(settings: Settings, name: str) -> pd.DataFrame:
    frame = store.read(settings, "county", Q3, name)
    assert frame is not None
    return frame


def test_every_table_has_the_columns_of_the_architecture(settings: Settings, contract: Contract) -> None:
    for name in contract.tables:
        put(settings, f"{name}.csv", csv_text(contract, name, [example_row(contract, name)]))
    result = clean_period(settings, "county", Q3)
    assert not result.problems and not len(issues(settings, "set_aside"))
    for name, spec in contract.tables.items():
        frame = table(settings, name)
        expected = {"row_id", "source_file", "source_sheet", "source_row"}
        expected |= {"birth_date"} if name == "dept_list" else set()
        for column in spec.columns:
            if column.privacy == "key":
                expected |= {column.name.replace("_no", "") + "_key"}
                expected |= {"id_state"} if column.name == "id_no" else set()
            elif column.privacy == "flag":
                expected |= {f"has_{column.name}"}
            elif column.privacy == "home_town":
                expected |= {"home_town"}
            elif column.privacy == "fact":
                expected |= {column.name + ("_fen" if column.kind == "money" else "")}
        assert set(frame.columns) == expected, name
        assert len(frame) == 1
    payment = table(settings, "aid_payment")
    assert payment["due_fen"].tolist() == [62500] and str(payment["due_fen"].dtype) == "Int64"
    assert str(payment["paid_date"].dtype).startswith("datetime64")
    assert str(payment["batch"].dtype) == "str"


def test_the_department_lists_get_the_birth_date_of_the_id_number(
    settings: Settings, contract: Contract
) -> None:
    good = id_no(7, "20150319")
    wrong_check = good[:17] + ("0" if good[17] != "0" else "1")
    numbers = [good, wrong_check, good + "42", "000000201702290032", good[:6] + good[8:17]]
    rows = [{**example_row(contract, "dept_list"), "id_no": number} for number in numbers]
    put(settings, "list.csv", csv_text(contract, "dept_list", rows))
    clean_period(settings, "county", Q3)
    births = table(settings, "dept_list")["birth_date"]
    assert str(births.dtype).startswith("datetime64")
    assert [str(b.date()) if pd.notna(b) else None for b in births] == (
        ["2015-03-19", "2015-03-19", "2015-03-19", None, "1915-03-19"]
    )


def test_keys_join_across_tables_and_forms(settings: Settings, contract: Contract) -> None:
    number = id_no(7)
    put(settings, "t1.csv", csv_text(contract, "school", [SCHOOL]))
    put(settings, "t2.csv", csv_text(contract, "student_roll", [pupil(7)]))
    child = {**example_row(contract, "hukou_cohort"), "id_no": f"'{number.lower()} "}
    put(settings, "t16.csv", csv_text(contract, "hukou_cohort", [child]))
    clean_period(settings, "county", Q3)
    assert (
        table(settings, "student_roll")["id_key"].tolist()
        == table(settings, "hukou_cohort")["id_key"].tolist()
    )
    assert table(settings, "student_roll")["home_town"].tolist() == ["370784122"]


CASES = [
    ("student_roll", {"sex": "不明"}, "unknown_code", True),
    ("student_roll", {"hukou_type": "蓝印"}, "unknown_code", True),
    ("student_roll", {"birth_date": "2015-02-30"}, "bad_date", True),
    ("student_roll", {"birth_date": ""}, "missing_value", True),
    ("student_roll", {"school_id": "3737999999"}, "unknown_school", True),
    ("student_roll", {"id_no": "3.7E+17"}, "digits_lost", False),
    ("student_roll", {"id_no": ""}, "missing_id", False),
    ("student_roll", {"name": ""}, "missing_name", False),
    ("student_roll", {"roll_no": "X1"}, "roll_format", False),
    ("student_roll", {"id_no": id_no(1)[:17] + ("0" if id_no(1)[17] != "0" else "1")}, "id_checksum", False),
    ("student_roll", {"birth_date": "2015-03-18"}, "id_birth_differs", False),
    ("student_roll", {"sex": "女"}, "id_sex_differs", False),
    ("hukou_cohort", {"id_no": "3.7E+17"}, "digits_lost", True),
    ("hukou_cohort", {"town": "景芝"}, None, False),
    ("hukou_cohort", {"town": "吾山镇"}, None, False),
    ("hukou_cohort", {"town": "某某镇"}, "unknown_town", True),
    ("dropout_case", {"roll_no": "", "id_no": ""}, "no_person", True),
    ("dropout_case", {"roll_no": ""}, None, False),
    ("dropout_case", {"school_id": "没有的学校"}, "unknown_school", False),
    ("dropout_case", {"verified_date": "待定"}, "bad_date", False),
    ("dropout_case", {"close_type": "51 已返原校"}, "code_contradicts", True),
    ("aid_payment", {"due": "六百上下"}, "bad_number", True),
    ("aid_payment", {"due": "#N/A"}, "formula_error", True),
    ("aid_payment", {"paid_date": "#REF!"}, "formula_error", False),
    ("aid_payment", {"school_year": "2026"}, "bad_school_year", True),
    ("absence", {"month": "2026.13"}, "bad_month", True),
]


@pytest.mark.parametrize(("name", "change", "rule", "aside"), CASES)
def test_one_fault(
    settings: Settings, contract: Contract, name: str, change: dict, rule: str, aside: bool
) -> None:
    good = pupil(1) if name == "student_roll" else example_row(contract, name)
    other = pupil(3) if name == "student_roll" else example_row(contract, name, 3)
    put(settings, "schools.csv", csv_text(contract, "school", [SCHOOL]))
    put(settings, "data.csv", csv_text(contract, name, [{**good, **change}, other]))
    counts = clean_period(settings, "county", Q3).tables[name]
    assert (counts["read"], counts["set_aside"], counts["warned"]) == (
        2,
        int(aside),
        int(bool(rule) and not aside),
    )
    listed = issues(settings, "set_aside" if aside else "findings")
    assert listed["rule"].tolist() == ([rule] if rule else [])
    if rule:
        assert listed["source_row"].tolist() == [2] and listed["source_file"].tolist() == ["data.csv"]
        assert listed["header"].tolist()[0] in listed["message"].tolist()[0] or rule == "no_person"


def test_missing_required_column_sets_its_sheet_aside(settings: Settings, contract: Contract) -> None:
    put(settings, "a.csv", csv_text(contract, "student_roll", [pupil(1), pupil(3)], without=("grade",)))
    put(settings, "b.csv", csv_text(contract, "student_roll", [pupil(5)]))
    counts = clean_period(settings, "county", Q3).tables["student_roll"]
    assert (counts["read"], counts["used"], counts["set_aside"]) == (3, 1, 2)
    aside = issues(settings, "set_aside")
    assert aside["rule"].tolist() == ["missing_column"] * 2
    assert all("年级" in message for message in aside["message"])


def test_a_sheet_without_a_column_is_one_line_with_the_nearest_header(
    settings: Settings, contract: Contract
) -> None:
    text = csv_text(contract, "student_roll", [pupil(n) for n in range(1, 41, 2)])
    put(settings, "学校.csv", csv_text(contract, "school", [SCHOOL]))
    put(settings, "a.csv", text.replace(",年级,", ",学生年级情况,"))
    counts = clean_period(settings, "county", Q3).tables["student_roll"]
    assert counts["set_aside"] == 20 == len(issues(settings, "set_aside"))
    (line,) = issues(settings, "findings").to_dict("records")
    assert (line["rule"], line["source_row"], line["school_id"]) == (
        "missing_columns",
        1,
        SCHOOL["school_id"],
    )
    assert "“年级”，20行都没有使用；最接近“年级”的表头是“学生年级情况”" in line["message"]
    told = collect(settings, "county", Q3)
    assert told["rule"].tolist() == ["missing_columns"]
    assert told["treatment"].tolist() == ["整张表未使用"]


def test_pupils_of_a_school_set_aside_are_told_why(settings: Settings, contract: Contract) -> None:
    schools = [
        {**SCHOOL, "urban_rural": "山区"},
        {**SCHOOL, "school_id": "3737000002", "school_name": "二小"},
    ]
    put(settings, "s.csv", csv_text(contract, "school", schools))
    put(settings, "r.csv", csv_text(contract, "student_roll", [pupil(1), pupil(3, school_id="二小")]))
    clean_period(settings, "county", Q3)
    aside = issues(settings, "set_aside")
    assert aside["rule"].tolist() == ["unknown_code", "school_refused"]
    assert table(settings, "student_roll")["school_id"].tolist() == ["3737000002"]


def test_a_sheet_without_names_is_used(settings: Settings, contract: Contract) -> None:
    put(settings, "a.csv", csv_text(contract, "student_roll", [pupil(1)], without=("name",)))
    counts = clean_period(settings, "county", Q3).tables["student_roll"]
    assert (counts["used"], counts["warned"]) == (1, 0)
    assert issues(settings, "findings")["rule"].tolist() == ["missing_name_column"]


def test_a_table_of_which_nothing_is_usable_is_unknown_not_empty(
    settings: Settings, contract: Contract
) -> None:
    put(settings, "a.csv", csv_text(contract, "dropout_case", [{"case_id": "CX-1"}]))
    put(settings, "b.csv", csv_text(contract, "care_log", []))
    clean_period(settings, "county", Q3)
    assert store.read(settings, "county", Q3, "dropout_case") is None
    assert len(table(settings, "care_log")) == 0


def workbook(sheets: dict[str, list[list[Any]]], hidden: str = "") -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
            if name == hidden:
                sheet.hide()
    return buffer.getvalue()


def grid(contract: Contract, name: str, rows: list[dict[str, Any]]) -> list[list[Any]]:
    columns = contract.tables[name].columns
    return [[c.header for c in columns], *([row.get(c.name, "") for c in columns] for row in rows)]


def test_several_sheets_titles_and_totals(settings: Settings, contract: Contract) -> None:
    schools = [
        ["安丘市学校名录"],
        ["填报日期：2026年10月8日"],
        *grid(contract, "school", [SCHOOL]),
        ["合计", 1],
    ]
    roll = [["截至2026-09-25"], *grid(contract, "student_roll", [pupil(1), pupil(3)]), [], ["填表人：某某"]]
    put(
        settings,
        "sub/全部.xls",
        workbook({"校": schools, "生": roll, "旧": roll, "说明": [["请勿改动"]]}, "旧"),
    )
    put(settings, "~$全部.xls", "lock")
    put(settings, ".hidden", "x")
    result = clean_period(settings, "county", Q3)
    assert result.tables["school"] == {
        "read": 1,
        "used": 1,
        "warned": 0,
        "set_aside": 0,
        "as_of": "2026-10-08",
    }
    assert result.tables["student_roll"]["read"] == 2
    assert result.tables["student_roll"]["as_of"] == "2026-09-25"
    (entry,) = result.manifest["files"]
    assert entry["file"] == "sub/全部.xls" and "隐藏" in entry["problem"]
    assert [t["header_row"] for t in entry["tables"]] == [3, 2]
    assert table(settings, "student_roll")["source_row"].tolist() == [3, 4]


def test_a_hidden_sheet_that_says_something_else_is_read_and_told(
    settings: Settings, contract: Contract
) -> None:
    seen, other = (grid(contract, "student_roll", [pupil(number)]) for number in (1, 5))
    put(settings, "a.xlsx", workbook({"生": seen, "旧": other}, "旧"))
    result = clean_period(settings, "county", Q3)
    assert result.tables["student_roll"]["used"] == 2 and not result.problems
    findings = issues(settings, "findings")
    assert findings["rule"].tolist() == ["hidden_sheet"] and findings["source_sheet"].tolist() == ["旧"]


def test_files_with_problems_do_not_stop_the_others(
    settings: Settings, contract: Contract, tmp_path: Path
) -> None:
    good = csv_text(contract, "school", [SCHOOL])
    put(settings, "a.csv", good)
    put(settings, "b.csv", good)
    put(settings, "c.xlsx", b"PK\x03\x04broken")
    put(settings, "d.csv", "甲,乙\r\n1,2\r\n")
    put(settings, "e.csv", "")
    put(
        settings,
        "f.csv",
        csv_text(contract, "school", [SCHOOL], without=("town", "school_type", "ownership")),
    )
    outside = tmp_path / "outside.csv"
    outside.write_text(good)
    (settings.paths.raw("county", Q3) / "g.csv").symlink_to(outside)
    (settings.paths.raw("county", Q3) / "dir").symlink_to(tmp_path)
    result = clean_period(settings, "county", Q3)
    problems = dict(result.problems)
    assert set(problems) == {"b.csv", "c.xlsx", "d.csv", "e.csv", "f.csv", "g.csv", "dir"}
    assert "a.csv" in problems["b.csv"] and "损坏" in problems["c.xlsx"] and "没有识别" in problems["d.csv"]
    assert "空" in problems["e.csv"] and "所属镇街区" in problems["f.csv"] and "拒绝" in problems["g.csv"]
    assert result.tables["school"]["read"] == 1


def test_stale_tables_go_and_others_stay(settings: Settings, contract: Contract) -> None:
    roll = put(settings, "roll.csv", csv_text(contract, "student_roll", [pupil(1)]))
    put(settings, "school.csv", csv_text(contract, "school", [SCHOOL]))
    clean_period(settings, "county", Q3)
    folder = settings.paths.clean("county", Q3)
    (folder / "indicators.json").write_text("{}")
    roll.unlink()
    clean_period(settings, "county", Q3)
    assert store.read(settings, "county", Q3, "student_roll") is None
    assert store.read_identity(settings, "county", Q3, "student_roll") is None
    assert (folder / "indicators.json").exists() and table(settings, "school") is not None


def test_identity_is_apart_and_private(settings: Settings, contract: Contract) -> None:
    put(settings, "roll.csv", csv_text(contract, "student_roll", [pupil(1), pupil(2, sex="x"), pupil(3)]))
    clean_period(settings, "county", Q3)
    path = settings.paths.identity("county", Q3) / "student_roll.parquet"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    identity = store.read_identity(settings, "county", Q3, "student_roll")
    assert identity is not None
    assert identity["row_id"].tolist() == table(settings, "student_roll")["row_id"].tolist() == [0, 1]
    assert identity["id_no"].tolist() == [id_no(1), id_no(3)]
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="权限"):
        store.read_identity(settings, "county", Q3, "student_roll")


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_input_same_bytes(settings: Settings, contract: Contract) -> None:
    put(settings, "b.csv", csv_text(contract, "student_roll", [pupil(n, sex="男") for n in range(40)]))
    put(settings, "a.csv", csv_text(contract, "school", [SCHOOL]))
    clean_period(settings, "county", Q3)
    first = digest(settings.paths.clean("county", Q3))
    clean_period(settings, "county", Q3)
    assert digest(settings.paths.clean("county", Q3)) == first
    assert "manifest.json" in first and "identity/student_roll.parquet" in first


def test_listing_and_missing_folders(settings: Settings, contract: Contract) -> None:
    put(settings, "a.csv", "x", period="2026Q3")
    put(settings, "a.csv", "x", period="2025Q4")
    (settings.paths.raw("county") / "reference").mkdir()
    put(settings, "a.csv", "x", period="2026q2")
    assert list_datasets(settings) == ["county"]
    assert list_periods(settings, "county") == [Period(2025, 4), Q3]
    assert list_periods(settings, "..") == [] and list_periods(settings, "other") == []
    with pytest.raises(UsageError):
        clean_period(settings, "county", Period(2020, 1))
    with pytest.raises(UsageError):
        clean_period(settings, "../county", Q3)


CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        ["合计", "备注：", "无", "/", "是", "1", "2026-09-01", "景芝镇", "3737000001", "家访", "学校", "正常"]
    ),
    st.text(max_size=6),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=7), max_size=12), st.booleans())
def test_used_and_set_aside_make_up_read(root: Path, rows: list[list[Any]], drop: bool) -> None:
    with tempfile.TemporaryDirectory(dir=root.parent) as name:
        place = Path(name)
        for part in ("monitoring.toml", "data"):
            (place / part).symlink_to(root / part) if part != "data" else (place / part).mkdir()
        (place / "data/reference").symlink_to(root / "data/reference")
        settings = Settings.load(place)
        contract = load_contract(settings.paths.reference)
        header = [c.header for c in contract.tables["care_log"].columns][: 5 if drop else None]
        good = ["LS-1", "2026-9-1", "家访", "学校", "正常", ""]
        put(settings, "x.xlsx", workbook({"一": [header, good, *rows], "二": [["题"], header, *rows]}))
        result = clean_period(settings, "county", Q3)
        frame = store.read(settings, "county", Q3, "care_log")
        aside = issues(settings, "set_aside")
        kept = 0
        for part in result.manifest["files"][0]["tables"]:
            assert part["read"] == part["used"] + part["set_aside"]
            assert part["warned"] <= part["used"]
            here = aside["source_sheet"] == part["sheet"]
            assert part["set_aside"] == here.sum() == aside[here]["source_row"].nunique()
            filled = [row for row in rows if any(str(c).strip() for c in row if c is not None)]
            assert part["read"] + part["skipped"] >= len(filled) - sum(_invisible(row) for row in filled)
            kept += part["used"]
        totals = result.tables["care_log"]
        assert totals["read"] == totals["used"] + totals["set_aside"] and totals["used"] == kept
        assert frame is not None and len(frame) == kept
        keys = ["source_file", "source_sheet", "source_row"]
        assert not set(map(tuple, frame[keys].values)) & set(map(tuple, aside[keys].values))
        json.dumps(result.manifest)


def _invisible(row: list[Any]) -> bool:
    """Nothing but control and format characters: no row to anybody's eye."""
    return not any(
        ch.isprintable() and not ch.isspace() for cell in row if cell is not None for ch in str(cell)
    )
