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


def visited(facts: Facts) -> pd.DataFrame:
    """L01 rows with ``enough``: as many visits as the child's risk grade asks for."""
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
    return base.assign(enough=enough)


def _enough(facts: Facts, base: pd.DataFrame) -> c.Figure:
    return c.Figure(c.distinct(facts, base[base["enough"]]), c.distinct(facts, base))


def l08(facts: Facts) -> c.Figure:
    """走访达标率: visits by risk grade."""
    return _enough(facts, visited(facts))


def weeks_of(facts: Facts) -> pd.DatetimeIndex:
    """The Thursdays in the quarter: each stands for its ISO week."""
    return pd.date_range(facts.q0, facts.d, freq="W-THU")


def talked_weeks_of(facts: Facts) -> pd.DataFrame:
    """(child_id, thursday), each once: weeks of the quarter with a row 亲情视频 or 电话.

    The Thursday of its ISO week decides which quarter a row belongs to, whatever its own day.
    """
    log = facts.table("care_log")
    log = log[log["care_type"].isin(_TALKS)]
    thursday = log["care_date"] - pd.to_timedelta(log["care_date"].dt.day_of_week - 3, unit="D")
    talks = log.assign(thursday=thursday)[["child_id", "thursday"]].drop_duplicates()
    return talks[talks["thursday"].isin(weeks_of(facts))]


def in_contact(facts: Facts) -> pd.DataFrame:
    """The L01 rows of the base of L09 with ``weeks`` since the child was taken in, ``done`` of them, ``enough``."""
    thursdays = weeks_of(facts)
    children, talks = registered(facts), talked_weeks_of(facts)
    base = children[children["child_id"].isin(talks["child_id"])]
    weeks = (len(thursdays) - thursdays.searchsorted(pd.DatetimeIndex(base["in_date"]))).astype(int)
    base = base.assign(weeks=weeks)[weeks > 0]
    held = base[["child_id", "in_date"]].reset_index().merge(talks, on="child_id")
    held = held[held["thursday"] >= held["in_date"]]
    done = held.groupby("index").size().reindex(base.index, fill_value=0)
    limit = facts.settings.threshold("contact_share").value
    return base.assign(done=done, enough=done >= limit * base["weeks"] - _ROUNDING)


def without_contact(facts: Facts) -> pd.DataFrame:
    """L01 rows of children in care for a week of the quarter or more of whom no contact at all is written down."""
    children = registered(facts)
    known = children["child_id"].isin(talked_weeks_of(facts)["child_id"])
    return children[~known & (children["in_date"] <= weeks_of(facts)[-1])]


def l09(facts: Facts) -> c.Figure:
    """亲情联系达标率: contact in at least 90 % of the weeks since the child was taken in."""
    return _enough(facts, in_contact(facts))


def screened(facts: Facts) -> pd.DataFrame:
    """The L01 rows of pupils, with ``enough``: a 心理筛查 in the school year."""
    base = registered_pupils(facts)
    done = _log(facts, ("心理筛查",), facts.period.school_year.start)["child_id"]
    return base.assign(enough=base["child_id"].isin(done))


def l10(facts: Facts) -> c.Figure:
    """心理筛查率."""
    return _enough(facts, screened(facts))


def l11(facts: Facts) -> c.Figure:
    """心理预警跟进率: alerts whose time runs out in q, with a referral by then."""
    log = facts.table("care_log")
    days = pd.Timedelta(days=int(facts.settings.threshold("followup_days").value))
    alerts = log[(log["care_type"] == "心理筛查") & (log["outcome"] == "预警").fillna(False)]
    alerts = alerts[c.within(alerts["care_date"] + days, facts.q0, facts.d)]
    alerts = alerts[["child_id", "care_date"]].drop_duplicates().reset_index(drop=True)
    referred = log.loc[log["care_type"] == "转介", ["child_id", "care_date"]]
    pairs = alerts.reset_index().merge(referred, on="child_id", suffixes=("", "_referral"))
    in_time = (pairs["care_date_referral"] >= pairs["care_date"]) & (
        pairs["care_date_referral"] <= pairs["care_date"] + days
    )
    followed = alerts.loc[alerts.index.isin(pairs.loc[in_time, "index"])]
    # an alert has no town here: the figure is the county's alone
    return c.Figure(c.rows(facts, followed.assign(town="")), c.rows(facts, alerts.assign(town="")))
