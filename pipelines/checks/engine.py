"""Great Expectations, run silently over one frame: the only module that imports it, and only when called.

The import costs seconds (design.md), so nothing here imports it at the top; the report path never comes here.
"""

import importlib
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from pipelines.checks import lean
from pipelines.checks.findings import BLOCKING, INFO, WARNING, Position
from pipelines.checks.suites import columns_of, condition_columns, parameters_of
from pipelines.errors import ConfigError


GX_SEVERITY = {BLOCKING: "critical", WARNING: "warning", INFO: "info"}
SOURCE = ["source_file", "source_sheet", "source_row"]
MOST_ROWS = 100_000  # positions taken over per expectation: every row is sent back to its school
_NUMBER = "row_number"
_SLOW_AND_UNUSED = "rfc3987_syntax"


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation: counts and positions, no values."""

    success: bool
    unexpected: int
    elements: int
    missing: int
    rows: tuple[Position, ...]


@cache
def gx() -> Any:
    """The library, imported once.

    jsonschema optionally loads ``rfc3987_syntax``, which builds a grammar for a third of the whole import time
    (4.0 s → 2.6 s without) and is of use only for IRIs in JSON schemas: hidden while importing, then put back.
    """
    hidden = _SLOW_AND_UNUSED not in sys.modules
    if hidden:
        sys.modules[_SLOW_AND_UNUSED] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("great_expectations")
    finally:
        if hidden:
            del sys.modules[_SLOW_AND_UNUSED]


def version() -> str:
    """The library's version, for quality.json."""
    return str(gx().__version__)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the library's log, which can quote values of cells, and its notices about row conditions.

    Conditions as text stay on purpose: analysts can write them; GX Core 2.0 will want Condition objects.
    """
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logger.setLevel(level)


def build(entry: dict[str, Any], where: str) -> Any:
    """The expectation of one suite entry; ConfigError naming the place if its type or kwargs are wrong."""
    gx()
    config = importlib.import_module("great_expectations.expectations.expectation_configuration")
    problems = importlib.import_module("great_expectations.exceptions")
    kwargs = dict(entry["kwargs"])
    if "row_condition" in kwargs:
        kwargs.setdefault("condition_parser", "pandas")
    try:
        with _quiet():
            return config.ExpectationConfiguration(
                type=entry["type"],
                kwargs=kwargs,
                severity=GX_SEVERITY[entry["severity"]],
                meta={"id": entry["meta"]["id"]},
            ).to_domain_obj()
    except problems.ExpectationNotFoundError as error:
        raise ConfigError(
            f"{where}：没有“{entry['type']}”这种检查。", "请核对 type 的拼写，可照已有条目改。"
        ) from error
    except (ValueError, TypeError, problems.GreatExpectationsError) as error:
        # No data have been seen yet, so the library's own words cannot hold any.
        detail = "；".join(line.strip() for line in str(error).splitlines()[1:]) or str(error)
        raise ConfigError(
            f"{where}：kwargs 写得不对（{detail}）。", "请核对参数名和取值，可照已有条目改。"
        ) from error


class Runner:
    """An ephemeral context: nothing on disk, no progress bars; one run per table."""

    def __init__(self) -> None:
        self._context = gx().get_context(mode="ephemeral")
        self._context.variables.progress_bars = {"globally": False}
        self._context.variables.config.progress_bars = {"globally": False}
        source = self._context.data_sources.add_pandas("clean")
        # One asset for all tables: each new one makes the library write its whole configuration again.
        self._definition = source.add_dataframe_asset("table").add_batch_definition_whole_dataframe("whole")

    def run(
        self, table: str, frame: pd.DataFrame, entries: list[dict[str, Any]], values: dict[str, Any]
    ) -> dict[str, Outcome]:
        """Outcome of each entry by its id; ConfigError if one cannot be evaluated on its column."""
        suite = importlib.import_module("great_expectations.core").ExpectationSuite
        where = f"expectations/{table}.json"
        kept, entries = _with_memberships(_compared(frame, entries), entries, values)
        built = [build(entry, f"{where} 的“{entry['meta']['id']}”") for entry in entries]
        with _quiet(), lean.remembering():
            batch = self._definition.get_batch({"dataframe": kept})
            report = batch.validate(
                suite(name=table, expectations=built),
                result_format={
                    "result_format": "SUMMARY",
                    "partial_unexpected_count": MOST_ROWS,
                    "unexpected_index_column_names": [_NUMBER],
                    "return_unexpected_index_query": False,
                },
                expectation_parameters={
                    name: values[name] for entry in entries for name in parameters_of(entry)
                },
            )
        # The library reports failures of evaluation first, so results are taken by id, never by position.
        return {r.expectation_config.meta["id"]: _outcome(r, frame, where) for r in report.results}


def _compared(frame: pd.DataFrame, entries: list[dict[str, Any]]) -> pd.DataFrame:
    """The columns that the entries look at, in types the library compares at once, and the number of each row.

    The library copies whole rows for every condition and every list of failing rows: a number instead of three texts.
    Days in microseconds and whole numbers with gaps it would compare one by one, in Python.
    """
    named = {name for entry in entries for name in (*columns_of(entry), *condition_columns(entry))}
    kept = {name: _comparable(frame[name]) for name in frame.columns if name in named}
    return pd.DataFrame({**kept, _NUMBER: pd.RangeIndex(len(frame))}, index=frame.index).reset_index(
        drop=True
    )


def _with_memberships(
    frame: pd.DataFrame, entries: list[dict[str, Any]], values: dict[str, Any]
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Whether a cell is among the values of a parameter (thousands of case numbers) as a column of its own.

    The library copies, checks and writes out its list of values for each of some fifty steps of an expectation.
    """
    added, changed = {}, []
    for number, entry in enumerate(entries):
        known = values.get(_parameter_of(entry))
        if isinstance(known, list):
            column = frame[entry["kwargs"]["column"]]
            name = f"member_{number}"
            added[name] = column.isin(known).astype(object).where(column.notna(), None)
            entry = {**entry, "kwargs": {**entry["kwargs"], "column": name, "value_set": [True]}}
        changed.append(entry)
    return frame.assign(**added), changed


def _parameter_of(entry: dict[str, Any]) -> str:
    """The parameter that holds the values an entry allows; "" if it lists them itself."""
    allowed = entry["kwargs"].get("value_set")
    listed = entry["type"] == "expect_column_values_to_be_in_set" and isinstance(allowed, dict)
    return str(allowed.get("$PARAMETER", "")) if listed else ""


def _comparable(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return column.astype("datetime64[ns]")
    if isinstance(column.dtype, pd.Int64Dtype):
        return column.astype("float64")  # exact up to 2**53: counts and sums of money in fen
    return column


def _outcome(result: Any, frame: pd.DataFrame, where: str) -> Outcome:
    if result.exception_info and result.exception_info.get("raised_exception", True):
        # The exception's text may quote a cell: it is left out on purpose.
        name = result.expectation_config.meta["id"]
        raise ConfigError(
            f"{where} 的“{name}”无法执行：参数与该列的内容对不上，或 row_condition 写得不对。",
            "日期列与日期比，数字列与数字比；row_condition 可照已有条目改。",
        )
    found = result.result
    numbers = [row[_NUMBER] for row in found.get("partial_unexpected_index_list") or []]
    # Column by column as plain objects: pandas hands out texts of Arrow one by one, and slowly.
    places = (
        [frame[name].take(numbers).to_numpy(dtype=object) for name in SOURCE] if numbers else [(), (), ()]
    )
    rows = tuple(
        Position(str(file), _text(sheet), int(row)) for file, sheet, row in zip(*places, strict=True)
    )
    return Outcome(
        bool(result.success),
        int(found.get("unexpected_count") or 0),
        int(found.get("element_count", len(frame)) or 0),
        int(found.get("missing_count") or 0),
        rows,
    )


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""
