"""A header that fits two tables: the data decide, or nobody does."""

from dataclasses import dataclass

from pipelines.ingest.cells import squeeze
from pipelines.ingest.readers import RawSheet
from pipelines.ingest.recognise import Match
from pipelines.tables.contract import Column, Contract


_SAMPLE = 200  # rows looked at
_CLEARLY = 0.25  # so much more of one table's code cells must be readable
_MORE_HEADERS = 2  # or so many more headers of one table are known, its cells being as readable


@dataclass(frozen=True)
class Choice:
    """The table to read a sheet as (None: undecided), and all tables that its header fits."""

    match: Match | None
    fits: tuple[Match, ...]


def choose(sheet: RawSheet, match: Match, contract: Contract) -> Choice:
    """Decide between a match and its rivals by the cells of their code columns, then by the headers they explain."""
    fits = (match, *match.rivals)
    if not match.rivals:
        return Choice(match, fits)
    ranked = sorted(fits, key=lambda m: (-_readable(sheet, m, contract), -len(m.positions), m.table.name))
    first, second = ranked[0], ranked[1]
    lead = _readable(sheet, first, contract) - _readable(sheet, second, contract)
    explained = len(first.positions) - len(second.positions)
    clear = (lead >= _CLEARLY and explained >= 0) or (lead >= 0 and explained >= _MORE_HEADERS)
    return Choice(first if clear else None, fits)


def _readable(sheet: RawSheet, match: Match, contract: Contract) -> float:
    """Share of the filled cells of a match's code columns that hold a value of their list (1 without any)."""
    known = good = 0
    for position, name in match.positions.items():
        column = match.table.column(name)
        if column.kind in ("enum", "code"):
            accepted = _accepted(contract, column)
            for row in sheet.rows[match.row + 1 : match.row + 1 + _SAMPLE]:
                if position < len(row) and row[position] is not None:
                    known += 1
                    good += squeeze(row[position]) in accepted
    return good / known if known else 1.0


def _accepted(contract: Contract, column: Column) -> frozenset[str]:
    aliases = contract.value_aliases.get(column.codes, {})
    return frozenset(squeeze(text) for text in (*contract.allowed(column), *aliases))
