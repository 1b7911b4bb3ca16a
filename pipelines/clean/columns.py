"""One raw column → its clean columns, by type and privacy class (docs/architecture.md, Clean tables).

Each distinct cell is read once and the answer mapped to all rows: 75,000 rows take seconds.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipelines.clean import dates, freetext, numbers
from pipelines.clean.codes import code_parser
from pipelines.clean.outcome import EMPTY, Outcome
from pipelines.clean.schools import SchoolRegister, parse_school_code
from pipelines.clean.words import is_error, is_missing
from pipelines.ingest.cells import squeeze, tidy
from pipelines.periods import Period
from pipelines.pseudonym import Pseudonymiser
from pipelines.tables.contract import Column, Contract
from pipelines.towns import TownRegister


@dataclass(frozen=True)
class Context:
    """What reading cells needs to know beyond the cell; ``words``: those of the plan (freetext.reader)."""

    contract: Contract
    towns: TownRegister
    code_edition: str
    schools: SchoolRegister
    pseudonyms: Pseudonymiser
    period: Period
    words: frozenset[str] = frozenset()


def _town(context: Context, value: Any) -> Outcome:
    text = squeeze(value)
    found = context.towns.named(text) or context.towns.named(_without_county(text, context.towns.county.name))
    if found:
        return Outcome(found.code)
    near = context.towns.closest(tidy(value)) if isinstance(value, str) else []
    hint = f"，最接近的是：{'、'.join(near)}" if 0 < len(near) <= 3 else ""
    return Outcome(None, "unknown_town", hint)


def _without_county(text: str, county: str) -> str:
    """安丘市景芝镇 and 山东省潍坊市安丘市景芝镇 → 景芝镇: what stands before the county's name is where it lies."""
    before, name, after = text.partition(county)
    return after if name and (not before or before[-1] in "省市") else text


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
    return freetext.reader(column.name, context.pseudonyms, context.words), none


@dataclass(frozen=True)
class Coded:
    """A column as its distinct cells, what each of them means, and per row which of them it holds."""

    cells: list[Any]
    outcomes: list[Outcome]
    codes: np.ndarray

    @property
    def values(self) -> list[Any]:
        """The value of every row."""
        known = [outcome.value for outcome in self.outcomes]
        return [known[code] for code in self.codes.tolist()]

    def where(self, number: int) -> np.ndarray:
        """The rows that hold a distinct cell."""
        return np.flatnonzero(self.codes == number)


def distinct(values: list[Any]) -> tuple[list[Any], np.ndarray]:
    """The distinct cells in order of appearance, and per row the number of its own."""
    number: defaultdict[Any, int] = defaultdict()
    number.default_factory = number.__len__  # a cell not seen before gets the next number
    codes = np.fromiter(map(number.__getitem__, values), np.intp, len(values))
    return list(number), codes


def read_column(values: list[Any], column: Column, context: Context) -> Coded:
    """Every cell of a column that is no key; an empty cell of a required one is ``missing_value``."""
    parse, allowed = parser_of(column, context)
    empty = Outcome(None, "missing_value") if column.need == "R" else EMPTY
    cells, codes = distinct(values)
    outcomes = []
    for cell in cells:
        if cell is None:
            outcomes.append(empty)
        elif is_error(cell):
            outcomes.append(Outcome(None, "formula_error"))
        else:
            outcomes.append(empty if is_missing(cell, allowed) else parse(cell))
    return Coded(cells, outcomes, codes)


def clean_name(column: Column) -> str:
    """The name of a column in the clean table."""
    if column.privacy == "flag":
        return f"has_{column.name}"
    if column.privacy == "home_town":
        return "home_town"
    return f"{column.name}_fen" if column.kind == "money" else column.name


def typed(read: Coded, column: Column) -> pd.Series:
    """A read column in the type of the clean table."""
    series = _typed([outcome.value for outcome in read.outcomes], column)
    return pd.Series(series.array.take(read.codes))


def _typed(values: list[Any], column: Column) -> pd.Series:
    if column.privacy == "flag":
        return pd.Series([value is not None for value in values], dtype=bool)
    if column.kind == "date" and column.privacy == "fact":
        return date_series(values)
    if column.kind in ("int", "money"):
        return pd.Series(pd.array(values, dtype="Int64"))
    if column.kind == "number":
        return pd.Series([np.nan if value is None else value for value in values], dtype="float64")
    return text_series(values)


def date_series(values: list[Any]) -> pd.Series:
    """Dates and None as datetime64."""
    return pd.Series(np.array(values, dtype="datetime64[D]").astype("datetime64[us]"))


def text_series(values: list[Any]) -> pd.Series:
    """Texts and None as pandas ``str``."""
    return pd.Series(values, dtype="str")
