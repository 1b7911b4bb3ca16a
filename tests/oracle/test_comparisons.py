"""``previous`` and ``year_ago``: the values those quarters had at their own d, computed by the oracle for those quarters."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import pipeline
from pipelines.reference import load_reference
from pipelines.townview import load_view

from . import compare
from .counties import make
from .view import COUNTY, County
from .writer import DATASET


def _three_quarters(seed: int) -> County:
    """One set of ledgers received in three quarters: of the same quarter last year, the quarter before, and now."""
    county = make(seed)
    last = {name: rows or [] for name, rows in county.data[county.period].items()}
    return replace(
        county, data=dict.fromkeys((county.period.year_ago, county.period.previous, county.period), last)
    )


def _as_of(county: County, when: object) -> County:
    """The county as it was known in an earlier quarter."""
    return replace(county, period=when, data={p: tables for p, tables in county.data.items() if p <= when})  # type: ignore[operator]


@pytest.mark.parametrize("seed", [7])
def test_earlier_values_are_those_of_their_own_day(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDUREPORT_KEY_FILE", str(tmp_path / "pseudonym.key"))
    county = _three_quarters(seed)
    settings = compare.cleaned(county, tmp_path / "root")
    for when in sorted(county.data):
        pipeline.run_indicators(settings, DATASET, when, {}, lambda line: None)
    now, before, ago = (
        compare.compute(_as_of(county, p))
        for p in (county.period, county.period.previous, county.period.year_ago)
    )
    changed = 0
    register = load_reference(settings, DATASET).towns
    for town in (*register.towns, register.county):
        view = load_view(settings, DATASET, county.period, town, "internal")
        for entry in view.indicators:
            name = entry["id"]
            assert entry["value"] == pytest.approx(now[town.code][name]["value"]), name
            assert entry["previous"] == pytest.approx(before[town.code][name]["value"]), name
            assert entry["year_ago"] == pytest.approx(ago[town.code][name]["value"]), name
            changed += len({entry[key] for key in ("value", "previous", "year_ago")}) > 1
    assert changed > 40, "quarters that do not differ prove nothing"
    assert now[COUNTY]["D05"]["value"] is not None
