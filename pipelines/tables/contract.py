"""The data contract, read from data/reference: tables.csv, columns.csv, codes.csv and the two alias tables.

``privacy`` of a column decides where its values may go:

- ``fact``: kept in the clean table;
- ``key``: name, ID number or 学籍号; the clean table holds a keyed pseudonym (``<column>_key``);
- ``flag``: only whether it is filled is kept (``has_<column>``), since people type names into it;
- ``home_town``: a 户口所在地; only the town's code is kept (``home_town``);
- ``identity``: free text, kept apart with the names.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pipelines.configcheck.csvfile import read_table
from pipelines.configcheck.finding import refuse
from pipelines.configcheck.reference_files import contract_findings


@dataclass(frozen=True)
class CodeEntry:
    """One entry of a code list: code, its text, and the group it belongs to (stage, close class …)."""

    code: str
    text: str
    group: str


@dataclass(frozen=True)
class Column:
    """One input column: clean name, canonical header, type, need (R/C/O), code list, privacy class."""

    name: str
    header: str
    kind: str
    need: str
    codes: str
    privacy: str


@dataclass(frozen=True)
class Table:
    """One input table: number (T2), clean name (student_roll), Chinese title, and its columns in order."""

    number: str
    name: str
    title: str
    kind: str
    columns: tuple[Column, ...] = field(default=())

    def column(self, name: str) -> Column:
        """A column by its clean name."""
        return next(column for column in self.columns if column.name == name)


class Contract:
    """All tables, code lists and aliases."""

    def __init__(self, reference: Path):
        refuse(contract_findings(reference))
        self.tables: dict[str, Table] = _load_tables(reference)
        self.codes: dict[str, dict[str, CodeEntry]] = _load_codes(reference)
        self.header_aliases = [
            (row["table"], row["header"], row["alias"]) for row in read_rows(reference / "header_aliases.csv")
        ]
        self.value_aliases: dict[str, dict[str, str]] = {}
        for row in read_rows(reference / "value_aliases.csv"):
            self.value_aliases.setdefault(row["codes"], {})[row["alias"]] = row["value"]

    def allowed(self, column: Column) -> dict[str, str]:
        """What may stand in an enum or code column: accepted text → value kept (the code, for code lists)."""
        if not column.codes.startswith("@"):
            separator = ";" if column.kind == "multi" else "/"
            return {value: value for value in column.codes.split(separator) if value}
        entries = self.codes[column.codes[1:]].values()
        return {**{e.text: e.code for e in entries}, **{e.code: e.code for e in entries}}

    def code_text(self, listed: str, code: str) -> str:
        """The text of a code, or the code itself where the list does not have it."""
        entry = self.codes.get(listed, {}).get(code)
        return entry.text if entry else code


def read_rows(file: Path) -> list[dict[str, str]]:
    """All rows of a UTF-8 CSV as dictionaries of text, comment lines (#) apart; ConfigError with the line of a fault."""
    table = read_table(file)
    refuse(table.findings)
    return [row for _, row in table.rows]


def _load_tables(reference: Path) -> dict[str, Table]:
    columns: dict[str, list[Column]] = {}
    for row in read_rows(reference / "columns.csv"):
        columns.setdefault(row["table"], []).append(
            Column(row["column"], row["header"], row["type"], row["required"], row["codes"], row["privacy"])
        )
    return {
        row["table"]: Table(
            row["number"], row["table"], row["title"], row["kind"], tuple(columns[row["table"]])
        )
        for row in read_rows(reference / "tables.csv")
    }


def _load_codes(reference: Path) -> dict[str, dict[str, CodeEntry]]:
    lists: dict[str, dict[str, CodeEntry]] = {}
    for row in read_rows(reference / "codes.csv"):
        lists.setdefault(row["list"], {})[row["code"]] = CodeEntry(row["code"], row["text"], row["group"])
    return lists


@lru_cache(maxsize=4)
def load_contract(reference: Path) -> Contract:
    """The contract under a reference folder, read once per process."""
    return Contract(reference)
