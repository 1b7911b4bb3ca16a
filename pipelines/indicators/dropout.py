"""Dropout (D01–D20), exactly as contract.md section 5 reads the catalogue; by school town unless said otherwise."""

import numpy as np
import pandas as pd

from pipelines.indicators import counting as c
from pipelines.indicators.leave import with_origin
from pipelines.indicators.school_days import school_days_between
from pipelines.match import Facts
from pipelines.towns import COUNTY_CODE


RETURNED = ("11", "12", "13", "14", "15", "16")
MISSING_PERSON = "51"  # 失踪失联: police papers do not bring the child back, so the case stays open
_STAGES = ("小学", "初中")


# -- cases -------------------------------------------------------------------------------------------------------


def cases(facts: Facts) -> pd.DataFrame:
    """T5 with ``town`` = town of the school, of the case's own 镇街区 where it has no school; ``stage`` by 年级."""

    def make() -> pd.DataFrame:
        frame = facts.table("dropout_case")
        grades = {code: entry.group for code, entry in facts.codes["grade"].items()}
        town = frame["school_town"].where(frame["school"].notna(), frame["town"])
        return frame.assign(town=town, stage=frame["grade"].map(grades).astype("str"))

    return facts.remember("cases", make)


def suspected_at(frame: pd.DataFrame, x: pd.Timestamp) -> pd.Series:
    """Reported ≤ x, neither verified nor closed ≤ x."""
    untouched = c.empty_or_after(frame["verified_date"], x) & c.empty_or_after(frame["close_date"], x)
    return (frame["reported_date"] <= x) & untouched


def confirmed_at(frame: pd.DataFrame, x: pd.Timestamp) -> pd.Series:
    """Verified as 辍学 ≤ x, not returned ≤ x and not closed ≤ x unless as 失踪失联."""
    verified = (frame["verdict"] == "辍学") & (frame["verified_date"] <= x)
    closed = (frame["close_date"] <= x) & ~(frame["close_type"] == MISSING_PERSON).fillna(False)
    return verified & c.empty_or_after(frame["return_date"], x) & ~closed


def returned_in(frame: pd.DataFrame, first: object, last: object) -> pd.Series:
    """复学日期 in [first, last] with 销号类型 empty or 11–16; or no 复学日期 and 销号日期 in it with type 11–16."""
    good = frame["close_type"].isin(RETURNED)
    came_back = c.within(frame["return_date"], first, last) & (frame["close_type"].isna() | good)
    closed = frame["return_date"].isna() & c.within(frame["close_date"], first, last) & good
    return came_back | closed


def suspected(facts: Facts) -> pd.DataFrame:
    """Cases suspected and open at d."""
    return facts.remember("suspected", lambda: cases(facts)[suspected_at(cases(facts), facts.d)])


def confirmed(facts: Facts) -> pd.DataFrame:
    """Cases confirmed and open at d."""
    return facts.remember("confirmed", lambda: cases(facts)[confirmed_at(cases(facts), facts.d)])


def open_cases(facts: Facts) -> pd.DataFrame:
    """Cases reported ≤ d and open at d, suspected or confirmed: somebody is looking for these children."""
    known = confirmed(facts)
    return pd.concat([suspected(facts), known[known["reported_date"] <= facts.d]])


def missing_unverified(facts: Facts) -> pd.DataFrame:
    """Cases closed ≤ d as 失踪失联 that were never verified as 辍学: in no stock, and yet a child nobody has found."""
    frame = cases(facts)
    lost = (frame["close_type"] == MISSING_PERSON).fillna(False) & (frame["close_date"] <= facts.d)
    return frame[lost & ~confirmed_at(frame, facts.d) & c.empty_or_after(frame["return_date"], facts.d)]


def _verified(facts: Facts, since: object) -> pd.DataFrame:
    frame = cases(facts)
    return frame[(frame["verdict"] == "辍学") & c.within(frame["verified_date"], since, facts.d)]


def d01(facts: Facts) -> c.Figure:
    """在籍学生数."""
    pupils = c.compulsory(facts)
    return c.Figure(
        c.distinct(facts, pupils), breakdown=_named("stage", c.split(facts, pupils, "stage", c.COMPULSORY))
    )


def d03(facts: Facts) -> c.Figure:
    """疑似辍学期末存量."""
    frame = cases(facts)
    closing = c.distinct(facts, suspected(facts))
    opening = c.distinct(facts, frame[suspected_at(frame, facts.q0 - pd.Timedelta(days=1))])
    new = c.distinct(facts, frame[c.within(frame["reported_date"], facts.q0, facts.d)])
    flow = {"opening": opening, "new": new, "resolved": opening + new - closing}
    return c.Figure(closing, breakdown=_named("flow", c.nested(facts, flow)))


def d05(facts: Facts) -> c.Figure:
    """确认辍学期末存量."""
    frame = confirmed(facts)
    breakdown: dict[str, dict] = _named("stage", c.split(facts, frame, "stage", _STAGES))
    breakdown[COUNTY_CODE]["cause"] = _causes(facts, frame)
    return c.Figure(c.distinct(facts, frame), breakdown=breakdown)


def _causes(facts: Facts, frame: pd.DataFrame) -> dict[str, int]:
    """Persons by main cause of the case reported first; for the county only (contract.md section 6)."""
    first = frame.sort_values(["reported_date", "row_id"]).drop_duplicates("person")
    counts = first["cause_main"].astype("str").fillna("").value_counts()
    named = {entry.text: int(counts.get(code, 0)) for code, entry in facts.codes["dropout_cause"].items()}
    return {name: n for name, n in [*named.items(), ("未填", int(counts.get("", 0)))] if n}


def d06(facts: Facts) -> c.Figure:
    """当季新增辍学."""
    frame = _verified(facts, facts.q0)
    return c.Figure(
        c.distinct(facts, frame), breakdown=_named("stage", c.split(facts, frame, "stage", _STAGES))
    )


def d07(facts: Facts) -> c.Figure:
    """学年累计辍学率."""
    grades = {code: entry.group for code, entry in facts.codes["grade"].items()}
    opening = c.compulsory_of(facts.table("student_roll@opening"))
    opening = opening[["person", "town"]].assign(by_grade=opening["grade"].map(grades).astype("str"))
    dropped = _verified(facts, facts.period.school_year.start)
    dropped = dropped[dropped["stage"].isin(_STAGES)]
    parts = {
        stage: (
            c.distinct(facts, dropped[dropped["stage"] == stage]),
            c.distinct(facts, opening[opening["by_grade"] == stage]),
        )
        for stage in _STAGES
    }
    stages = {
        code: {stage: c.share(int(top[code]), int(base[code])) for stage, (top, base) in parts.items()}
        for code in c.town_codes(facts)
    }
    return c.Figure(c.distinct(facts, dropped), c.distinct(facts, opening), _named("stage", stages))


def d08(facts: Facts) -> c.Figure:
    """劝返复学率, counted in cases."""
    frame = cases(facts)
    opening = confirmed_at(frame, facts.q0 - pd.Timedelta(days=1))
    new = (frame["verdict"] == "辍学") & c.within(frame["verified_date"], facts.q0, facts.d)
    base = frame[opening | new]
    return c.Figure(c.rows(facts, base[returned_in(base, facts.q0, facts.d)]), c.rows(facts, base))


def reported(facts: Facts) -> pd.DataFrame:
    """Cases reported in q, with ``days`` = school days from the first absence to the report, and ``on_time``."""
    assert facts.calendar is not None  # the catalogue asks for it
    frame = cases(facts)
    base = frame[c.within(frame["reported_date"], facts.q0, facts.d)]
    days = school_days_between(facts.calendar, base["first_absent_date"], base["reported_date"])
    return base.assign(days=days, on_time=days <= facts.settings.threshold("report_days").value)


def d10(facts: Facts) -> c.Figure:
    """发现—报告及时率."""
    base = reported(facts)
    return c.Figure(c.rows(facts, base[base["on_time"]]), c.rows(facts, base))


def case_is_filed(frame: pd.DataFrame) -> pd.Series:
    """Whether a case has its 一人一案 number and all three 包保责任人."""
    return frame[["has_plan_id", "has_owner_town", "has_owner_school", "has_owner_village"]].all(axis=1)


def d11(facts: Facts) -> c.Figure:
    """一人一案建档率, counted in cases."""
    base = pd.concat([suspected(facts), confirmed(facts)])
    return c.Figure(c.rows(facts, base[case_is_filed(base)]), c.rows(facts, base))


def d12(facts: Facts) -> c.Figure:
    """月度劝返接触率: a logged contact in every month of q from the month of verification on."""
    base = confirmed(facts)
    log = facts.table("persuasion_log")
    log = log[c.within(log["contact_date"], facts.q0, facts.d)]
    kept = pd.Series(True, index=base.index)
    for month in pd.period_range(facts.q0, facts.d, freq="M"):
        contacted = set(log.loc[log["contact_date"].dt.to_period("M") == month, "case_id"])
        due = base["verified_date"] <= month.end_time
        kept &= ~due | base["case_id"].isin(contacted)
    return c.Figure(c.rows(facts, base[kept]), c.rows(facts, base))


# -- pupils who left the roll ------------------------------------------------------------------------------------


def unmatched_transfers(facts: Facts) -> pd.DataFrame:
    """T3 rows of D14, ``school`` and ``town`` those the pupil left."""

    def make() -> pd.DataFrame:
        events = facts.table("roll_event")
        recent = c.within(events["event_date"], facts.period.previous.start, facts.d)
        overdue = (facts.d - events["event_date"]).dt.days > facts.settings.threshold("transfer_days").value
        open_ = (events["matched"] != "是") & (events["status"] != "退回")
        leaving = events[(events["event_type"] == "转出") & recent & overdue & open_]
        leaving = with_origin(facts, leaving)
        roll = c.on_roll(facts)[["person", "school"]].rename(columns={"school": "now"})
        pairs = leaving[["row_id", "person", "school"]].merge(roll, on="person")
        elsewhere = set(pairs.loc[pairs["now"] != pairs["school"], "row_id"])
        return leaving[~leaving["row_id"].isin(elsewhere)]

    return facts.remember("unmatched_transfers", make)


def d14(facts: Facts) -> c.Figure:
    """转出未接续人数."""
    return c.Figure(c.distinct(facts, unmatched_transfers(facts)))


def never_enrolled(facts: Facts) -> pd.DataFrame:
    """T16 rows of D16: of school age, 在册, matched to no roll of compulsory or later stage, ever."""

    def make() -> pd.DataFrame:
        cohort = facts.table("hukou_cohort")
        of_age = c.of_school_age(facts, cohort["birth_date"])
        listed = cohort[of_age & (cohort["status"] == "在册")]
        for roll in (facts.table("student_roll"), *facts.earlier("student_roll")):
            known = roll.loc[c.among(roll["person"], listed["person"]), ["person", "stage"]]
            listed = listed[~c.among(listed["person"], known.loc[known["stage"] != "学前", "person"])]
        return listed

    return facts.remember("never_enrolled", make)


def d16(facts: Facts) -> c.Figure:
    """适龄未入学人数, by 户籍 town."""
    return c.Figure(c.distinct(facts, never_enrolled(facts)))


def vanished(facts: Facts) -> pd.DataFrame:
    """Rows of last quarter's roll of the pupils of D19."""

    def make() -> pd.DataFrame:
        before = c.compulsory_of(facts.table("student_roll@previous"))
        gone = before[~c.among(before["person"], c.on_roll(facts)["person"])]
        gone = gone[~c.among(gone["person"], open_cases(facts)["person"])]
        # Row by row: a pupil who stands in grade 9 at one school and lower at another is still to be looked for.
        ninth = np.asarray(gone["grade"] == "九年级", dtype=bool)
        explained, graduated = _accounted_for(facts)
        finished = ninth if facts.period.quarter == 3 else ninth & c.among(gone["person"], graduated)
        return gone[~(c.among(gone["person"], explained) | finished)]

    return facts.remember("vanished", make)


def _accounted_for(facts: Facts) -> tuple[pd.Series, pd.Series]:
    """Persons whose absence an event of this or the previous quarter explains, and those it lets graduate."""
    events = facts.table("roll_event")
    events = events[c.within(events["event_date"], facts.period.previous.start, facts.d)]
    settled = ((events["event_type"] == "转出") & (events["matched"] == "是")) | (
        events["event_type"] == "死亡"
    )
    graduated = events["event_type"] == "毕业"
    explained = events.loc[np.asarray(settled, dtype=bool), "person"]
    return explained, events.loc[np.asarray(graduated, dtype=bool), "person"]


def d19(facts: Facts) -> c.Figure:
    """断档学生数."""
    return c.Figure(c.distinct(facts, vanished(facts)))


def d20(facts: Facts) -> c.Figure:
    """小升初未接续人数."""
    gone = vanished(facts)
    return c.Figure(c.distinct(facts, gone[gone["grade"] == "六年级"]))


def _named(name: str, by_code: dict[str, dict]) -> dict[str, dict]:
    return {code: {name: part} for code, part in by_code.items()}
