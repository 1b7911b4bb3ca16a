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


def _pick(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    return frame if code == COUNTY_CODE else frame[frame["town"] == code]


def _of(facts: Facts, frame: pd.DataFrame, topics: list[str]) -> list[dict[str, Any]]:
    found = []
    for topic in topics:
        rows = frame[frame["topic"] == topic]
        new = c.within(rows["received_date"], facts.q0, facts.d)
        answered = rows["answered_date"] <= facts.d
        now = rows[c.within(rows["answered_date"], facts.q0, facts.d)]
        days = (now["answered_date"] - now["received_date"]).dt.days.tolist()
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
