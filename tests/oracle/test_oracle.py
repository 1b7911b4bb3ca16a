"""The pipeline against the oracle on small random counties, and what must hold for either of them.

``ORACLE_COUNTIES=200`` compares more counties than the default.
"""

import os
from pathlib import Path

import pytest

from . import compare
from .counties import LEDGERS, make
from .ledgers import COMPULSORY_GRADES


SEEDS = range(int(os.environ.get("ORACLE_COUNTIES", "40")))


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pseudonym key of this test's own, never the user's."""
    monkeypatch.setenv("EDUREPORT_KEY_FILE", str(tmp_path / "pseudonym.key"))


@pytest.mark.parametrize("seed", SEEDS)
def test_pipeline_agrees_with_the_oracle(seed: int, tmp_path: Path) -> None:
    county = make(seed)
    theirs = compare.run(county, tmp_path / "root", seed=seed)
    assert compare.differences(compare.compute(county), theirs) == []


@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_and_files_does_not_matter(seed: int, tmp_path: Path) -> None:
    county = make(seed)
    whole = compare.run(county, tmp_path / "whole", seed=1)
    split = compare.run(county, tmp_path / "split", seed=2, pieces=2, shuffle=True)
    assert compare.differences(whole, split) == []


@pytest.mark.parametrize("table", ["student_roll", *LEDGERS])
def test_pipeline_says_missing_where_a_table_is_absent(table: str, tmp_path: Path) -> None:
    county = compare.without(make(7), table)
    theirs = compare.run(county, tmp_path / "root")
    mine = compare.compute(county)
    wrong = [
        f"{town} {name}"
        for town, entries in mine.items()
        for name, entry in entries.items()
        if entry["state"] == "missing" and theirs[town].get(name, {}).get("value") is not None
    ]
    assert any(entry["state"] == "missing" for entry in mine["000"].values())
    assert wrong == []


@pytest.mark.parametrize("seed", range(20))
def test_oracle_does_not_depend_on_the_order_of_rows(seed: int) -> None:
    county = make(seed)
    assert compare.compute(county) == compare.compute(compare.shuffled(county, seed))


@pytest.mark.parametrize("seed", range(20))
def test_oracle_parts_sum_to_wholes(seed: int) -> None:
    for entries in compare.compute(make(seed)).values():
        flow = (entries["D03"]["breakdown"] or {}).get("flow")
        if flow:
            assert flow["opening"] + flow["new"] - flow["resolved"] == entries["D03"]["value"]
        for name, key in (("A04", "reason"), ("L04", "kind"), ("D05", "stage"), ("D06", "stage")):
            if entries[name]["state"] == "ok":
                assert sum(entries[name]["breakdown"][key].values()) == entries[name]["value"], name
        for entry in entries.values():
            if entry["denominator"]:
                assert entry["numerator"] >= 0
                assert entry["value"] == entry["numerator"] / entry["denominator"]


def test_random_counties_reach_every_indicator() -> None:
    """A generator that never makes an indicator move would let any pipeline pass."""
    moved = set()
    for seed in SEEDS:
        moved |= {name for name, entry in compare.compute(make(seed))["000"].items() if entry["numerator"]}
    assert moved >= set(compare.compute(make(0))["000"])


def test_grades_are_those_of_the_contract() -> None:
    assert len(COMPULSORY_GRADES) == 9


def test_comparison_sees_a_difference() -> None:
    mine = compare.compute(make(3))
    assert compare.differences(mine, mine) == []
    for name, field, value in (
        ("D01", "value", 999),
        ("A03", "state", "missing"),
        ("L03", "breakdown", None),
    ):
        changed = {town: {n: dict(entry) for n, entry in entries.items()} for town, entries in mine.items()}
        changed["000"][name][field] = value
        assert len(compare.differences(mine, changed)) == 1
    assert compare.differences(mine, {**mine, "000": {}})
