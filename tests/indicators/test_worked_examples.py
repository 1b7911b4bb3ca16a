"""docs/worked-examples.zh-CN.md: what a reader works out with a pencil, the pipeline and the oracle work out too."""

from typing import Any

import pytest

from pipelines.indicators.catalogue import load_catalogue
from pipelines.indicators.compute import compute
from tests.indicators.builders import COUNTY
from tests.indicators.worked import Example, county_of, defaults, examples, facts_of
from tests.oracle.oracle import compute as by_oracle


EXAMPLES = {example.name: example for example in examples()}


def _expected(result: dict[str, str]) -> tuple[Any, Any, str]:
    """Numerator, denominator and state; of a count the numerator is the value."""
    first = result.get("分子", result.get("数值", ""))
    if first == "不适用":
        return None, None, "not_applicable"
    base = int(result["分母"]) if "分母" in result else None
    return float(first), base, "not_applicable" if base == 0 else "ok"


def _leaves(breakdown: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, part in breakdown.items():
        found |= _leaves(part) if isinstance(part, dict) else {name: part}
    return {name: n for name, n in found.items() if n}


def _check(example: Example, figures: dict[str, dict[str, dict[str, Any]]]) -> None:
    assert COUNTY in example.results
    for town, result in example.results.items():
        entry = figures[town][example.name]
        assert (entry["numerator"], entry["denominator"], entry["state"]) == _expected(result), town
        if result.get("分项"):
            parts = dict(pair.split("=") for pair in result["分项"].split("，"))
            assert {name: str(n) for name, n in _leaves(entry["breakdown"]).items()} == parts, town


def test_every_indicator_has_an_example_of_its_own_that_is_not_empty() -> None:
    assert list(EXAMPLES) == load_catalogue().ids and len(examples()) == len(EXAMPLES)
    for example in EXAMPLES.values():
        assert sum(len(rows) for rows in example.tables.values()) >= 2, example.name
        assert _expected(example.results[COUNTY])[0], f"{example.name}: a figure of nothing explains nothing"


def test_the_page_says_what_unwritten_cells_hold() -> None:
    assert {"student_roll", "dropout_case", "aid_payment", "left_behind"} <= set(defaults())


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_pipeline_agrees_with_the_pencil(name: str) -> None:
    results = compute(facts_of(EXAMPLES[name]), only=[name])
    _check(EXAMPLES[name], {town: {e["id"]: e for e in entries} for town, entries in results.items()})


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_oracle_agrees_with_the_pencil(name: str) -> None:
    _check(EXAMPLES[name], by_oracle(county_of(EXAMPLES[name])))
