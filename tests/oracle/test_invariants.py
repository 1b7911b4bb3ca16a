"""What must hold for any county, whatever its figures: for the oracle, and where it is cheap for the pipeline too."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from . import compare
from .counties import make
from .dropout import compulsory_on_roll, confirmed_open, suspected_open, verified_between
from .needs import NEEDS, tables_of
from .view import County, Row, Tables, look, stage_of_grade
from .world import World


SUMS = (
    ("D01", "stage"), ("D02", "class"), ("D05", "stage"), ("D06", "stage"), ("A04", "reason"), ("L04", "kind"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pseudonym key of this test's own, never the user's."""
    monkeypatch.setenv("EDUREPORT_KEY_FILE", str(tmp_path / "pseudonym.key"))


@pytest.mark.parametrize("seed", range(20))
def test_order_of_rows_does_not_matter(seed: int) -> None:
    county = compare.settled(make(seed))
    assert compare.compute(county) == compare.compute(compare.shuffled(county, seed))


def _in_two_stages(county: County) -> dict[str, int]:
    """By how much the stages of D01, D05, D06 exceed the county's figure: persons on the roll of two stages."""
    view = look(county)
    cases = view.rows("dropout_case")
    rows = {
        "D01": [(r["_person"], r["stage"]) for r in compulsory_on_roll(view.rows("student_roll"))],
        "D05": [(c["_person"], stage_of_grade(c["grade"])) for c in cases if confirmed_open(c, view.d)],
        "D06": [
            (c["_person"], stage_of_grade(c["grade"])) for c in cases if verified_between(c, view.q0, view.d)
        ],
    }
    return {name: len(set(pairs)) - len({who for who, _ in pairs}) for name, pairs in rows.items()}


@pytest.mark.parametrize("seed", range(30))
def test_parts_sum_to_wholes(seed: int) -> None:
    county = make(seed)
    twice = _in_two_stages(county)
    for scope, entries in compare.compute(county).items():
        for name, key in SUMS:
            if entries[name]["state"] == "ok":
                total = sum(entries[name]["breakdown"][key].values())
                spare = total - entries[name]["value"]
                assert spare == twice.get(name, 0) if scope == "000" else 0 <= spare <= twice.get(name, 0), (
                    name
                )
        if scope == "000" and entries["D05"]["state"] == "ok":
            assert sum(entries["D05"]["breakdown"]["cause"].values()) == entries["D05"]["value"]
        if entries["D04"]["state"] != "missing":
            parts = entries["D04"]["breakdown"]
            for name, total in parts["closings"].items():
                assert total == sum(month[name] for month in parts["month"].values())
        for entry in entries.values():
            assert entry["state"] in ("ok", "missing", "not_applicable")
            assert (entry["state"] == "ok") == (entry["value"] is not None)
            if entry["denominator"]:
                assert entry["value"] == entry["numerator"] / entry["denominator"]


@pytest.mark.parametrize("seed", range(30))
def test_the_county_is_never_more_than_its_towns(seed: int) -> None:
    """Persons of two towns count in each and once in the county; rows without a town only in the county."""
    results = compare.compute(make(seed))
    county = results.pop("000")
    for name in (
        "D01",
        "D02",
        "D03",
        "D05",
        "D06",
        "D16",
        "D19",
        "A01",
        "A04",
        "A05",
        "L01",
        "L03",
        "L06",
        "L14",
    ):
        if county[name]["state"] == "ok":
            assert county[name]["value"] <= sum(entries[name]["value"] for entries in results.values()), name
    for name in ("D04", "D08", "D09", "D10", "D11", "D12", "A09", "A10", "A13"):  # rows: exactly the sum
        if county[name]["state"] != "missing":
            for part in ("numerator", "denominator"):
                assert county[name][part] == sum(entries[name][part] for entries in results.values()), name


@pytest.mark.parametrize("seed", [5, 11])
def test_without_a_table_exactly_the_figures_that_need_it_are_missing(seed: int) -> None:
    county = make(seed)
    whole = compare.compute(county)
    for table in {table for needs in NEEDS.values() for table in needs}:
        lacking = compare.compute(compare.without(county, table))
        for scope, entries in lacking.items():
            for name, entry in entries.items():
                if table in tables_of(name, county.period.quarter):
                    assert entry["state"] in ("missing", "not_applicable") and entry["numerator"] is None
                    assert scope != "000" or name == "D20" or entry["state"] == "missing", (table, name)
                else:
                    assert (entry["state"] == "missing") == (whole[scope][name]["state"] == "missing")


def _one_row_a_child(rows: list[Row]) -> list[Row]:
    """T10 with one row a child, left after entered."""
    known: dict[str, Row] = {}
    for row in rows:
        if not row.get("_refused") and (row["out_date"] is None or row["out_date"] >= row["in_date"]):
            known.setdefault(row["id_no"], row)
    return list(known.values())


def _two_quarters(seed: int) -> tuple[County, County]:
    """One set of ledgers, looked at in a quarter and in the one before; no school closes in between."""
    county = make(seed)
    last: Tables = dict(county.data[county.period])
    last["school"] = [row | {"close_date": None, "merged_into": None} for row in World(seed).schools]
    last["left_behind"] = _one_row_a_child(last["left_behind"] or [])
    for table in ("student_roll", "dropout_case"):
        last[table] = last[table] or []
    before = replace(county, period=county.period.previous, data={county.period.previous: last})
    return before, replace(county, data={county.period: last})


def _assert_balanced(before: dict[str, dict[str, Row]], now: dict[str, dict[str, Row]]) -> None:
    """What was open at the end of one quarter is what the next one opens with."""
    for scope, entries in now.items():
        flow = entries["D03"]["breakdown"]["flow"]
        assert flow["opening"] == before[scope]["D03"]["value"]
        assert flow["opening"] + flow["new"] - flow["resolved"] == entries["D03"]["value"]
        change = entries["L02"]["breakdown"]
        out = sum(change["out"].values())
        assert before[scope]["L01"]["value"] + change["in"] - out == entries["L01"]["value"]


@pytest.mark.parametrize("seed", range(30))
def test_a_quarter_opens_with_what_the_last_one_closed(seed: int) -> None:
    before, now = _two_quarters(seed)
    _assert_balanced(compare.compute(before), compare.compute(now))


@pytest.mark.parametrize("seed", [2])
def test_a_quarter_of_the_pipeline_opens_with_what_the_last_one_closed(seed: int, tmp_path: Path) -> None:
    before, now = _two_quarters(seed)
    _assert_balanced(compare.run(before, tmp_path / "before"), compare.run(now, tmp_path / "now"))


def test_a_case_is_in_one_ledger_at_a_time() -> None:
    """适龄, 疑似 and 辍学 are kept apart: nobody's case is suspected and confirmed on one day."""
    seen = 0
    for seed in range(20):
        county = make(seed)
        for case in county.data[county.period]["dropout_case"] or []:
            for day in (county.period.start - dt.timedelta(days=1), county.period.end):
                assert not (suspected_open(case, day) and confirmed_open(case, day))
                seen += suspected_open(case, day) or confirmed_open(case, day)
    assert seen > 20
    assert stage_of_grade("高一") == "高中" and stage_of_grade("大班") == "学前"
