"""Joining by person and school, and the levels of a match."""

import pandas as pd
import pytest

from pipelines.errors import ConfigError
from pipelines.matching.levels import list_matches, match_level, pairs_to_confirm
from pipelines.periods import Period
from tests.indicators.builders import JINGZHI, Q3, S1, S2, S3, XINAN, facts, numbers, table


def test_a_row_without_id_takes_the_id_its_roll_number_has_elsewhere() -> None:
    earlier = {Period(2026, 2): {"student_roll": table("student_roll", {"id_key": "OLD", "roll_key": "R1"})}}
    paid = table("aid_payment", {"id_key": "PAID", "roll_key": "R1"}, {"id_key": "P2", "roll_key": "R2"})
    roll = table("student_roll", {"roll_key": "R1"}, {"roll_key": "R2"}, {"roll_key": "R3"}, {})
    given = facts(student_roll=roll, aid_payment=paid, history=earlier)
    assert given.table("student_roll")["person"].tolist() == ["OLD", "P2", "R3", "row:student_roll:3"]


def test_this_periods_roll_goes_before_earlier_ones() -> None:
    earlier = {Period(2026, 2): {"student_roll": table("student_roll", {"id_key": "OLD", "roll_key": "R1"})}}
    roll = table("student_roll", {"id_key": "NEW", "roll_key": "R1"})
    events = table("roll_event", {"roll_key": "R1", "event_date": "2026-07-01"})
    given = facts(student_roll=roll, roll_event=events, history=earlier)
    assert given.table("roll_event")["person"].tolist() == ["NEW"]


def test_a_roll_number_with_two_ids_in_one_roll_is_joined_to_neither() -> None:
    two = [{"id_key": "A", "roll_key": "R1"}, {"id_key": "B", "roll_key": "R1"}]
    earlier = {Period(2026, 2): {"student_roll": table("student_roll", {"id_key": "OLD", "roll_key": "R1"})}}
    events = table("roll_event", {"roll_key": "R1", "event_date": "2026-07-01"})
    for rows in (two, two[::-1]):  # whatever the order of the files
        given = facts(student_roll=table("student_roll", *rows), roll_event=events, history=earlier)
        assert given.table("roll_event")["person"].tolist() == ["R1"]


def test_rows_nobody_can_be_told_from_are_different_people_in_different_quarters() -> None:
    given = facts(
        student_roll=table("student_roll", {}),
        history={Q3.previous: {"student_roll": table("student_roll", {})}},
    )
    assert given.table("student_roll")["person"][0] != given.table("student_roll@previous")["person"][0]


def test_a_merged_school_stands_for_its_successor_to_the_end_of_the_chain() -> None:
    school = table(
        "school",
        {
            "school_id": S1,
            "school_name": "甲",
            "town": JINGZHI,
            "close_date": "2026-08-01",
            "merged_into": S2,
        },
        {
            "school_id": S2,
            "school_name": "乙",
            "town": JINGZHI,
            "close_date": "2026-09-30",
            "merged_into": S3,
        },
        {"school_id": S3, "school_name": "丙", "town": XINAN},
    )
    roll = table("student_roll", {"p": "a", "school_id": S1})
    assert numbers(facts(school=school, student_roll=roll), "D01") == [(0, None), (1, None), (1, None)]
    before = facts(Period(2026, 2), school=school, student_roll=roll)
    assert numbers(before, "D01") == [(1, None), (0, None), (1, None)]


def test_mergers_in_a_circle_are_refused() -> None:
    closed = {"town": JINGZHI, "close_date": "2026-08-01"}
    school = table(
        "school",
        {"school_id": S1, "school_name": "甲", "merged_into": S2, **closed},
        {"school_id": S2, "school_name": "乙", "merged_into": S1, **closed},
    )
    with pytest.raises(ConfigError, match="圈"):
        facts(school=school)


def test_match_levels() -> None:
    left = pd.DataFrame(
        {
            "id_key": ["I", "I", "I", None, "I", "I"],
            "roll_key": [None, None, None, "R", "R", "X"],
            "name_key": ["N", "N", None, "N", "N", "N"],
        }
    )
    right = pd.DataFrame(
        {
            "id_key": ["I", "I", "I", "J", "J", "J"],
            "roll_key": ["R", "R", "R", "R", "R", "R"],
            "name_key": ["N", "M", "M", "N", "N", "N"],
        }
    )
    assert match_level(left, right).tolist() == ["甲", "乙", "甲", "甲", "丙", ""]


def test_department_list_against_roll() -> None:
    listed = table("dept_list", {"p": "a"}, {"id_key": "B-ID", "name_key": "OTHER"}, {"p": "nobody"})
    found = list_matches(facts(dept_list=listed, student_roll=table("student_roll", {"p": "a"}, {"p": "b"})))
    assert found[["row_id", "level"]].to_numpy().tolist() == [[0, "甲"], [1, "乙"]]


def test_equal_roll_number_with_two_ids_is_listed_and_not_joined() -> None:
    roll = table("student_roll", {"id_key": "RIGHT", "roll_key": "R1"})
    paid = table("aid_payment", {"id_key": "WRONG", "roll_key": "R1"})
    given = facts(student_roll=roll, aid_payment=paid)
    assert given.table("aid_payment")["person"].tolist() == ["WRONG"]
    listed = pairs_to_confirm(given)
    assert listed[["table", "row_id", "roll_person", "level"]].to_numpy().tolist() == [
        ["aid_payment", 0, "RIGHT", "丙"]
    ]
