"""Running the pipeline on a written county, and setting its indicators beside the oracle's."""

import datetime as dt
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from pipelines.periods import Period
from pipelines.settings import Settings
from tests.indicators.counted import expected_rows

from .oracle import compute
from .view import COUNTY, County, Row
from .writer import DATASET, project, write


TOLERANCE = 1e-12
FIELDS = ("value", "numerator", "denominator")
Results = dict[str, dict[str, Row]]


def cleaned(county: County, root: Path, **options: Any) -> Settings:
    """Write the county below a fresh root and let the pipeline read and clean it."""
    clean = importlib.import_module("pipelines.clean")
    settings = Settings.load(project(root))
    write(county, root, **options)
    for period in county.data:
        clean.clean_period(settings, DATASET, period)
    return settings


def facts_of(county: County, settings: Settings) -> Any:
    """What the pipeline's indicators see of the cleaned county."""
    match = importlib.import_module("pipelines.match")
    history: list[Period] = sorted(p for p in county.data if p < county.period)
    return match.load_facts(settings, DATASET, county.period, history=history)


def _by_id(found: dict[str, list[Row]]) -> Results:
    return {town: {entry["id"]: entry for entry in entries} for town, entries in found.items()}


def figures_of(facts: Any) -> Results:
    """The pipeline's indicators, by town and id."""
    return _by_id(importlib.import_module("pipelines.indicators.compute").compute(facts))


def autumn_of(facts: Any) -> Results:
    """The pipeline's second table of aid figures; empty but in a first quarter."""
    return _by_id(importlib.import_module("pipelines.indicators.compute").closing_autumn(facts))


def figures(county: County, settings: Settings) -> Results:
    """The pipeline's indicators from its clean tables, by town and id."""
    return figures_of(facts_of(county, settings))


def run(county: County, root: Path, **options: Any) -> Results:
    """From files to indicators."""
    return figures(county, cleaned(county, root, **options))


def uncounted(mine: Results, facts: Any) -> list[str]:
    """One line per town and kind of work whose rows are not as many as the oracle's figure says."""
    work = importlib.import_module("pipelines.indicators.worklist").build(facts)
    rows: dict[tuple[str, str], int] = work.groupby(["town", "item"]).size().to_dict()
    return [
        f"{town} {item}: oracle {count}, worklist {rows.get((town, item), 0)}"
        for town, entries in mine.items()
        if town != COUNTY
        for item, count in expected_rows(entries).items()
        if rows.get((town, item), 0) != count
    ]


@contextmanager
def hidden(county: County, settings: Settings, table: str) -> Iterator[None]:
    """While it lasts, one clean table of the last period is not there."""
    folder = settings.paths.clean(DATASET, county.period)
    found = [path for path in folder.iterdir() if path.name.removesuffix(".parquet") == table]
    for path in found:
        path.rename(path.with_name(f"{path.name}.away"))
    yield
    for path in found:
        path.with_name(f"{path.name}.away").rename(path)


def differences(mine: Results, theirs: Results, skip: tuple[str, ...] = ()) -> list[str]:
    """One line per field that differs: town, indicator, field, oracle, pipeline."""
    lines = [f"towns {sorted(mine)} {sorted(theirs)}"] if set(mine) != set(theirs) else []
    for town, entries in mine.items():
        for name, entry in entries.items():
            if name in skip:
                continue
            other = theirs.get(town, {}).get(name)
            if other is None:
                lines.append(f"{town} {name} absent from the pipeline")
                continue
            lines += [f"{town} {name} {line}" for line in _entry(entry, other)]
    return lines


def _entry(mine: Row, theirs: Row) -> list[str]:
    lines = []
    if mine["state"] != theirs["state"]:
        lines.append(f"state: oracle {mine['state']}, pipeline {theirs['state']}")
    for field in FIELDS:
        if not _same(mine[field], theirs[field]):
            lines.append(f"{field}: oracle {mine[field]}, pipeline {theirs[field]}")
    one, other = _plain(mine.get("breakdown")), _plain(theirs.get("breakdown"))
    if not _same(one, other):
        lines.append(f"breakdown: oracle {one}, pipeline {other}")
    return lines


def _plain(part: Any) -> Any:
    """A breakdown without its empty entries: a stage or reason of zero may be printed or left out."""
    if not isinstance(part, dict):
        return part
    kept = {key: _plain(value) for key, value in part.items()}
    if {"value", "numerator", "denominator"} <= set(kept):
        return kept if kept["numerator"] or kept["denominator"] else None
    return {key: value for key, value in kept.items() if value} or None


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return set(one) == set(other) and all(_same(one[key], other[key]) for key in one)
    if one is None or other is None or isinstance(one, dict | str) or isinstance(other, dict | str):
        return one == other
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one))


def without(county: County, table: str) -> County:
    """The county as if the files of one table had not come for its last period."""
    data = {when: dict(tables) for when, tables in county.data.items()}
    data[county.period][table] = None
    return replace(county, data=data)


def settled(county: County) -> County:
    """The county without what docs/indicator-readings.md decides by "the first of the files".

    Events get a school, and no two cases of a child are reported on one day.
    """
    data = {when: dict(tables) for when, tables in county.data.items()}
    last = data[county.period]
    schools = [row["school_id"] for row in last["school"] or []]
    events, cases = last["roll_event"], last["dropout_case"]
    last["roll_event"] = events and [_with_school(event, schools[0]) for event in events]
    last["dropout_case"] = cases and [
        case | {"reported_date": case["reported_date"] - dt.timedelta(days=number)}
        for number, case in enumerate(cases)
    ]
    return replace(county, data=data)


def _with_school(event: Row, school: str) -> Row:
    raw = {name: text for name, text in event.get("_raw", {}).items() if name != "from_school"}
    return event | {"from_school": event["from_school"] or school, "_raw": raw}


def shuffled(county: County, seed: int) -> County:
    """The same rows in another order."""
    rng = Random(seed)
    data = {
        when: {name: rows and rng.sample(rows, len(rows)) for name, rows in tables.items()}
        for when, tables in county.data.items()
    }
    return replace(county, data=data)


__all__ = [
    "autumn_of",
    "cleaned",
    "compute",
    "differences",
    "facts_of",
    "figures",
    "figures_of",
    "hidden",
    "run",
    "settled",
    "shuffled",
    "uncounted",
    "without",
]
