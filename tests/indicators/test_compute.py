"""States, shape and invariants that hold for every indicator."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from pipelines.indicators.catalogue import load_catalogue
from pipelines.indicators.compute import compute, rule_of
from pipelines.periods import Period
from pipelines.tables.contract import read_rows
from tests.indicators.builders import (
    COUNTY,
    JINGZHI,
    Q3,
    S3,
    SETTINGS,
    XINAN,
    everything,
    facts,
    figures,
    last_quarter,
    numbers,
    reference,
    table,
)


REQUIRED = [
    "D01",
    "D03",
    "D05",
    "D06",
    "D07",
    "D08",
    "D11",
    "D14",
    "D19",
    "A01",
    "A02",
    "A03",
    "A04",
    "A05",
    "A07",
    "A08",
    "A15",
    "L01",
    "L03",
    "L04",
    "L05",
    "L07",
    "L12",
]


def test_every_required_indicator_is_in_the_catalogue_and_has_a_rule() -> None:
    assert set(REQUIRED) <= set(load_catalogue().ids)
    for entry in load_catalogue():
        assert callable(rule_of(entry.id))
        assert entry.rule and entry.source and entry.view and entry.base, entry.id
        assert entry.kind in ("count", "rate", "money") and entry.direction in ("up", "down", "info")
        assert entry.target is None or entry.target_text, entry.id


def test_every_town_and_the_county_list_every_indicator_in_the_same_order() -> None:
    results = compute(facts(**everything(), history=last_quarter()))
    assert list(results)[-1] == COUNTY and len(results) == 13
    for listed in results.values():
        assert [entry["id"] for entry in listed] == load_catalogue().ids


def test_results_are_plain_json() -> None:
    results = compute(facts(**everything(), history=last_quarter()))
    assert json.loads(json.dumps(results, allow_nan=False)) == results


@pytest.mark.parametrize("absent", sorted(everything()))
def test_an_absent_table_makes_exactly_its_indicators_missing(absent: str) -> None:
    tables = everything()
    complete = figures(facts(**tables, history=last_quarter()))
    del tables[absent]
    given = figures(facts(**{"school": None, **tables}, history=last_quarter()))  # type: ignore[arg-type]
    catalogue = load_catalogue()
    past = {f"{absent}@previous", f"{absent}@cohort"}  # what lies in earlier quarters is still there
    catalogue = [entry for entry in catalogue if entry.editions == "town"]
    needing = {e.id for e in catalogue if any(n.partition("@")[0] == absent for n in set(e.needs) - past)}
    assert {i for i, entry in given.items() if entry["state"] == "missing"} == needing
    for wanted in needing:
        entry = given[wanted]
        assert (entry["value"], entry["numerator"], entry["denominator"]) == (None, None, None)
        assert entry["status"] == "—" and entry["breakdown"] == {}
    for wanted in set(complete) - needing:
        assert given[wanted] == complete[wanted]


def test_without_last_quarters_roll_nobody_can_be_said_to_have_gone() -> None:
    given = figures(facts(**everything()))
    assert {given[i]["state"] for i in ("D19", "D20")} == {"missing"}
    assert given["D14"]["state"] == "ok"


def test_a_gap_of_one_quarter_is_not_the_previous_quarter() -> None:
    older = {Q3.shift(-2): last_quarter()[Q3.previous]}
    assert figures(facts(**everything(), history=older))["D19"]["state"] == "missing"


def test_rates_without_a_base_are_not_applicable_and_never_green() -> None:
    entry = figures(facts(**everything()), XINAN)["D11"]
    assert (entry["numerator"], entry["denominator"], entry["value"]) == (0, 0, None)
    assert (entry["state"], entry["status"]) == ("not_applicable", "—")


def test_a_town_without_pupils_has_zeros() -> None:
    entry = figures(facts(**everything()), "370784121")["D01"]
    assert (entry["value"], entry["state"]) == (0, "ok")
    assert entry["breakdown"] == {"stage": {"小学": 0, "初中": 0, "特教": 0}}


def test_the_order_of_rows_does_not_matter() -> None:
    expected = compute(facts(**everything(), history=last_quarter()))
    rng = np.random.default_rng(7)
    shuffled = {
        name: f.iloc[rng.permutation(len(f))].reset_index(drop=True) for name, f in everything().items()
    }
    assert compute(facts(**shuffled, history=last_quarter())) == expected


def test_a_pupil_on_the_roll_of_two_towns_counts_in_each_and_once_in_the_county() -> None:
    roll = table("student_roll", {"p": "a"}, {"p": "a", "school_id": S3}, {"p": "b"})
    assert numbers(facts(student_roll=roll), "D01") == [(2, None), (1, None), (2, None)]


def test_the_promotion_gap_exists_in_the_third_quarter_only() -> None:
    assert figures(facts(**everything(), history=last_quarter()))["D20"]["value"] == 1
    spring = figures(facts(Period(2026, 2), **everything()))["D20"]
    assert (spring["state"], spring["value"], spring["numerator"]) == ("not_applicable", None, None)


def test_status_compares_with_the_target_in_its_direction() -> None:
    given = figures(facts(**everything(), history=last_quarter()))
    assert (given["D05"]["value"], given["D05"]["status"]) == (1, "未达标")
    assert (given["A06"]["value"], given["A06"]["status"]) == (0, "达标")
    assert given["D01"]["status"] == "—"


def test_tables_are_not_changed() -> None:
    tables = everything()
    before = {name: frame.copy() for name, frame in tables.items()}
    compute(facts(**tables, history=last_quarter()))
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_the_calendar_of_the_project_has_no_gap_and_no_overlap() -> None:
    rows = read_rows(SETTINGS.paths.reference / "school_calendar.csv")
    spans = sorted((r["开始"], r["结束"]) for r in rows if r["类型"] in ("上课", "放假"))
    for (_, end), (start, _) in itertools.pairwise(spans):
        assert pd.Timestamp(start) - pd.Timestamp(end) == pd.Timedelta(days=1)
    assert {r["来源"] != "" for r in rows} == {True}
    assert reference().calendar is not None
    assert JINGZHI in reference().towns.by_code
