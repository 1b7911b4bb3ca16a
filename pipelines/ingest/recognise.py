"""Which table a sheet holds, and where its header row stands.

A row is a header in so far as its cells are known headers of one table; the table whose required headers are
covered best wins. Nothing is guessed from file or sheet names; tables that fit equally well are all named.
"""

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.ingest.cells import fold_header, without_last_note
from pipelines.tables.contract import Contract, Table


EXACT, ALIAS, NOTE = 0, 1, 2  # how a header was known, best first


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """The word lists and limits of words.toml."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Match:
    """A header: index of its last row, table, position → column name, and columns that came twice.

    ``depth``: rows of the header (2 with merged group headers). ``rivals``: matches of other tables whose required
    headers the same rows cover just as well.
    """

    row: int
    table: Table
    positions: dict[int, str]
    duplicates: tuple[str, ...]
    missing: tuple[str, ...]
    coverage: float
    depth: int = 1
    rivals: tuple["Match", ...] = ()

    @property
    def rank(self) -> tuple[float, int, int]:
        """Better matches compare greater: one row before two that say the same; of equals the upper row wins."""
        return (round(self.coverage, 6), len(self.positions), -self.depth)


class Recogniser:
    """Header look-up of every table of the contract, aliases included."""

    def __init__(self, contract: Contract):
        self.contract = contract
        self.tables = list(contract.tables.values())
        self._known: dict[str, dict[str, tuple[int, str]]] = {}
        for table in self.tables:
            by_header = {column.header: column.name for column in table.columns}
            known = {fold_header(header): (EXACT, name) for header, name in by_header.items()}
            for alias_table, header, alias in contract.header_aliases:
                if alias_table == table.name and header in by_header:
                    known.setdefault(fold_header(alias), (ALIAS, by_header[header]))
            self._known[table.name] = known

    def known(self, table: str, folded: str) -> tuple[int, str] | None:
        """How well and as which column a folded header is known in a table; None if it is not."""
        found = self._known[table].get(folded)
        while found is None and (bare := without_last_note(folded)) != folded:
            folded = bare
            if hit := self._known[table].get(bare):
                found = (NOTE, hit[1])
        return found

    def _promising(self, lines: tuple[list[str], ...]) -> list[Table]:
        """The tables of which two cells could be headers at all: rows of data are not worth a look at every table."""
        forms: set[str] = set()
        for cell in dict.fromkeys(cell for cells in lines for cell in cells if cell):
            forms.add(cell)
            while (bare := without_last_note(cell)) != cell:
                forms.add(cell := bare)
        return [table for table in self.tables if len(forms & self._known[table.name].keys()) > 1]

    def find(self, rows: list[list[Any]]) -> Match | None:
        """The best header of any table in the first rows; None if no row has even two known headers."""
        top = rows[: words()["header_rows"]]
        folded = [[fold_header(cell) if isinstance(cell, str) else "" for cell in row] for row in top]
        matches: list[Match] = []
        for index, cells in enumerate(folded):
            lower = folded[index + 1] if index + 1 < len(folded) else []
            forms: list[tuple[list[str], ...]] = [(cells,)]
            if lower:
                forms.append((_joined(cells, lower), lower, cells))
            for depth, lines in enumerate(forms, 1):
                matches += [
                    self._match(table, index + depth - 1, lines, depth) for table in self._promising(lines)
                ]
        best: Match | None = None
        for match in matches:
            # The two-row form (merged group headers) has to know more than the upper row alone.
            if len(match.positions) >= 2 and (best is None or match.rank > best.rank):
                best = match
        return None if best is None else replace(best, rivals=_rivals(best, matches))

    def _match(self, table: Table, row: int, lines: tuple[list[str], ...], depth: int) -> Match:
        """Known headers of a header's lines; at each position the first line that is known counts."""
        found: dict[str, tuple[int, int]] = {}
        duplicates: set[str] = set()
        for position in range(max(map(len, lines))):
            hit = None
            for line in lines:
                if hit is None and position < len(line) and line[position]:
                    hit = self.known(table.name, line[position])
            if hit is None:
                continue
            how, name = hit
            # A school's code beside its name, or 学籍号 beside 全国学籍号, is no fault: the better header is used.
            if name in found and found[name][0] == how:
                duplicates.add(name)
            if name not in found or (how, position) < found[name]:
                found[name] = (how, position)
        required = [column.name for column in table.columns if column.need == "R"]
        missing = tuple(name for name in required if name not in found)
        return Match(
            row,
            table,
            {position: name for name, (_, position) in sorted(found.items(), key=lambda item: item[1][1])},
            tuple(sorted(duplicates)),
            missing,
            1 - len(missing) / len(required),
            depth,
        )


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    """Group header and sub-header as one text (发放 over 状态 → 发放状态); a merged group stands in its first cell."""
    joined, group = [], ""
    for position, cell in enumerate(lower):
        above = upper[position] if position < len(upper) else ""
        group = above or group
        joined.append(group + cell if cell and cell != group else "")
    return joined


def _rivals(best: Match, matches: list[Match]) -> tuple[Match, ...]:
    """The best match of every other table that the same header rows cover just as well."""
    rivals: dict[str, Match] = {}
    for match in matches:
        same_place = abs(match.row - best.row) < best.depth + match.depth - 1
        equal = round(match.coverage, 6) == round(best.coverage, 6)
        if match.table.name != best.table.name and same_place and equal and len(match.positions) >= 2:
            held = rivals.get(match.table.name)
            if held is None or match.rank > held.rank:
                rivals[match.table.name] = match
    return tuple(rivals[name] for name in sorted(rivals))
