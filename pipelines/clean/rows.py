"""The rows of one table: used, used with a doubt, or set aside; never lost."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pipelines.clean.columns import (
    Coded,
    Context,
    clean_name,
    read_column,
    text_series,
    typed,
)
from pipelines.clean.dates import from_1904
from pipelines.clean.issues import MISSING_COLUMN, IssueList, Quoter
from pipelines.clean.keys import Keys, birth_dates, disagreements, key_columns, read_keys
from pipelines.clean.outcome import Outcome
from pipelines.ingest import RawTable
from pipelines.tables.contract import Column, Table


_BIRTH_FROM_ID = (
    "dept_list",
)  # the lists carry no birth date, and A13 asks for an age (docs/architecture.md)


@dataclass
class CleanTable:
    """One cleaned table: clean frame, identity frame, records of issues, and counts.

    ``counts``: one per sheet (read, used, warned, set_aside). ``reconciliation``: the same per sheet and town.
    ``unknown``: values that no list knows, as (header, value as it may be shown, rows).
    """

    clean: pd.DataFrame
    identity: pd.DataFrame
    set_aside: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    counts: list[dict[str, int]] = field(default_factory=list)
    reconciliation: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass
class Work:
    """The rows of all sheets of a table while they are read, one sheet after another."""

    table: Table
    sheets: list[RawTable]
    issues: IssueList
    read: dict[str, Coded] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sizes = [len(sheet.rows) for sheet in self.sheets]
        self.sheet_of = np.repeat(np.arange(len(sizes)), sizes)
        self.row_of = np.array([row for sheet in self.sheets for row in sheet.rows], dtype="int64")

    @property
    def size(self) -> int:
        """Rows of all sheets."""
        return len(self.row_of)

    def cells(self, column: Column) -> list[Any]:
        """The cells of a column, None in sheets that lack it; numbers that mean days in the usual epoch."""
        found: list[Any] = []
        for sheet in self.sheets:
            cells = sheet.columns.get(column.name, [None] * len(sheet.rows))
            if sheet.epoch_1904 and column.kind in ("date", "yearmonth"):
                cells = [from_1904(cell) for cell in cells]
            found += cells
        return found

    def absent(self, column: str) -> np.ndarray:
        """Per row, whether its sheet lacks the column."""
        return np.array([column not in sheet.columns for sheet in self.sheets], dtype=bool)[self.sheet_of]

    def header(self, sheet: int, column: Column) -> str:
        """The column's header as typed in a sheet, the contract's where the sheet has none."""
        return self.sheets[sheet].headers.get(column.name) or column.header

    def add(self, positions: np.ndarray, column: Column, outcome: Outcome, value: Any = None) -> None:
        """One broken rule in some rows; each is told with the header of its own sheet."""
        for sheet in np.unique(self.sheet_of[positions]).tolist():
            here = positions[self.sheet_of[positions] == sheet]
            self.issues.add(here.tolist(), column, self.header(sheet, column), outcome, value)


def clean_table(table: Table, sheets: list[RawTable], context: Context, quoter: Quoter) -> CleanTable:
    """Clean all sheets of one table; rows keep the order (file, sheet, row)."""
    from pipelines.clean.accounts import account

    work = Work(table, sheets, IssueList(quoter))
    _read_facts(work, context)
    keys = _read_keys(work)
    _missing_columns(work)
    used = np.ones(work.size, dtype=bool)
    used[sorted(work.issues.fatal_positions)] = False
    clean, identity = _frames(work, keys, context, used)
    result = CleanTable(clean, identity)
    account(work, used, context, result)
    return result


def _read_facts(work: Work, context: Context) -> None:
    """Read every column that is no key; a column that a sheet lacks is dealt with by ``_missing_columns``."""
    for column in work.table.columns:
        if column.privacy == "key":
            continue
        read = read_column(work.cells(column), column, context)
        work.read[column.name] = read
        absent = work.absent(column.name)
        for number, outcome in enumerate(read.outcomes):
            if outcome.rule:
                positions = read.where(number)
                work.add(positions[~absent[positions]], column, outcome, read.cells[number])


def _read_keys(work: Work) -> Keys | None:
    columns = [column for column in work.table.columns if column.privacy == "key"]
    if not columns:
        return None
    cells = {column.name: work.cells(column) for column in columns}
    id_types = work.read.get("id_type")
    keys = read_keys(work.table.name, columns, cells, id_types, ~work.absent("name"))
    absent = {column.name: work.absent(column.name) for column in columns}
    for column, outcome, rows in keys.issues:
        work.add(
            rows[~absent[column.name][rows]] if outcome.rule == "missing_value" else rows, column, outcome
        )
    if "id_no" in keys.columns:
        births, sexes = work.read.get("birth_date"), work.read.get("sex")
        for name, rule, rows in disagreements(keys, id_types, births, sexes):
            work.add(rows, work.table.column(name), Outcome(None, rule))
    return keys


def _missing_columns(work: Work) -> None:
    """Every row of a sheet without a required column is set aside, naming the column.

    A sheet without names is used: ID numbers join, a name is only a check (contract.md section 4).
    """
    for number, sheet in enumerate(work.sheets):
        positions = np.flatnonzero(work.sheet_of == number)
        for name in sheet.missing:
            column = work.table.column(name)
            if name != "name":
                work.issues.add(positions.tolist(), column, column.header, Outcome(None, MISSING_COLUMN))


def _frames(
    work: Work, keys: Keys | None, context: Context, used: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(clean frame, identity frame) of the used rows."""
    mask = context.pseudonyms.mask
    clean: dict[str, Any] = {
        "source_file": _per_sheet([mask(sheet.file) for sheet in work.sheets], work),
        "source_sheet": _per_sheet([mask(sheet.sheet) for sheet in work.sheets], work),
        "source_row": work.row_of,
    }
    identity: dict[str, Any] = {}
    if keys is not None:
        clean |= key_columns(keys, context.pseudonyms)
        if work.table.name in _BIRTH_FROM_ID:
            clean["birth_date"] = birth_dates(keys)
    for column in work.table.columns:
        if column.privacy == "key":
            assert keys is not None
            identity[column.name] = keys.columns[column.name].series()
            continue
        read = work.read[column.name]
        if column.privacy in ("identity", "flag"):
            texts = text_series([outcome.value for outcome in read.outcomes])
            identity[column.name] = pd.Series(texts.array.take(read.codes))
        if column.privacy != "identity":
            clean[clean_name(column)] = typed(read, column)
    everything = slice(None) if used.all() else used
    frame = pd.DataFrame(clean)[everything].reset_index(drop=True)
    frame.insert(0, "row_id", np.arange(len(frame), dtype="int64"))
    apart = pd.DataFrame(identity, index=range(len(used)))[everything].reset_index(drop=True)
    apart.insert(0, "row_id", frame["row_id"])
    return frame, apart


def _per_sheet(texts: list[str], work: Work) -> pd.Series:
    return pd.Series(text_series(texts).array.take(work.sheet_of))
