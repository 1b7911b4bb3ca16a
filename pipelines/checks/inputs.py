"""What derived columns, parameters and the frames of a check are computed from."""

from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipelines import store
from pipelines.periods import Period
from pipelines.plan.model import Plan
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.tables.contract import Contract, load_contract
from pipelines.towns import TownRegister


Tables = dict[str, pd.DataFrame | None]
ON_ROLL = ("在校", "休学", "转出中")  # contract.md section 4
COMPULSORY = ("小学", "初中", "特教")
COMPULSORY_SCHOOLS = ("小学", "教学点", "初中", "九年一贯", "特教")
SOURCE = ["source_file", "source_sheet", "source_row"]
_COMPARED = ("school", "student_roll")  # tables of the previous period that checks look at
PREVIOUS_ROLL, WHOLE_ROLL = "previous_roll", "whole_roll"  # what a check may need besides tables
_MISSING_COLUMNS = "missing_columns"  # rule of pipelines/clean/rules.toml


@dataclass(frozen=True)
class Inputs:
    """The period, its clean tables, the contract; the previous period's T1 and T2; doubts of the clean stage.

    ``doubts``: findings.parquet; ``standards``: T8 (pipelines/reference.py); ``calendar``: T15, None if absent;
    ``plan``: the tasks of the plan, None if there are none; ``towns``: T14.
    """

    settings: Settings
    period: Period
    contract: Contract
    tables: Tables
    previous: Tables = field(default_factory=dict)
    doubts: pd.DataFrame | None = None
    standards: pd.DataFrame | None = None
    calendar: pd.DataFrame | None = None
    plan: Plan | None = None
    towns: TownRegister | None = None

    def sheets_without_columns(self, table: str) -> dict[str, str]:
        """File → what the clean stage says of a sheet of the table that lacks required columns, all rows of it unused."""
        if self.doubts is None:
            return {}
        rows = self.doubts[(self.doubts["table"] == table) & (self.doubts["rule"] == _MISSING_COLUMNS)]
        return dict(zip(rows["source_file"], rows["message"], strict=True))

    @property
    def end(self) -> pd.Timestamp:
        """d, the last day of the period."""
        return pd.Timestamp(self.period.end)

    def has(self, name: str) -> bool:
        """Whether a table, the T8 standards (``standards``), the ``doubts`` or the ``plan`` are there.

        ``previous_roll``: the previous period's T2; ``whole_roll``: T2 without a sheet that was refused.
        """
        if name == "plan":
            return self.plan is not None
        if name == WHOLE_ROLL:
            return self.has("student_roll") and not self.sheets_without_columns("student_roll")
        if name == PREVIOUS_ROLL:
            return self.previous.get("student_roll") is not None
        if name in ("standards", "doubts"):
            frame = self.standards if name == "standards" else self.doubts
        else:
            frame = self.tables.get(name)
        return frame is not None


def load_inputs(settings: Settings, dataset: str, period: Period) -> Inputs:
    """Read everything the checks of one period need from data/clean and the reference data."""
    contract = load_contract(settings.paths.reference)
    reference = load_reference(settings, dataset)
    doubts = settings.paths.clean(dataset, period) / "findings.parquet"
    return Inputs(
        settings,
        period,
        contract,
        {name: store.read(settings, dataset, period, name) for name in contract.tables},
        {name: store.read(settings, dataset, period.previous, name) for name in _COMPARED},
        store.read_frame(doubts, ["table", *SOURCE, "rule", "message"]) if doubts.is_file() else None,
        reference.standards,
        reference.calendar,
        reference.plan,
        reference.towns,
    )


def on_roll(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a roll that count as on roll."""
    return frame[frame["roll_status"].isin(ON_ROLL)]


def found_in(values: pd.Series, known: pd.Series) -> pd.Series:
    """Whether each text is one of the known ones; null is none of them.

    pandas' ``isin`` takes texts one by one into Arrow: 75,000 known pupils cost 30 times this.
    """
    texts = pa.large_string()
    found = pc.is_in(pa.array(values, type=texts), value_set=pa.array(known, type=texts), skip_nulls=True)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index)
