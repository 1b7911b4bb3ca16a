"""Great Expectations without the work it repeats: what it looks up again and again in one run is remembered.

It asks for the same configurations a hundred times, writes an identifier for each of thousands of steps, filters the
same rows for every step under one condition, and takes a fingerprint of each batch that nobody reads: together more
than half of what the check stage costs. Nothing of it changes during one run (tests/checks compare with the plain way).
"""

import hashlib
import importlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import pandas as pd


_LIBRARY = "great_expectations."
_ROWS = (
    "batch_id",
    "table",
    "row_condition",
    "condition_parser",
)  # what decides which rows a single column has
_MORE = ("column_A", "column_B", "column_list", "ignore_row_if")


@contextmanager
def remembering() -> Iterator[None]:
    """While one batch is taken and validated; what is remembered goes with it."""
    part = lambda name: importlib.import_module(_LIBRARY + name)
    expectation = part("expectations.expectation").Expectation
    written = part("expectations.expectation_configuration").ExpectationConfiguration
    identified = part("core.id_dict").IDDict
    module = part("execution_engine.pandas_execution_engine")
    engine = module.PandasExecutionEngine
    with ExitStack() as stack:
        swap = lambda owner, name, new: stack.enter_context(patch.object(owner, name, new))
        swap(expectation, "configuration", property(_once(expectation.configuration.fget)))
        swap(written, "to_domain_obj", _once(written.to_domain_obj))
        swap(identified, "to_id", _identifier(identified.to_id))
        swap(engine, "get_domain_records", _records_once(engine.get_domain_records))
        swap(module, "hash_pandas_dataframe", lambda frame: "")
        yield


def _once(method: Callable[[Any], Any]) -> Callable[[Any], Any]:
    known: dict[int, tuple[Any, Any]] = {}

    def remembered(self: Any) -> Any:
        if id(self) not in known:
            known[id(self)] = (self, method(self))  # the object is kept, so that its id stays its own
        return known[id(self)][1]

    return remembered


def _identifier(plain: Callable[..., Any]) -> Callable[..., Any]:
    """The library's identifier of a step's arguments, without making its values serialisable first: nearly all are."""

    def identifier(self: dict[str, Any], id_keys: Any = None, id_ignore_keys: Any = None) -> Any:
        if id_keys is not None or id_ignore_keys is not None or self._id_ignore_keys or len(self) < 2:  # type: ignore[attr-defined]
            return plain(self, id_keys, id_ignore_keys)
        try:
            text = json.dumps(self, sort_keys=True)
        except TypeError:  # a time, an object of the library
            return plain(self)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    return identifier


def _records_once(plain: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    """The rows under a condition (and without rows to ignore), filtered once for all columns and steps.

    Each step gets a frame of its own (a view; pandas copies on write).
    """
    known: dict[tuple[Any, ...], pd.DataFrame] = {}

    def records(self: Any, domain_kwargs: dict[str, Any]) -> pd.DataFrame:
        names = _ROWS if "column" in domain_kwargs else (*_ROWS, *_MORE)
        asked = [(name, repr(domain_kwargs[name])) for name in names if name in domain_kwargs]
        key = (id(self), *asked)
        if key not in known:
            known[key] = plain(self, domain_kwargs)
        return known[key].copy(deep=False)

    return records
