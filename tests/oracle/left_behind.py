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
    found = {f"L{n:02d}": blank("missing") for n in (*range(1, 11), 12, 13, 14, 15)}
    if view.has("left_behind"):
        found["L01"] = count(len(persons(rows)))
        found["L02"] = _l02(view, scope)
        found["L05"] = rate(len(persons([r for r in rows if _agreed(r, view.d)])), len(persons(rows)))
        alone = [r for r in rows if r["carer_rel"] == "无" or r["carer_age"] == "未成年"]
        found["L06"] = count(len(persons(alone)))
    if view.has("student_roll"):
        found["L03"] = _l03(view, scope)
    if view.has("left_behind", "student_roll"):
        found["L04"] = _l04(view, scope, everyone)
        pupils = persons(compulsory_on_roll(view.rows("student_roll")))
        at_school = [r for r in rows if r["_person"] in pupils]
        mentored = persons([r for r in at_school if r["mentor_post"]])
        found["L07"] = rate(len(mentored), len(persons(at_school)))
        if view.has("care_log"):
            found["L10"] = rate(
                len(persons([r for r in at_school if _screened(view, r)])), len(persons(at_school))
            )
    if view.has("left_behind", "care_log"):
        found["L08"] = rate(len(persons([r for r in rows if _visited(view, r)])), len(persons(rows)))
        found["L09"] = _l09(view, rows)
    if view.has("school", "care_facility"):
        found["L12"] = _l12(view, scope)
    if view.has("care_facility"):
        found["L13"] = _l13(view, scope)
    if view.has("left_behind", "dropout_case", "hukou_cohort", "student_roll"):
        out = persons([c for c in view.rows("dropout_case") if confirmed_open(c, view.d)]) | persons(
            d16_rows(view)
        )
        found["L14"] = count(len(persons(rows) & out))
    if view.has("left_behind", "student_roll", "dept_list", "aid_payment", "aid_identification"):
        watched = persons(everyone) | persons(l03_rows(view))
        found["L15"] = coverage(aid, aid.here(aid.e & watched, scope))
    return found


def sixteenth(birth: dt.date) -> dt.date:
    """The 16th birthday (1 March for 29 February in a common year)."""
    try:
        return birth.replace(year=birth.year + 16)
    except ValueError:
        return dt.date(birth.year + 16, 3, 1)


def _l02(view: View, scope: str) -> Row:
    new = 0
    out: dict[str, int] = {}
    for row in view.rows("left_behind"):
        if not inside(row["_town"], scope) or not parents_away(row):
            continue
        birthday = sixteenth(row["birth_date"])
        if row["in_date"] >= birthday:
            continue  # never under 16 while on the list: no row that meets the definition
        new += view.q0 <= row["in_date"] <= view.d
        by_age = row["out_date"] is None or birthday <= row["out_date"]
        end = birthday if by_age else row["out_date"]
        if view.q0 <= end <= view.d:
            reason = "满16周岁" if by_age else row["out_reason"]
            out[reason] = out.get(reason, 0) + 1
    return count(new, {"in": new, "out": out})


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
