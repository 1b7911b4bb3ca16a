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

from pipelines.checks.findings import BLOCKING, INFO, WARNING, Position
from pipelines.errors import ConfigError


GX_SEVERITY = {BLOCKING: "critical", WARNING: "warning", INFO: "info"}
SOURCE = ["source_file", "source_sheet", "source_row"]
MOST_ROWS = 100_000  # positions taken over per expectation: every row is sent back to its school
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
        self._source = self._context.data_sources.add_pandas("clean")

    def run(
        self, table: str, frame: pd.DataFrame, entries: list[dict[str, Any]], values: dict[str, Any]
    ) -> dict[str, Outcome]:
        """Outcome of each entry by its id; ConfigError if one cannot be evaluated on its column."""
        suite = importlib.import_module("great_expectations.core").ExpectationSuite
        where = f"expectations/{table}.json"
        built = [build(entry, f"{where} 的“{entry['meta']['id']}”") for entry in entries]
        batch = (
            self._source.add_dataframe_asset(table)
            .add_batch_definition_whole_dataframe("whole")
            .get_batch({"dataframe": frame})
        )
        with _quiet():
            report = batch.validate(
                suite(name=table, expectations=built),
                result_format={
                    "result_format": "SUMMARY",
                    "partial_unexpected_count": MOST_ROWS,
                    "unexpected_index_column_names": SOURCE,
                },
                expectation_parameters=values,
            )
        self._source.delete_asset(table)  # the same table may be run again
        # The library reports failures of evaluation first, so results are taken by id, never by position.
        return {r.expectation_config.meta["id"]: _outcome(r, len(frame), where) for r in report.results}


def _outcome(result: Any, size: int, where: str) -> Outcome:
    if result.exception_info and result.exception_info.get("raised_exception", True):
        # The exception's text may quote a cell: it is left out on purpose.
        name = result.expectation_config.meta["id"]
        raise ConfigError(
            f"{where} 的“{name}”无法执行：参数与该列的内容对不上，或 row_condition 写得不对。",
            "日期列与日期比，数字列与数字比；row_condition 可照已有条目改。",
        )
    found = result.result
    rows = tuple(
        Position(str(row["source_file"]), _text(row["source_sheet"]), int(row["source_row"]))
        for row in found.get("partial_unexpected_index_list") or []
    )
    return Outcome(
        bool(result.success),
        int(found.get("unexpected_count") or 0),
        int(found.get("element_count", size) or 0),
        int(found.get("missing_count") or 0),
        rows,
    )


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""
