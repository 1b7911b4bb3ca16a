"""The decision for a quarter, and the figures as a public reader may see them."""

from collections.abc import Mapping
from typing import Any

from pipelines.disclosure.figures import Released, Towns, Whole, build, modelled, parts_of
from pipelines.disclosure.protect import protect
from pipelines.periods import Period


SMALL_MARK, VAGUE_MARK, OTHER_MARK = "＜10", "—", "＊"
_NUMBERS = ("value", "numerator", "denominator")


def decide(
    period: Period, towns: Towns, earlier: Mapping[Period, Released], threshold: int, whole: Whole
) -> Released:
    """What of a quarter's figures may be shown, given all released before; DisclosureError if it cannot be done."""
    system = build(period, towns, earlier, threshold, whole)
    release = protect(system)
    start = f"{period}/"
    shown = {key: key not in release.hidden for key in system.items if key.startswith(start)}
    return Released(towns, shown, frozenset(key for key in release.vague if key.startswith(start)))


def public_figures(
    period: Period, code: str, released: Mapping[Period, Released], threshold: int
) -> list[dict[str, Any]]:
    """One town's figures of a released quarter as they may be published, in the shape of indicators.json.

    What is hidden is ``suppressed``: no value, base, verdict or breakdown; ``mark`` is what is printed for it.
    ``previous`` and ``year_ago`` are there only if those quarters were released and the figure shown in them.
    """
    own = released[period]
    return [_public(period, code, figure, released, threshold) for figure in own.towns[code]]


def _public(
    period: Period, code: str, figure: dict[str, Any], released: Mapping[Period, Released], threshold: int
) -> dict[str, Any]:
    own = released[period]
    key = f"{period}/{code}/{figure['id']}"
    result = {name: figure[name] for name in ("id", "name", "unit", "target", "state", *_NUMBERS, "status")}
    # No numbers and not hidden: missing, or not to be applied here; says nothing about anybody.
    nothing = figure["numerator"] is None and not _never(figure, code)
    if not nothing and not own.shown.get(key, False):
        result |= dict.fromkeys(_NUMBERS) | {"state": "suppressed", "status": "—"}
        result["mark"] = mark(figure, key, own, threshold)
    result["previous"] = _earlier(period.previous, code, figure["id"], released)
    result["year_ago"] = _earlier(period.year_ago, code, figure["id"], released)
    result["breakdown"] = _breakdown(period, code, figure, own)
    return result


def _never(figure: dict[str, Any], code: str) -> bool:
    return figure["state"] != "missing" and not modelled(figure, code) and figure["value"] is not None


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


def _breakdown(period: Period, code: str, figure: dict[str, Any], own: Released) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, part in parts_of(figure, code):
        if own.shown.get(f"{period}/{code}/{name}", False):
            _, breakdown, label = name.split(".", 2)
            result.setdefault(breakdown, {})[label] = part
    return result
