"""All indicators of a period, for every town and the county, in the shape of indicators.json (contract.md section 3)."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from pipelines.indicators import (
    aid,
    attendance,
    closings,
    cohorts,
    contacts,
    dropout,
    leave,
    left_behind,
    listed,
    money,
)
from pipelines.indicators import counting as c
from pipelines.indicators.catalogue import Entry, load_catalogue
from pipelines.match import Facts
from pipelines.towns import COUNTY_CODE


_MODULES = (dropout, attendance, closings, leave, cohorts, aid, money, listed, left_behind, contacts)
_FEN = 100


def rule_of(indicator: str) -> Callable[[Facts], c.Figure]:
    """The function that computes an indicator: named like it, in lower case, in one of the rule modules."""
    for module in _MODULES:
        if (rule := getattr(module, indicator.lower(), None)) is not None:
            return rule
    raise LookupError(f"no rule for {indicator}")


def compute(facts: Facts, only: Collection[str] | None = None) -> dict[str, list[dict[str, Any]]]:
    """{town code: [one dictionary per catalogue entry, in its order]}; the county under ``000``.

    ``only``: the ids wanted, all without.

    ``previous`` and ``year_ago`` are added later from the results of those periods. An input that is absent makes
    the figures that need it ``missing``: unknown, never zero.
    """
    entries = [entry for entry in load_catalogue() if only is None or entry.id in only]
    return _results(facts, entries, lambda entry: facts.period.quarter in entry.quarters)


def closing_autumn(facts: Facts) -> dict[str, list[dict[str, Any]]]:
    """In the first quarter the aid entries for the autumn semester, final (contract.md section 5, Aid); else empty.

    Entries that are about no semester are ``not_applicable`` (docs/indicator-readings.md, section 3).
    """
    if facts.period.quarter != 1:
        return {}
    entries = [entry for entry in load_catalogue() if entry.theme == "aid"]
    return _results(facts.closing_autumn(), entries, lambda entry: entry.by_semester)


def _results(
    facts: Facts, entries: Iterable[Entry], applies: Callable[[Entry], bool]
) -> dict[str, list[dict[str, Any]]]:
    results: dict[str, list[dict[str, Any]]] = {code: [] for code in c.town_codes(facts)}
    for entry in entries:
        if not applies(entry):
            figure, state = None, "not_applicable"
        elif all(facts.has(need) for need in entry.needs):
            figure, state = rule_of(entry.id)(facts), "ok"
        else:
            figure, state = None, "missing"
        for code, figures in results.items():
            figures.append(_result(entry, figure, state, code))
    return results


def _result(entry: Entry, figure: c.Figure | None, state: str, code: str) -> dict[str, Any]:
    value: float | int | None = None
    numerator: float | int | None = None
    denominator: int | None = None
    breakdown: dict[str, Any] = {}
    if entry.editions == "county" and code != COUNTY_CODE:
        figure, state = None, "not_applicable"  # whatever is missing: no town has this figure
    if figure is None or code in figure.outside:
        state = "not_applicable" if figure is not None else state
    elif figure.denominator is None:
        value = numerator = _plain(entry, figure.numerator[code])
    else:
        part = c.share(int(figure.numerator[code]), int(figure.denominator[code]))
        value, numerator, denominator = part["value"], part["numerator"], part["denominator"]
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
