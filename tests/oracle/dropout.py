"""D indicators, read off contract.md section 5 line by line."""

import datetime as dt

from .view import COMPULSORY, COUNTY, ON_ROLL, Row, View, count, inside, rate, stage_of_grade
from .world import read_csv


RETURNED = ("11", "12", "13", "14", "15", "16")
CAUSES = {row["code"]: row["text"] for row in read_csv("codes") if row["list"] == "dropout_cause"}


def suspected_open(case: Row, x: dt.date) -> bool:
    """Reported by x, neither verified nor closed by x."""
    if case["reported_date"] is None or case["reported_date"] > x:
        return False
    verified = case["verified_date"] is not None and case["verified_date"] <= x
    closed = case["close_date"] is not None and case["close_date"] <= x
    return not verified and not closed


def confirmed_open(case: Row, x: dt.date) -> bool:
    """Verified as 辍学 by x, not returned by x, not closed by x with a type other than 51."""
    if case["verdict"] != "辍学" or case["verified_date"] is None or case["verified_date"] > x:
        return False
    if case["return_date"] is not None and case["return_date"] <= x:
        return False
    return not (case["close_date"] is not None and case["close_date"] <= x and case["close_type"] != "51")


def verified_between(case: Row, first: dt.date, last: dt.date) -> bool:
    """Verified as 辍学 from first to last."""
    return (
        case["verdict"] == "辍学"
        and case["verified_date"] is not None
        and first <= case["verified_date"] <= last
    )


def persons(rows: list[Row]) -> set[str]:
    """Distinct persons of these rows."""
    return {row["_person"] for row in rows}


def compulsory_on_roll(rows: list[Row]) -> list[Row]:
    """On roll in a compulsory stage."""
    return [row for row in rows if row["roll_status"] in ON_ROLL and row["stage"] in COMPULSORY]


def by_stage(rows: list[Row], stage: str) -> dict:
    """Distinct persons by 学段 (roll) or by grade (cases)."""
    found: dict[str, set[str]] = {}
    for row in rows:
        name = row["stage"] if stage == "stage" else stage_of_grade(row["grade"])
        if name:
            found.setdefault(name, set()).add(row["_person"])
    return {"stage": {name: len(who) for name, who in found.items()}}


def d16_rows(view: View) -> list[Row]:
    """T16 children of school age, 在册, with no T2 row of a stage other than 学前 in this or an earlier period."""
    schooled = set()
    for tables in [view.tables, *view.earlier.values()]:
        for row in tables.get("student_roll") or []:
            if row["stage"] != "学前":
                schooled.add(row["_person"])
    year = view.period.school_year.first
    first, last = dt.date(year - 15, 9, 1), dt.date(year - 6, 8, 31)
    return [
        row
        for row in view.rows("hukou_cohort")
        if first <= row["birth_date"] <= last and row["status"] == "在册" and row["_person"] not in schooled
    ]


def d19_rows(view: View) -> list[Row]:
    """T2 rows of the previous period whose pupil nobody is looking for."""
    before = view.earlier.get(view.period.previous, {}).get("student_roll") or []
    here = persons(view.on_roll())
    first = view.period.previous.start
    gone: dict[str, set[str]] = {}
    for event in view.rows("roll_event"):
        if first <= event["event_date"] <= view.d:
            kind = event["event_type"]
            if kind == "转出" and event["matched"] == "是":
                kind = "转出已接续"
            gone.setdefault(kind, set()).add(event["_person"])
    watched = persons([c for c in view.rows("dropout_case") if reported_and_open(c, view.d)])
    left = []
    for row in compulsory_on_roll(before):
        who, ninth = row["_person"], row["grade"] == "九年级"
        if who in here or who in watched:
            continue
        if ninth and view.period.quarter == 3:
            continue
        if who in gone.get("转出已接续", set()) or who in gone.get("死亡", set()):
            continue
        if ninth and who in gone.get("毕业", set()):
            continue
        left.append(row)
    return left


def reported_and_open(case: Row, d: dt.date) -> bool:
    return case["reported_date"] <= d and (suspected_open(case, d) or confirmed_open(case, d))


def origin(view: View, event: Row, latest_first: bool) -> str | None:
    """The school an event happened at: 转出学校, else that of the pupil's row in a roll.

    ``latest_first``: this roll, then the earlier ones, latest first; else the earlier ones first and this one last.
    """
    if event["_school"] in view.schools:
        return event["_school"]
    earlier = [view.earlier[when].get("student_roll") or [] for when in sorted(view.earlier, reverse=True)]
    now = view.rows("student_roll")
    for rows in [now, *earlier] if latest_first else [*earlier, now]:
        for row in rows:
            if row["_person"] == event["_person"]:
                return row["_school"]
    return None


def town_of(view: View, school: str | None) -> str | None:
    """The town of a school after mergers; None for an unknown one."""
    return view.schools[school]["town"] if school in view.schools else None


def d14_rows(view: View) -> list[Row]:
    """Transfers out of this and the previous quarter that nobody has taken up after 30 days."""
    places: dict[str, set[str]] = {}
    for row in view.on_roll():
        places.setdefault(row["_person"], set()).add(row["_school"])
    limit = view.county.thresholds["transfer_days"]
    found = []
    for row in view.rows("roll_event"):
        if row["event_type"] != "转出" or row["matched"] == "是" or row["status"] == "退回":
            continue
        if not view.period.previous.start <= row["event_date"] <= view.d:
            continue
        if (view.d - row["event_date"]).days <= limit:
            continue
        school = origin(view, row, latest_first=False)
        if places.get(row["_person"], set()) - {school}:
            continue
        found.append({**row, "_town": town_of(view, school)})
    return found


def compute(view: View, scope: str) -> dict[str, Row]:
    """D01 D03 D05-D08 D10-D12 D14 D16 D19 D20 of one town or the county."""
    cases = [c for c in view.rows("dropout_case") if inside(c["_town"], scope)]
    roll = [row for row in compulsory_on_roll(view.rows("student_roll")) if inside(row["_town"], scope)]
    results = {
        "D01": count(len(persons(roll)), by_stage(roll, "stage")),
        "D05": _d05(view, cases, scope),
        "D07": _d07(view, scope, cases),
    }
    for name, rows in (("D14", d14_rows), ("D16", d16_rows), ("D19", d19_rows)):
        found = [row for row in rows(view) if inside(row["_town"], scope)]
        results[name] = count(len(persons(found)))
        if name == "D19":
            sixth = persons([row for row in found if row["grade"] == "六年级"])
            results["D20"] = count(len(sixth))
    for name, compute_one in (
        ("D03", _d03),
        ("D06", _d06),
        ("D08", _d08),
        ("D10", _d10),
        ("D11", _d11),
        ("D12", _d12),
    ):
        results[name] = compute_one(view, cases)
    return results


def _d03(view: View, cases: list[Row]) -> Row:
    value = len(persons([c for c in cases if suspected_open(c, view.d)]))
    opening = len(persons([c for c in cases if suspected_open(c, view.q0 - dt.timedelta(days=1))]))
    new = len(persons([c for c in cases if view.q0 <= c["reported_date"] <= view.d]))
    return count(value, {"flow": {"opening": opening, "new": new, "resolved": opening + new - value}})


def _d05(view: View, cases: list[Row], scope: str) -> Row:
    rows = [c for c in cases if confirmed_open(c, view.d)]
    parts = by_stage(rows, "grade")
    if scope == COUNTY:  # never below the county (contract.md section 6)
        parts["cause"] = _causes(rows)
    return count(len(persons(rows)), parts)


def _causes(rows: list[Row]) -> dict[str, int]:
    """Persons by 主要原因, each under the cause of her case that was reported first."""
    first: dict[str, Row] = {}
    for row in rows:
        known = first.get(row["_person"])
        if known is None or row["reported_date"] < known["reported_date"]:
            first[row["_person"]] = row
    causes: dict[str, int] = {}
    for row in first.values():
        text = CAUSES[row["cause_main"]] if row["cause_main"] else "未填"
        causes[text] = causes.get(text, 0) + 1
    return causes


def _d06(view: View, cases: list[Row]) -> Row:
    rows = [c for c in cases if verified_between(c, view.q0, view.d)]
    return count(len(persons(rows)), by_stage(rows, "grade"))


def _d07(view: View, scope: str, cases: list[Row]) -> Row:
    base_period = view.period.school_year.base_period
    tables = view.tables if base_period == view.period else view.earlier.get(base_period, {})
    opening = [
        row for row in compulsory_on_roll(tables.get("student_roll") or []) if inside(row["_town"], scope)
    ]
    out = [c for c in cases if verified_between(c, view.period.school_year.start, view.d)]
    out = [c for c in out if stage_of_grade(c["grade"]) in ("小学", "初中")]
    parts = {}
    for stage in ("小学", "初中"):
        top = persons([c for c in out if stage_of_grade(c["grade"]) == stage])
        bottom = persons([row for row in opening if stage_of_grade(row["grade"]) == stage])
        part = rate(len(top), len(bottom))
        parts[stage] = {name: part[name] for name in ("value", "numerator", "denominator")}
    return rate(len(persons(out)), len(persons(opening)), {"stage": parts})


def returned(case: Row, first: dt.date, last: dt.date) -> bool:
    """Back at school from first to last: by the day of return, else by a closing of type 11 to 16."""
    if case["return_date"] is not None:
        good = case["close_type"] is None or case["close_type"] in RETURNED
        return good and first <= case["return_date"] <= last
    closed = case["close_date"]
    return case["close_type"] in RETURNED and closed is not None and first <= closed <= last


def _d08(view: View, cases: list[Row]) -> Row:
    before = view.q0 - dt.timedelta(days=1)
    base = [c for c in cases if confirmed_open(c, before) or verified_between(c, view.q0, view.d)]
    return rate(len([c for c in base if returned(c, view.q0, view.d)]), len(base))


def _d10(view: View, cases: list[Row]) -> Row:
    base = [c for c in cases if view.q0 <= c["reported_date"] <= view.d]
    on_time = 0
    for case in base:
        if case["first_absent_date"] is None:
            continue
        days = [
            x for x in view.county.school_days or () if case["first_absent_date"] < x <= case["reported_date"]
        ]
        on_time += len(days) <= view.county.thresholds["report_days"]
    return rate(on_time, len(base))


def _d11(view: View, cases: list[Row]) -> Row:
    base = [c for c in cases if suspected_open(c, view.d) or confirmed_open(c, view.d)]
    wanted = ("plan_id", "owner_town", "owner_school", "owner_village")
    return rate(len([c for c in base if all(c[name] for name in wanted)]), len(base))


def _d12(view: View, cases: list[Row]) -> Row:
    base = [c for c in cases if confirmed_open(c, view.d)]
    contacted = {
        (r["case_id"], r["contact_date"].year, r["contact_date"].month) for r in view.rows("persuasion_log")
    }
    good = 0
    for case in base:
        months = [view.q0.month, view.q0.month + 1, view.q0.month + 2]
        if case["verified_date"] >= view.q0:
            months = [month for month in months if month >= case["verified_date"].month]
        good += all((case["case_id"], view.d.year, month) in contacted for month in months)
    return rate(good, len(base))
