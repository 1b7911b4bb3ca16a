"""A county of three schools (tests/indicators/builders.py) and the plan's tables, a row saying only what matters."""

from typing import Any

import pandas as pd

from pipelines.indicators.compute import compute
from pipelines.plan.figures import Scorecard
from pipelines.plan.model import Plan
from pipelines.plan.reading import read_folder
from tests.indicators.builders import JINGZHI, S1, SETTINGS, facts, table


PLAN: Plan = read_folder(SETTINGS.paths.reference / "plan")  # type: ignore[assignment]
DEFAULTS: dict[str, dict[str, Any]] = {
    "task_ledger": {
        "duty_unit": "教管办", "town": JINGZHI, "due": "2025-12-31", "status": "序时推进", "as_of": "2026-09-30",
    },
    "inspection": {"school_id": S1, "visit_date": "2026-09-10", "semester": "秋", "has_inspector": True},
    "mentor_coverage": {"school_id": S1, "as_of": "2026-09-30", "pupils": 0, "mentored": 0, "weak_pupils": 0, "weak_filed": 0},
    "school_network": {"school_id": S1, "as_of": "2026-09-30", "gigabit": "否", "classes": 0, "classes_connected": 0, "recording_room": "否"},
    "kindergarten": {"as_of": "2026-09-30", "inclusive_recognised": "否"},
    "principal_age": {"school_id": S1, "as_of": "2026-09-30", "two_terms": 0, "rotated": 0},
    "complaint": {"town": JINGZHI, "topic": "收费", "received_date": "2026-08-01"},
}  # fmt: skip
PAPERS = {"has_evidence_id": True, "has_reviewer": True, "close_date": "2026-01-15", "status": "已销号"}


def rows(name: str, *records: dict[str, Any]) -> pd.DataFrame:
    """A clean table of the plan."""
    return table(name, *({**DEFAULTS[name], **record} for record in records))


def scorecard(plan: Plan = PLAN, **tables: pd.DataFrame) -> Scorecard:
    """The scorecard of 2026Q3 over the three schools and the given tables."""
    given = facts(**tables)
    return Scorecard(given, plan, compute(given))


def entry(wanted: str, town: str = JINGZHI, plan: Plan = PLAN, **tables: pd.DataFrame) -> dict[str, Any]:
    """One item of one unit."""
    return next(e for e in scorecard(plan, **tables).figures()[town] if e["id"] == wanted)


def told(wanted: str, town: str = JINGZHI, **tables: pd.DataFrame) -> tuple[Any, Any, Any]:
    """(done, target, state by rule, or the reason where the figure is not known)."""
    found = entry(wanted, town, **tables)
    return found["done"], found["target"], found["status"] or found["reason"]
