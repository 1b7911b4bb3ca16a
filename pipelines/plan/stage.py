"""The plan's part of the indicator stage: everything the plan's pages show, for all towns, as JSON."""

import json
from typing import Any

from pipelines.match import Facts
from pipelines.periods import Period
from pipelines.plan import complaints, inspections
from pipelines.plan.figures import Indicators, Scorecard, strange_rows
from pipelines.plan.history import MOST_QUARTERS, with_history
from pipelines.plan.model import Plan
from pipelines.settings import Settings
from pipelines.towns import COUNTY_CODE, Town


FILE = "plan.json"


def compute(facts: Facts, plan: Plan | None, indicators: Indicators) -> dict[str, Any]:
    """The content of plan.json: ``figures``, ``strange`` ledger rows, ``inspections``, ``complaints`` and
    ``complaint_days`` (of all topics) by town code.
    """
    if plan is None:
        return {
            "schema": 1,
            "figures": {},
            "strange": [],
            "inspections": {},
            "complaints": {},
            "complaint_days": {},
        }
    card = Scorecard(facts, plan, indicators)
    return {
        "schema": 1,
        "figures": card.figures(),
        "strange": strange_rows(card.ledger),
        "inspections": inspections.summary(facts),
        "complaints": complaints.summary(facts),
        "complaint_days": complaints.medians(facts),
    }


def read(settings: Settings, dataset: str, period: Period) -> dict[str, Any] | None:
    """What the stage wrote for a period; None if it has not run."""
    file = settings.paths.clean(dataset, period) / FILE
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def view(
    settings: Settings, dataset: str, period: Period, town: Town, refused: dict[str, str]
) -> dict[str, Any]:
    """One unit's part: ``items`` with their history, ``inspections``, ``complaints``, ``strange`` rows of the unit.

    The county also gets ``towns`` (items of every town). Refused quarters count as absent.
    """
    now = read(settings, dataset, period)
    if now is None or not now["figures"]:
        return {}
    quarters = [period.shift(-n) for n in range(1, MOST_QUARTERS) if str(period.shift(-n)) not in refused]
    earlier = {q: content for q in quarters if (content := read(settings, dataset, q)) is not None}

    def items(code: str) -> list[dict[str, Any]]:
        before = {q: {e["id"]: e for e in content["figures"].get(code, [])} for q, content in earlier.items()}
        return with_history(now["figures"].get(code, []), period, before)

    content = {
        "items": items(town.code),
        "inspections": now["inspections"].get(town.code),
        "complaints": now["complaints"].get(town.code),
        "strange": [row for row in now["strange"] if town.is_county or row["town"] == town.code],
    }
    if town.is_county:
        content["towns"] = {code: items(code) for code in now["figures"] if code != COUNTY_CODE}
    return content
