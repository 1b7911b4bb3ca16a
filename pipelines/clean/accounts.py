"""What became of every row of a table: records for the workbook, and counts that add up."""

from typing import Any

import numpy as np
import pandas as pd

from pipelines.clean.columns import Context
from pipelines.clean.issues import ERROR, MISSING_COLUMN, WARNING, Issue, IssueList
from pipelines.clean.outcome import Outcome
from pipelines.clean.rows import CleanTable, Work
from pipelines.clean.sheets import doubts


def account(work: Work, used: np.ndarray, context: Context, result: CleanTable) -> None:
    """Fill the records of set_aside and findings, the counts, and the list of unknown values."""
    schools, towns = _places(work, context)
    by_row: dict[int, list[Issue]] = {}
    for issue in work.issues.items:
        by_row.setdefault(issue.position, []).append(issue)
    warned = np.zeros(work.size, dtype=bool)
    sources = [_source(work, number, context) for number in range(len(work.sheets))]
    for position in sorted(by_row):
        place = {
            **sources[work.sheet_of[position]],
            "source_row": int(work.row_of[position]),
            "town": towns[position],
            "school_id": schools[position],
        }
        if used[position]:
            warned[position] = True
            result.findings += [_record(place, [issue], WARNING) for issue in by_row[position]]
        else:
            # One line for one row: what has to be mended is told at once, and the lines add up to the rows.
            faults = [issue for issue in by_row[position] if issue.fatal]
            faults = [issue for issue in faults if issue.rule != MISSING_COLUMN] or faults
            result.set_aside.append(_record(place, faults, ERROR))
    for number in range(len(work.sheets)):
        here = np.flatnonzero(work.sheet_of == number).tolist()
        home = {"town": _only(towns, here), "school_id": _only(schools, here)}
        result.findings += _sheet_findings(work, number, context, {**sources[number], **home})
    _count(work, used, warned, towns, sources, result)
    result.unknown = _unknown(work)


def _places(work: Work, context: Context) -> tuple[list[Any], list[Any]]:
    """School and town of every row as far as its cells tell them: its own 镇街区, else the school's."""
    nothing: list[Any] = [None] * work.size
    if work.table.name == "school":
        schools = work.read["school_id"].values
    else:
        columns = [c for c in work.table.columns if c.kind == "school" and c.privacy == "fact"]
        schools = nothing
        for column in reversed(columns):
            schools = [
                own or other for own, other in zip(work.read[column.name].values, schools, strict=True)
            ]
    known = context.schools.town_of
    own_towns = work.read["town"].values if "town" in work.read else nothing
    towns = [town or known.get(school or "") for town, school in zip(own_towns, schools, strict=True)]
    return schools, towns


def _only(values: list[Any], rows: list[int]) -> Any:
    """The one value of all rows, so that a finding about a sheet goes to the school that sent it; else None."""
    found = {values[row] for row in rows}
    return found.pop() if len(found) == 1 else None


def _source(work: Work, number: int, context: Context) -> dict[str, Any]:
    sheet = work.sheets[number]
    return {
        "table": work.table.name,
        "source_file": context.pseudonyms.mask(sheet.file),
        "source_sheet": context.pseudonyms.mask(sheet.sheet),
    }


def _record(place: dict[str, Any], issues: list[Issue], severity: str) -> dict[str, Any]:
    return {
        **place,
        "column": issues[0].column,
        "header": issues[0].header,
        "rule": issues[0].rule,
        "message": "；".join(dict.fromkeys(issue.message for issue in issues)),
        "mend": "；".join(dict.fromkeys(issue.mend for issue in issues)),
        "severity": severity,
    }


def _sheet_findings(
    work: Work, number: int, context: Context, source: dict[str, Any]
) -> list[dict[str, Any]]:
    """Doubts about a whole sheet, at its header row."""
    sheet = work.sheets[number]
    found = IssueList(work.issues.quoter)
    for name, rule, extra in doubts(work, number, context):
        column = work.table.column(name) if name else None
        header = sheet.headers.get(name, column.header) if column else ""
        found.add([-1], column, header, Outcome(None, rule, extra))
    place = {**source, "source_row": sheet.header_row}
    return [_record(place, [issue], WARNING) for issue in found.items]


def _count(
    work: Work, used: np.ndarray, warned: np.ndarray, towns: list[Any], sources: list[dict[str, Any]],
    result: CleanTable,
) -> None:  # fmt: skip
    rows = pd.DataFrame(
        {
            "sheet": work.sheet_of,
            "town": pd.Series(towns, dtype="object").fillna(""),
            "read": 1,
            "used": used.astype("int64"),
            "warned": warned.astype("int64"),
            "set_aside": (~used).astype("int64"),
        }
    )
    names = ["read", "used", "warned", "set_aside"]
    for number in range(len(work.sheets)):
        here = rows.loc[rows["sheet"] == number]
        result.counts.append({name: int(here[name].sum()) for name in names})
        for town, part in here.groupby("town", sort=True):
            counts = {name: int(part[name].sum()) for name in names}
            place = {
                "table": work.table.name,
                "file": sources[number]["source_file"],
                "sheet": sources[number]["source_sheet"],
            }
            result.reconciliation.append({**place, "town": town or None, **counts})


def _unknown(work: Work) -> list[tuple[str, str, int]]:
    """Values outside a column's list, as they may be shown, with the number of their rows."""
    found: dict[tuple[str, str], int] = {}
    for column in work.table.columns:
        read = work.read.get(column.name)
        for number, outcome in enumerate(read.outcomes if read else ()):
            if outcome.rule in ("unknown_code", "code_contradicts", "unknown_town", "unknown_school"):
                shown = (column.header, work.issues.quoter.quote(read.cells[number]))  # type: ignore[union-attr]
                found[shown] = found.get(shown, 0) + len(read.where(number))  # type: ignore[union-attr]
    return [(header, value, rows) for (header, value), rows in sorted(found.items())]
