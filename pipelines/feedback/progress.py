"""What became of the findings of the run before: closed, open, new (quality/findings.json).

The comparison is with the last *different* set of findings, so that a run without any change says the same as the
one before it, byte for byte. The file holds the present findings and those compared with; when the findings
change, the present ones become the earlier ones. No report depends on it: reports say the same with and without
a history.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.atomic import write_json
from pipelines.feedback.collect import FIELDS
from pipelines.feedback.words import words


FILE_NAME = "findings.json"
_SCHEMA = 1


@dataclass(frozen=True)
class Progress:
    """The findings now (with ``state``), those closed since (with ``state``), and whether there was an earlier run."""

    findings: pd.DataFrame
    closed: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*FIELDS, "state"]))
    compared: bool = False

    def counts(self) -> dict[str, int]:
        """Findings by state (new, open, closed, unreported)."""
        states = words()["states"]
        shown = [*self.findings["state"], *self.closed["state"]]
        return {name: shown.count(text) for name, text in states.items()}


def compare(folder: Path, frame: pd.DataFrame, tables: set[str]) -> Progress:
    """States of the findings against the last different set in the quality folder, which is brought up to date.

    ``tables`` are those handed in now: a finding of a table that is no longer there is not mended.
    """
    file = folder / FILE_NAME
    current: list[dict[str, Any]] = frame[list(FIELDS)].to_dict("records")  # type: ignore[assignment]
    stored = _read(file)
    if stored is None:
        before = None
    elif _keys(stored["current"]) == _keys(current):
        before = stored["before"]
    else:
        before = stored["current"]
    write_json(file, {"schema": _SCHEMA, "current": current, "before": before})
    states = words()["states"]
    if before is None:
        return Progress(frame.assign(state=states["new"]))
    known, now = _keys(before), _keys(current)
    closed = [
        {**row, "state": states["closed"] if row["table"] in tables | {""} else states["unreported"]}
        for row in before if row["key"] not in now
    ]  # fmt: skip
    marked = frame.assign(state=[states["open" if key in known else "new"] for key in frame["key"]])
    return Progress(marked, pd.DataFrame(closed, columns=[*FIELDS, "state"]), True)


def _keys(rows: list[dict[str, Any]]) -> set[str]:
    return {row["key"] for row in rows}


def _read(file: Path) -> dict[str, Any] | None:
    """The stored sets; None on the first run, or if the file cannot be read (then there is nothing to compare)."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        _keys(content["current"])
        _keys(content["before"] or [])
        return content if content["schema"] == _SCHEMA else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class Stored:
    """findings.json as written: the present findings and the last different ones (None on the first run)."""

    current: list[dict[str, Any]]
    before: list[dict[str, Any]] | None

    @property
    def closed(self) -> int:
        """Findings of before that are not there now."""
        return len(_keys(self.before or []) - _keys(self.current))

    @property
    def open(self) -> int:
        """Findings of both."""
        return len(_keys(self.before or []) & _keys(self.current))

    @property
    def new(self) -> int:
        """Findings that are there only now."""
        return len(_keys(self.current) - _keys(self.before or []))


def read_progress(folder: Path) -> Stored | None:
    """What the last run wrote; None if there is nothing."""
    stored = _read(folder / FILE_NAME)
    return None if stored is None else Stored(stored["current"], stored["before"])


def by_school(progress: Progress) -> pd.DataFrame:
    """One row per school (sheet): earlier findings, closed, not handed in, open, new, present ones; total last."""
    states = words()["states"]
    both = pd.concat([progress.findings, progress.closed], ignore_index=True)
    if both.empty:
        return pd.DataFrame(columns=words()["progress"]["headers"])
    table = pd.crosstab(both["sheet"], both["state"]).reindex(columns=list(states.values()), fill_value=0)
    table.loc["合计"] = table.sum()
    new, still, closed, gone = (table[states[name]] for name in ("new", "open", "closed", "unreported"))
    columns = [still + closed + gone, closed, gone, still, new, still + new]
    result = pd.concat(columns, axis=1).reset_index()
    result.columns = pd.Index(words()["progress"]["headers"])
    return result
