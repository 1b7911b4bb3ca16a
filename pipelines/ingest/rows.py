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
_CONTINUED = re.compile(r"\(?(?:续表?|接上表|接上页)\)?\d*")


@dataclass(frozen=True)
class RawTable:
    """The data rows of one recognised sheet, cells as read.

    ``rows``: their numbers as Excel counts them. ``columns``: the cells of each contract column that the sheet has, in
    order of ``rows``; ``headers`` gives each of them as typed. ``header_row`` is the Excel row of the (last) header row.
    ``skipped``: rows that are no data (totals, remarks, repeated headers). ``notes``: what is to be told of the whole
    sheet, as (rule of rules.toml, detail). ``epoch_1904``: numbers that mean days count from 1904. ``unknown``: headers
    as typed that are no column of the table.
    """

    table: str
    file: str
    sheet: str
    header_row: int
    rows: list[int]
    columns: dict[str, list[Any]]
    headers: dict[str, str]
    missing: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    title: str = ""
    skipped: int = 0
    notes: tuple[tuple[str, str], ...] = ()
    epoch_1904: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """``source_row`` and one object column for each contract column of the sheet."""
        cells = {name: pd.Series(values, dtype=object) for name, values in self.columns.items()}
        return pd.DataFrame({"source_row": pd.array(self.rows, dtype="int64"), **cells})


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    join = lambda name: "|".join(map(re.escape, sorted(words()[name], key=lambda w: (-len(w), w))))
    totals = re.compile(rf"(?:{join('totals')})(?:[:：]|\(.*\))?")
    marked = re.compile(rf"(?:{join('notes')})(?:\([^()]*\))?(?:[:：].*|\d+[.、].*)", re.DOTALL)
    bare = re.compile(rf"(?:{join('notes')})(?:\([^()]*\))?")
    return totals, marked, bare


class _Furniture:
    """Tells blank rows, totals, remarks, signature lines, and headers and titles that come again, from data."""

    def __init__(self, sheet: RawSheet, match: Match):
        top = sheet.rows[max(0, match.row - match.depth + 1) : match.row + 1]
        self._headers = [{p: text for p, cell in enumerate(row) if (text := _folded(cell))} for row in top]
        above = sheet.rows[: max(0, match.row - match.depth + 1)]
        self._titles = frozenset(
            text for row in above if _filled(row) <= 2 for cell in row if (text := _without_continued(cell))
        )
        first = [*words()["totals"], *words()["notes"], *self._titles, "续", "接"]
        first += [text for header in self._headers for text in header.values()]
        self._starts = frozenset(start for text in first for start in (text[0], text[0].upper()))

    def suspects(self, rows: list[list[Any]]) -> list[int]:
        """The rows that are worth a look: those without a first cell, or with one that begins like a word.

        Asked once of each distinct first cell, of which there are few (codes of schools, years).
        """
        firsts = [row[0] if row else None for row in rows]
        doubtful = {cell for cell in set(firsts) if cell is None or self._like_word(cell)}
        return [index for index, cell in enumerate(firsts) if cell in doubtful]

    def _like_word(self, cell: Any) -> bool:
        """Whether a cell could begin a row that is no data: its first letter begins one of the words, or is none."""
        return type(cell) is str and not (cell[0].isalnum() and cell[0] not in self._starts)

    def has(self, row: list[Any]) -> bool:
        """Whether a row is no data."""
        first = next((cell for cell in row if cell is not None), None)
        if first is None:
            return True
        if not self._like_word(first):
            return False
        return self._is_word(row) or self._is_title(row) or any(_again(row, h) for h in self._headers)

    def _is_word(self, row: list[Any]) -> bool:
        first = next((text for cell in row if cell is not None and (text := squeeze(cell))), "")
        if not first:
            return True
        totals, marked, bare = _patterns()
        if totals.fullmatch(first):
            return True
        filled = _filled(row)
        if filled > _MANY_CELLS:
            return False
        return bool(marked.fullmatch(first)) or (bool(bare.fullmatch(first)) and filled <= _MANY_CELLS - 2)

    def _is_title(self, row: list[Any]) -> bool:
        """A title or 续表 line between two pages of a table; a line of one or two cells."""
        texts = [text for cell in row if cell is not None and (text := squeeze(cell))]
        if len(texts) > 2:
            return False
        return all(_CONTINUED.fullmatch(text) or _without_continued(text) in self._titles for text in texts)


def _filled(row: list[Any]) -> int:
    return sum(cell is not None and not (isinstance(cell, str) and cell.isspace()) for cell in row)


def _folded(cell: Any) -> str:
    return fold_header(cell) if isinstance(cell, str) else ""


def _without_continued(cell: Any) -> str:
    return _CONTINUED.sub("", squeeze(cell)) if isinstance(cell, str) else ""


def _again(row: list[Any], header: dict[int, str]) -> bool:
    """One row of a header that comes again: most of its filled cells are the header's, two at least."""
    cells = [(position, text) for position, cell in enumerate(row) if (text := _folded(cell))]
    hits = sum(header.get(position) == text for position, text in cells)
    return hits >= 2 and 2 * hits >= max(len(cells), min(len(header), _filled(row)))


def data_rows(sheet: RawSheet, match: Match, file: str, notes: tuple[tuple[str, str], ...] = ()) -> RawTable:
    """The data rows of a recognised sheet; skipped rows are counted, never treated as data."""
    header = _header_cells(sheet, match)
    furniture = _Furniture(sheet, match)
    filled = _fill_merged(sheet, match)
    start = match.row + 1
    below = sheet.rows[start:]
    suspects = furniture.suspects(below)
    no_data = {index for index in suspects if furniture.has(below[index])}
    skipped = sum(any(cell is not None for cell in below[index]) for index in no_data)
    kept = [row for index, row in enumerate(below) if index not in no_data] if no_data else below
    numbers = [
        number for number in range(sheet.first_row + start, sheet.first_row + len(sheet.rows))
        if number - sheet.first_row - start not in no_data
    ]  # fmt: skip
    return RawTable(
        table=match.table.name,
        file=file,
        sheet=sheet.name,
        header_row=sheet.first_row + match.row,
        rows=numbers,
        columns=_columns(kept, match.positions),
        headers={
            name: " ".join(header[position].replace("*", "").split())
            for position, name in match.positions.items()
        },
        missing=match.missing,
        duplicates=match.duplicates,
        title=_title(sheet.rows[: max(0, match.row - match.depth + 1)]),
        skipped=skipped,
        notes=(*notes, *_notes(sheet, numbers, filled)),
        epoch_1904=sheet.epoch_1904,
        unknown=_unknown_headers(sheet, match),
    )


def _columns(rows: list[list[Any]], positions: dict[int, str]) -> dict[str, list[Any]]:
    """The cells of each column; None where a row (of a text file) is too short for it."""
    wide = max(positions, default=-1) + 1
    if any(len(row) < wide for row in rows):
        rows = [row + [None] * (wide - len(row)) for row in rows]
    across = list(zip(*rows, strict=False))  # all columns at once: three times as fast as one by one
    return {name: list(across[position]) if rows else [] for position, name in positions.items()}


def _fill_merged(sheet: RawSheet, match: Match) -> int:
    """Give every row of a merged block its value, as Excel shows it; returns how many cells of the table got one.

    Rows without anything else stay blank: a block may reach below the last record.
    """
    count = 0
    for first, last, column in sheet.merged:
        value = sheet.rows[first][column] if match.row < first < len(sheet.rows) else None
        for row in sheet.rows[first + 1 : last + 1] if value is not None else ():
            if column < len(row) and row[column] is None and any(cell is not None for cell in row):
                row[column] = value
                count += column in match.positions
    return count


def _notes(sheet: RawSheet, numbers: list[int], filled: int) -> list[tuple[str, str]]:
    notes = [("hidden_sheet", "")] if sheet.hidden else []
    hidden = sorted(set(sheet.hidden_rows) & set(numbers))
    if hidden:
        notes.append(("hidden_rows", f"{len(hidden)}行（第{_spans(hidden)}行）"))
    if filled:
        notes.append(("merged_cells", f"{filled}格"))
    return notes


def _spans(numbers: list[int]) -> str:
    """[5, 6, 7, 9] → "5–7、9", at most six spans."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = "、".join(str(a) if a == b else f"{a}–{b}" for a, b in spans[:6])
    return shown + ("等" if len(spans) > 6 else "")


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


def _unknown_headers(sheet: RawSheet, match: Match) -> tuple[str, ...]:
    """The headers that were not known, where a required one is missing: one of them may be meant by it."""
    if not match.missing:
        return ()
    row = sheet.rows[match.row]
    texts = (tidy(cell) for p, cell in enumerate(row) if p not in match.positions and isinstance(cell, str))
    return tuple(dict.fromkeys(text for text in texts if text))


def _title(rows: list[list[Any]]) -> str:
    return " ".join(text_of(cell) for row in rows for cell in row if cell is not None)
