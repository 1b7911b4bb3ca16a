"""The aid figures of the closing autumn semester in the first quarter (contract section 5, docs/indicator-readings.md)."""

import datetime as dt

from pipelines.periods import Semester

from . import aid
from .needs import NEEDS
from .view import COUNTY, County, Row, blank, count, inside, look


NOT_OF_A_SEMESTER = ("A12", "A13", "A14")


def compute(county: County) -> dict[str, dict[str, Row]]:
    """As ``oracle.compute``, the A indicators only: S = the autumn semester, d unchanged."""
    view = look(county)
    semester = Semester(view.period.school_year, "秋")
    last_day = dt.date(view.period.year, 3, 1) - dt.timedelta(days=1)  # of February: the end of that semester
    money = aid.Aid(view, semester, last_day)
    results = {}
    for scope in (*(town["code"] for town in county.towns), COUNTY):
        found = aid.compute(view, scope, money)
        rows = [p for p in money.payments if inside(p["_town"], scope) and money.success(p)]
        found["A15"] = count(sum(round(row["paid"] * 100) for row in rows) / 100)
        found = {name: entry if view.has(*NEEDS[name]) else blank("missing") for name, entry in found.items()}
        results[scope] = found | {name: blank("not_applicable") for name in NOT_OF_A_SEMESTER}
    return results
