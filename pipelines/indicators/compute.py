"""All indicators of a period, for every town and the county, in the shape of indicators.json (contract.md section 3)."""

from collections.abc import Callable
from typing import Any

from pipelines.indicators import aid, contacts, dropout, left_behind, money
from pipelines.indicators import counting as c
from pipelines.indicators.catalogue import Entry, load_catalogue
from pipelines.match import Facts


_MODULES = (dropout, aid, money, left_behind, contacts)
_FEN = 100


def rule_of(indicator: str) -> Callable[[Facts], c.Figure]:
    """The function that computes an indicator: named like it, in lower case, in one of the rule modules."""
    for module in _MODULES:
        if (rule := getattr(module, indicator.lower(), None)) is not None:
            return rule
    raise LookupError(f"no rule for {indicator}")


def compute(facts: Facts) -> dict[str, list[dict[str, Any]]]:
    """{town code: [one dictionary per catalogue entry, in its order]}; the county under ``000``.

    ``previous`` and ``year_ago`` are added later from the results of those periods. An input that is absent makes
    the figures that need it ``missing``: unknown, never zero.
    """
    results: dict[str, list[dict[str, Any]]] = {code: [] for code in c.town_codes(facts)}
    for entry in load_catalogue():
        if facts.period.quarter not in entry.quarters:
            figure, state = None, "not_applicable"
        elif all(facts.has(need) for need in entry.needs):
            figure, state = rule_of(entry.id)(facts), "ok"
        else:
            figure, state = None, "missing"
        for code, listed in results.items():
            listed.append(_result(entry, figure, state, code))
    return results


def _result(entry: Entry, figure: c.Figure | None, state: str, code: str) -> dict[str, Any]:
    value: float | int | None = None
    numerator: float | int | None = None
    denominator: int | None = None
    breakdown: dict[str, Any] = {}
    if figure is None or code in figure.outside:
        state = "not_applicable" if figure is not None else state
    elif figure.denominator is None:
        value = numerator = _plain(entry, figure.numerator[code])
    else:
        numerator, denominator = int(figure.numerator[code]), int(figure.denominator[code])
        value = numerator / denominator if denominator else None
        state = "ok" if denominator else "not_applicable"
    if figure is not None and code not in figure.outside:
        breakdown = dict(figure.breakdown.get(code, {}))
    return {
        "id": entry.id,
        "name": entry.name,
        "theme": entry.theme,
        "value": value,
        "numerator": numerator,
        "denominator": denominator,
        "unit": entry.unit,
        "target": entry.target,
        "status": entry.status(value),
        "state": state,
        "breakdown": breakdown,
    }


def _plain(entry: Entry, number: Any) -> float | int:
    """A plain Python number; money in 元, an integer when whole."""
    whole = int(number)
    if entry.kind != "money":
        return whole
    return whole // _FEN if whole % _FEN == 0 else whole / _FEN
