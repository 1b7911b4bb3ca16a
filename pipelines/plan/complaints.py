"""一码通 complaints (T24) by topic: how many came, how many were answered, how long the answers took."""

import statistics
from typing import Any

import pandas as pd

from pipelines.indicators import counting as c
from pipelines.match import Facts
from pipelines.towns import COUNTY_CODE


TABLE = "complaint"


def summary(facts: Facts) -> dict[str, list[dict[str, Any]]]:
    """Per town code (``000`` the county) one dictionary per topic, in the order of the code list.

    ``received``: in [q0, d]; ``answered``: of these, answered ≤ d; ``open``: received ≤ d and not answered ≤ d, however
    old; ``median_days``, ``most_days``: calendar days to the answers given in [q0, d], None without one. Empty where
    T24 was not received.
    """
    if not facts.has(TABLE):
        return {}
    frame = facts.table(TABLE)
    frame = frame[frame["received_date"] <= facts.d]
    topics = list(facts.codes["complaint_topic"])
    return {code: _of(facts, _pick(frame, code), topics) for code in c.town_codes(facts)}


def medians(facts: Facts) -> dict[str, float | None]:
    """Median calendar days to all answers given in [q0, d] by town code, None without one; empty without T24."""
    if not facts.has(TABLE):
        return {}
    frame = facts.table(TABLE)
    now = frame[c.within(frame["answered_date"], facts.q0, facts.d)]
    found = {code: _days(_pick(now, code)) for code in c.town_codes(facts)}
    return {code: statistics.median(days) if days else None for code, days in found.items()}


def _days(answered: pd.DataFrame) -> list[int]:
    return (answered["answered_date"] - answered["received_date"]).dt.days.tolist()


def _pick(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    return frame if code == COUNTY_CODE else frame[frame["town"] == code]


def _of(facts: Facts, frame: pd.DataFrame, topics: list[str]) -> list[dict[str, Any]]:
    found = []
    for topic in topics:
        rows = frame[frame["topic"] == topic]
        new = c.within(rows["received_date"], facts.q0, facts.d)
        answered = rows["answered_date"] <= facts.d
        now = rows[c.within(rows["answered_date"], facts.q0, facts.d)]
        days = _days(now)
        if len(rows) and (new.any() or (~answered).any() or days):
            found.append(
                {
                    "topic": topic,
                    "received": int(new.sum()),
                    "answered": int((new & answered).sum()),
                    "open": int((~answered).sum()),
                    "median_days": statistics.median(days) if days else None,
                    "most_days": max(days) if days else None,
                }
            )
    return found
