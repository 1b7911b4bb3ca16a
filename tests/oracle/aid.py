"""A indicators, read off contract.md section 5 line by line. S is the semester of the period."""

import datetime as dt

from pipelines.periods import Semester

from .view import Row, View, age, blank, count, inside, rate


FAILED = ("失败", "退回")


class Aid:
    """The sets E, R, X and I of the county, and where each person belongs."""

    def __init__(self, view: View):
        self.view = view
        semester = view.period.semester
        self.payments = [p for p in view.rows("aid_payment") if _of(p, semester)]
        marks = [r for r in view.rows("aid_identification") if _of(r, semester)]
        self.rolls: dict[str, set[str]] = {}  # towns of the roll at d
        for row in view.on_roll():
            self.rolls.setdefault(row["_person"], set()).add(row["_town"])
        self.categories: dict[str, set[str]] = {}
        for row in view.rows("dept_list"):
            if row["_person"] in self.rolls and listed(row, view.d, semester.first_day):
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


def listed(row: Row, d: dt.date, first_day: dt.date) -> bool:
    """A T9 row that entitles at d: 享受 or 新增, in force by d, not ended before the first day of S."""
    start = row["valid_from"] or row["list_date"]
    ended = row["valid_to"] is not None and row["valid_to"] < first_day
    return row["status"] in ("享受", "新增") and start <= d and not ended


def coverage(aid: Aid, entitled: set[str]) -> Row:
    """|(E−X)∩R| ÷ |E−X| of some entitled persons."""
    base = entitled - aid.x
    return rate(len(base & aid.r), len(base))


def standard(view: View, payment: Row, stages: set[str]) -> int | None:
    """The T8 amount in fen for one T7 row; the highest where the person has several stages; None without one."""
    semester = view.period.semester
    found = []
    for row in view.county.standards:
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
        found.append(round(float(row["学期标准"]) * 100))
    return max(found, default=None)


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


def due_date(view: View, programme: str) -> dt.date | None:
    """发放截止日 of a programme for S, or None where T8 has no row."""
    semester = view.period.semester
    for row in view.county.standards:
        begins = Semester.parse(row["起始学期"]) <= semester
        ends = bool(row["终止学期"]) and Semester.parse(row["终止学期"]) < semester
        if row["资助项目"] == programme and begins and not ends:
            for part in row["发放截止日"].split(";"):
                season, day = part.split(":")
                if season == semester.season:
                    return semester.due_date(day)
    return None


def compute(view: View, scope: str, aid: Aid) -> dict[str, Row]:
    """All A indicators of one town or the county."""
    people = view.has("student_roll", "dept_list", "aid_payment", "aid_identification")
    results = {
        "A01": count(len(aid.here(aid.e, scope)))
        if view.has("student_roll", "dept_list")
        else blank("missing"),
        "A02": count(len(aid.here(aid.r, scope)))
        if view.has("aid_payment", "student_roll")
        else blank("missing"),
        "A13": _a13(view, scope) if view.has("dept_list", "student_roll") else blank("missing"),
    }
    if people:
        results["A03"] = coverage(aid, aid.here(aid.e, scope))
        results["A04"] = _a04(aid, aid.here(aid.e - aid.x - aid.r, scope))
        results["A05"] = count(len(aid.here(aid.r - aid.e - aid.i, scope)))
        results["A11"] = _a11(aid, scope)
    rows = [p for p in aid.payments if inside(p["_town"], scope)]
    if view.has("aid_payment"):
        results["A06"] = _a06(aid, rows)
        results["A09"] = _a09(view, rows)
        results["A10"] = _a10(aid, rows)
        results["A15"] = _a15(view, scope)
    if view.has("aid_payment", "student_roll"):
        results["A07"], results["A08"] = _a07_a08(view, aid, rows)
    for number in range(1, 16):
        if number not in (12, 14):
            results.setdefault(f"A{number:02d}", blank("missing"))
    return results


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
        amounts = [amount for row in members if (amount := standard(view, row, stages)) is not None]
        if not amounts:
            continue
        paid = sum(round(row["paid"] * 100) for row in members)
        base += 1
        full += paid >= max(amounts)
        short += max(0, max(amounts) - paid)
    return rate(full, base), count(short / 100)


def _a09(view: View, rows: list[Row]) -> Row:
    base = on_time = 0
    for row in rows:
        due = due_date(view, row["programme"])
        if due is None or due > view.d:
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
    return failed["paid_date"] is None or success["paid_date"] > failed["paid_date"]


def _a11(aid: Aid, scope: str) -> Row:
    parts = {}
    for name, members in aid.categories.items():
        part = coverage(aid, aid.here(members, scope))
        if part["denominator"]:
            parts[name] = {key: part[key] for key in ("value", "numerator", "denominator")}
    if not parts:
        return rate(0, 0, {"category": {}})
    lowest = parts[min(sorted(parts), key=lambda name: parts[name]["value"])]
    return rate(lowest["numerator"], lowest["denominator"], {"category": parts})


def _a13(view: View, scope: str) -> Row:
    pupils = {row["_person"] for row in view.on_roll()}
    base = matched = 0
    for row in view.rows("dept_list"):
        if not inside(row["_town"], scope):
            continue
        digits = row["id_no"][6:14]  # the only source of an age in T9
        birth = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        if 3 <= age(birth, view.d) <= 18:
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
