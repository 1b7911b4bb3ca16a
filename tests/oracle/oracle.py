"""The oracle: every indicator with an exact reading in contract.md section 5, by plain loops over raw rows."""

from . import aid, dropout, left_behind
from .view import COUNTY, County, Row, look


def compute(county: County) -> dict[str, dict[str, Row]]:
    """For every town code and ``000``: indicator id → value, numerator, denominator, state, breakdown."""
    view = look(county)
    money = aid.Aid(view)
    results = {}
    for scope in (*(town["code"] for town in county.towns), COUNTY):
        found = dropout.compute(view, scope)
        found |= aid.compute(view, scope, money)
        found |= left_behind.compute(view, scope, money)
        results[scope] = dict(sorted(found.items()))
    return results
