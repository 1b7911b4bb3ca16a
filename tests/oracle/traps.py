"""Rare traps of domain.md section K, sprung on a finished random county. README.md says which trap is where.

A row with ``_refused`` has an unreadable value in a required column: cleaning sets it aside, and the oracle does too
("school": a school that T1 does not have). ``_raw`` holds texts written to the file instead of a value.
"""

import datetime as dt
from collections.abc import Callable

from .view import County, Row
from .world import World


def spring(world: World, county: County) -> None:
    """Apply every trap, each to a few rows."""
    for trap in TRAPS:
        trap(world, county)


def _some(world: World, county: County, table: str, share: float) -> list[Row]:
    rows = county.data[county.period].get(table) or []
    return [row for row in rows if world.chance(share)]


def grades_outside_compulsory(world: World, county: County) -> None:
    """T5 cases of a kindergarten child and of a pupil above grade nine."""
    for row in _some(world, county, "dropout_case", 0.05):
        row["grade"] = world.rng.choice(("大班", "高一", "中职一年级"))


def closings_without_type(world: World, county: County) -> None:
    """销号日期 without 销号类型, and the reverse."""
    for row in _some(world, county, "dropout_case", 0.06):
        if row["close_date"] and world.chance(0.7):
            row["close_type"] = None
        else:
            row["close_type"], row["close_date"] = "11", None


def verdict_without_day(world: World, county: County) -> None:
    """A verdict nobody dated, and a day without a verdict."""
    for row in _some(world, county, "dropout_case", 0.04):
        row["verdict"], row["verified_date"] = world.rng.choice((("辍学", None), (None, world.day())))


def burst_of_closings(world: World, county: County) -> None:
    """K.33: open cases reclassified in the last ten days of the quarter."""
    if not world.chance(0.15):
        return
    for row in _some(world, county, "dropout_case", 0.8):
        if row["close_date"] is None:
            row["close_date"] = world.d - dt.timedelta(days=world.rng.randint(0, 9))
            row["close_type"] = world.rng.choice(("24", "31"))


def paid_without_day(world: World, county: County) -> None:
    """成功 without 发放日期."""
    for row in _some(world, county, "aid_payment", 0.05):
        if row["pay_status"] == "成功":
            row["paid_date"] = None


def december_money_in_january(world: World, county: County) -> None:
    """K.20: payments of the semester before that arrive in this quarter."""
    before = county.period.shift(-2).semester
    for row in _some(world, county, "aid_payment", 0.08):
        row["school_year"], row["semester"] = str(before.school_year), before.season
        row["paid_date"], row["pay_status"] = world.q0 + dt.timedelta(days=world.rng.randint(0, 30)), "成功"


def died_but_on_the_roll(world: World, county: County) -> None:
    """K.10: a death in T3; the roll may still hold the pupil."""
    for row in _some(world, county, "roll_event", 0.04):
        row["event_type"], row["status"] = "死亡", "已办结"


def disability_certificates(world: World, county: County) -> None:
    """K.24: 残联 writes the 20 characters of the certificate; the first 18 are the person."""
    for row in _some(world, county, "dept_list", 0.5):
        if row["source_dept"] == "残联" and row["id_no"] and len(row["id_no"]) == 18:
            row["_raw"] = {"id_no": row["id_no"] + world.rng.choice(("43", "11", "72", "24B1"))}


def digits_lost_in_excel(world: World, county: County) -> None:
    """K.24: an ID number that Excel has turned into 3.70784E+17 says nothing any more."""
    for table in ("student_roll", "aid_payment", "aid_identification", "roll_event"):
        for row in _some(world, county, table, 0.03):
            if row["id_no"]:
                row["id_no"], row["_raw"] = None, {"id_no": "3.70784E+17"}
    for row in _some(world, county, "dept_list", 0.02):  # required there: nobody knows who it is
        row["_raw"], row["_refused"] = {"id_no": "3.70784E+17"}, True


def unknown_schools(world: World, county: County) -> None:
    """K.30: a school code that T1 does not have; the row is set aside where the school is required."""
    for table in ("student_roll", "aid_payment", "absence"):
        for row in _some(world, county, table, 0.02):
            row["_raw"], row["_refused"] = {"school_id": "3799999999"}, "school"
    for table, column in (("dropout_case", "school_id"), ("roll_event", "from_school")):
        for row in _some(world, county, table, 0.03):
            row[column], row["_raw"] = None, {column: "3799999999"}


def unknown_codes(world: World, county: County) -> None:
    """Section 4: an unknown code value is set aside, not guessed."""
    for table, column in (
        ("student_roll", "roll_status"), ("dropout_case", "grade"), ("aid_payment", "pay_status"),
        ("dept_list", "status"), ("left_behind", "father_away"), ("roll_event", "event_type"),
    ):  # fmt: skip
        for row in _some(world, county, table, 0.02):
            row["_raw"], row["_refused"] = {column: "待定义"}, True


TRAPS: tuple[Callable[[World, County], None], ...] = (
    grades_outside_compulsory, closings_without_type, verdict_without_day, burst_of_closings, paid_without_day,
    december_money_in_january, died_but_on_the_roll, disability_certificates, digits_lost_in_excel, unknown_schools,
    unknown_codes,
)  # fmt: skip
