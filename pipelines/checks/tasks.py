"""Derived columns about the plan's tables: whether a ledger row belongs to the plan, and inspections to their term."""

import pandas as pd

from pipelines.checks.inputs import Inputs
from pipelines.plan.ledger import item_of


AUTUMN_MONTHS = (9, 10, 11, 12, 1, 2)  # contract.md section 5, Aid: 1 September and 1 March


def item_known(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Whether 任务序号 and 子指标 name an item of the plan, and the 镇街区 has a duty in it."""
    assert inputs.plan is not None and inputs.towns is not None  # guarded by ``needs``
    known = []
    for task, word, town, due in zip(
        frame["task_no"], frame["sub_item"], frame["town"], frame["due"], strict=True
    ):
        item = None if pd.isna(task) or pd.isna(due) else item_of(inputs.plan, int(task), str(word), due.year)
        unit = None if pd.isna(town) else inputs.towns.by_code.get(town)
        known.append(item is not None and (unit is None or item.concerns(unit)))
    return pd.Series(known, index=frame.index, dtype="bool")


def semester_agrees(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Whether the typed 学期 is the one in which the date lies."""
    season = frame["visit_date"].dt.month.isin(AUTUMN_MONTHS).map({True: "秋", False: "春"})
    return frame["semester"] == season
