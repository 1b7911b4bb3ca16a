"""The pipeline against the oracle on small random counties.

``ORACLE_COUNTIES=200`` compares more counties than the default.
"""

import os
from pathlib import Path

import pytest

from . import autumn, compare
from .counties import LEDGERS, make
from .needs import NEEDS, tables_of


SEEDS = range(int(os.environ.get("ORACLE_COUNTIES", "40")))


def _complete(seed: int) -> bool:
    """Whether nothing is missing in a county (D20 needs a third quarter, D18 three years of history besides)."""
    county = make(seed)
    if county.period.quarter != 3:
        return False
    return all(entry["state"] != "missing" for entry in compare.compute(county)["000"].values())


COMPLETE = next(seed for seed in range(1000) if _complete(seed))


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pseudonym key of this test's own, never the user's."""
    monkeypatch.setenv("EDUREPORT_KEY_FILE", str(tmp_path / "pseudonym.key"))


@pytest.mark.parametrize("seed", SEEDS)
def test_pipeline_agrees_with_the_oracle(seed: int, tmp_path: Path) -> None:
    county = make(seed)
    mine = compare.compute(county)
    facts = compare.facts_of(county, compare.cleaned(county, tmp_path / "root", seed=seed))
    assert compare.differences(mine, compare.figures_of(facts)) == []
    assert compare.uncounted(mine, facts) == [], "the rows of the worklist are not the figures"
    if county.period.quarter == 1:
        assert compare.differences(autumn.compute(county), compare.autumn_of(facts)) == []


@pytest.mark.parametrize("seed", [20])  # with a 学籍号 of two ID numbers
def test_pipeline_does_not_depend_on_the_order_of_rows_or_the_split_into_files(
    seed: int, tmp_path: Path
) -> None:
    county = compare.settled(make(seed))
    whole = compare.run(county, tmp_path / "whole", seed=1)
    split = compare.run(county, tmp_path / "split", seed=2, pieces=2, shuffle=True)
    assert compare.differences(whole, split) == []


def test_pipeline_says_missing_exactly_where_a_needed_table_is_absent(tmp_path: Path) -> None:
    county = make(COMPLETE)
    settings = compare.cleaned(county, tmp_path / "root")
    for table in ("student_roll", *LEDGERS):
        with compare.hidden(county, settings, table):
            theirs = compare.figures(county, settings)
        assert compare.differences(compare.compute(compare.without(county, table)), theirs) == [], table
        for entry in theirs["000"].values():
            needed = table in tables_of(entry["id"], county.period.quarter)
            assert (entry["state"] == "missing") == needed, (table, entry["id"])
            assert entry["state"] != "missing" or entry["value"] is None


def test_pipeline_says_missing_without_schools(tmp_path: Path) -> None:
    county = compare.without(make(COMPLETE), "school")
    theirs = compare.run(county, tmp_path / "root")
    assert compare.differences(compare.compute(county), theirs) == []


def test_the_first_quarters_have_an_autumn_semester_to_compare() -> None:
    found = [make(seed) for seed in range(100)]
    figures = [autumn.compute(county)["000"] for county in found if county.period.quarter == 1]
    assert len(figures) >= 2
    # A11 shows the category with the lowest rate, most often 0: there a base is what has to be met
    told = {"A11": "denominator"}
    moved = {n for entries in figures for n, entry in entries.items() if entry[told.get(n, "numerator")]}
    assert moved == {name for name in NEEDS if name[0] == "A"} - set(autumn.NOT_OF_A_SEMESTER)


def test_random_counties_reach_every_indicator() -> None:
    """A generator that never makes an indicator move would let any pipeline pass."""
    moved = set()
    for seed in SEEDS:
        moved |= {name for name, entry in compare.compute(make(seed))["000"].items() if entry["numerator"]}
    assert moved == set(NEEDS)


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
