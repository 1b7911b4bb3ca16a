"""Tiny counties written by hand: one 镇 (EAST, school e), one 街道 (WEST, school w), twenty children born 1 May 2016."""

import datetime as dt
from typing import Any

from pipelines.periods import Period

from .counties import THRESHOLDS
from .oracle import compute
from .view import COUNTY, County, Row
from .world import SCHOOL_DAYS, id_number, read_csv


EAST, WEST = "370784122", "370784001"  # a 镇 and a 街道
TOWNS = [{"code": EAST, "name": "景芝镇", "kind": "镇"}, {"code": WEST, "name": "兴安街道", "kind": "街道"}]
Q3, Q2 = Period(2026, 3), Period(2026, 2)
D, Q0 = Q3.end, Q3.start
S = {"school_year": "2026-2027", "semester": "秋"}
IDS = {n: id_number(dt.date(2016, 5, 1), n) for n in range(1, 20)}


def day(text: str) -> dt.date:
    """A day of 2026 written 9-1."""
    month, number = text.split("-")
    return dt.date(2026, int(month), int(number))


def school(school_id: str, town: str, **more: Any) -> Row:
    row = {"school_id": school_id, "school_name": f"校{school_id}", "town": town, "school_type": "小学"}
    return {**row, "urban_rural": "乡村", "open_date": None, "close_date": None, "merged_into": None, **more}


def pupil(n: int, at: str = "e", **more: Any) -> Row:
    row: Row = {"roll_no": f"G{n}", "id_no": IDS[n], "school_id": at, "stage": "小学", "grade": "四年级"}
    row |= {"roll_status": "在校", "left_behind_edu": "非留守", "birth_date": dt.date(2016, 5, 1)}
    row |= {"study_mode": "走读"}
    return {**row, **more}


def case(n: int, reported: str, **more: Any) -> Row:
    names = ["verified_date", "verdict", "return_date", "close_type", "close_date", "first_absent_date"]
    names += ["retained_90d", "group_flags", "cause_main"]
    posts = dict.fromkeys(("plan_id", "owner_town", "owner_school", "owner_village"), "有")
    row = {
        "case_id": f"C{n}",
        "id_no": IDS[n],
        "roll_no": None,
        "school_id": "e",
        "town": WEST,
        "grade": "四年级",
    }
    return {**row, **dict.fromkeys(names), **posts, "reported_date": day(reported), **more}


def confirmed(n: int, verified: str, **more: Any) -> Row:
    return case(n, "3-1", verified_date=day(verified), verdict="辍学", **more)


def paid(n: int, amount: float, at: str = "e", **more: Any) -> Row:
    row: Row = {
        **S,
        "batch": "P1",
        "roll_no": f"G{n}",
        "id_no": None,
        "school_id": at,
        "boarding": "走读",
        "paid": amount,
    }
    row |= {"programme": "义务教育生活补助", "band": None, "paid_date": day("9-20"), "pay_status": "成功"}
    return {**row, "reissue_of": None, **more}


def listed(n: int, **more: Any) -> Row:
    row: Row = {
        "id_no": IDS[n],
        "town": EAST,
        "category": "农村低保",
        "status": "享受",
        "source_dept": "民政",
        "list_date": day("9-1"),
    }
    return {**row, "valid_from": None, "valid_to": None, **more}


def child(n: int, **more: Any) -> Row:
    row = {
        "child_id": f"L{n}",
        "id_no": IDS[n],
        "birth_date": dt.date(2016, 5, 1),
        "town": EAST,
        "risk": "低",
    }
    row |= {"father_away": "是", "mother_away": "是", "remaining_capacity": "不适用", "carer_rel": "祖辈"}
    row |= {"carer_age": None, "agreement": "有", "agreement_until": None, "mentor_post": None}
    return {**row, "in_date": day("1-5"), "out_date": None, "out_reason": None, **more}


def event(n: int, kind: str, on: dt.date, **more: Any) -> Row:
    row = {"roll_no": f"G{n}", "id_no": None, "event_type": kind, "event_date": on, "from_school": "e"}
    row |= {"matched": "未核", "status": "已办结", "approval_no": "文号", "expected_return": day("12-1")}
    return {**row, **more}


def mark(n: int, **more: Any) -> Row:
    row = {**S, "roll_no": f"G{n}", "id_no": None, "cancelled_date": None, "waiver": None}
    return {**row, "identified_date": day("9-1"), **more}


def county_of(
    period: Period = Q3,
    before: list[Row] | None = None,
    history: dict[Period, list[Row]] | None = None,
    **tables: Any,
) -> County:
    """A county of these tables; tables not named are empty, but known.

    ``before``: the roll of the quarter before; ``history``: rolls of other quarters.
    """
    names = (
        "student_roll", "roll_event", "absence", "dropout_case", "persuasion_log", "aid_identification", "aid_payment",
        "dept_list", "left_behind", "care_log", "care_facility", "hukou_cohort",
    )  # fmt: skip
    now = {"school": [school("e", EAST), school("w", WEST)], **{name: [] for name in names}, **tables}
    data = {period: now}
    rolls = dict(history or {})
    if before is not None:
        rolls[period.previous] = before
    data |= {when: {"school": now["school"], "student_roll": rows} for when, rows in rolls.items()}
    return County(period, data, TOWNS, read_csv("aid_standards"), THRESHOLDS, SCHOOL_DAYS)


def work(period: Period = Q3, **tables: Any) -> dict[str, dict[str, Row]]:
    """The oracle on such a county."""
    return compute(county_of(period, **tables))


def values(results: dict[str, dict[str, Row]], name: str) -> tuple[Any, Any, Any]:
    """The value for the 镇, the 街道 and the county."""
    return results[EAST][name]["value"], results[WEST][name]["value"], results[COUNTY][name]["value"]


def fraction(results: dict[str, dict[str, Row]], name: str, scope: str = COUNTY) -> tuple[Any, Any]:
    """Numerator and denominator."""
    return results[scope][name]["numerator"], results[scope][name]["denominator"]
