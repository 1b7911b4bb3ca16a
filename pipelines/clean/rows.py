"""The rows of one table: used, used with a doubt, or set aside; never lost."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pipelines.clean.columns import Context, clean_name, read_column, text_series, typed
from pipelines.clean.issues import ERROR, WARNING, Issue, IssueList, Quoter
from pipelines.clean.keys import Keys, disagreements, key_columns, read_keys
from pipelines.clean.outcome import Outcome
from pipelines.ingest import RawTable
from pipelines.tables.contract import Table


_SOURCE = ["source_file", "source_sheet", "source_row"]


@dataclass
class CleanTable:
    """One cleaned table: clean frame, identity frame, records of issues, and counts per sheet."""

    clean: pd.DataFrame
    identity: pd.DataFrame
    set_aside: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    counts: list[dict[str, int]] = field(default_factory=list)  # one per sheet: read, used, warned, set_aside


@dataclass
class _Work:
    """The rows of all sheets of a table while they are read."""

    table: Table
    sheets: list[RawTable]
    raw: pd.DataFrame  # every contract column (object), plus `sheet`: index into sheets
    issues: IssueList
    values: dict[str, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sheet_of: list[int] = self.raw["sheet"].tolist()
        self.row_of: list[int] = self.raw["source_row"].tolist()

    def header(self, position: int, column: str) -> str:
        """The column's header as typed in the row's sheet, the contract's where the sheet has none."""
        typed_header = self.sheets[self.sheet_of[position]].headers.get(column)
        return typed_header or self.table.column(column).header


def clean_table(table: Table, sheets: list[RawTable], context: Context, quoter: Quoter) -> CleanTable:
    """Clean all sheets of one table; rows keep the order (file, sheet, row)."""
    work = _Work(table, sheets, _stack(table, sheets), IssueList(quoter))
    _read_facts(work, context)
    keys = _read_keys(work)
    _missing_columns(work)
    used = np.ones(len(work.raw), dtype=bool)
    used[sorted(work.issues.fatal_positions)] = False
    clean, identity = _frames(work, keys, context, used)
    result = CleanTable(clean, identity)
    _report(work, used, context, result)
    return result


def _stack(table: Table, sheets: list[RawTable]) -> pd.DataFrame:
    """All sheets one under another, with every contract column; absent ones are None."""
    parts = []
    for number, sheet in enumerate(sheets):
        columns: dict[str, Any] = {
            "sheet": np.full(len(sheet.frame), number),
            "source_row": sheet.frame["source_row"],
        }
        for column in table.columns:
            present = column.name in sheet.frame
            columns[column.name] = (
                sheet.frame[column.name] if present else np.full(len(sheet.frame), None, dtype=object)
            )
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _read_facts(work: _Work, context: Context) -> None:
    """Read every column that is no key; a column that a sheet lacks is dealt with by ``_missing_columns``."""
    for column in work.table.columns:
        if column.privacy == "key":
            continue
        cells = work.raw[column.name].tolist()
        absent = _absent(work, column.name)
        outcomes = read_column(cells, column, context)
        work.values[column.name] = [outcome.value for outcome in outcomes]
        for position, outcome in enumerate(outcomes):
            if outcome.rule and not absent[position]:
                work.issues.add(
                    position, column, work.header(position, column.name), outcome, cells[position]
                )


def _absent(work: _Work, column: str) -> np.ndarray:
    """Per row, whether its sheet lacks the column."""
    lacking = np.array([column not in sheet.frame for sheet in work.sheets], dtype=bool)
    return lacking[work.raw["sheet"].to_numpy()]


def _read_keys(work: _Work) -> Keys | None:
    columns = [column for column in work.table.columns if column.privacy == "key"]
    if not columns:
        return None
    id_types = work.values.get("id_type")
    keys = read_keys(work.table.name, columns, work.raw, id_types, ~_absent(work, "name"))
    absent = {column.name: _absent(work, column.name) for column in columns}
    for position, column, outcome in keys.issues:
        if not (outcome.rule == "missing_value" and absent[column.name][position]):
            work.issues.add(position, column, work.header(position, column.name), outcome)
    if "id_no" in keys.texts:
        births, sexes = work.values.get("birth_date"), work.values.get("sex")
        for position, name, rule in disagreements(keys, id_types, births, sexes):
            column = work.table.column(name)
            work.issues.add(position, column, work.header(position, name), Outcome(None, rule))
    return keys


def _missing_columns(work: _Work) -> None:
    """Every row of a sheet without a required column is set aside, naming the column.

    A sheet without names is used: ID numbers join, a name is only a check (contract.md section 4).
    """
    for number, sheet in enumerate(work.sheets):
        positions = np.flatnonzero(work.raw["sheet"].to_numpy() == number)
        for name in sheet.missing:
            column = work.table.column(name)
            if name != "name":
                for position in positions:
                    work.issues.add(int(position), column, column.header, Outcome(None, "missing_column"))


def _frames(
    work: _Work, keys: Keys | None, context: Context, used: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(clean frame, identity frame) of the used rows."""
    mask = context.pseudonyms.mask
    files = [mask(sheet.file) for sheet in work.sheets]
    names = [mask(sheet.sheet) for sheet in work.sheets]
    clean: dict[str, Any] = {
        "source_file": text_series([files[number] for number in work.sheet_of]),
        "source_sheet": text_series([names[number] for number in work.sheet_of]),
        "source_row": work.raw["source_row"].astype("int64"),
    }
    identity: dict[str, Any] = {}
    if keys is not None:
        clean |= key_columns(keys, context.pseudonyms)
    for column in work.table.columns:
        if column.privacy == "key":
            assert keys is not None
            identity[column.name] = text_series(keys.texts[column.name])
            continue
        if column.privacy in ("identity", "flag"):
            identity[column.name] = text_series(work.values[column.name])
        if column.privacy != "identity":
            clean[clean_name(column)] = typed(work.values[column.name], column)
    frame = pd.DataFrame(clean)[used].reset_index(drop=True)
    frame.insert(0, "row_id", np.arange(len(frame), dtype="int64"))
    apart = pd.DataFrame(identity, index=range(len(used)))[used].reset_index(drop=True)
    apart.insert(0, "row_id", frame["row_id"])
    return frame, apart


def _report(work: _Work, used: np.ndarray, context: Context, result: CleanTable) -> None:
    """Records of set_aside and findings, and the counts of each sheet."""
    by_row: dict[int, list[Issue]] = {}
    for issue in work.issues.items:
        by_row.setdefault(issue.position, []).append(issue)
    warned = np.zeros(len(used), dtype=bool)
    for position in sorted(by_row):
        if used[position]:
            warned[position] = True
            for issue in by_row[position]:
                result.findings.append(_record(work, context, position, [issue], WARNING))
        else:
            # One line for one row: what has to be mended is told at once, and the lines add up to the rows.
            faults = [issue for issue in by_row[position] if issue.fatal]
            result.set_aside.append(_record(work, context, position, faults, ERROR))
    for number, sheet in enumerate(work.sheets):
        here = work.raw["sheet"].to_numpy() == number
        result.counts.append(
            {
                "read": int(here.sum()),
                "used": int((here & used).sum()),
                "warned": int((here & warned).sum()),
                "set_aside": int((here & ~used).sum()),
            }
        )
        result.findings += _sheet_findings(work, sheet, context)


def _record(
    work: _Work, context: Context, position: int, issues: list[Issue], severity: str
) -> dict[str, Any]:
    sheet = work.sheets[work.sheet_of[position]]
    school = next(
        (work.values[c.name][position] for c in work.table.columns if c.kind == "school" and c.privacy == "fact"
         and work.values[c.name][position]), None,
    )  # fmt: skip
    if work.table.name == "school":
        school = work.values["school_id"][position]
    town = work.values.get("town", [None] * (position + 1))[position] or context.schools.town_of.get(
        school or ""
    )
    return {
        "table": work.table.name,
        "source_file": context.pseudonyms.mask(sheet.file),
        "source_sheet": context.pseudonyms.mask(sheet.sheet),
        "source_row": work.row_of[position],
        "column": issues[0].column,
        "header": issues[0].header,
        "rule": issues[0].rule,
        "message": "；".join(dict.fromkeys(issue.message for issue in issues)),
        "mend": "；".join(dict.fromkeys(issue.mend for issue in issues)),
        "severity": severity,
        "town": town,
        "school_id": school,
    }


def _sheet_findings(work: _Work, sheet: RawTable, context: Context) -> list[dict[str, Any]]:
    """Doubts about a whole sheet, at its header row: no name column, a column that comes twice."""
    doubts = [(name, "duplicate_header") for name in sheet.duplicates]
    if "name" in sheet.missing:
        doubts.append(("name", "missing_name_column"))
    found = IssueList(work.issues.quoter)
    for name, rule in doubts:
        column = work.table.column(name)
        found.add(-1, column, sheet.headers.get(name, column.header), Outcome(None, rule))
    return [
        {
            "table": work.table.name, "source_file": context.pseudonyms.mask(sheet.file),
            "source_sheet": context.pseudonyms.mask(sheet.sheet), "source_row": sheet.header_row,
            "column": issue.column, "header": issue.header, "rule": issue.rule, "message": issue.message,
            "mend": issue.mend, "severity": WARNING, "town": None, "school_id": None,
        }
        for issue in found.items
    ]  # fmt: skip
