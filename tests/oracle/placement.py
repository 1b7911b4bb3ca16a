"""D02 D04 D09 D13 D15 D17 D18, read off docs/indicator-readings.md section 2."""

import datetime as dt

from .dropout import (
    compulsory_on_roll,
    confirmed_open,
    origin,
    persons,
    reported_and_open,
    returned,
    suspected_open,
    town_of,
)
from .left_behind import l01_rows
from .view import ON_ROLL, Row, View, birth_in_id, count, inside, rate


CLASSES = ("疑似待核", "确认辍学", "休学", "未请假", "停课", "长期病事假")
GROUPS = ("孤儿", "事实无人抚养", "残疾", "留守", "困境", "随迁", "监测对象")


def compute(view: View, scope: str) -> dict[str, Row]:
    """These seven of one town or the county."""
    cases = [c for c in view.rows("dropout_case") if inside(c["_town"], scope)]
    return {
        "D02": _d02(view, scope),
        "D04": _d04(view, cases),
        "D09": _d09(view, cases),
        "D13": _d13(view, scope),
        "D15": _d15(view, scope),
        "D17": _d17(view),
        "D18": _d18(view),
    }


def closed_by(case: Row, d: dt.date) -> bool:
    """Closed on or before d."""
    return case["close_date"] is not None and case["close_date"] <= d


def school_age(birth: dt.date | None, view: View) -> bool:
    """Born from 1 September Y-15 to 31 August Y-6."""
    year = view.period.school_year.first
    return birth is not None and dt.date(year - 15, 9, 1) <= birth <= dt.date(year - 6, 8, 31)


def in_force_from(row: Row) -> dt.date:
    """生效日期 of a T9 row, 名单日期 where it is empty."""
    return row["valid_from"] or row["list_date"]


def _d02(view: View, scope: str) -> Row:
    rows = compulsory_on_roll(view.rows("student_roll"))
    cases = [c for c in view.rows("dropout_case") if c["reported_date"] <= view.d]
    suspected = persons([c for c in cases if suspected_open(c, view.d)])
    confirmed = persons([c for c in cases if confirmed_open(c, view.d)])
    absent = [r for r in view.rows("absence") if r["month"] == f"{view.d:%Y-%m}"]
    limit = view.county.thresholds["report_days"]
    classes: dict[str, int] = dict.fromkeys(CLASSES, 0)
    for who in persons([row for row in rows if inside(row["_town"], scope)]):
        hers = [row for row in rows if row["_person"] == who]
        if all(row["study_mode"] == "送教上门" for row in hers):
            continue
        leaves = [r for r in absent if r["_person"] == who]
        long = [r["leave_type"] for r in leaves if r["consecutive_days"] >= limit]
        whole = [r["leave_type"] for r in leaves if r["consecutive_days"] >= r["school_days_in_month"]]
        holds = (
            who in suspected,
            who in confirmed,
            any(row["roll_status"] == "休学" for row in hers),
            "未请假" in long,
            "停课" in long,
            "病假" in whole or "事假" in whole,
        )
        for name, true in zip(CLASSES, holds, strict=True):
            if true:
                classes[name] += 1
                break
    return count(sum(classes.values()), {"class": classes})


def closing_class(close_type: str | None) -> str:
    """What a 销号 of this type stands for."""
    number = int(close_type or 99)
    for name, first, last in (("复学", 11, 16), ("误报", 21, 24), ("应排除", 31, 43), ("未结", 51, 51)):
        if first <= number <= last:
            return name
    return "其他"


def _d04(view: View, cases: list[Row]) -> Row:
    closed = [c for c in cases if c["close_date"] is not None and view.q0 <= c["close_date"] <= view.d]
    base = [c for c in closed if c["verdict"] != "辍学"]
    months = [f"{view.d.year}-{view.q0.month + n:02d}" for n in range(3)]
    empty = dict.fromkeys(("复学", "误报", "应排除", "未结", "其他"), 0)
    closings, by_month = dict(empty), {month: dict(empty) for month in months}
    for case in closed:
        name = closing_class(case["close_type"])
        closings[name] += 1
        by_month[f"{case['close_date']:%Y-%m}"][name] += 1
    parts = {"closings": closings, "month": by_month}
    return rate(len([c for c in base if closing_class(c["close_type"]) == "误报"]), len(base), parts)


def _d09(view: View, cases: list[Row]) -> Row:
    last_quarter = view.period.previous
    base = [c for c in cases if c["verdict"] == "辍学" and returned(c, last_quarter.start, last_quarter.end)]
    looked_for = persons([c for c in view.rows("dropout_case") if reported_and_open(c, view.d)])
    present = persons([row for row in view.rows("student_roll") if row["roll_status"] == "在校"])
    good = 0
    for case in base:
        if case["_person"] in looked_for or case["retained_90d"] == "否":
            continue
        good += case["retained_90d"] == "是" or case["_person"] in present
    return rate(good, len(base))


def _d13(view: View, scope: str) -> Row:
    events = [e for e in view.rows("roll_event") if e["event_date"] <= view.d and e["status"] != "退回"]
    pupils = persons(compulsory_on_roll(view.rows("student_roll")))
    others = persons(view.on_roll()) - pupils
    base = good = 0
    for event in events:
        if event["event_type"] != "休学" or event["_person"] in others:
            continue
        if any(
            e["event_type"] == "复学"
            and e["_person"] == event["_person"]
            and e["event_date"] > event["event_date"]
            for e in events
        ):
            continue
        if inside(town_of(view, origin(view, event, latest_first=True)), scope):
            base += 1
            good += bool(event["approval_no"]) and event["expected_return"] is not None
    return rate(good, base)


def _d15(view: View, scope: str) -> Row:
    cases = view.rows("dropout_case")
    spared = persons([c for c in cases if c["close_type"] in ("33", "42") and closed_by(c, view.d)])
    open_now = persons([c for c in cases if reported_and_open(c, view.d)])
    types = ("11", "12", "13", "14", "15", "16", "24")
    placed = persons([c for c in cases if c["close_type"] in types and closed_by(c, view.d)]) - open_now
    placed |= persons([row for row in view.on_roll() if row["stage"] != "学前"])
    base = set()
    for row in view.rows("dept_list"):
        if row["source_dept"] != "残联" or row["category"] == "残疾人子女" or not inside(row["_town"], scope):
            continue
        if in_force_from(row) > view.d or (row["valid_to"] is not None and row["valid_to"] <= view.d):
            continue
        if school_age(birth_in_id(row["id_no"]), view) and row["_person"] not in spared:
            base.add(row["_person"])
    return rate(len(base & placed), len(base))


def _d17(view: View) -> Row:
    cases = [c for c in view.rows("dropout_case") if confirmed_open(c, view.d)]
    groups: dict[str, set[str]] = {name: set() for name in GROUPS}
    for case in cases:
        for flag in (case["group_flags"] or "").split(";"):
            if flag:
                groups[flag].add(case["_person"])
    groups["留守"] |= persons(l01_rows(view))
    for row in view.rows("dept_list"):
        in_force = row["status"] in ("享受", "新增") and in_force_from(row) <= view.d
        if not in_force or (row["valid_to"] is not None and row["valid_to"] <= view.d):
            continue
        for name, true in (
            ("残疾", row["source_dept"] == "残联" and row["category"] != "残疾人子女"),
            ("监测对象", row["source_dept"] == "乡村振兴(农业农村)"),
            ("孤儿", row["category"] in ("孤儿", "孤儿及事实无人抚养儿童")),
            ("事实无人抚养", row["category"] == "事实无人抚养儿童"),
        ):
            if true:
                groups[name].add(row["_person"])
    out = persons(cases)
    everyone = {who for members in groups.values() for who in members}
    return count(
        len(out & everyone), {"group": {name: len(out & members) for name, members in groups.items()}}
    )


def _d18(view: View) -> Row:
    def pupils(rows: list[Row] | None, grade: str) -> set[str]:
        return persons(
            [
                r
                for r in rows or []
                if r["roll_status"] in ON_ROLL and r["stage"] == "初中" and r["grade"] == grade
            ]
        )

    first = view.earlier.get(view.period.shift(-12), {}).get("student_roll")
    last = view.earlier.get(view.period.previous, {}).get("student_roll")
    return rate(len(pupils(last, "九年级")), len(pupils(first, "七年级")))
