"""What was done for left-behind children (L08 visits, L09 weekly contact, L10 screening), from the care log (T11)."""

import pandas as pd

from pipelines.indicators import counting as c
from pipelines.indicators.left_behind import registered, registered_pupils
from pipelines.match import Facts


_TALKS = ("亲情视频", "电话")
_ROUNDING = 1e-9  # 0.9 × 10 weeks must be 9 weeks, whatever binary fractions make of it


def _log(facts: Facts, kinds: tuple[str, ...], since: object) -> pd.DataFrame:
    log = facts.table("care_log")
    return log[log["care_type"].isin(kinds) & c.within(log["care_date"], since, facts.d)]


def _of_child(children: pd.DataFrame, counts: pd.Series) -> pd.Series:
    """The count of each child, 0 without one."""
    return pd.Series(counts.reindex(children["child_id"], fill_value=0).to_numpy(), index=children.index)


def l08(facts: Facts) -> c.Figure:
    """走访达标率: visits by risk grade."""
    base = registered(facts)

    def visits(since: object) -> pd.Series:
        counts = _log(facts, ("家访",), since).groupby("child_id").size()
        return _of_child(base, counts)

    in_quarter, in_half = visits(facts.q0), visits(facts.period.previous.start)
    needed = {name: facts.settings.threshold(f"visits_{name}").value for name in ("high", "medium", "low")}
    enough = (
        ((base["risk"] == "高") & (in_quarter >= needed["high"]))
        | ((base["risk"] == "中") & (in_quarter >= needed["medium"]))
        | ((base["risk"] == "低") & (in_half >= needed["low"]))
    )
    return c.Figure(c.distinct(facts, base[enough]), c.distinct(facts, base))


def weeks_of(facts: Facts) -> pd.DatetimeIndex:
    """The Thursdays in the quarter: each stands for its ISO week."""
    return pd.date_range(facts.q0, facts.d, freq="W-THU")


def l09(facts: Facts) -> c.Figure:
    """亲情联系达标率: contact in at least 90 % of the weeks since the child was taken in."""
    thursdays = weeks_of(facts)
    children = registered(facts)
    log = _log(facts, _TALKS, facts.q0 - pd.Timedelta(days=6))
    in_quarter = log.loc[log["care_date"] >= facts.q0, "child_id"]
    thursday = log["care_date"] - pd.to_timedelta(log["care_date"].dt.day_of_week - 3, unit="D")
    talks = log.assign(thursday=thursday)[["child_id", "thursday"]].drop_duplicates()
    talks = talks[talks["thursday"].isin(thursdays)]
    base = children[children["child_id"].isin(in_quarter)]
    weeks = (len(thursdays) - thursdays.searchsorted(pd.DatetimeIndex(base["in_date"]))).astype(int)
    base = base.assign(weeks=weeks)[weeks > 0]
    held = base[["child_id", "in_date"]].drop_duplicates("child_id").merge(talks, on="child_id")
    talked_weeks = held[held["thursday"] >= held["in_date"]].groupby("child_id").size()
    done = _of_child(base, talked_weeks)
    limit = facts.settings.threshold("contact_share").value
    good = done >= limit * base["weeks"] - _ROUNDING
    return c.Figure(c.distinct(facts, base[good]), c.distinct(facts, base))


def l10(facts: Facts) -> c.Figure:
    """心理筛查率."""
    base = registered_pupils(facts)
    screened = _log(facts, ("心理筛查",), facts.period.school_year.start)["child_id"]
    return c.Figure(c.distinct(facts, base[base["child_id"].isin(screened)]), c.distinct(facts, base))
