"""Near matches: level and reasons, nobody named; confirmed pairs: read back, checked, and honoured by the figures."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipelines import store
from pipelines.atomic import PRIVATE
from pipelines.clean.idnumbers import check_digit
from pipelines.errors import ConfigError
from pipelines.match import build_facts
from pipelines.matching.confirmed import FILE_NAME, Confirmed, load_confirmed
from pipelines.matching.levels import list_matches
from pipelines.matching.near import near_matches
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.settings import Settings
from tests.indicators.builders import JINGZHI, S1, XINAN, table


PERIOD = Period(2026, 3)
NAME, BORN = "欧阳测试甲", "20150305"


def number(serial: str, born: str = BORN, area: str = "000000") -> str:
    first = area + born + serial
    return first + check_digit(first)


RIGHT = number("001")
OFF = RIGHT[:15] + "9" + RIGHT[16:]  # one digit of the serial
SWAPPED = RIGHT[:12] + RIGHT[13] + RIGHT[12] + RIGHT[14:]


def put(settings: Settings, name: str, rows: list[dict[str, Any]], period: Period = PERIOD) -> None:
    """Rows of a clean table and of its identity file; the keys are made of the numbers as the clean stage does."""
    facts = []
    for n, row in enumerate(rows):
        clean = {k: v for k, v in row.items() if k not in ("id_no", "roll_no", "name")}
        clean |= {"row_id": n, "source_file": f"{name}.xlsx", "source_sheet": "", "source_row": n + 2}
        clean |= {"id_state": "missing" if not row.get("id_no") else "ok"}
        clean |= {
            f"{k.removesuffix('_no')}_key": "K" + row[k] if row.get(k) else None for k in ("id_no", "roll_no")
        }
        facts.append(clean)
    frame = pd.DataFrame(facts)
    if "birth_date" in frame:
        frame["birth_date"] = pd.to_datetime(frame["birth_date"])
    apart = pd.DataFrame([{k: row.get(k) for k in ("id_no", "roll_no", "name")} for row in rows])
    apart.insert(0, "row_id", range(len(rows)))
    store.write_frame(settings.paths.clean("mine", period) / f"{name}.parquet", frame)
    store.write_frame(
        settings.paths.identity("mine", period) / f"{name}.parquet", apart.astype({"id_no": "str"}), PRIVATE
    )


def roll(settings: Settings, **changes: Any) -> None:
    pupil = {"id_no": RIGHT, "roll_no": "G1", "name": NAME, "birth_date": "2015-03-05", "school_id": S1}
    stranger = {
        "id_no": number("555", "20140101"),
        "roll_no": "G2",
        "name": "司马测试乙",
        "birth_date": "2014-01-01",
    }
    put(
        settings,
        "student_roll",
        [pupil | {"home_town": JINGZHI} | changes, stranger | {"school_id": S1, "home_town": JINGZHI}],
    )


def found(settings: Settings, confirmed: Confirmed | None = None) -> list[tuple[str, str, int]]:
    frame = near_matches(settings, "mine", PERIOD, confirmed or Confirmed())
    text = frame.to_csv()
    assert RIGHT not in text.replace("K" + RIGHT, "") and NAME not in text
    return [(p.level, p.reason, p.roll_row) for p in frame.itertuples()]


LISTED = {"id_no": OFF, "name": NAME, "town": JINGZHI}


@pytest.mark.parametrize(
    ("row", "level", "reason"),
    [
        ({}, "丙", "证件号差一位；姓名相同；出生日期相同；镇街区相同"),
        ({"id_no": OFF, "town": XINAN}, "丁", "证件号差一位；姓名相同；出生日期相同；镇街区不同或不详"),
        ({"id_no": SWAPPED}, "丁", "证件号相邻两位颠倒；姓名相同；出生日期不同或不详；镇街区相同"),
        ({"name": "欧阳测试家"}, "丁", "证件号差一位；姓名相近；出生日期相同；镇街区相同"),
        ({"id_no": number("777")}, "丁", "证件号不同；姓名相同；出生日期相同；镇街区相同"),
        ({"id_no": number("777"), "name": "诸葛另人"}, "", ""),  # a stranger born on the same day
        ({"id_no": number("777"), "name": "欧阳测试乙"}, "", ""),  # a twin: two sound numbers, two names
        ({"id_no": RIGHT}, "", ""),  # joined: nothing to confirm
    ],
)
def test_list_rows(settings: Settings, row: dict[str, Any], level: str, reason: str) -> None:
    roll(settings)
    put(settings, "dept_list", [LISTED | row])
    assert found(settings) == ([(level, reason, 2)] if level else [])


def test_a_pupil_without_number_and_one_with_two(settings: Settings) -> None:
    roll(settings, id_no=None)
    put(
        settings,
        "hukou_cohort",
        [{"id_no": RIGHT, "name": NAME, "town": JINGZHI, "birth_date": "2015-03-05"}],
    )
    assert [(level, reason[:7]) for level, reason, _ in found(settings)] == [("丙", "一方没有证件号")]
    roll(settings)
    (settings.paths.clean("mine", PERIOD) / "hukou_cohort.parquet").unlink()
    put(settings, "aid_payment", [{"id_no": number("888"), "roll_no": "G1"}] * 2)
    assert [reason[:11] for _, reason, _ in found(settings)] == [
        "学籍号相同而证件号不同"
    ]  # two payments, one question


def test_a_pupil_who_has_gone_and_whose_number_may_have_been_corrected(settings: Settings) -> None:
    roll(settings)
    here = {"name": NAME, "birth_date": "2015-03-05", "home_town": JINGZHI, "school_id": S1, "stage": "小学"}
    here |= {"grade": "四年级", "roll_status": "在校"}
    before = [
        here | {"id_no": number("888"), "roll_no": "G1"},  # the same 学籍号, another ID number
        here | {"id_no": OFF, "roll_no": "G9"},  # another 学籍号 as well, one digit of the ID number
        here | {"id_no": number("999", "20110101"), "roll_no": "G1", "grade": "九年级"},  # has graduated
        here | {"id_no": RIGHT, "roll_no": "G1"},  # still here
    ]
    put(settings, "student_roll", before, PERIOD.previous)
    asked = [(level, reason[:11]) for level, reason, _ in found(settings)]
    assert asked == [("丁", "证件号差一位；姓名相同"), ("丙", "学籍号相同而证件号不同")]
    answered = Confirmed({"K" + number("888"): "K" + RIGHT}, frozenset({("K" + OFF, "K" + RIGHT)}))
    assert found(settings, answered) == []


def test_a_row_with_only_a_roll_number_of_two_pupils_is_a_question_about_both(settings: Settings) -> None:
    other = {"id_no": number("888"), "roll_no": "G1", "name": "司马测试丙", "birth_date": "2015-03-05"}
    first = {"id_no": RIGHT, "roll_no": "G1", "name": NAME, "birth_date": "2015-03-05"}
    put(settings, "student_roll", [row | {"school_id": S1, "home_town": JINGZHI} for row in (first, other)])
    put(settings, "aid_payment", [{"id_no": None, "roll_no": "G1"}])
    assert [(level, reason[:10], row) for level, reason, row in found(settings)] == [
        ("丙", "学籍号相同，学籍中该", 2), ("丙", "学籍号相同，学籍中该", 3),
    ]  # fmt: skip
    roll(settings)  # the number of one pupil: joined, nothing to ask
    assert found(settings) == []


def test_an_answered_pair_is_not_asked_again(settings: Settings) -> None:
    roll(settings)
    put(settings, "dept_list", [LISTED])
    assert found(settings, Confirmed({"K" + OFF: "K" + RIGHT})) == []
    assert found(settings, Confirmed({}, frozenset({("K" + OFF, "K" + RIGHT)}))) == []


def answers(settings: Settings, text: str, encoding: str = "utf-8") -> Path:
    folder = settings.paths.raw("mine")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE_NAME).write_bytes(text.encode(encoding))
    return folder / FILE_NAME


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_answers_are_read_below_a_title_and_followed_to_their_end(settings: Settings, encoding: str) -> None:
    answers(settings, "题目\n等级,标识甲,标识乙,结论\n丙,A,B,是\n丙,B,C, 是\n丁,D,E,否\n丁,F,G,\n", encoding)
    given = load_confirmed(settings, "mine")
    assert given.same == {"A": "C", "B": "C"} and given.different == {("D", "E")}
    assert not given.knows("F", "G")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("A,B,对", "第2行"), ("A,,是", "第2行：缺少"), ("A,B,是\nA,C,是", "第3行：同一个标识甲"),
        ("A,B,是\nB,A,是", "成了一个圈"), ("A,B,是\nA,B,否", "既填“是”又填“否”"),
    ],
)  # fmt: skip
def test_wrong_answers_are_refused(settings: Settings, rows: str, said: str) -> None:
    answers(settings, f"标识甲,标识乙,结论\n{rows}\n")
    with pytest.raises(ConfigError, match=said):
        load_confirmed(settings, "mine")


def test_no_file_no_answers(settings: Settings) -> None:
    assert load_confirmed(settings, "mine") == Confirmed()


def test_figures_honour_what_was_confirmed(settings: Settings) -> None:
    tables = {
        "student_roll": table("student_roll", {"id_key": "B", "name_key": "N"}),
        "dept_list": table("dept_list", {"id_key": "A", "name_key": "N"}, {"id_key": "Z", "name_key": "N"}),
    }
    reference = load_reference(settings, "mine")
    plain = build_facts(settings, PERIOD, tables, {}, reference, "mine")
    assert list_matches(plain).empty
    facts = build_facts(settings, PERIOD, tables, {}, reference, "mine", {"A": "B"})
    assert facts.table("dept_list")["person"].tolist() == ["B", "Z"]
    assert list_matches(facts)[["row_id", "level"]].to_numpy().tolist() == [[0, "甲"]]
