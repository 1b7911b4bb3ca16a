"""Names and ID numbers never leave identity/, whatever column they are typed into."""

import io
import json
from pathlib import Path

import pytest
import xlsxwriter

from pipelines import store
from pipelines.clean import clean_period
from pipelines.clean.issues import Quoter
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract

from .material import SCHOOL, csv_text, example_row, id_no, pupil, put


Q3 = Period(2026, 3)
NAME = "张测某"
NUMBER = id_no(9)


def everything(folder: Path) -> str:
    """All content outside identity/, parquet decompressed, as one text."""
    texts = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "identity" not in path.parts:
            if path.suffix == ".parquet":
                frame = store.read_frame(path)
                texts.append(" ".join(map(str, frame.columns)) + frame.to_csv())
            else:
                texts.append(path.read_text(encoding="utf-8"))
    return "\n".join(texts)


def test_marked_names_and_numbers_in_every_column(settings: Settings) -> None:
    contract = load_contract(settings.paths.reference)
    put(settings, "school.csv", csv_text(contract, "school", [SCHOOL]))
    free_text = 0
    for name, spec in contract.tables.items():
        if name == "school":
            continue
        rows = [{**example_row(contract, name), "name": NAME}]
        for column in spec.columns:
            for mark in (NUMBER, f"G{NUMBER}", NUMBER.lower(), f"证号{NUMBER}"):
                rows.append({**example_row(contract, name), column.name: mark})
            if column.privacy == "fact" and column.kind == "text":
                free_text += 1  # a name typed into a free-text fact cannot be told from other words
            else:
                rows.append({**example_row(contract, name), column.name: NAME})
        put(settings, f"{name}.csv", csv_text(contract, name, rows))
    clean_period(settings, "county", Q3)
    content = everything(settings.paths.clean("county", Q3))
    assert len(content) > 10_000 and "set_aside" in content and free_text
    assert NAME not in content
    assert NUMBER not in content.upper() and NUMBER[:15] not in content and NUMBER[3:17] not in content
    identity = store.read_identity(settings, "county", Q3, "student_roll")
    assert identity is not None and NAME in identity.to_csv(), "the marks must have been read at all"


def test_shifted_row(settings: Settings) -> None:
    contract = load_contract(settings.paths.reference)
    columns = [column.name for column in contract.tables["student_roll"].columns]
    values = ["", *(pupil(5, name=NAME).get(name, "") for name in columns)]
    shifted = dict(zip(columns, values, strict=False))
    put(settings, "roll.csv", csv_text(contract, "student_roll", [shifted, pupil(1)]))
    assert clean_period(settings, "county", Q3).tables["student_roll"]["set_aside"] == 1
    content = everything(settings.paths.clean("county", Q3))
    assert NAME not in content and id_no(5) not in content and id_no(5)[:10] not in content


def test_masked_text_still_joins(settings: Settings) -> None:
    contract = load_contract(settings.paths.reference)
    case = {**example_row(contract, "dropout_case"), "case_id": f"CX-{NUMBER}", "school_id": ""}
    log = {**example_row(contract, "persuasion_log"), "case_id": f"CX-{NUMBER}"}
    put(settings, "case.csv", csv_text(contract, "dropout_case", [case]))
    put(settings, "log.csv", csv_text(contract, "persuasion_log", [log]))
    clean_period(settings, "county", Q3)
    left, right = (store.read(settings, "county", Q3, name) for name in ("dropout_case", "persuasion_log"))
    assert left is not None and right is not None
    assert left["case_id"].tolist() == right["case_id"].tolist()
    assert left["case_id"].iloc[0].startswith("CX-遮盖-")


def test_file_and_sheet_names_are_masked(settings: Settings) -> None:
    contract = load_contract(settings.paths.reference)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet(NUMBER)
        sheet.write_row(0, 0, [column.header for column in contract.tables["school"].columns])
        sheet.write_row(1, 0, list(SCHOOL.values()))
    put(settings, f"{NUMBER}.xlsx", buffer.getvalue())
    put(settings, f"{NUMBER}_2.xlsx", buffer.getvalue())
    clean_period(settings, "county", Q3)
    assert NUMBER not in everything(settings.paths.clean("county", Q3))
    assert json.dumps(store.manifest(settings, "county", Q3))


@pytest.mark.parametrize(
    "value",
    [
        "张小某",
        "欧阳某某",
        "阿依·某某",
        "13900000000",
        "测试丙",
        "监护人测试丙",
        NUMBER,
        "H1234567",
        "Moumou Ce",
    ],
)
def test_what_is_never_quoted(value: object) -> None:
    assert "不显示" in Quoter(frozenset({"高中"}), frozenset({"测试丙"})).quote(value)


@pytest.mark.parametrize(
    "value",
    [
        "高中",
        "已办理完毕",
        "2026-02-30",
        "20261301",
        "3737999999",
        "其它情况",
        "高压恐吓",
        "厌学 厌学",
        "52 失踪",
        "在读",
    ],
)
def test_what_may_be_quoted(value: str) -> None:
    assert Quoter(frozenset({"高中"}), frozenset()).quote(value) == f"“{value}”"
