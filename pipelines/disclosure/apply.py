"""The decision for a quarter, and the figures as a public reader may see them."""

from collections.abc import Mapping
from typing import Any

from pipelines.disclosure.complaints import DAYS, is_complaint
from pipelines.disclosure.figures import Released, Towns, Whole, build, modelled
from pipelines.periods import Period


SMALL_MARK, VAGUE_MARK, OTHER_MARK = "＜10", "—", "＊"
_NUMBERS = ("value", "numerator", "denominator")
_KEPT = ("id", "name", "theme", "unit", "target", "state", *_NUMBERS, "status")


def decide(
    period: Period, towns: Towns, earlier: Mapping[Period, Released], threshold: int, whole: Whole
) -> Released:
    """What of a quarter's figures may be shown, given all released before; DisclosureError if it cannot be done.

    ``whole`` tells whether the population behind a figure is whole: (town code, indicator).
    """
    partial = frozenset(
        f"{code}/{figure['id']}"
        for code, figures in towns.items()
        for figure in figures
        if modelled(figure, code) and not whole(code, figure["id"])
    )
    start = f"{period}/"
    system = build(period, Released(towns, {}, frozenset(), partial), earlier, threshold)
    from pipelines.disclosure.protect import protect  # brings the optimiser, which only deciding needs

    release = protect(system, start)
    shown = {key: key not in release.hidden for key in system.items if key.startswith(start)}
    return Released(towns, shown, frozenset(key for key in release.vague if key.startswith(start)), partial)


def public_figures(
    period: Period, code: str, released: Mapping[Period, Released], threshold: int
) -> list[dict[str, Any]]:
    """One town's figures of a released quarter as they may be published, in the shape of indicators.json.

    Complaints (``complaints.is_complaint``) are among them. What is hidden is ``suppressed``: no value, base or verdict; ``mark`` is what is printed for it. Breakdowns are
    never published. ``previous`` and ``year_ago`` are there only if those quarters were released and the figure shown.
    """
    own = released[period]
    return [_public(period, code, figure, released, threshold) for figure in own.towns[code]]


def public_trend(
    quarters: list[Period], code: str, released: Mapping[Period, Released], threshold: int
) -> dict[str, list[dict[str, Any]]]:
    """{indicator: its values as published}, a point a quarter; a quarter that was not released has no value."""
    found: dict[str, list[dict[str, Any]]] = {}
    for quarter in quarters:
        listed = released[quarter].towns.get(code, []) if quarter in released else []
        figures = {figure["id"]: figure for figure in listed}
        for wanted in (f["id"] for f in released[quarters[-1]].towns[code] if not is_complaint(f)):
            point: dict[str, Any] = {"period": str(quarter), "value": None}
            if wanted in figures:
                figure = _figure(quarter, code, figures[wanted], released[quarter], threshold)
                point |= {name: figure[name] for name in ("value", "state", "mark") if name in figure}
            found.setdefault(wanted, []).append(point)
    return found


def _public(
    period: Period, code: str, figure: dict[str, Any], released: Mapping[Period, Released], threshold: int
) -> dict[str, Any]:
    result = _figure(period, code, figure, released[period], threshold)
    result["previous"] = _earlier(period.previous, code, figure["id"], released)
    result["year_ago"] = _earlier(period.year_ago, code, figure["id"], released)
    return result | {"breakdown": {}}


def _figure(
    period: Period, code: str, figure: dict[str, Any], own: Released, threshold: int
) -> dict[str, Any]:
    """The figure as published. Without numbers (missing, not applicable) it says nothing about anybody."""
    key = f"{period}/{code}/{figure['id']}"
    result = {name: figure[name] for name in _KEPT if name in figure}
    if figure["numerator"] is not None and not own.shown.get(key, False):
        result |= dict.fromkeys(_NUMBERS) | {"state": "suppressed", "status": "—"}
        result["mark"] = mark(figure, key, own, threshold)
    elif DAYS in figure:
        result[DAYS] = figure[DAYS]
    return result


def mark(figure: dict[str, Any], key: str, own: Released, threshold: int) -> str:
    """What is printed for a hidden figure: ＜10 for a small count, — for a rate and where ＜10 would tell, else ＊."""
    if figure["denominator"] is not None or key in own.vague or key not in own.shown:
        return VAGUE_MARK
    return SMALL_MARK if figure["value"] < threshold else OTHER_MARK


def _earlier(period: Period, code: str, wanted: str, released: Mapping[Period, Released]) -> float | None:
    before = released.get(period)
    if before is None or not before.shown.get(f"{period}/{code}/{wanted}", False):
        return None
    return next((f["value"] for f in before.towns.get(code, []) if f["id"] == wanted), None)
