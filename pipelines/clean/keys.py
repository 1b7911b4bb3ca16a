"""Key columns of a table: ID number, 学籍号 and name, and what they say about each other."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipelines.clean.columns import text_series
from pipelines.clean.idnumbers import CHINESE_ID, IdNumber, birth_date, read_id, read_roll
from pipelines.clean.outcome import Outcome
from pipelines.clean.words import is_missing
from pipelines.ingest.cells import tidy
from pipelines.tables.contract import Column


@dataclass
class Keys:
    """Normalised key values per row, and the broken rules as (position, column, outcome)."""

    texts: dict[str, list[str | None]]
    id_state: list[str] | None
    issues: list[tuple[int, Column, Outcome]]

    def grouped(self) -> Iterator[tuple[Column, Outcome, list[int]]]:
        """The broken rules as (column, outcome, positions)."""
        groups: dict[tuple[str, str | None], tuple[Column, Outcome, list[int]]] = {}
        for position, column, outcome in self.issues:
            groups.setdefault((column.name, outcome.rule), (column, outcome, []))[2].append(position)
        yield from groups.values()


_EMPTY_ID = IdNumber(None, "missing")


def read_keys(
    table: str,
    columns: list[Column],
    cells: dict[str, list[Any]],
    id_types: list[str | None] | None,
    present: np.ndarray,
) -> Keys:
    """Read all key columns of a table.

    ``id_types``: the 身份证件类型 of each row where the table has it. ``present``: whether the row's sheet has the
    name column at all (an empty name is a doubt only then).
    """
    keys = Keys({}, None, [])
    for column in columns:
        values = cells[column.name]
        if column.name == "id_no":
            numbers = _ids(table, values, id_types)
            keys.texts["id_no"] = [number.text for number in numbers]
            keys.id_state = [number.state for number in numbers]
            keys.issues += list(_id_issues(column, values, numbers, id_types))
        elif column.name == "roll_no":
            keys.texts["roll_no"] = _rolls(column, values, keys.issues)
        else:
            names = {value: None if is_missing(value) else tidy(value) for value in dict.fromkeys(values)}
            keys.texts["name"] = [names[value] for value in values]
            keys.issues += [
                (position, column, Outcome(None, "missing_name"))
                for position, value in enumerate(values)
                if names[value] is None and present[position]
            ]
    if table == "dropout_case":
        both = zip(keys.texts["roll_no"], keys.texts["id_no"], strict=True)
        column = next(column for column in columns if column.name == "roll_no")
        keys.issues += [
            (position, column, Outcome(None, "no_person"))
            for position, pair in enumerate(both)
            if pair == (None, None)
        ]
    return keys


def _ids(table: str, values: list[Any], id_types: list[str | None] | None) -> list[IdNumber]:
    """Each cell is read once for each of the two ways to read it (a resident ID, or another document)."""
    certificate = table == "dept_list"
    read: list[dict[Any, IdNumber]] = [{}, {}]
    kinds = [True] * len(values) if id_types is None else [kind in (CHINESE_ID, None) for kind in id_types]
    for chinese in set(kinds):
        here = dict.fromkeys(value for value, kind in zip(values, kinds, strict=True) if kind == chinese)
        for value in here:
            read[chinese][value] = _EMPTY_ID if is_missing(value) else read_id(value, chinese, certificate)
    return [read[kind][value] for value, kind in zip(values, kinds, strict=True)]


def _id_issues(
    column: Column, values: list[Any], numbers: list[IdNumber], id_types: list[str | None] | None
) -> Iterator[tuple[int, Column, Outcome]]:
    for position, number in enumerate(numbers):
        if number.rule:
            yield position, column, Outcome(None, number.rule)
        elif number.state == "missing":
            if column.need == "R":
                yield position, column, Outcome(None, "missing_value")
            elif id_types is not None and id_types[position] == CHINESE_ID:
                yield position, column, Outcome(None, "missing_id")


def _rolls(column: Column, values: list[Any], issues: list[tuple[int, Column, Outcome]]) -> list[str | None]:
    empty = (None, "missing_value" if column.need == "R" else None)
    known = {value: empty if is_missing(value) else read_roll(value) for value in dict.fromkeys(values)}
    for position, value in enumerate(values):
        if rule := known[value][1]:
            issues.append((position, column, Outcome(None, rule)))
    return [known[value][0] for value in values]


def disagreements(
    keys: Keys, id_types: list[str | None] | None, births: list[Any] | None, sexes: list[Any] | None
) -> Iterator[tuple[int, str, str]]:
    """(position, column, rule) where a sound ID number tells another birth date or sex than the row."""
    for position, (text, state) in enumerate(zip(keys.texts["id_no"], keys.id_state or [], strict=True)):
        if state != "ok" or text is None or (id_types is not None and id_types[position] != CHINESE_ID):
            continue
        if births is not None and births[position] is not None and births[position] != birth_date(text):
            yield position, "birth_date", "id_birth_differs"
        if (
            sexes is not None
            and sexes[position] is not None
            and (sexes[position] == "男") != (int(text[16]) % 2 == 1)
        ):
            yield position, "sex", "id_sex_differs"


def birth_dates(keys: Keys) -> list[dt.date | None]:
    """The birth date inside each well-formed 18-character ID number (its check digit may be wrong), else None."""
    return [
        birth_date(text) if text is not None and state in ("ok", "checksum") else None
        for text, state in zip(keys.texts["id_no"], keys.id_state or [], strict=True)
    ]


def key_columns(keys: Keys, pseudonyms: Any) -> dict[str, pd.Series]:
    """Pseudonym columns of the clean table (and ``id_state``)."""
    made: dict[str, pd.Series] = {}
    for name, column, make in (
        ("id_no", "id_key", pseudonyms.id_key),
        ("roll_no", "roll_key", pseudonyms.roll_key),
        ("name", "name_key", pseudonyms.name_key),
    ):
        if name in keys.texts:
            made[column] = make(text_series(keys.texts[name]))
    if keys.id_state is not None:
        made["id_state"] = text_series(keys.id_state)
    return made
