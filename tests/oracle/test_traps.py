"""Every trap of the table in README.md is really in the random counties that the pipeline is held to."""

import datetime as dt
from collections.abc import Callable

import pytest

from .counties import make
from .view import County, Row, after_mergers, look
from .world import SCHOOL_DAYS


COUNTIES = [make(seed) for seed in range(40)]
Test = Callable[[Row, County], bool]


def _before(row: Row, one: str, other: str) -> bool:
    """Whether two days of a row stand in the wrong order."""
    return bool(row.get(one) and row.get(other) and row[one] > row[other])


ROWS: dict[str, tuple[str, Test]] = {
    "1 transfer not taken up": (
        "roll_event",
        lambda r, c: r["event_type"] == "转出" and r["matched"] != "是",
    ),
    "1 transfer without a school": (
        "roll_event",
        lambda r, c: not r["from_school"] and r["event_type"] == "转出",
    ),
    "3 home outside the county": ("student_roll", lambda r, c: "诸城" in r["hukou"]),
    "4 taught at home": ("student_roll", lambda r, c: r["study_mode"] == "送教上门"),
    "4 special school": ("student_roll", lambda r, c: r["stage"] == "特教"),
    "4 in an ordinary class": ("student_roll", lambda r, c: r["inclusive"] == "是"),
    "4 resting": ("student_roll", lambda r, c: r["roll_status"] == "休学"),
    "5 leave without papers": ("roll_event", lambda r, c: r["event_type"] == "休学" and not r["approval_no"]),
    "6 sixteen in q": (
        "left_behind",
        lambda r, c: c.period.start <= _sixteen(r["birth_date"]) <= c.period.end,
    ),
    "7 born on 31 August": (
        "hukou_cohort",
        lambda r, c: (r["birth_date"].month, r["birth_date"].day) == (8, 31),
    ),
    "7 born on 1 September": (
        "hukou_cohort",
        lambda r, c: (r["birth_date"].month, r["birth_date"].day) == (9, 1),
    ),
    "9 away for a whole month": (
        "absence",
        lambda r, c: r["consecutive_days"] >= r["school_days_in_month"] > 0,
    ),
    "10 death": ("roll_event", lambda r, c: r["event_type"] == "死亡"),
    "10 closed by death": ("dropout_case", lambda r, c: r["close_type"] == "42"),
    "11 kindergarten": ("student_roll", lambda r, c: r["stage"] == "学前"),
    "11 vocational school": ("student_roll", lambda r, c: r["stage"] == "中职"),
    "11 case above grade nine": ("dropout_case", lambda r, c: r["grade"] in ("高一", "中职一年级", "大班")),
    "13 L number": ("student_roll", lambda r, c: r["roll_no"].startswith("L")),
    "13 blank ID": ("student_roll", lambda r, c: r["id_no"] is None),
    "13 passport": ("student_roll", lambda r, c: r["id_type"] == "护照"),
    "16 report across days off": ("dropout_case", lambda r, c: _across_days_off(r)),
    "17 verified on 1 September": (
        "dropout_case",
        lambda r, c: r["verified_date"] == c.period.school_year.start,
    ),
    "18 another semester": ("aid_payment", lambda r, c: r["semester"] != c.period.semester.season),
    "20 late money of the last semester": (
        "aid_payment",
        lambda r, c: (
            r["semester"] != c.period.semester.season
            and r["pay_status"] == "成功"
            and r["paid_date"] is not None
            and r["paid_date"] >= c.period.start
        ),
    ),
    "20 paid without a day": ("aid_payment", lambda r, c: r["pay_status"] == "成功" and not r["paid_date"]),
    "24 disability certificate": ("dept_list", lambda r, c: len(r.get("_raw", {}).get("id_no", "")) >= 20),
    "24 digits lost": ("student_roll", lambda r, c: "E+" in r.get("_raw", {}).get("id_no", "")),
    "24 no such day in the ID": ("dept_list", lambda r, c: r["id_no"][10:14] == "0230"),
    "25 dot or space in the name": ("student_roll", lambda r, c: "·" in r["name"] or " " in r["name"]),
    "26 household members": ("dept_list", lambda r, c: r["relation"] not in (None, "户主")),
    "27 no longer entitled": ("dept_list", lambda r, c: r["status"] in ("不享受", "风险已消除")),
    "29 list of tomorrow": ("dept_list", lambda r, c: (r["valid_from"] or r["list_date"]) > c.period.end),
    "29 ended before the semester": (
        "dept_list",
        lambda r, c: r["valid_to"] is not None and r["valid_to"] < c.period.semester.first_day,
    ),
    "30 unknown school": ("student_roll", lambda r, c: r.get("_refused") == "school"),
    "30 merged school": (
        "student_roll",
        lambda r, c: after_mergers(look(c), r["school_id"]) != r["school_id"],
    ),
    "30 closed, merged into none": ("school", lambda r, c: bool(r["close_date"]) and not r["merged_into"]),
    "32 closed, not back": ("dropout_case", lambda r, c: (r["close_type"] or "0") in "21 24 31 33 41 43"),
    "32 lost": ("dropout_case", lambda r, c: r["close_type"] == "51"),
    "32 closed without a type": ("dropout_case", lambda r, c: bool(r["close_date"]) and not r["close_type"]),
    "33 closed in the last ten days": (
        "dropout_case",
        lambda r, c: r["close_date"] is not None and 0 <= (c.period.end - r["close_date"]).days < 10,
    ),
    "unknown code": ("dropout_case", lambda r, c: r.get("_refused") is True),
    "verified before reported": ("dropout_case", lambda r, c: _before(r, "reported_date", "verified_date")),
    "returned before verified": ("dropout_case", lambda r, c: _before(r, "verified_date", "return_date")),
    "out before in": ("left_behind", lambda r, c: _before(r, "in_date", "out_date")),
    "verdict without a day": ("dropout_case", lambda r, c: r["verdict"] == "辍学" and not r["verified_date"]),
}


def _sixteen(birth: dt.date) -> dt.date:
    return (birth + dt.timedelta(days=1)).replace(year=birth.year + 16) - dt.timedelta(days=1)


def _across_days_off(case: Row) -> bool:
    first, last = case["first_absent_date"], case["reported_date"]
    if first is None or first >= last:
        return False
    days = [first + dt.timedelta(days=n) for n in range(1, (last - first).days + 1)]
    return any((day in SCHOOL_DAYS) != (day.weekday() < 5) for day in days)


@pytest.mark.parametrize("trap", ROWS)
def test_rows_with_the_trap(trap: str) -> None:
    table, fits = ROWS[trap]
    found = [c for c in COUNTIES if any(fits(row, c) for row in c.data[c.period][table] or [])]
    assert len(found) >= 3, f"only in {len(found)} of {len(COUNTIES)} counties"


def _numbers(county: County, one: str, other: str) -> dict[str, set[str]]:
    """Of one key, which of the other stand beside it on any roll."""
    pairs: dict[str, set[str]] = {}
    for tables in county.data.values():
        for row in tables.get("student_roll") or []:
            if row[one] and row[other]:
                pairs.setdefault(row[one], set()).add(row[other])
    return pairs


def _two_towns(county: County) -> bool:
    towns: dict[str, set[str | None]] = {}
    for row in look(county).on_roll():
        towns.setdefault(row["_person"], set()).add(row["_town"])
    return any(len(names) > 1 for names in towns.values())


def _home_elsewhere(county: County) -> bool:
    view = look(county)
    town = {row["_person"]: row["_town"] for row in view.on_roll()}
    return any(town.get(row["_person"], row["_town"]) != row["_town"] for row in view.rows("left_behind"))


def _two_bands(county: County) -> bool:
    return county.own_standards and any(row["资助档次"] for row in county.standards)


def _thrice_listed(county: County) -> bool:
    categories: dict[str, set[str]] = {}
    for row in county.data[county.period]["dept_list"] or []:
        categories.setdefault(row["id_no"], set()).add(row["category"])
    return any(len(names) > 2 for names in categories.values())


COUNTY_TRAPS: dict[str, Callable[[County], bool]] = {
    "2 school in one town, home in another": _home_elsewhere,
    "12 on roll in two towns": _two_towns,
    "12 one ID, two 学籍号": lambda c: any(len(n) > 1 for n in _numbers(c, "id_no", "roll_no").values()),
    "12 one 学籍号, two IDs": lambda c: any(len(n) > 1 for n in _numbers(c, "roll_no", "id_no").values()),
    "19 the jump of spring 2024 or 2025": lambda c: (
        str(c.period) in ("2023Q4", "2024Q1", "2024Q2", "2024Q4", "2025Q1")
    ),
    "19 a standard in bands": _two_bands,
    "22 a table that has not come": lambda c: None in c.data[c.period].values(),
    "22 no snapshot of the quarter before": lambda c: c.period.previous not in c.data,
    "28 in three lists": _thrice_listed,
    "36 an empty table": lambda c: [] in c.data[c.period].values(),
}


@pytest.mark.parametrize("trap", COUNTY_TRAPS)
def test_counties_with_the_trap(trap: str) -> None:
    found = [county for county in COUNTIES if COUNTY_TRAPS[trap](county)]
    assert len(found) >= 3, f"only in {len(found)} of {len(COUNTIES)} counties"
