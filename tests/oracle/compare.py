"""Running the pipeline on a written county, and setting its indicators beside the oracle's."""

import importlib
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from pipelines.periods import Period
from pipelines.settings import Settings

from .oracle import compute
from .view import County, Row
from .writer import DATASET, project, write


TOLERANCE = 1e-12
FIELDS = ("value", "numerator", "denominator")
Results = dict[str, dict[str, Row]]


def run(county: County, root: Path, **options: Any) -> Results:
    """Write the county below a fresh root and let the pipeline read it; indicators by town and id."""
    clean = importlib.import_module("pipelines.clean")
    match = importlib.import_module("pipelines.match")
    indicators = importlib.import_module("pipelines.indicators.compute")
    settings = Settings.load(project(root))
    write(county, root, **options)
    for period in county.data:
        clean.clean_period(settings, DATASET, period)
    history: list[Period] = sorted(p for p in county.data if p < county.period)
    facts = match.load_facts(settings, DATASET, county.period, history=history)
    found = indicators.compute(facts)
    return {town: {entry["id"]: entry for entry in entries} for town, entries in found.items()}


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
            lines += [f"{town} {name} {line}" for line in _entry(name, entry, other)]
    return lines


def _entry(name: str, mine: Row, theirs: Row) -> list[str]:
    lines = []
    if mine["state"] != theirs["state"]:
        lines.append(f"state: oracle {mine['state']}, pipeline {theirs['state']}")
    for field in FIELDS:
        if not _tied(name, mine, theirs) and not _same(mine[field], theirs[field]):
            lines.append(f"{field}: oracle {mine[field]}, pipeline {theirs[field]}")
    one, other = _plain(mine.get("breakdown")), _plain(theirs.get("breakdown"))
    if not _same(one, other):
        lines.append(f"breakdown: oracle {one}, pipeline {other}")
    return lines


def _tied(name: str, mine: Row, theirs: Row) -> bool:
    """A11 takes the category with the lowest rate; of two with the same rate either will do."""
    if name != "A11" or not _same(mine["value"], theirs["value"]) or mine["value"] is None:
        return False
    parts = (mine["breakdown"] or {}).get("category", {}).values()
    shown = tuple(theirs[field] for field in FIELDS)
    return any(all(_same(part[f], v) for f, v in zip(FIELDS, shown, strict=True)) for part in parts)


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


def shuffled(county: County, seed: int) -> County:
    """The same rows in another order."""
    rng = Random(seed)
    data = {
        when: {name: rows and rng.sample(rows, len(rows)) for name, rows in tables.items()}
        for when, tables in county.data.items()
    }
    return replace(county, data=data)


__all__ = ["compute", "differences", "run", "shuffled", "without"]
