"""Left-behind children (L01–L07, L10, L12–L15) by the two definitions, never added to one another."""

import unicodedata

import pandas as pd

from pipelines.indicators import aid, dropout
from pipelines.indicators import counting as c
from pipelines.match import Facts


ABSENT = ("已故", "失联", "服刑")
KINDS = ("单亲留守", "双亲留守")
OUT_REASONS = ("父母返乡", "满16周岁", "迁出", "其他")
_SCHOOL_TYPES = ("小学", "教学点", "初中", "九年一贯")
_AGE_LIMIT = 16


def meets_definition(frame: pd.DataFrame) -> pd.Series:
    """Whether the parents' situation makes a child left-behind as 民政 reads it (age and dates apart)."""
    father, mother = frame["father_away"], frame["mother_away"]
    result = (father == "是") & (mother == "是")
    for away, other in ((father, mother), (mother, father)):
        incapable = (other == "否") & (frame["remaining_capacity"] == "无")
        result |= (away == "是") & (other.isin(ABSENT) | incapable)
    return result


def registered(facts: Facts) -> pd.DataFrame:
    """L01: T10 rows that count at d, with ``age``."""

    def make() -> pd.DataFrame:
        frame = facts.table("left_behind")
        frame = frame.assign(age=c.age_at(frame["birth_date"], facts.d))
        present = (frame["in_date"] <= facts.d) & c.empty_or_after(frame["out_date"], facts.d)
        return frame[present & (frame["age"] < _AGE_LIMIT) & meets_definition(frame)]

    return facts.remember("registered", make)


def registered_pupils(facts: Facts) -> pd.DataFrame:
    """L01 rows of children on the roll of a compulsory stage."""
    frame = registered(facts)
    return frame[c.among(frame["person"], c.compulsory(facts)["person"])]


def flagged(facts: Facts) -> pd.DataFrame:
    """L03: on-roll compulsory pupils flagged left-behind by their school."""
    pupils = c.compulsory(facts)
    return pupils[pupils["left_behind_edu"].isin(KINDS)]


def known_to_civil_affairs_only(facts: Facts) -> pd.DataFrame:
    """L04 A: L01 rows aged 6–15 of an on-roll pupil flagged 非留守."""
    frame, roll = registered(facts), c.on_roll(facts)
    flagged_no = roll.loc[roll["left_behind_edu"] == "非留守", "person"]
    return frame[frame["age"].between(6, 15) & c.among(frame["person"], flagged_no)]


def known_to_school_only(facts: Facts) -> pd.DataFrame:
    """L04 B: pupils 双亲留守 under 16 at a rural school who are not in L01."""
    schools = facts.table("school")
    rural = schools.loc[schools["urban_rural"] == "乡村", "school_id"]
    frame = flagged(facts)
    young = c.age_at(frame["birth_date"], facts.d) < _AGE_LIMIT
    chosen = (frame["left_behind_edu"] == "双亲留守") & young & frame["school"].isin(rural)
    return frame[chosen & ~c.among(frame["person"], registered(facts)["person"])]


def _rate(facts: Facts, base: pd.DataFrame, good: pd.Series) -> c.Figure:
    return c.Figure(c.distinct(facts, base[good]), c.distinct(facts, base))


def l01(facts: Facts) -> c.Figure:
    """留守儿童数（民政口径）."""
    return c.Figure(c.distinct(facts, registered(facts)))


def l02(facts: Facts) -> c.Figure:
    """当季新增与退出."""
    frame = facts.table("left_behind")
    frame = frame[meets_definition(frame)]
    birthday = frame["birth_date"] + pd.DateOffset(years=_AGE_LIMIT)
    # Born on 29 February, a child completes the year on 1 March of a common year.
    leap = (frame["birth_date"].dt.day == 29) & (birthday.dt.day == 28)
    birthday = birthday + pd.to_timedelta(leap.astype(int), unit="D")
    frame = frame[frame["in_date"] < birthday]
    birthday = birthday.loc[frame.index]
    aged = frame["out_date"].isna() | (birthday <= frame["out_date"])
    left = frame.assign(
        exit=frame["out_date"].where(~aged, birthday),
        why=frame["out_reason"].astype("str").fillna("其他").mask(aged, "满16周岁"),
    )
    left = left[c.within(left["exit"], facts.q0, facts.d) & (left["in_date"] <= left["exit"])]
    new = c.distinct(facts, frame[c.within(frame["in_date"], facts.q0, facts.d)])
    out = c.split(facts, left, "why", OUT_REASONS)
    return c.Figure(new, breakdown={code: {"in": int(new[code]), "out": out[code]} for code in out})


def l03(facts: Facts) -> c.Figure:
    """留守学生数（教育口径）."""
    frame = flagged(facts)
    kinds = c.split(facts, frame, "left_behind_edu", KINDS)
    return c.Figure(
        c.distinct(facts, frame), breakdown={code: {"kind": part} for code, part in kinds.items()}
    )


def l04(facts: Facts) -> c.Figure:
    """两口径不一致人数."""
    a = c.distinct(facts, known_to_civil_affairs_only(facts))
    b = c.distinct(facts, known_to_school_only(facts))
    kinds = c.nested(facts, {"A": a, "B": b})
    return c.Figure(a + b, breakdown={code: {"kind": part} for code, part in kinds.items()})


def has_agreement(facts: Facts, frame: pd.DataFrame) -> pd.Series:
    """A 委托监护确认书 that has not run out at d."""
    until = frame["agreement_until"]
    return (frame["agreement"] == "有") & (until.isna() | (until >= facts.d))


def l05(facts: Facts) -> c.Figure:
    """委托照护确认率."""
    frame = registered(facts)
    return _rate(facts, frame, has_agreement(facts, frame))


def without_carer(facts: Facts) -> pd.DataFrame:
    """L06: L01 rows with no carer or one who is a minor."""
    frame = registered(facts)
    return frame[(frame["carer_rel"] == "无") | (frame["carer_age"] == "未成年").fillna(False)]


def l06(facts: Facts) -> c.Figure:
    """无有效照护人数."""
    return c.Figure(c.distinct(facts, without_carer(facts)))


def l07(facts: Facts) -> c.Figure:
    """结对（导师）覆盖率."""
    frame = registered_pupils(facts)
    return _rate(facts, frame, frame["has_mentor_post"].astype(bool))


def rural_schools(facts: Facts) -> pd.DataFrame:
    """The schools of L12, with ``has_room``: a 关爱室 in use, found by the school's code or name."""
    schools = facts.table("school")
    rural = (schools["urban_rural"] == "乡村") & schools["school_type"].isin(_SCHOOL_TYPES)
    frame = schools[open_at(schools, facts.d) & rural]
    return frame.assign(has_room=room_in_use(facts, frame))


def open_at(schools: pd.DataFrame, d: pd.Timestamp) -> pd.Series:
    """Opened ≤ d (or always there) and not closed ≤ d."""
    return (schools["open_date"].isna() | (schools["open_date"] <= d)) & c.empty_or_after(
        schools["close_date"], d
    )


def room_in_use(facts: Facts, schools: pd.DataFrame) -> pd.Series:
    """Whether T12 holds a 关爱室 in use at each school."""
    rooms = facts.table("care_facility")
    places = {
        _fold(p) for p in rooms.loc[(rooms["facility"] == "关爱室") & (rooms["in_use"] == "使用中"), "place"]
    }
    return schools["school_id"].isin(places) | schools["school_name"].map(_fold).isin(places)


def _fold(text: object) -> str:
    return "".join(unicodedata.normalize("NFKC", str(text)).split())


def l12(facts: Facts) -> c.Figure:
    """关爱室覆盖率."""
    frame = rural_schools(facts)
    has_room = frame[frame["has_room"]]
    return c.Figure(c.distinct(facts, has_room, "school_id"), c.distinct(facts, frame, "school_id"))


def l13(facts: Facts) -> c.Figure:
    """特教资源中心覆盖率: of a 镇 1 or 0, of the county the share of its 镇."""
    centres = facts.table("care_facility")
    centres = centres[(centres["facility"] == "特教资源中心") & (centres["in_use"] == "使用中")]
    units = pd.DataFrame({"town": [town.code for town in facts.towns.towns if town.kind == "镇"]})
    with_centre = units[units["town"].isin(centres["town"])]
    outside = frozenset(town.code for town in facts.towns.towns if town.kind != "镇")
    return c.Figure(c.rows(facts, with_centre), c.rows(facts, units), outside=outside)


def out_of_school(facts: Facts) -> pd.DataFrame:
    """L14: L01 rows of children confirmed as dropouts or on no roll, ``confirmed`` telling which."""
    frame = registered(facts)
    confirmed = c.among(frame["person"], dropout.confirmed(facts)["person"])
    never = c.among(frame["person"], dropout.never_enrolled(facts)["person"])
    return frame.assign(confirmed=confirmed)[confirmed | never]


def l14(facts: Facts) -> c.Figure:
    """留守儿童失学辍学人数."""
    return c.Figure(c.distinct(facts, out_of_school(facts)))


def l15(facts: Facts) -> c.Figure:
    """留守困境儿童应助尽助率."""
    children = pd.concat([registered(facts)["person"], flagged(facts)["person"]])
    frame = aid.due(facts)
    return aid.coverage(facts, frame[c.among(frame["person"], children)])
