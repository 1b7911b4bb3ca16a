"""The figures told from the simulation are those the pipeline finds in the files; and the good town stays good."""

import json
import shutil
from collections import Counter

import pandas as pd
import pytest

from pipelines.demo import simulate, write_demo
from pipelines.demo.expected import expected_values
from pipelines.periods import Period
from pipelines.plan.figures import Scorecard
from pipelines.reference import load_reference
from pipelines.settings import Settings


GOOD = "370784104"
ZERO = (
    "D03",
    "D05",
    "D06",
    "D14",
    "D16",
    "D19",
    "D20",
    "A04",
    "A05",
    "A06",
    "A08",
    "A10.numerator",
    "L04",
    "L06",
)
PERIODS = [Period(2026, 1), Period(2026, 2), Period(2026, 3)]


@pytest.mark.parametrize("seed", [1, 2, 3, 20260930])
def test_the_good_town_is_good_whatever_the_seed(seed):
    world, planter = simulate(seed=seed, scale=0.08)
    last = expected_values(world, world.last)
    assert {name: last[name][GOOD] for name in ZERO} == dict.fromkeys(ZERO, 0)
    assert last["A03.numerator"][GOOD] == last["A03.denominator"][GOOD]
    assert last["L05.numerator"][GOOD] == last["L01"][GOOD]
    assert last["L12.numerator"][GOOD] == last["L12.denominator"][GOOD]
    planned = Counter(note.kind for note in planter.notes)
    assert last["D16"]["000"] == planned["never_enrolled"] + planned["kindergarten_not_enrolled"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A project root of its own, with the demo dataset in it."""
    home = Settings.load().root
    folder = tmp_path_factory.mktemp("root")
    shutil.copy(home / "monitoring.toml", folder)
    shutil.copytree(home / "data" / "reference", folder / "data" / "reference")
    write_demo(folder / "data" / "raw" / "demo", scale=0.05, periods=PERIODS)
    return folder


def figure(entry: dict, part: str) -> float:
    """The value of an indicator, or the named part of it; nothing counted is 0."""
    breakdown = entry["breakdown"] or {}
    if entry["id"] == "L02":
        found = entry["value"] if part == "in" else sum(breakdown.get("out", {}).values())
    elif part in ("numerator", "denominator"):
        found = entry[part]
    else:
        found = breakdown.get("reason", {}).get(part, 0) if part else entry["value"]
    return found or 0


@pytest.mark.e2e
def test_pipeline_finds_what_was_planted(root, monkeypatch):
    monkeypatch.setenv("EDUREPORT_ROOT", str(root))
    clean = pytest.importorskip("pipelines.clean")
    match = pytest.importorskip("pipelines.match")
    compute = pytest.importorskip("pipelines.indicators.compute").compute
    settings = Settings.load()
    planted = json.loads((root / "data/raw/demo/planted.json").read_text(encoding="utf-8"))
    for index, period in enumerate(PERIODS):
        clean.clean_period(settings, "demo", period)
        facts = match.load_facts(settings, "demo", period, PERIODS[:index])
        towns = compute(facts)
        _plan_agrees(facts, towns, planted["plan"][str(period)])
        wrong = []
        for name, values in planted["expected"][str(period)].items():
            indicator, _, part = name.partition(".")
            for town, value in values.items():
                entry = next(e for e in towns[town] if e["id"] == indicator)
                if figure(entry, part) != value:
                    wrong.append((str(period), name, town, value, figure(entry, part)))
        assert wrong == []
        _intake_agrees(settings, planted, period)


def _plan_agrees(facts, towns, expected: dict) -> None:
    """What the ledger's stories say is what the plan's figures are, in every unit; nothing is closed without a story."""
    figures = Scorecard(facts, load_reference(facts.settings, "demo").plan, towns).figures()
    closed = 0
    for item, units in expected.items():
        for unit, story in units.items():
            found = next(entry for entry in figures[unit] if entry["id"] == item)
            assert (found["done"], found["target"]) == (story["done"], story["target"]), (item, unit)
            assert (found["status"] == "已销号") == (story["closed"] and story["done"] >= story["target"]), (
                item,
                unit,
            )
            closed += story["closed"]
            if unit == GOOD:
                assert found["status"] not in ("到期未完成", "滞后"), item
    assert closed > 20


def _intake_agrees(settings: Settings, planted: dict, period: Period) -> None:
    folder = settings.paths.clean("demo", period)
    tables = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tables"]
    assert {name: table["read"] for name, table in tables.items()} == planted["counts"][str(period)]
    columns = ["source_file", "source_sheet", "source_row"]
    for expected, file in (("set_aside", "set_aside.parquet"), ("warned", "findings.parquet")):
        found = set(pd.read_parquet(folder / file)[columns].itertuples(index=False, name=None))
        bad = [b for b in planted["bad_rows"] if b["period"] == str(period) and b["expected"] == expected]
        assert {(b["file"], b["sheet"], b["row"]) for b in bad} == found
