"""The worklist explains the figures row by row; the school table adds up to them."""

import datetime as dt
import re
from dataclasses import replace

import pandas as pd
import pytest

from pipelines.indicators import schools, worklist, worktext
from pipelines.indicators.actions import load_actions
from pipelines.indicators.compute import compute
from pipelines.indicators.school_days import next_working_day
from pipelines.match import build_facts
from tests.indicators.builders import (
    JINGZHI,
    Q3,
    S1,
    S2,
    S3,
    SETTINGS,
    XINAN,
    everything,
    facts,
    last_quarter,
    reference,
    table,
)
from tests.indicators.builders import schools as schools_table
from tests.indicators.counted import expected_rows


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
        if town != "000":
            rows = work[work["town"] == town]["item"].value_counts()
            wanted = expected_rows({entry["id"]: entry for entry in listed})
            assert {item: rows.get(item, 0) for item in wanted} == wanted, town
            checked += sum(wanted.values())
    assert checked >= 12  # the example is not empty


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


def test_due_dates_count_from_the_day_of_issue_where_it_is_later() -> None:
    content = {**SETTINGS.content, "deadlines": {**SETTINGS.content["deadlines"], "issue_days": 14}}
    settings = replace(SETTINGS, content=content)
    end = dt.date(2026, 9, 30)
    assert settings.due("suspected_days", end) - SETTINGS.due("suspected_days", end) == dt.timedelta(days=14)
    work = worklist.build(replace(facts(**everything()), settings=settings))
    days = SETTINGS.deadline_days("suspected_days")
    assert work.set_index("item")["due"]["suspected_open"] == pd.Timestamp("2026-10-14") + pd.Timedelta(
        days=days + 2
    )


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2026-10-07", "2026-10-08"),  # the last day of the National Day holiday
        ("2026-10-10", "2026-10-10"),  # a Saturday that is worked
        ("2026-10-17", "2026-10-19"),  # a Saturday
        (
            "2026-02-14",
            "2026-02-24",
        ),  # the Saturday before the Spring Festival: no 调课日, schools are on holiday
        ("2026-08-03", "2026-08-03"),  # schools are on holiday, offices are not
        ("2099-01-03", "2099-01-05"),  # beyond the calendar: weekdays
    ],
)
def test_a_deadline_on_a_day_off_moves_to_the_next_working_day(day: str, due: str) -> None:
    calendar = facts().calendar
    assert next_working_day(calendar, pd.Timestamp(day)) == pd.Timestamp(due)
    assert next_working_day(None, pd.Timestamp("2026-10-03")) == pd.Timestamp("2026-10-05")


def test_no_item_is_due_on_a_day_off() -> None:
    given = facts(**everything())
    due = worklist.build(given)["due"]
    assert list(due) == [next_working_day(given.calendar, day) for day in due]


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
    rows = worklist.build(facts(dropout_case=cases, persuasion_log=log))
    assert rows.loc[rows["item"] == "contact_missing", "ref"].tolist() == ["CX-1"]
    assert rows.loc[rows["item"] == "contact_missing", "detail"].tolist() == [
        "本月没有劝返记录，最近一次2026-08-31"
    ]
    work = rows[rows["item"] == "confirmed_open"].set_index("ref")["detail"]
    assert work["CX-1"].endswith("缺：一人一案编号、镇包保责任人、校包保责任人、村包保责任人、本月劝返记录")
    assert work["CX-2"].endswith("档案齐全")


def test_refs_are_short_and_never_the_whole_key() -> None:
    refs = worktext.short_ref(pd.Series(["ABCDEFGH23456777", "row:2026Q2:student_roll:12"]))
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


def rows_of(given, item: str) -> pd.DataFrame:
    work = worklist.build(given)
    return work[work["item"] == item]


def test_absentees_without_a_case_and_late_reports() -> None:
    tables = everything()
    tables["absence"] = table("absence", {"p": "c", "school_id": S2}, {"p": "a"}, {"p": "stranger"})
    case = {"p": "a", "case_id": "CX-9", "reported_date": "2026-09-20", "first_absent_date": "2026-09-01"}
    tables["dropout_case"] = table("dropout_case", case)
    given = facts(**tables)
    assert rows_of(given, "absence_unreported")["ref"].tolist() == [
        "XS-C-ID"
    ]  # a has a case, the other is on no roll
    late = rows_of(given, "report_overdue")
    assert late["detail"].tolist() == ["2026-09-20报告，首次缺勤后14个上课日才报告"]


def test_a_lost_child_whose_case_was_never_verified_is_not_lost_from_sight() -> None:
    lost = {"reported_date": "2026-07-01", "close_type": "51", "close_date": "2026-09-01"}
    verified = {"verdict": "辍学", "verified_date": "2026-07-05"}
    cases = table(
        "dropout_case",
        {"p": "a", "case_id": "CX-1", **lost},
        {"p": "b", "case_id": "CX-2", **lost, **verified},  # stays in D05
        {"p": "c", "case_id": "CX-3", **lost, "return_date": "2026-09-20"},  # found
        {"p": "d", "case_id": "CX-4", **lost, "close_date": "2026-10-01"},
    )
    given = facts(dropout_case=cases)
    assert rows_of(given, "missing_unverified")["ref"].tolist() == ["CX-1"]
    figure = {entry["id"]: entry["value"] for entry in compute(given)["000"]}
    assert (figure["D03"], figure["D05"]) == (1, 1)  # CX-4; CX-2: by the letter CX-1 is in neither


def test_a_corrected_number_is_said_first_and_counts_no_more_once_confirmed() -> None:
    before = table("student_roll", {"id_key": "OLD", "roll_key": "R1"}, {"id_key": "GONE", "roll_key": "R2"})
    roll = table("student_roll", {"id_key": "NEW", "roll_key": "R1"})
    tables = {"student_roll": roll, "roll_event": table("roll_event"), "dropout_case": table("dropout_case")}
    given = facts(history={Q3.previous: {"student_roll": before}}, **tables)
    rows = rows_of(given, "vanished").set_index("ref")["detail"]
    assert rows["XS-OLD"].startswith("本季同一学籍号另有证件号") and not rows["XS-GONE"].startswith(
        "本季同一"
    )
    known = build_facts(
        SETTINGS, Q3, {"school": schools_table(), **tables}, {Q3.previous: {"student_roll": before}}, reference(),
        "test", {"OLD": "NEW"},
    )  # fmt: skip
    assert rows_of(known, "vanished")["ref"].tolist() == ["XS-GONE"]


def test_leave_without_papers_and_what_no_school_may_order() -> None:
    events = table(
        "roll_event",
        {"p": "a", "event_type": "休学", "event_date": "2026-09-01"},
        {"p": "b", "event_type": "退学", "event_date": "2026-09-02"},
        {"p": "c", "event_type": "开除", "event_date": "2026-03-31"},  # two quarters ago
        {"p": "d", "event_type": "停学", "event_date": "2026-09-02", "status": "退回"},
    )
    given = facts(**{**everything(), "roll_event": events})
    leave = rows_of(given, "leave_papers")
    assert leave["detail"].tolist() == ["2026-09-01休学，缺批准文号、预计复学日期"]
    assert rows_of(given, "unlawful_event")["detail"].tolist() == [
        "2026-09-02办理退学，义务教育阶段不得办理，须纠正"
    ]


def test_closings_at_the_last_minute_are_looked_at_by_class() -> None:
    closed = [
        {"close_date": "2026-09-21", "close_type": "31"},  # the first of the last ten days
        {"close_date": "2026-09-20", "close_type": "31"},
        {"close_date": "2026-09-30", "close_type": "11"},  # came back
        {"close_date": "2026-09-30"},
    ]
    cases = table("dropout_case", *({"p": f"k{n}", "case_id": f"CX-{n}", **c} for n, c in enumerate(closed)))
    rows = rows_of(facts(dropout_case=cases), "closing_burst").set_index("ref")["detail"].to_dict()
    assert rows == {
        "CX-0": "2026-09-21销号，归入应排除：已获批休学",
        "CX-3": "2026-09-30销号，归入其他：未填销号类型",
    }


def test_money_that_bounced_was_doubled_or_late() -> None:
    pay = table(
        "aid_payment",
        {"p": "a"},
        {"p": "a", "paid_date": "2026-09-28"},  # the second, and after the due date
        {"p": "b", "pay_status": "退回"},
    )
    given = facts(**{**everything(), "aid_payment": pay})
    figure = {e["id"]: e for e in compute(given)["000"]}
    assert (len(rows_of(given, "aid_double")), figure["A06"]["value"]) == (1, 1)
    assert (len(rows_of(given, "aid_bounced")), figure["A10"]["numerator"]) == (1, 1)
    assert len(rows_of(given, "aid_late")) == 2
    assert rows_of(given, "aid_double")["detail"].tolist() == [
        "义务教育生活补助：2026-09-28又发312.50元，本学期此前已有发放"
    ]


def test_a_double_of_two_towns_is_told_as_such() -> None:
    pay = table("aid_payment", {"p": "a"}, {"p": "a", "school_id": S3, "paid_date": "2026-09-28"})
    given = facts(**{**everything(), "aid_payment": pay})
    figures = {
        town: {e["id"]: e["value"] for e in entries}["A06"] for town, entries in compute(given).items()
    }
    assert (figures[JINGZHI], figures[XINAN], figures["000"]) == (0, 0, 1)
    rows = rows_of(given, "aid_double")
    assert rows["town"].tolist() == [XINAN]
    assert rows["detail"].tolist()[0].endswith("本学期此前已有发放（在另一镇街区）")


def test_weekly_contact_lists_the_short_and_those_of_whom_nothing_is_known() -> None:
    log = table("care_log", {"child_id": "LS-1", "care_date": "2026-09-02", "care_type": "电话"})
    rows = rows_of(facts(**{**everything(), "care_log": log}), "contact_weeks_missing")
    assert rows.set_index("ref")["detail"].to_dict() == {
        "LS-1": "应联系13周，有记录1周",
        "LS-2": "本季没有任何亲情联系记录",
    }


def test_page_one_has_at_most_eleven_kinds_for_each_theme() -> None:
    kinds = pd.Series([action.theme for action in load_actions().values() if action.page_one]).value_counts()
    assert kinds.max() <= 11 and len(kinds) == 3
    assert all(a.severity == 3 for a in load_actions().values() if not a.page_one)
