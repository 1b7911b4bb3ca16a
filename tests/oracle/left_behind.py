"""L indicators, read off contract.md section 5 line by line."""

import datetime as dt

from .aid import Aid, coverage
from .dropout import compulsory_on_roll, confirmed_open, d16_rows, persons
from .view import COUNTY, Row, View, age, blank, count, inside, rate


KINDS = ("单亲留守", "双亲留守")
ROOM_SCHOOLS = ("小学", "教学点", "初中", "九年一贯")


def parents_away(row: Row) -> bool:
    """Both away; or one away and the other dead, lost, in prison, or at home without guardianship capacity."""
    for one, other in ((row["father_away"], row["mother_away"]), (row["mother_away"], row["father_away"])):
        if one != "是":
            continue
        if other in ("是", "已故", "失联", "服刑"):
            return True
        if other == "否" and row["remaining_capacity"] == "无":
            return True
    return False


def l01_rows(view: View) -> list[Row]:
    """T10 rows in force at d of children under 16 who meet the definition."""
    found = []
    for row in view.rows("left_behind"):
        active = row["in_date"] <= view.d and (row["out_date"] is None or row["out_date"] > view.d)
        if active and age(row["birth_date"], view.d) < 16 and parents_away(row):
            found.append(row)
    return found


def l03_rows(view: View) -> list[Row]:
    """Pupils on roll in a compulsory stage flagged as left behind."""
    return [r for r in compulsory_on_roll(view.rows("student_roll")) if r["left_behind_edu"] in KINDS]


def compute(view: View, scope: str, aid: Aid) -> dict[str, Row]:
    """All L indicators of one town or the county."""
    everyone = l01_rows(view)
    rows = [row for row in everyone if inside(row["_town"], scope)]
    total = len(persons(rows))
    pupils = persons(compulsory_on_roll(view.rows("student_roll")))
    at_school = [r for r in rows if r["_person"] in pupils]
    out = [c for c in view.rows("dropout_case") if confirmed_open(c, view.d)] + d16_rows(view)
    watched = persons(everyone) | persons(l03_rows(view))
    return {
        "L01": count(total),
        "L02": _l02(view, scope),
        "L03": _l03(view, scope),
        "L04": _l04(view, scope, everyone),
        "L05": rate(len(persons([r for r in rows if _agreed(r, view.d)])), total),
        "L06": count(len(persons([r for r in rows if r["carer_rel"] == "无" or r["carer_age"] == "未成年"]))),
        "L07": rate(len(persons([r for r in at_school if r["mentor_post"]])), len(persons(at_school))),
        "L08": rate(len(persons([r for r in rows if _visited(view, r)])), total),
        "L09": _l09(view, rows),
        "L10": rate(len(persons([r for r in at_school if _screened(view, r)])), len(persons(at_school))),
        "L11": _l11(view),
        "L12": _l12(view, scope),
        "L13": _l13(view, scope),
        "L14": count(len(persons(rows) & persons(out))),
        "L15": coverage(aid, aid.here(aid.e & watched, scope)),
    }


def sixteenth(birth: dt.date) -> dt.date:
    """The 16th birthday (1 March for 29 February in a common year)."""
    try:
        return birth.replace(year=birth.year + 16)
    except ValueError:
        return dt.date(birth.year + 16, 3, 1)


def _l02(view: View, scope: str) -> Row:
    """Distinct persons taken in, and distinct persons out by reason."""
    new: set[str] = set()
    out: dict[str, set[str]] = {}
    for row in view.rows("left_behind"):
        if not inside(row["_town"], scope) or not parents_away(row):
            continue
        birthday = sixteenth(row["birth_date"])
        if row["in_date"] >= birthday:
            continue  # never under 16 while on the list: no row of a child
        if view.q0 <= row["in_date"] <= view.d:
            new.add(row["_person"])
        by_age = row["out_date"] is None or birthday <= row["out_date"]
        end = birthday if by_age else row["out_date"]
        if view.q0 <= end <= view.d and end >= row["in_date"]:
            reason = "满16周岁" if by_age else row["out_reason"] or "其他"
            out.setdefault(reason, set()).add(row["_person"])
    return count(len(new), {"in": len(new), "out": {reason: len(who) for reason, who in out.items()}})


def _l03(view: View, scope: str) -> Row:
    rows = [r for r in l03_rows(view) if inside(r["_town"], scope)]
    kinds = {kind: len(persons([r for r in rows if r["left_behind_edu"] == kind])) for kind in KINDS}
    return count(len(persons(rows)), {"kind": kinds})


def _l04(view: View, scope: str, everyone: list[Row]) -> Row:
    flagged_no = persons([r for r in view.on_roll() if r["left_behind_edu"] == "非留守"])
    a = persons(
        [
            r
            for r in everyone
            if inside(r["_town"], scope)
            and 6 <= age(r["birth_date"], view.d) <= 15
            and r["_person"] in flagged_no
        ]
    )
    known = persons(everyone)
    b = set()
    for row in compulsory_on_roll(view.rows("student_roll")):
        rural = view.schools.get(row["_school"], {}).get("urban_rural") == "乡村"
        young = age(row["birth_date"], view.d) < 16
        here = inside(row["_town"], scope)
        if here and rural and young and row["left_behind_edu"] == "双亲留守" and row["_person"] not in known:
            b.add(row["_person"])
    return count(len(a) + len(b), {"kind": {"A": len(a), "B": len(b)}})


def _agreed(row: Row, d: dt.date) -> bool:
    return row["agreement"] == "有" and (row["agreement_until"] is None or row["agreement_until"] >= d)


def _log(view: View, row: Row, kinds: tuple[str, ...]) -> list[dt.date]:
    """Days of the T11 rows of these kinds of one T10 row's child."""
    rows = view.rows("care_log")
    return [r["care_date"] for r in rows if r["child_id"] == row["child_id"] and r["care_type"] in kinds]


def _screened(view: View, row: Row) -> bool:
    return any(view.period.school_year.start <= day <= view.d for day in _log(view, row, ("心理筛查",)))


def _visited(view: View, row: Row) -> bool:
    limits = view.county.thresholds
    days = _log(view, row, ("家访",))
    now = len([day for day in days if view.q0 <= day <= view.d])
    before = len([day for day in days if view.period.previous.start <= day < view.q0])
    if row["risk"] == "高":
        return now >= limits["visits_high"]
    if row["risk"] == "中":
        return now >= limits["visits_medium"]
    return now + before >= limits["visits_low"]


def _thursday(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=3 - day.weekday())


def _l09(view: View, rows: list[Row]) -> Row:
    base, good = set(), set()
    for row in rows:
        weeks = set()
        day = view.q0
        while day <= view.d:
            if day.weekday() == 3 and day >= row["in_date"]:
                weeks.add(day)
            day += dt.timedelta(days=1)
        called = {_thursday(day) for day in _log(view, row, ("亲情视频", "电话"))}
        if not weeks or not any(view.q0 <= week <= view.d for week in called):
            continue
        base.add(row["_person"])
        if len(called & weeks) >= view.county.thresholds["contact_share"] * len(weeks) - 1e-9:
            good.add(row["_person"])
    return rate(len(good), len(base))


def _l11(view: View) -> Row:
    """Alerts whose time for a referral runs out in q."""
    days = dt.timedelta(days=view.county.thresholds["followup_days"])
    screened = [
        r for r in view.rows("care_log") if r["care_type"] == "心理筛查" and r.get("outcome") == "预警"
    ]
    alerts = {(r["child_id"], r["care_date"]) for r in screened}
    alerts = {(child, day) for child, day in alerts if view.q0 <= day + days <= view.d}
    good = 0
    for child, day in alerts:
        referrals = [r for r in view.rows("care_log") if r["child_id"] == child and r["care_type"] == "转介"]
        good += any(day <= r["care_date"] <= day + days for r in referrals)
    return rate(good, len(alerts))


def _l12(view: View, scope: str) -> Row:
    rooms = {
        r["place"]
        for r in view.rows("care_facility")
        if r["facility"] == "关爱室" and r["in_use"] == "使用中"
    }
    base = with_room = 0
    for school in view.rows("school"):
        is_open = (school["open_date"] is None or school["open_date"] <= view.d) and (
            school["close_date"] is None or school["close_date"] > view.d
        )
        wanted = school["urban_rural"] == "乡村" and school["school_type"] in ROOM_SCHOOLS
        if is_open and wanted and inside(school["_town"], scope):
            base += 1
            with_room += school["school_id"] in rooms or school["school_name"] in rooms
    return rate(with_room, base)


def _l13(view: View, scope: str) -> Row:
    centres = {
        r["town"]
        for r in view.rows("care_facility")
        if r["facility"] == "特教资源中心" and r["in_use"] == "使用中"
    }
    market_towns = [town["code"] for town in view.county.towns if town["kind"] == "镇"]
    if scope == COUNTY:
        return rate(len([code for code in market_towns if code in centres]), len(market_towns))
    if scope not in market_towns:
        return blank("not_applicable")
    return rate(int(scope in centres), 1)
