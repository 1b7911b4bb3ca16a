"""Complaints in the public edition: decided with everything else, recorded, and safe from a reader who adds up."""

import math
import random
from typing import Any

import pytest

from pipelines import atomic
from pipelines.disclosure import complaints, record
from pipelines.disclosure.apply import decide, public_figures
from pipelines.disclosure.figures import Released
from pipelines.periods import Period
from pipelines.publicview import load_public_view
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract

from .published import Knowledge, attack


TOPICS = ("收费", "校园安全", "招生入学", "其他")
TOWNS = tuple(f"{n:03d}" for n in range(1, 9))
QUARTERS = (Period(2026, 1), Period(2026, 2), Period(2026, 3))
# A small quarter, one in which towns can be shown, one in which most topics can.
MEANS = (1.5, 6.0, 20.0)


def summary(seed: int, mean: float) -> dict[str, list[dict[str, Any]]]:
    """What the plan's stage finds, by town and topic; the county is the sum."""
    rng = random.Random(seed)
    found: dict[str, list[dict[str, Any]]] = {}
    for code in TOWNS:
        scale = mean * rng.choice((0.3, 1.0, 3.0))
        rows = []
        for topic in TOPICS:
            received = int(rng.expovariate(1 / scale))
            answered = received - rng.choice((0, 0, 1, 3)) if received > 3 else received
            if received:
                rows.append({"topic": topic, "received": received, "answered": answered, "median_days": 3.0})
        found[code] = rows
    whole = []
    for topic in TOPICS:
        rows = [row for listed in found.values() for row in listed if row["topic"] == topic]
        if rows:
            sums = {name: sum(row[name] for row in rows) for name in ("received", "answered")}
            whole.append({"topic": topic, "median_days": 4.0, "most_days": 77, "open": 5, **sums})
    return found | {"000": whole}


def released(seed: int) -> dict[Period, Released]:
    """Three quarters decided one after the other."""
    decided: dict[Period, Released] = {}
    for place, period in enumerate(QUARTERS):
        figures = complaints.figures(summary(seed * 10 + place, MEANS[place]), TOPICS, {"000": 4.0})
        decided[period] = decide(period, figures, decided, 10, lambda *_: True)
    return decided


def knowledge(decided: dict[Period, Released]) -> tuple[Knowledge, set[str]]:
    """What a reader knows, without the module's help; and the numbers he must not find out."""
    known, wanted = Knowledge(), set()
    for period, one in decided.items():
        for code, figures in one.towns.items():
            true = {figure["id"]: figure["value"] for figure in figures}
            for entry in public_figures(period, code, decided, 10):
                key, value = f"{period}/{code}/{entry['id']}", true[entry["id"]]
                known.truth[key] = value
                if entry["state"] == "ok":
                    assert entry["value"] == value >= 10
                    known.published[key] = value
                else:
                    marks = {"＜10": (0.0, 9.0), "＊": (10.0, math.inf), "—": (0.0, math.inf)}
                    known.bounds[key] = marks[entry["mark"]]
                    wanted |= {key} if value < 10 or entry["mark"] == "＊" else set()
            for name in [name for name in true if name.startswith("T24") and not name.startswith("T24a")]:
                rest = f"{period}/{code}/rest {name}"
                answered = name.replace("T24", "T24a", 1)
                known.truth[rest] = true[name] - true[answered]
                known.bounds[rest] = (0.0, math.inf)
                wanted |= {rest} if 0 < known.truth[rest] < 10 else set()
                start = f"{period}/{code}/"
                known.relation({start + name: 1.0, start + answered: -1.0, rest: -1.0}, True)
        for name in ("T24", "T24a"):
            start = f"{period}/000/{name}"
            known.relation({start: -1.0, **{f"{start}.{topic}": 1.0 for topic in TOPICS}}, True)
            known.relation({start: -1.0, **{f"{period}/{code}/{name}": 1.0 for code in TOWNS}}, True)
    return known, wanted


@pytest.mark.parametrize("seed", range(12))
def test_nothing_hidden_can_be_worked_out(seed: int) -> None:
    decided = released(seed)
    known, wanted = knowledge(decided)
    assert len(wanted) > 20 and known.published, (
        "there must be something to find and something to find it with"
    )
    assert attack(known, wanted, 4.0 - 1e-6) == {}


def test_the_attack_finds_what_a_careless_edition_tells() -> None:
    known, wanted = knowledge(released(1))
    for key in [key for key in wanted if "/000/" in key and "rest" not in key]:
        known.published[key] = known.truth[key]
        known.bounds.pop(key, None)
        wanted.discard(key)
    assert attack(known, wanted, 4.0 - 1e-6)


def test_days_are_shown_only_with_enough_answers_and_never_the_longest_wait() -> None:
    decided = released(3)
    shown = hidden = 0
    for period in QUARTERS:
        for code in (*TOWNS, "000"):
            for entry in public_figures(period, code, decided, 10):
                assert "most_days" not in entry and "open" not in entry and 77 not in entry.values()
                if entry["id"].startswith("T24a") and entry["state"] == "suppressed":
                    hidden += 1
                    assert complaints.DAYS not in entry
                elif entry.get(complaints.DAYS) is not None:
                    shown += 1
                    assert entry["value"] >= 10
    assert shown and hidden


def test_the_release_record_holds_them_and_the_county_shows_them(settings: Settings) -> None:
    period = QUARTERS[2]
    register = load_reference(settings, "county").towns
    folder = settings.paths.clean("county", period)
    topics = list(load_contract(settings.paths.reference).codes[complaints.CODES])
    found = {town.code: [] for town in register.towns}
    rows = [
        {"topic": t, "received": 60, "answered": 45, "median_days": 3, "most_days": 77, "open": 9}
        for t in topics[:3]
    ]
    found["000"], found[register.towns[0].code], found[register.towns[1].code] = rows, rows[:1], rows[1:]
    atomic.write_json(folder / "indicators.json", {"towns": {code: [] for code in found}})
    atomic.write_json(folder / "manifest.json", {"files": [], "tables": {}, "reconciliation": []})
    plan = {"figures": {}, "complaints": found, "complaint_days": dict.fromkeys(found, 3)}
    atomic.write_json(folder / "plan.json", plan)
    record.ensure(settings, "county", period, lambda _: None)
    stored = record.records(settings, "county")[period].released
    assert {f["id"] for f in stored.towns["000"]} == {
        "T24", "T24a", *(f"{n}.{t}" for n in ("T24", "T24a") for t in topics)
    }  # fmt: skip
    assert f"{period}/000/T24.{topics[0]}" in stored.shown
    county = load_public_view(settings, "county", period, register.county)
    town = load_public_view(settings, "county", period, register.towns[0])
    assert not town.complaints and not county.indicators, "they are no indicators"
    said = [entry for listed in county.complaints.values() for entry in listed if entry["state"] == "ok"]
    assert {entry["value"] for entry in said} & {45, 60, 135, 180}
    assert all("77" not in str(entry) for listed in county.complaints.values() for entry in listed)


def test_without_the_table_there_are_no_figures() -> None:
    assert complaints.figures({}, TOPICS, {}) == {}
