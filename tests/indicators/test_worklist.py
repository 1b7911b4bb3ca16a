"""The worklist explains the figures row by row; the school table adds up to them."""

import re

import pandas as pd
import pytest

from pipelines.indicators import schools, worklist
from pipelines.indicators.actions import load_actions
from pipelines.indicators.compute import compute
from tests.indicators.builders import (
    JINGZHI,
    S1,
    S2,
    S3,
    SETTINGS,
    XINAN,
    everything,
    facts,
    last_quarter,
    table,
)


FIGURES = {
    "D03": ["suspected_open"],
    "D05": ["confirmed_open"],
    "D14": ["transfer_unmatched"],
    "D16": ["never_enrolled"],
    "D19": ["vanished", "promotion_gap"],
    "D20": ["promotion_gap"],
    "A04": ["aid_unpaid"],
    "A05": ["aid_unclear"],
    "L04": ["definition_gap"],
    "L06": ["carer_missing"],
}
SHORTFALLS = {"L05": "agreement_missing", "L07": "mentor_missing", "L12": "care_room_missing"}


def rich() -> dict[str, pd.DataFrame]:
    tables = everything()
    tables["student_roll"] = table(
        "student_roll",
        {"p": "a"},
        {"p": "a", "school_id": S3},  # in two towns
        {"p": "b", "left_behind_edu": "双亲留守"},
        {"p": "c", "school_id": S2, "stage": "初中", "grade": "八年级"},
        {"p": "d", "school_id": S3},
    )
    return tables


@pytest.mark.parametrize("make", [everything, rich])
def test_the_rows_of_a_town_are_its_figure(make) -> None:
    given = facts(**make(), history=last_quarter())
    work, checked = worklist.build(given), 0
    for town, listed in compute(given).items():
        if town == "000":
            continue
        rows = work[work["town"] == town]["item"].value_counts()
        for entry in listed:
            for item in FIGURES.get(entry["id"], [])[:1]:
                expected = sum(int(rows.get(i, 0)) for i in FIGURES[entry["id"]])
                assert entry["value"] == expected, (town, entry["id"], item)
                checked += entry["value"]
            if entry["id"] in SHORTFALLS:
                missing = entry["denominator"] - entry["numerator"]
                assert missing == rows.get(SHORTFALLS[entry["id"]], 0), (town, entry["id"])
    assert checked >= 8  # the example is not empty


def test_every_row_is_complete_and_sorted() -> None:
    work = worklist.build(facts(**everything(), history=last_quarter()))
    assert list(work.columns) == worklist.COLUMNS
    assert work[["theme", "item", "town", "ref", "detail", "who", "rule", "source_file"]].notna().all().all()
    order = ["theme", "town", "severity", "due", "item", "ref"]
    pd.testing.assert_frame_equal(work, work.sort_values(order, kind="stable").reset_index(drop=True))
    assert not work["detail"].str.contains("{", regex=False).any()


def test_due_dates_count_from_the_data_date() -> None:
    work = worklist.build(facts(**everything()))
    due = work.set_index("item")["due"]
    days = SETTINGS.deadline_days("suspected_days")
    assert due["suspected_open"] == pd.Timestamp("2026-09-30") + pd.Timedelta(days=days)


def test_every_action_has_a_deadline_and_a_maker() -> None:
    assert set(load_actions()) == {item for item, _ in worklist.items()}
    for action in load_actions().values():
        assert SETTINGS.deadline_days(action.deadline) > 0


def test_a_missing_table_leaves_its_items_out_rather_than_empty_by_error() -> None:
    tables = everything()
    del tables["aid_identification"]
    work = worklist.build(facts(**tables, history=last_quarter()))
    assert not {"aid_unpaid", "aid_unclear"} & set(work["item"])
    assert "confirmed_open" in set(work["item"])


def test_no_table_no_row() -> None:
    assert worklist.build(facts()).empty


def test_a_confirmed_case_says_what_it_lacks() -> None:
    case = {"reported_date": "2026-06-01", "verdict": "辍学", "verified_date": "2026-06-02"}
    filed = dict.fromkeys(["has_plan_id", "has_owner_town", "has_owner_school", "has_owner_village"], True)
    cases = table(
        "dropout_case", {"p": "a", "case_id": "CX-1", **case}, {"p": "b", "case_id": "CX-2", **case, **filed}
    )
    log = table("persuasion_log", {"case_id": "CX-1", "contact_date": "2026-08-31"})
    log = pd.concat([log, table("persuasion_log", {"case_id": "CX-2", "contact_date": "2026-09-01"})])
    work = worklist.build(facts(dropout_case=cases, persuasion_log=log)).set_index("ref")["detail"]
    assert work["CX-1"].endswith("缺：一人一案编号、镇包保责任人、校包保责任人、村包保责任人、本月劝返记录")
    assert work["CX-2"].endswith("档案齐全")


def test_refs_are_short_and_never_the_whole_key() -> None:
    refs = worklist.short_ref(pd.Series(["ABCDEFGH23456777", "row:2026Q2:student_roll:12"]))
    assert refs.tolist() == ["XS-ABCDEFGH", "XS-行12"]
    work = worklist.build(facts(**everything(), history=last_quarter()))
    assert all(re.fullmatch(r"XS-.{1,8}|CX-\d+|LS-\d+|\D+", ref) for ref in work["ref"])


def test_the_wording_never_calls_a_suspect_a_dropout() -> None:
    for item in ("vanished", "promotion_gap", "transfer_unmatched", "never_enrolled"):
        action = load_actions()[item]
        assert "辍学" not in action.title + action.detail


def test_school_table() -> None:
    frame = schools.summary(facts(**rich(), history=last_quarter())).set_index("school_id")
    first = frame.loc[S1]
    assert (first["town"], first["on_roll"], first["suspected"], first["confirmed"]) == (JINGZHI, 2, 1, 1)
    assert (first["vanished"], first["transfers"], first["entitled"], first["aided"]) == (1, 1, 2, 1)
    assert (first["one_parent"], first["both_parents"], first["care_room"]) == (0, 1, True)
    assert (frame.loc[S3, "on_roll"], frame.loc[S3, "town"]) == (2, XINAN)
    assert not frame.loc[S2, "care_room"]


def test_school_table_says_unknown_where_a_table_is_absent() -> None:
    frame = schools.summary(facts(student_roll=table("student_roll", {"p": "a"})))
    assert frame["on_roll"].tolist() == [0, 1, 0]
    assert frame[["suspected", "vanished", "entitled", "care_room"]].isna().all().all()


def test_a_closed_school_has_no_row() -> None:
    school = table(
        "school",
        {
            "school_id": S1,
            "school_name": "甲",
            "town": JINGZHI,
            "close_date": "2026-09-30",
            "merged_into": S2,
        },
        {"school_id": S2, "school_name": "乙", "town": JINGZHI},
    )
    frame = schools.summary(facts(school=school, student_roll=table("student_roll", {"p": "a"})))
    assert frame[["school_id", "on_roll"]].to_numpy().tolist() == [[S2, 1]]
