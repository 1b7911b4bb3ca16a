"""What the oracle looks at: raw rows, with the person, the school after mergers and the town written beside each.

Rows are dictionaries with the column names of data/reference/columns.csv and plain Python values: ``date``, ``str``,
``float`` (yuan), ``int`` or ``None``. Source of every rule: contract.md section 4.
"""

import datetime as dt
from dataclasses import dataclass, field

from pipelines.periods import Period


Row = dict
Tables = dict[str, list[Row] | None]

COUNTY = "000"
ON_ROLL = ("在校", "休学", "转出中")
COMPULSORY = ("小学", "初中", "特教")
PRIMARY = ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级")
JUNIOR = ("七年级", "八年级", "九年级")


@dataclass
class County:
    """Everything one computation needs: rows of the period and of earlier ones, reference data, thresholds."""

    period: Period
    data: dict[Period, Tables]
    towns: list[Row]  # code, name, kind
    standards: list[Row]  # T8 with its Chinese headers
    thresholds: dict[str, float]
    school_days: set[dt.date] | None = None  # T15; None: no calendar
    own_standards: bool = False  # whether the dataset brings its own T8


@dataclass
class View:
    """A county with persons, schools and towns worked out for its period."""

    county: County
    period: Period
    q0: dt.date
    d: dt.date
    tables: Tables
    earlier: dict[Period, Tables]
    schools: dict[str, Row] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Whether all these tables were delivered for the period."""
        return all(self.tables.get(name) is not None for name in names)

    def rows(self, name: str) -> list[Row]:
        """The rows of a table of the period."""
        return self.tables.get(name) or []

    def on_roll(self) -> list[Row]:
        """T2 rows of the period that are on roll."""
        return [row for row in self.rows("student_roll") if row["roll_status"] in ON_ROLL]


def inside(town: str | None, scope: str) -> bool:
    """Whether a row of this town belongs to the scope (a town's code, or 000 for the county)."""
    return scope == COUNTY or town == scope


def stage_of_grade(grade: str) -> str | None:
    """小学 for grades one to six, 初中 for seven to nine; for others what the code list says."""
    if grade in PRIMARY:
        return "小学"
    if grade in JUNIOR:
        return "初中"
    return {"高一": "高中", "高二": "高中", "高三": "高中"}.get(grade, "中职" if "中职" in grade else "学前")


def age(birth: dt.date, day: dt.date) -> int:
    """Completed years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def birth_in_id(number: str | None) -> dt.date | None:
    """The birth date in an ID number of 18 characters, whatever its check digit; None if there is no such day."""
    if not number or len(number) != 18 or not number[:17].isdigit():
        return None
    try:
        return dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def look(county: County) -> View:
    """Copy all rows and write ``_person``, ``_school`` and ``_town`` into each copy."""
    period = county.period
    data: dict[Period, Tables] = {}
    for when, tables in county.data.items():
        schools = tables.get("school") is not None
        data[when] = {n: None if rows is None else _used(rows, schools) for n, rows in tables.items()}
    view = View(
        county,
        period,
        period.start,
        period.end,
        data[period],
        {when: tables for when, tables in data.items() if when < period},
    )
    view.schools = {row["school_id"]: row for row in view.rows("school")}
    known = _ids_of_roll_numbers(data, period)
    for when, tables in data.items():
        for name, rows in tables.items():
            for number, row in enumerate(rows or []):
                row["_person"] = _person(row, known) or f"row {when} {name} {number}"
                _place(view, name, row)
    return view


def _used(rows: list[Row], schools: bool) -> list[Row]:
    """Copies of the rows that can be used: those with an unreadable required cell are set aside, not guessed.

    A school that T1 does not have cannot be told from another where T1 itself has not come.
    """
    return [
        dict(row) for row in rows if not row.get("_refused") or row["_refused"] == "school" and not schools
    ]


def _person(row: Row, known: dict[str, str]) -> str | None:
    """The ID; else the ID its 学籍号 stands with elsewhere; else the 学籍号."""
    if row.get("id_no"):
        return f"id {row['id_no']}"
    if not row.get("roll_no"):
        return None
    if row["roll_no"] in known:
        return f"id {known[row['roll_no']]}"
    return f"roll {row['roll_no']}"


def _ids_of_roll_numbers(data: dict[Period, Tables], period: Period) -> dict[str, str]:
    """The one ID beside each 学籍号: this period's roll first, then earlier rolls, latest first, then other tables."""
    periods = [period, *sorted((when for when in data if when < period), reverse=True)]
    levels = [data[when].get("student_roll") or [] for when in periods]
    levels.append(
        [r for when in periods for n, rows in data[when].items() if n != "student_roll" for r in rows or []]
    )
    known: dict[str, str | None] = {}
    for rows in levels:
        found: dict[str, set[str]] = {}
        for row in rows:
            if row.get("roll_no") and row.get("id_no"):
                found.setdefault(row["roll_no"], set()).add(row["id_no"])
        for roll_no, ids in found.items():
            known.setdefault(roll_no, min(ids) if len(ids) == 1 else None)  # two IDs: nobody can say which
    return {roll_no: one for roll_no, one in known.items() if one}


def _place(view: View, name: str, row: Row) -> None:
    """The school after mergers known at d, and the town of the row."""
    if name in ("school", "care_facility"):
        row["_town"] = row["town"]
        return
    school = row.get("from_school") if name == "roll_event" else row.get("school_id")
    row["_school"] = after_mergers(view, school)
    school_town = view.schools[row["_school"]]["town"] if row["_school"] in view.schools else None
    if name == "dropout_case":
        row["_town"] = school_town or row["town"]  # a case whose school is empty belongs to its 镇街区
    elif name in ("dept_list", "left_behind", "hukou_cohort"):
        row["_town"] = row["town"]
    else:
        row["_town"] = school_town


def after_mergers(view: View, school: str | None) -> str | None:
    """A school closed by d stands for the school it went into, and so on to the end."""
    seen = set()
    while school in view.schools and school not in seen:
        seen.add(school)
        row = view.schools[school]
        if row["close_date"] is None or row["close_date"] > view.d or not row["merged_into"]:
            break
        school = row["merged_into"]
    return school


# The shapes of contract.md section 3.


def count(value: float, breakdown: dict | None = None) -> Row:
    """A count or a sum of money."""
    return {"value": value, "numerator": value, "denominator": None, "state": "ok", "breakdown": breakdown}


def rate(numerator: int, denominator: int, breakdown: dict | None = None) -> Row:
    """A fraction, or not applicable where the base is zero."""
    if denominator == 0:
        return {
            "value": None, "numerator": 0, "denominator": 0, "state": "not_applicable", "breakdown": breakdown,
        }  # fmt: skip
    value = numerator / denominator
    return {
        "value": value, "numerator": numerator, "denominator": denominator, "state": "ok", "breakdown": breakdown,
    }  # fmt: skip


def blank(state: str) -> Row:
    """``missing``, or ``not_applicable`` without a base: all null."""
    return {"value": None, "numerator": None, "denominator": None, "state": state, "breakdown": None}
