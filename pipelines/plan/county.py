"""County only: the tasks of the plan × towns, and the notice by responsible unit."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipelines import markup
from pipelines.plan import status
from pipelines.plan.model import Plan
from pipelines.towns import TownRegister


Entry = dict[str, Any]
CITY = "——"
_WORST = (
    (status.OVERDUE, "red"), (status.BEHIND, "yellow"), (status.MISSING, "grey"), (status.NOT_STARTED, ""),
    (status.TO_REVIEW, ""), (status.ON_TIME, ""), (status.CLOSED, "green"),
)  # fmt: skip
_SHORT = {status.NOT_STARTED: "未启动", status.TO_REVIEW: "待核", status.ON_TIME: "进行"}


def matrix_frame(
    plan: Plan, towns: Mapping[str, Sequence[Entry]], county: Sequence[Entry], register: TownRegister
) -> pd.DataFrame:
    """Rows the listed tasks, columns the towns in the register's order and the county: the worst state and its count.

    A task in which no town has a duty stands as —— in every town, never as a number (domain.md K.40).
    """
    codes = [town.code for town in register.towns if town.code in towns]
    rows = []
    for task in plan.tasks.values():
        row: dict[str, object] = {"任务": f"{task.number} {task.name}" if task.number else task.name}
        for code in codes:
            row[register.by_code[code].short_name] = cell(
                [e for e in towns[code] if e["task"] == task.number]
            )
        row["全市"] = cell([e for e in county if e["task"] == task.number])
        rows.append(row)
    return pd.DataFrame(rows)


def cell(entries: Sequence[Entry]) -> object:
    """The state that most needs attention among a task's items, with how many are in it of how many are judged."""
    own = [e for e in entries if e["reason"] != "city_led"]
    if not own:
        return CITY
    judged = [e for e in own if e["state"] != status.NOT_APPLICABLE and e["status"] != status.UNQUANTIFIED]
    if not judged:
        return "未量化" if any(e["status"] for e in own) else "—"
    states = [status.MISSING if e["state"] == status.MISSING else e["status"] for e in judged]
    worst, colour = next(pair for pair in _WORST if pair[0] in states)
    text = f"{states.count(worst)}/{len(judged)}"
    return markup.Light(colour, text) if colour else f"{_SHORT[worst]}{text}"
