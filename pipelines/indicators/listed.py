"""The department lists seen from their own side (A12 in time, A13 matched, A14 nowhere to be found)."""

import datetime as dt

import pandas as pd

from pipelines.indicators import aid, cohorts, dropout
from pipelines.indicators import counting as c
from pipelines.match import Facts
from pipelines.periods import SchoolYear


_AGES = (3, 18)
_EXPLAINED = (*dropout.RETURNED, cohorts.ELSEWHERE, "31", "32", "33", "41", "42", "43")


def newly_listed(facts: Facts) -> pd.DataFrame:
    """On-roll rows of the persons of A12, with ``start``, ``last_day`` and ``in_time``."""

    def make() -> pd.DataFrame:
        listed = facts.table("dept_list")
        since = aid.started(listed)
        good = listed["status"].isin(("享受", "新增")) & (since <= facts.d)
        start = since[good].groupby(listed.loc[good, "person"]).min()
        last_day = start + pd.Timedelta(days=int(facts.settings.threshold("identify_days").value))
        new = pd.DataFrame({"start": start, "last_day": last_day})
        new = new[c.within(new["last_day"], facts.q0, facts.d)]
        frame = c.on_roll(facts).merge(new, left_on="person", right_index=True)
        return frame.assign(in_time=c.among(frame["person"], _identified_in_time(facts, new)))

    return facts.remember("newly_listed", make)


def _identified_in_time(facts: Facts, new: pd.DataFrame) -> pd.Series:
    """Persons with a T6 row ≤ their last day, valid then, for the school year of the start or of the last day."""
    rows = facts.table("aid_identification").merge(new, left_on="person", right_index=True)
    years = [rows[column].map(_school_year).astype("str") for column in ("start", "last_day")]
    of_year = (rows["school_year"] == years[0]) | (rows["school_year"] == years[1])
    valid = rows["cancelled_date"].isna() | (rows["cancelled_date"] > rows["last_day"])
    return rows.loc[of_year & valid & (rows["identified_date"] <= rows["last_day"]), "person"]


def _school_year(day: dt.date) -> str:
    return str(SchoolYear.of(day))


def a12(facts: Facts) -> c.Figure:
    """新增监测对象纳入及时率."""
    base = newly_listed(facts)
    return c.Figure(c.distinct(facts, base[base["in_time"]]), c.distinct(facts, base))


def a13(facts: Facts) -> c.Figure:
    """数据匹配率: rows of T9, by its own 镇街区."""
    listed = facts.table("dept_list")
    base = listed[c.age_at(listed["birth_date"], facts.d).between(*_AGES)]
    matched = base[c.among(base["person"], c.on_roll(facts)["person"])]
    return c.Figure(c.rows(facts, matched), c.rows(facts, base))


def unexplained(facts: Facts) -> pd.DataFrame:
    """T9 rows of the children of A14."""

    def make() -> pd.DataFrame:
        listed = aid.valid_list_rows(facts)
        listed = listed[c.of_school_age(facts, listed["birth_date"])]
        listed = listed[~c.among(listed["person"], c.on_roll(facts)["person"])]
        for known in (_by_case(facts), _by_event(facts), _by_hukou(facts)):
            listed = listed[~c.among(listed["person"], known)]
        return listed

    return facts.remember("unexplained", make)


def _by_case(facts: Facts) -> pd.Series:
    cases, d = dropout.cases(facts), facts.d
    closed = (cases["close_date"] <= d) & cases["close_type"].isin(_EXPLAINED)
    elsewhere = (cases["verdict"] == "在外就读") & (cases["verified_date"] <= d)
    return cases.loc[closed | elsewhere, "person"]


def _by_event(facts: Facts) -> pd.Series:
    events = facts.table("roll_event")
    events = events[events["event_date"] <= facts.d]
    moved = (events["event_type"] == "转出") & (events["matched"] == "是") & (events["status"] != "退回")
    return events.loc[moved | (events["event_type"] == "死亡"), "person"]


def _by_hukou(facts: Facts) -> pd.Series:
    cohort = facts.table("hukou_cohort")
    return cohort.loc[cohort["status"].isin(("在外就读已核实", "延缓入学")), "person"]


def a14(facts: Facts) -> c.Figure:
    """在外就读待核人数, by T9 town."""
    return c.Figure(c.distinct(facts, unexplained(facts)))
