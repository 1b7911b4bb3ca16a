"""The oracle: every indicator of the catalogue, by plain loops over raw rows."""

from . import aid, dropout, left_behind, lists, placement
from .needs import settle
from .view import COUNTY, County, Row, look


def compute(county: County) -> dict[str, dict[str, Row]]:
    """For every town code and ``000``: indicator id → value, numerator, denominator, state, breakdown."""
    view = look(county)
    money = aid.Aid(view)
    results = {}
    for scope in (*(town["code"] for town in county.towns), COUNTY):
        found = dropout.compute(view, scope)
        found |= placement.compute(view, scope)
        found |= aid.compute(view, scope, money)
        found |= lists.compute(view, scope, money)
        found |= left_behind.compute(view, scope, money)
        results[scope] = settle(view, scope, dict(sorted(found.items())))
    return results
