"""How cases end: false alarms and the kinds of closing (D04), and whether the returned stay (D09)."""

import pandas as pd

from pipelines.indicators import counting as c
from pipelines.indicators import dropout
from pipelines.match import Facts


FALSE_ALARM = ("21", "22", "23", "24")
CLASSES = ("复学", "误报", "应排除", "未结", "其他")
BURST_DAYS = 10  # domain.md K.33: closings in the last ten days before the data date are looked at by class


def closed_in(facts: Facts, first: object, last: object) -> pd.DataFrame:
    """T5 rows with 销号日期 in [first, last], with ``kind`` = the class of 销号类型 (其他 if empty) and ``month``."""
    frame = dropout.cases(facts)
    frame = frame[c.within(frame["close_date"], first, last)]
    groups = {code: entry.group for code, entry in facts.codes["close_type"].items()}
    kind = frame["close_type"].map(groups).astype("str").fillna("其他")
    return frame.assign(kind=kind, month=frame["close_date"].dt.strftime("%Y-%m"))


def d04(facts: Facts) -> c.Figure:
    """误报率; the breakdown tells all closings of the quarter by class and month."""
    closed = closed_in(facts, facts.q0, facts.d)
    base = closed[~(closed["verdict"] == "辍学").fillna(False)]
    alarms = base[base["close_type"].isin(FALSE_ALARM)]
    whole = _by_class(facts, closed)
    months = [str(month) for month in pd.period_range(facts.q0, facts.d, freq="M")]
    by_month = {month: _by_class(facts, closed[closed["month"] == month]) for month in months}
    breakdown = {
        code: {"closings": whole[code], "month": {month: part[code] for month, part in by_month.items()}}
        for code in c.town_codes(facts)
    }
    return c.Figure(c.rows(facts, alarms), c.rows(facts, base), breakdown)


def _by_class(facts: Facts, frame: pd.DataFrame) -> dict[str, dict[str, int]]:
    return c.nested(facts, {kind: c.rows(facts, frame[frame["kind"] == kind]) for kind in CLASSES})


def late_closings(facts: Facts) -> pd.DataFrame:
    """Cases closed within the last ten days up to d other than as returned: reclassified at the last minute?"""
    frame = closed_in(facts, facts.d - pd.Timedelta(days=BURST_DAYS - 1), facts.d)
    return frame[frame["kind"].isin(("误报", "应排除", "其他"))]


def d09(facts: Facts) -> c.Figure:
    """复学巩固率."""
    before = facts.period.previous
    frame = dropout.cases(facts)
    returned = dropout.returned_in(frame, before.start, before.end)
    base = frame[returned & (frame["verdict"] == "辍学").fillna(False)]
    roll = c.on_roll(facts)
    attending = c.among(base["person"], roll.loc[roll["roll_status"] == "在校", "person"])
    stays = (base["retained_90d"] == "是") | (attending & (base["retained_90d"].fillna("") != "否"))
    again = c.among(base["person"], dropout.open_cases(facts)["person"])
    return c.Figure(c.rows(facts, base[stays & ~again]), c.rows(facts, base))
