"""Key columns of a table: ID number, 学籍号 and name, and what they say about each other.

Each distinct cell is read once; rows only point to their cell.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pipelines.clean.columns import Coded, date_series, distinct, text_series
from pipelines.clean.idnumbers import CHINESE_ID, birth_days, is_roll, read_ids, read_roll
from pipelines.clean.outcome import Outcome
from pipelines.clean.words import is_missing
from pipelines.ingest.cells import tidy
from pipelines.tables.contract import Column


Broken = tuple[Column, Outcome, np.ndarray]  # a rule broken in some rows


@dataclass(frozen=True)
class KeyColumn:
    """A key column: of each distinct cell the normalised text, the rule broken and (ID numbers) the state.

    ``codes``: per row the number of its cell.
    """

    texts: list[str | None]
    rules: list[str | None]
    codes: np.ndarray
    states: list[str] = field(default_factory=list)

    @property
    def empty(self) -> np.ndarray:
        """Per row, whether there is no usable text."""
        return np.array([text is None for text in self.texts], dtype=bool)[self.codes]

    def series(self, values: list[str | None] | None = None) -> pd.Series:
        """The texts (or other values of the distinct cells) of every row."""
        return pd.Series(text_series(self.texts if values is None else values).array.take(self.codes))

    def broken(self) -> Iterator[tuple[str, np.ndarray]]:
        """(rule, rows) of every rule that cells break, in order of the first row."""
        of_row = np.array(self.rules, dtype=object)[self.codes] if any(self.rules) else np.array([])
        for rule in dict.fromkeys(of_row.tolist()):
            if rule is not None:
                yield rule, np.flatnonzero(of_row == rule)


@dataclass
class Keys:
    """The key columns of a table by name, and the rules broken in them."""

    columns: dict[str, KeyColumn]
    issues: list[Broken]

    @property
    def texts(self) -> dict[str, pd.Series]:
        """The normalised text of every row, by column."""
        return {name: column.series() for name, column in self.columns.items()}


def read_keys(
    table: str,
    columns: list[Column],
    cells: dict[str, list[Any]],
    id_types: Coded | None,
    present: np.ndarray,
) -> Keys:
    """Read all key columns of a table.

    ``id_types``: the 身份证件类型 where the table has it. ``present``: whether the row's sheet has the name column at
    all (an empty name is a doubt only then).
    """
    keys = Keys({}, [])
    for column in columns:
        values = cells[column.name]
        if column.name == "id_no":
            read = _ids(values, id_types, certificate=table == "dept_list")
            keys.issues += _id_issues(column, read, id_types)
        elif column.name == "roll_no":
            read = _rolls(column, values)
            keys.issues += [(column, Outcome(None, rule), rows) for rule, rows in read.broken()]
        else:
            known, codes = distinct(values)
            texts = [None if is_missing(value) else tidy(value) for value in known]
            read = KeyColumn(texts, [None] * len(texts), codes)
            keys.issues += _found(column, "missing_name", read.empty & present)
        keys.columns[column.name] = read
    if table == "dropout_case":
        column = next(column for column in columns if column.name == "roll_no")
        both = keys.columns["roll_no"].empty & keys.columns["id_no"].empty
        keys.issues += _found(column, "no_person", both)
    return keys


def _found(column: Column, rule: str, rows: np.ndarray) -> list[Broken]:
    return [(column, Outcome(None, rule), np.flatnonzero(rows))] if rows.any() else []


def _rows_of(read: Coded, value: str) -> np.ndarray:
    """Per row, whether a fact column has the value."""
    return np.array([outcome.value == value for outcome in read.outcomes], dtype=bool)[read.codes]


def _ids(values: list[Any], id_types: Coded | None, certificate: bool) -> KeyColumn:
    """Each cell is read once for each of the two ways to read it (a resident ID, or another document)."""
    cells, codes = distinct(values)
    if id_types is None:
        other = np.zeros(len(values), dtype=bool)
    else:
        kinds = [outcome.value in (CHINESE_ID, None) for outcome in id_types.outcomes]
        other = ~np.array(kinds, dtype=bool)[id_types.codes]
    pairs, places = np.unique(codes * 2 + other, return_inverse=True)
    size = len(pairs)
    texts, states, rules = np.empty(size, object), np.empty(size, object), np.empty(size, object)
    for wanted in (0, 1):
        here = np.flatnonzero(pairs % 2 == wanted)
        read = read_ids([cells[n] for n in (pairs[here] // 2).tolist()], wanted == 0, certificate)
        texts[here], states[here], rules[here] = (np.array(part, dtype=object) for part in read)
    return KeyColumn(texts.tolist(), rules.tolist(), places, states.tolist())


def _id_issues(column: Column, read: KeyColumn, id_types: Coded | None) -> list[Broken]:
    found: list[Broken] = [(column, Outcome(None, rule), rows) for rule, rows in read.broken()]
    nothing = [s == "missing" and rule is None for s, rule in zip(read.states, read.rules, strict=True)]
    missing = np.array(nothing, dtype=bool)[read.codes]
    if column.need == "R":
        return found + _found(column, "missing_value", missing)
    return (
        found
        if id_types is None
        else found + _found(column, "missing_id", missing & _rows_of(id_types, CHINESE_ID))
    )


def _rolls(column: Column, values: list[Any]) -> KeyColumn:
    empty = (None, "missing_value" if column.need == "R" else None)
    cells, codes = distinct(values)
    known = [
        (value, None) if is_roll(value) else empty if is_missing(value) else read_roll(value)
        for value in cells
    ]
    return KeyColumn([text for text, _ in known], [rule for _, rule in known], codes)


def disagreements(
    keys: Keys, id_types: Coded | None, births: Coded | None, sexes: Coded | None
) -> Iterator[tuple[str, str, np.ndarray]]:
    """(column, rule, rows) where a sound ID number tells another birth date or sex than the row."""
    column = keys.columns["id_no"]
    sound = np.array([state == "ok" and text is not None for state, text in zip(column.states, column.texts, strict=True)],
                     dtype=bool)[column.codes]  # fmt: skip
    if id_types is not None:
        sound &= _rows_of(id_types, CHINESE_ID)
    if births is not None:
        told = birth_dates(keys).to_numpy()
        own = date_series([outcome.value for outcome in births.outcomes]).to_numpy()[births.codes]
        differ = sound & ~np.isnat(own) & (own != told)
        yield "birth_date", "id_birth_differs", np.flatnonzero(differ)
    if sexes is not None:
        odd = [text is not None and len(text) == 18 and text[16] in "13579" for text in column.texts]
        male = np.array(odd, dtype=bool)[column.codes]
        filled = np.array([outcome.value is not None for outcome in sexes.outcomes], dtype=bool)[sexes.codes]
        yield "sex", "id_sex_differs", np.flatnonzero(sound & filled & (_rows_of(sexes, "男") != male))


def birth_dates(keys: Keys) -> pd.Series:
    """The birth date inside each well-formed 18-character ID number (its check digit may be wrong), else null."""
    column = keys.columns["id_no"]
    known = [n for n, (text, state) in enumerate(zip(column.texts, column.states, strict=True))
             if text is not None and len(text) == 18 and state in ("ok", "checksum")]  # fmt: skip
    days = np.full(len(column.texts), np.datetime64("NaT"), dtype="datetime64[D]")
    days[known] = birth_days([str(column.texts[n]) for n in known])
    return pd.Series(days.astype("datetime64[us]")[column.codes])


def key_columns(keys: Keys, pseudonyms: Any) -> dict[str, pd.Series]:
    """Pseudonym columns of the clean table (and ``id_state``)."""
    made: dict[str, pd.Series] = {}
    for name, label, make in (
        ("id_no", "id_key", pseudonyms.id_key),
        ("roll_no", "roll_key", pseudonyms.roll_key),
        ("name", "name_key", pseudonyms.name_key),
    ):
        if name in keys.columns:
            column = keys.columns[name]
            made[label] = pd.Series(make(text_series(column.texts)).array.take(column.codes))
    if "id_no" in keys.columns:
        column = keys.columns["id_no"]
        made["id_state"] = column.series(list(column.states))
    return made
