"""一码通 complaints (T24) as figures that can be published: received and answered by topic and by town.

Internally complaints are no indicators but a part of the plan's report (``pipelines/plan/complaints.py``). Here they take
the shape of figures, so that they are decided with everything else and recorded with it: ``T24`` received in the
quarter, ``T24a`` of these answered by its end, ``T24.<topic>``, ``T24a.<topic>`` the same by topic (county only).

Days to the answer: the median only, beside ``T24a`` and with it; it is shown where at least the threshold's number of
answers is, so it is nobody's. The longest wait is one person's and stays out, as does what is unanswered.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.towns import COUNTY_CODE


TABLE, CODES = "complaint", "complaint_topic"
RECEIVED, ANSWERED = "T24", "T24a"
DAYS = "days"
THEME = "complaint"
_NAMES = {RECEIVED: "一码通诉求受理数", ANSWERED: "其中已答复数"}


def figures(
    summary: Mapping[str, Sequence[Mapping[str, Any]]],
    topics: Sequence[str],
    days: Mapping[str, float | None],
) -> dict[str, list[dict[str, Any]]]:
    """{town code: figures in the shape of indicators.json}; empty where T24 was not received.

    ``summary``: plan.json's ``complaints``; ``topics``: all there are, in their order; ``days``: the median of all
    topics together by town code.
    """
    found = {}
    for code, rows in summary.items():
        by_topic = {row["topic"]: row for row in rows}
        found[code] = [
            _figure(RECEIVED, "", sum(row["received"] for row in rows)),
            _figure(ANSWERED, "", sum(row["answered"] for row in rows), days.get(code)),
        ]
        if code == COUNTY_CODE:
            for topic in topics:
                row = by_topic.get(topic, {})
                found[code] += [
                    _figure(RECEIVED, topic, row.get("received", 0)),
                    _figure(ANSWERED, topic, row.get("answered", 0), row.get("median_days")),
                ]
    return found


def is_complaint(figure: Mapping[str, Any]) -> bool:
    """Whether a figure is one of these."""
    return figure.get("theme") == THEME


def base_of(name: str) -> str:
    """``T24`` of ``T24.收费``: what rules.toml calls a figure; others are themselves."""
    return name.partition(".")[0] if name.startswith(RECEIVED) else name


def _figure(name: str, topic: str, count: int, median: float | None = None) -> dict[str, Any]:
    return {
        "id": f"{name}.{topic.replace('/', '／')}" if topic else name,
        "name": _NAMES[name],
        "theme": THEME,
        "unit": "件",
        "target": None,
        "state": "ok",
        "value": count,
        "numerator": count,
        "denominator": None,
        "status": "—",
        **({DAYS: median} if name == ANSWERED else {}),
    }
