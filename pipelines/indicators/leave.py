"""Approved leave (D13) and what schools may not order in compulsory education, from the roll events (T3)."""

import pandas as pd

from pipelines.indicators import counting as c
from pipelines.match import Facts


UNLAWFUL = (
    "停学",
    "退学",
    "开除",
)  # 义务教育法 Art. 27; no 停学 or 退学 before compulsory education is finished


def outside_compulsory(facts: Facts, frame: pd.DataFrame) -> pd.Series:
    """Whether the person of each row is on the roll at d, but in no compulsory stage."""
    return c.among(frame["person"], c.on_roll(facts)["person"]) & ~c.among(
        frame["person"], c.compulsory(facts)["person"]
    )


def in_force(facts: Facts) -> pd.DataFrame:
    """T3 rows 休学 in force at d of compulsory education, ``school`` and ``town`` the pupil's."""

    def make() -> pd.DataFrame:
        events = facts.table("roll_event")
        events = events[(events["event_date"] <= facts.d) & (events["status"] != "退回")]
        leave = events[events["event_type"] == "休学"]
        back = events.loc[events["event_type"] == "复学", ["person", "event_date"]]
        last = back.groupby("person")["event_date"].max()
        returned = last.reindex(leave["person"]).set_axis(leave.index) > leave["event_date"]
        leave = leave[~returned & ~outside_compulsory(facts, leave)]
        return with_origin(facts, leave, this_roll_first=True)

    return facts.remember("leave_in_force", make)


def has_papers(frame: pd.DataFrame) -> pd.Series:
    """An approval number and an end date."""
    return frame["has_approval_no"].astype(bool) & frame["expected_return"].notna()


def unlawful(facts: Facts) -> pd.DataFrame:
    """T3 rows 停学, 退学 or 开除 dated in this or the previous quarter, not 退回, of compulsory education."""
    events = facts.table("roll_event")
    recent = c.within(events["event_date"], facts.period.previous.start, facts.d)
    events = events[events["event_type"].isin(UNLAWFUL) & recent & (events["status"] != "退回")]
    events = events[~outside_compulsory(facts, events)]
    return with_origin(facts, events, this_roll_first=True)


def with_origin(facts: Facts, events: pd.DataFrame, this_roll_first: bool = False) -> pd.DataFrame:
    """Events whose empty 转出学校 is filled in from the rolls.

    Of the latest earlier roll that has the pupil, else of this one; ``this_roll_first`` turns that round.
    """
    origin, town = events["school"], events["town"]
    unknown = origin.isna()
    if unknown.any():
        this, earlier = [facts.table("student_roll")], [*facts.earlier("student_roll")]
        rolls = this + earlier if this_roll_first else earlier + this
        columns, wanted = ["person", "school", "town", "row_id"], set(events["person"])
        # one roll after another, each in the order of its files: the order of rows in memory must not matter
        known = pd.concat(
            [roll.loc[c.among(roll["person"], wanted), columns].sort_values("row_id") for roll in rolls]
        )
        known = known.drop_duplicates("person").set_index("person")
        origin = origin.where(~unknown, events["person"].map(known["school"]))
        town = town.where(~unknown, events["person"].map(known["town"]))
    return events.assign(school=origin, town=town)


def d13(facts: Facts) -> c.Figure:
    """休学/延缓入学手续完备率."""
    base = in_force(facts)
    return c.Figure(c.rows(facts, base[has_papers(base)]), c.rows(facts, base))
