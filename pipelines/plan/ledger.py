"""Rows of the task ledger (T13) matched to the items of the plan: one per item and unit, the latest of them."""

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pandas as pd

from pipelines.plan.model import Item, Plan, fold
from pipelines.plan.status import Proof
from pipelines.towns import COUNTY_CODE, TownRegister


NO_ITEM, NO_DUTY = "no_item", "no_duty"


@dataclass(frozen=True)
class Row:
    """What the ledger says of one item in one unit; ``problem``: why its number cannot be used, in words."""

    target: Fraction | None
    done: Fraction | None
    proof: Proof
    unit: str
    duty_unit: str
    as_of: dt.date
    problem: str = ""


@dataclass
class Ledger:
    """The rows in force by (item key, town code; ``000`` the county), and those that belong to no item or no duty.

    ``strange``: dictionaries of ``town``, ``reason`` (no_item, no_duty), ``source_file``, ``source_row``.
    """

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    strange: list[dict[str, Any]] = field(default_factory=list)


def read_ledger(frame: pd.DataFrame, plan: Plan, towns: TownRegister, day: dt.date) -> Ledger:
    """The ledger as it stands at a day: of several rows for one item and unit the latest 数据截止日 counts.

    Of rows with the same date the last in file order counts; rows dated after the day do not count yet.
    """
    ledger = Ledger()
    frame = frame[~(frame["as_of"] > pd.Timestamp(day))].sort_values(["as_of", "row_id"], kind="stable")
    for record in frame.to_dict("records"):
        row = {str(k): v for k, v in record.items()}
        town = COUNTY_CODE if pd.isna(row["town"]) else str(row["town"])
        item = item_of(plan, int(row["task_no"]), str(row["sub_item"]), pd.Timestamp(row["due"]).year)
        reason = NO_ITEM if item is None else ""
        if item is not None and town != COUNTY_CODE and not item.concerns(towns.by_code[town]):
            reason = NO_DUTY
        if reason or item is None:
            place = {k: row[k] for k in ("source_file", "source_row")}
            ledger.strange.append({"town": town, "reason": reason, **place})
            continue
        ledger.rows[item.key, town] = _row(row, item)
    return ledger


def item_of(plan: Plan, task: int, word: str, year: int) -> Item | None:
    """The item that a row means, of a yearly one that of the year in which the row is due; None if there is none."""
    item = plan.item_of(task, word)
    if item is None:
        return None
    return next((one for one in item.years(year) if one.year in (None, year)), None)


def _row(row: dict[str, Any], item: Item) -> Row:
    unit = "" if pd.isna(row["unit"]) else str(row["unit"])
    problem = ""
    if unit and item.unit and fold(unit) != fold(item.unit):
        problem = f"台账单位“{unit}”与规划单位“{item.unit}”不同"
    return Row(
        _exact(row["target"]),
        _exact(row["done"]),
        Proof(
            bool(row["has_evidence_id"]),
            bool(row["has_reviewer"]),
            None if pd.isna(row["close_date"]) else pd.Timestamp(row["close_date"]).date(),
            str(row["status"]),
        ),
        unit,
        str(row["duty_unit"]),
        pd.Timestamp(row["as_of"]).date(),
        problem,
    )


def _exact(value: Any) -> Fraction | None:
    """A number of the table as the decimal it was typed as."""
    return None if pd.isna(value) else Fraction(str(float(value)))
