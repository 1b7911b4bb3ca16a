"""Which table a sheet holds, and where its header row stands.

A row is a header in so far as its cells are known headers of one table; the table whose required headers are
covered best wins. Nothing is guessed from file or sheet names.
"""

import tomllib
from dataclasses import dataclass
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
    """A header row: index of its last row, table, position → column name, and columns that came twice."""

    row: int
    table: Table
    positions: dict[int, str]
    duplicates: tuple[str, ...]
    missing: tuple[str, ...]
    coverage: float

    @property
    def rank(self) -> tuple[float, int, int]:
        """Better matches compare greater; of equals the upper row wins."""
        return (round(self.coverage, 6), len(self.positions), -self.row)


class Recogniser:
    """Header look-up of every table of the contract, aliases included."""

    def __init__(self, contract: Contract):
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

    def find(self, rows: list[list[Any]]) -> Match | None:
        """The best header row of any table in the first rows; None if no row has even two known headers."""
        top = rows[: words()["header_rows"]]
        folded = [[fold_header(cell) if isinstance(cell, str) else "" for cell in row] for row in top]
        best: Match | None = None
        for index, cells in enumerate(folded):
            lower = folded[index + 1] if index + 1 < len(folded) else []
            for table in self.tables:
                for match in (
                    self._match(table, index, cells, []),
                    self._match(table, index + 1, cells, lower),
                ):
                    # The two-row form (merged group headers) has to know more than the upper row alone.
                    if len(match.positions) >= 2 and (best is None or match.rank[:2] > best.rank[:2]):
                        best = match
        return best

    def _match(self, table: Table, row: int, cells: list[str], lower: list[str]) -> Match:
        """Known headers of one row, or of a group row with the row below it (the lower cell wins)."""
        found: dict[str, tuple[int, int]] = {}
        duplicates: set[str] = set()
        for position in range(max(len(cells), len(lower))):
            hit = None
            for line in (lower, cells):
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
        )
