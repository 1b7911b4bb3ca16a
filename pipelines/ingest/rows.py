"""Rows under a recognised header: data rows apart from blank rows, totals, remarks and repeated headers."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from pipelines.ingest.cells import fold_header, squeeze, text_of, tidy
from pipelines.ingest.readers import RawSheet
from pipelines.ingest.recognise import Match, words


_MANY_CELLS = 6  # a signature line has at most this many filled cells


@dataclass(frozen=True)
class RawTable:
    """The data rows of one recognised sheet, cells as read.

    ``frame`` has ``source_row`` (as Excel numbers rows) and one object column for each contract column that the
    sheet has; ``headers`` gives each of them as typed. ``header_row`` is the Excel row of the (last) header row.
    """

    table: str
    file: str
    sheet: str
    header_row: int
    frame: pd.DataFrame
    headers: dict[str, str]
    missing: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    title: str = ""
    skipped: int = 0


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    join = lambda name: "|".join(map(re.escape, sorted(words()[name], key=lambda w: (-len(w), w))))
    totals = re.compile(rf"(?:{join('totals')})(?:[:：]|\(.*\))?")
    marked = re.compile(rf"(?:{join('notes')})(?:\([^()]*\))?(?:[:：].*|\d+[.、].*)", re.DOTALL)
    bare = re.compile(rf"(?:{join('notes')})(?:\([^()]*\))?")
    return totals, marked, bare


def _is_furniture(row: list[Any]) -> bool:
    """Blank rows, totals, remarks and signature lines."""
    first = next((text for cell in row if cell is not None and (text := squeeze(cell))), "")
    if not first:
        return True
    totals, marked, bare = _patterns()
    if totals.fullmatch(first):
        return True
    filled = sum(cell is not None for cell in row)
    if filled > _MANY_CELLS:
        return False
    return bool(marked.fullmatch(first)) or (bool(bare.fullmatch(first)) and filled <= _MANY_CELLS - 2)


def _is_header_again(row: list[Any], header: dict[int, str]) -> bool:
    """A repeated header block: at least half of the known header cells stand there again, two at least."""
    # Folding every cell of every row would cost more than all other reading: one cell decides whether to look.
    first = next((p for p in header if p < len(row) and isinstance(row[p], str) and len(row[p]) > 1), None)
    if first is None or fold_header(row[first]) != header[first]:
        return False
    hits = sum(
        1
        for position, folded in header.items()
        if position < len(row) and isinstance(row[position], str) and fold_header(row[position]) == folded
    )
    return hits >= max(2, len(header) / 2)


def data_rows(sheet: RawSheet, match: Match, file: str) -> RawTable:
    """The data rows of a recognised sheet; skipped rows are counted, never treated as data."""
    header = _header_cells(sheet, match)
    folded = {position: fold_header(text) for position, text in header.items()}
    # A group header spans two rows; when it comes again, its upper row is one of title cells only.
    kept: list[list[Any]] = []
    numbers: list[int] = []
    skipped = 0
    for index in range(match.row + 1, len(sheet.rows)):
        row = sheet.rows[index]
        if _is_furniture(row) or _is_header_again(row, folded):
            skipped += any(cell is not None for cell in row)
            continue
        kept.append(row)
        numbers.append(sheet.first_row + index)
    columns: dict[str, Any] = {"source_row": pd.array(numbers, dtype="int64")}
    for position, name in match.positions.items():
        values = [row[position] if position < len(row) else None for row in kept]
        columns[name] = pd.Series(values, dtype=object)
    return RawTable(
        table=match.table.name,
        file=file,
        sheet=sheet.name,
        header_row=sheet.first_row + match.row,
        frame=pd.DataFrame(columns),
        headers={
            name: " ".join(header[position].replace("*", "").split())
            for position, name in match.positions.items()
        },
        missing=match.missing,
        duplicates=match.duplicates,
        title=_title(sheet.rows[: match.row]),
        skipped=skipped,
    )


def _header_cells(sheet: RawSheet, match: Match) -> dict[int, str]:
    """Header text of each matched position: the header row's cell, else the group cell above it."""
    header = {}
    for position in match.positions:
        for index in (match.row, match.row - 1):
            row = sheet.rows[index] if index >= 0 else []
            if position < len(row) and isinstance(row[position], str) and row[position].strip():
                header[position] = tidy(row[position])
                break
    return header


def _title(rows: list[list[Any]]) -> str:
    return " ".join(text_of(cell) for row in rows for cell in row if cell is not None)
