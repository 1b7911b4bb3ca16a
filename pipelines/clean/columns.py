"""One raw column → its clean columns, by type and privacy class (docs/architecture.md, Clean tables).

Each distinct cell is read once and the answer mapped to all rows: 75,000 rows take seconds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipelines.clean import dates, numbers
from pipelines.clean.codes import code_parser
from pipelines.clean.outcome import EMPTY, Outcome
from pipelines.clean.schools import SchoolRegister, parse_school_code
from pipelines.clean.words import is_missing
from pipelines.ingest.cells import tidy
from pipelines.pseudonym import Pseudonymiser
from pipelines.tables.contract import Column, Contract
from pipelines.towns import TownRegister


@dataclass(frozen=True)
class Context:
    """What reading cells needs to know beyond the cell."""

    contract: Contract
    towns: TownRegister
    code_edition: str
    schools: SchoolRegister
    pseudonyms: Pseudonymiser


def _town(context: Context, value: Any) -> Outcome:
    found = context.towns.named(tidy(value))
    if found:
        return Outcome(found.code)
    near = context.towns.closest(tidy(value)) if isinstance(value, str) else []
    hint = f"，最接近的是：{'、'.join(near)}" if 0 < len(near) <= 3 else ""
    return Outcome(None, "unknown_town", hint)


def parser_of(column: Column, context: Context) -> tuple[Callable[[Any], Outcome], frozenset[str]]:
    """(reader of a filled cell, texts that are values here although they look like "nothing")."""
    none: frozenset[str] = frozenset()
    simple: dict[str, Callable[[Any], Outcome]] = {
        "date": dates.parse_date,
        "yearmonth": dates.parse_month,
        "text9": dates.parse_school_year,
        "text10": parse_school_code,
        "int": numbers.parse_int,
        "number": numbers.parse_number,
        "money": numbers.parse_money,
        "school": context.schools.parse,
        "town": lambda value: _town(context, value),
    }
    if column.privacy == "home_town":
        return (lambda value: Outcome(context.towns.home_of(tidy(value), context.code_edition))), none
    if column.privacy in ("identity", "flag"):
        return (lambda value: Outcome(tidy(value))), none
    if column.kind in ("enum", "code", "codes", "multi"):
        return code_parser(context.contract, column)
    if column.kind in simple:
        return simple[column.kind], none
    return (lambda value: Outcome(context.pseudonyms.mask(tidy(value)))), none


def read_column(values: Iterable[Any], column: Column, context: Context) -> list[Outcome]:
    """The outcome of every cell of a column that is no key; an empty cell of a required one is ``missing_value``."""
    parse, allowed = parser_of(column, context)
    empty = Outcome(None, "missing_value") if column.need == "R" else EMPTY
    known: dict[Any, Outcome] = {}
    outcomes = []
    for value in values:
        outcome = known.get(value)
        if outcome is None:
            outcome = empty if is_missing(value, allowed) else parse(value)
            known[value] = outcome
        outcomes.append(outcome)
    return outcomes


def clean_name(column: Column) -> str:
    """The name of a column in the clean table."""
    if column.privacy == "flag":
        return f"has_{column.name}"
    if column.privacy == "home_town":
        return "home_town"
    return f"{column.name}_fen" if column.kind == "money" else column.name


def typed(values: list[Any], column: Column) -> pd.Series:
    """Values of a read column in the type of the clean table."""
    if column.privacy == "flag":
        return pd.Series([value is not None for value in values], dtype=bool)
    if column.kind == "date" and column.privacy == "fact":
        return pd.Series(np.array(values, dtype="datetime64[D]").astype("datetime64[us]"))
    if column.kind in ("int", "money"):
        return pd.Series(pd.array(values, dtype="Int64"))
    if column.kind == "number":
        return pd.Series([np.nan if value is None else value for value in values], dtype="float64")
    return text_series(values)


def text_series(values: list[Any]) -> pd.Series:
    """Texts and None as pandas ``str``."""
    return pd.Series(values, dtype="str")
