"""The indicator stage of one period: facts in; figures, worklist and school table out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipelines.indicators import compute, schools, worklist
from pipelines.match import load_facts
from pipelines.periods import Period
from pipelines.plan import stage
from pipelines.reference import load_reference
from pipelines.settings import Settings


@dataclass(frozen=True)
class PeriodResult:
    """``towns``: {town code: [indicator …]} with the county under 000; the frames as docs/architecture.md says.

    ``autumn``: the same for the closing autumn semester, in the first quarter; else empty. ``plan``: the plan's items.
    """

    towns: dict[str, list[dict[str, Any]]]
    worklist: pd.DataFrame
    schools: pd.DataFrame
    autumn: dict[str, list[dict[str, Any]]]
    plan: dict[str, Any]


def compute_period(
    settings: Settings, dataset: str, period: Period, history: Sequence[Period]
) -> PeriodResult:
    """Everything the reports of a period show, for all towns at once; ``history``: earlier periods, not refused."""
    facts = load_facts(settings, dataset, period, history)
    towns = compute.compute(facts)
    return PeriodResult(
        towns=towns,
        worklist=worklist.build(facts),
        schools=schools.summary(facts),
        autumn=compute.closing_autumn(facts),
        plan=stage.compute(facts, load_reference(settings, dataset).plan, towns),
    )
