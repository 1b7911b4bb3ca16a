"""A indicators, read off contract.md section 5 line by line. S is the semester of the period."""

import datetime as dt

from pipelines.periods import Semester

from .view import Row, View, age, birth_in_id, count, inside, rate
from .world import read_csv


FAILED = ("失败", "退回")
ORDER = [row["code"] for row in read_csv("codes") if row["list"] == "aid_category"]


class Aid:
    """The sets E, R, X and I of the county, and where each person belongs."""

    def __init__(self, view: View, semester: Semester | None = None, started_by: dt.date | None = None):
        """``semester``: S if not that of the period; ``started_by``: the day by which a T9 row must have started."""
        self.view = view
        self.semester = semester = semester or view.period.semester
        self.payments = [p for p in view.rows("aid_payment") if _of(p, semester)]
        marks = [r for r in view.rows("aid_identification") if _of(r, semester)]
        self.rolls: dict[str, set[str]] = {}  # towns of the roll at d
        for row in view.on_roll():
            self.rolls.setdefault(row["_person"], set()).add(row["_town"])
        self.categories: dict[str, set[str]] = {}
        for row in view.rows("dept_list"):
            if row["_person"] in self.rolls and listed(row, started_by or view.d, semester.first_day):
                self.categories.setdefault(row["category"], set()).add(row["_person"])
        self.e = {who for members in self.categories.values() for who in members}
        self.r = {p["_person"] for p in self.payments if self.success(p)}
        self.x = {r["_person"] for r in marks if r["waiver"] == "有"}
        self.i = {r["_person"] for r in marks if r["cancelled_date"] is None or r["cancelled_date"] > view.d}

    def success(self, payment: Row) -> bool:
        """Successful and paid by d."""
        day = payment["paid_date"]
        return payment["pay_status"] == "成功" and day is not None and day <= self.view.d

    def here(self, who: set[str], scope: str) -> set[str]:
        """Those who belong to the scope: by the roll at d, off the roll by the school of the T7 row."""
        found = set()
        for person in who:
            towns = self.rolls.get(person)
            if towns is None:
                towns = {p["_town"] for p in self.payments if p["_person"] == person and self.success(p)}
            if any(inside(town, scope) for town in towns):
                found.add(person)
        return found


def _of(row: Row, semester: Semester) -> bool:
    return f"{row['school_year']}{row['semester']}" == str(semester)


def listed(row: Row, day: dt.date, first_day: dt.date) -> bool:
    """A T9 row that entitles: 享受 or 新增, in force by the day, not ended before the first day of S."""
    start = row["valid_from"] or row["list_date"]
    ended = row["valid_to"] is not None and row["valid_to"] < first_day
    return row["status"] in ("享受", "新增") and start <= day and not ended


def coverage(aid: Aid, entitled: set[str]) -> Row:
    """|(E−X)∩R| ÷ |E−X| of some entitled persons."""
    base = entitled - aid.x
    return rate(len(base & aid.r), len(base))


def standard(aid: Aid, payment: Row, stages: set[str]) -> int | None:
    """The T8 amount in fen for one T7 row; the highest where the person has several stages; None without one."""
    semester = aid.semester
    found = []
    for row in aid.view.county.standards:
        if row["资助项目"] != payment["programme"] or row["学段"] not in stages:
            continue
        if row["就读方式"] and row["就读方式"] != payment["boarding"]:
            continue
        if row["资助档次"] and row["资助档次"] != payment["band"]:
            continue
        if Semester.parse(row["起始学期"]) > semester:
            continue
        if row["终止学期"] and Semester.parse(row["终止学期"]) < semester:
            continue
        found.append(row)
    best = []
    for stage in stages:  # within a stage, a row that names the band goes before one that does not
        named = [row for row in found if row["学段"] == stage and row["资助档次"]]
        best += named or [row for row in found if row["学段"] == stage]
    return max((round(float(row["学期标准"]) * 100) for row in best), default=None)


def stages_of(view: View, person: str) -> set[str]:
    """学段 on the roll at d, else on the latest earlier roll."""
    stages = {row["stage"] for row in view.on_roll() if row["_person"] == person}
    for period in sorted(view.earlier, reverse=True):
        if stages:
            break
        rows = view.earlier[period].get("student_roll") or []
        stages = {
            r["stage"]
            for r in rows
            if r["_person"] == person and r["roll_status"] in ("在校", "休学", "转出中")
        }
    return stages


def due_date(aid: Aid, programme: str) -> dt.date | None:
    """发放截止日 of a programme for S, or None where T8 has no row."""
    semester = aid.semester
    days = []
    for row in aid.view.county.standards:
        begins = Semester.parse(row["起始学期"]) <= semester
        ends = bool(row["终止学期"]) and Semester.parse(row["终止学期"]) < semester
        if row["资助项目"] == programme and begins and not ends:
            for part in row["发放截止日"].split(";"):
                season, day = part.split(":")
                if season == semester.season:
                    days.append(semester.due_date(day))
    return max(days, default=None)


def compute(view: View, scope: str, aid: Aid) -> dict[str, Row]:
    """A01-A11 A13 A15 of one town or the county."""
    rows = [p for p in aid.payments if inside(p["_town"], scope)]
    full, shortfall = _a07_a08(view, aid, rows)
    return {
        "A01": count(len(aid.here(aid.e, scope))),
        "A02": count(len(aid.here(aid.r, scope))),
        "A03": coverage(aid, aid.here(aid.e, scope)),
        "A04": _a04(aid, aid.here(aid.e - aid.x - aid.r, scope)),
        "A05": count(len(aid.here(aid.r - aid.e - aid.i, scope))),
        "A06": _a06(aid, rows),
        "A07": full,
        "A08": shortfall,
        "A09": _a09(aid, rows),
        "A10": _a10(aid, rows),
        "A11": _a11(aid, scope),
        "A13": _a13(view, scope),
        "A15": _a15(view, scope),
    }


def _a04(aid: Aid, left_out: set[str]) -> Row:
    reasons = {"退回": 0, "待发": 0, "未发放": 0, "未认定": 0}
    for person in left_out:
        states = [p["pay_status"] for p in aid.payments if p["_person"] == person]
        if states and all(state in FAILED for state in states):
            reasons["退回"] += 1
        elif states:
            reasons["待发"] += 1
        elif person in aid.i:
            reasons["未发放"] += 1
        else:
            reasons["未认定"] += 1
    return count(len(left_out), {"reason": reasons})


def _a06(aid: Aid, rows: list[Row]) -> Row:
    times: dict[tuple, int] = {}
    for row in rows:
        if aid.success(row) and not row["reissue_of"]:
            key = (row["_person"], row["programme"])
            times[key] = times.get(key, 0) + 1
    return count(sum(n - 1 for n in times.values()))


def _a07_a08(view: View, aid: Aid, rows: list[Row]) -> tuple[Row, Row]:
    groups: dict[tuple, list[Row]] = {}
    for row in rows:
        if aid.success(row):
            groups.setdefault((row["_person"], row["programme"]), []).append(row)
    full = base = short = 0
    for (person, _), members in groups.items():
        stages = stages_of(view, person)
        amounts = [amount for row in members if (amount := standard(aid, row, stages)) is not None]
        if not amounts:
            continue
        paid = sum(round(row["paid"] * 100) for row in members)
        base += 1
        full += paid >= max(amounts)
        short += max(0, max(amounts) - paid)
    return rate(full, base), count(short / 100)


def _a09(aid: Aid, rows: list[Row]) -> Row:
    base = on_time = 0
    for row in rows:
        due = due_date(aid, row["programme"])
        if due is None or due > aid.view.d:
            continue
        base += 1
        day = row["paid_date"]
        on_time += row["pay_status"] == "成功" and day is not None and day <= due
    return rate(on_time, base)


def _a10(aid: Aid, rows: list[Row]) -> Row:
    bounced = 0
    for row in rows:
        if row["pay_status"] in FAILED:
            same = [
                p
                for p in aid.payments
                if (p["_person"], p["programme"]) == (row["_person"], row["programme"])
            ]
            later = [p for p in same if aid.success(p) and _later(p, row)]
            bounced += not later
    return rate(bounced, len(rows))


def _later(success: Row, failed: Row) -> bool:
    """On a later day, or on the same day as a reissue; a failed row without a day precedes every success."""
    if failed["paid_date"] is None or success["paid_date"] > failed["paid_date"]:
        return True
    return bool(success["reissue_of"]) and success["paid_date"] == failed["paid_date"]


def _a11(aid: Aid, scope: str) -> Row:
    parts = {}
    for name in ORDER:
        part = coverage(aid, aid.here(aid.categories.get(name, set()), scope))
        if part["denominator"]:
            parts[name] = {key: part[key] for key in ("value", "numerator", "denominator")}
    if not parts:
        return rate(0, 0, {"category": {}})
    # of equal rates the one with the larger base, then the first in the code list
    lowest = min(parts.values(), key=lambda part: (part["value"], -part["denominator"]))
    return rate(lowest["numerator"], lowest["denominator"], {"category": parts})


def _a13(view: View, scope: str) -> Row:
    pupils = {row["_person"] for row in view.on_roll()}
    base = matched = 0
    for row in view.rows("dept_list"):
        if not inside(row["_town"], scope):
            continue
        birth = birth_in_id(row["id_no"])  # the only source of an age in T9
        if birth is not None and 3 <= age(birth, view.d) <= 18:
            base += 1
            matched += row["_person"] in pupils
    return rate(matched, base)


def _a15(view: View, scope: str) -> Row:
    total = 0
    for row in view.rows("aid_payment"):
        day = row["paid_date"]
        if inside(row["_town"], scope) and row["pay_status"] == "成功" and day is not None:
            total += round(row["paid"] * 100) if view.q0 <= day <= view.d else 0
    return count(total / 100)
