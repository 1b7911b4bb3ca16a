"""The children, cases and schools behind the figures: what has to be done this quarter, by whom and by when.

Rows are attributed to towns as the indicator counts them, one per child and town, so that the rows of a town add up
to the figure it is shown (docs/architecture.md, Worklist). No name appears: cases have their number, others ``ref``.
"""

from collections.abc import Callable, Iterator

import pandas as pd

from pipelines.indicators import work_aid, work_dropout, work_left_behind
from pipelines.indicators.actions import Action, load_actions
from pipelines.indicators.catalogue import load_catalogue
from pipelines.indicators.school_days import next_working_day
from pipelines.match import Facts


COLUMNS = ["theme", "item", "town", "school_id", "ref", "grade", "detail", "who", "due", "rule"]
COLUMNS += ["source_file", "source_row", "severity"]

_Maker = Callable[[Facts, Action], pd.DataFrame]
# item → the indicator whose figure the rows explain (its inputs are needed), and what finds them
_ITEMS: dict[str, tuple[str, _Maker]] = {**work_dropout.MAKERS, **work_aid.MAKERS, **work_left_behind.MAKERS}


def build(facts: Facts) -> pd.DataFrame:
    """All rows of the period (columns: COLUMNS), sorted by theme, town, severity, due, item, ref."""
    parts = []
    for item, (indicator, make) in _ITEMS.items():
        entry = load_catalogue().entry(indicator)
        if facts.period.quarter not in entry.quarters or not all(facts.has(need) for need in entry.needs):
            continue  # an absent table makes the figure `missing`; an empty list would look like nothing to do
        parts.append(_finish(facts, load_actions()[item], make(facts, load_actions()[item])))
    frame = pd.concat([_empty(), *parts]) if parts else _empty()
    order = ["theme", "town", "severity", "due", "item", "ref", "source_file", "source_row"]
    return frame.sort_values(order, kind="stable").reset_index(drop=True)


def _empty() -> pd.DataFrame:
    types = dict.fromkeys(COLUMNS, "str") | {
        "due": "datetime64[us]",
        "source_row": "int64",
        "severity": "int64",
    }
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def _finish(facts: Facts, action: Action, frame: pd.DataFrame) -> pd.DataFrame:
    due = next_working_day(facts.calendar, pd.Timestamp(facts.settings.due(action.deadline, facts.d)))
    frame = frame.assign(
        theme=action.theme,
        item=action.item,
        who=action.who,
        rule=action.rule,
        severity=action.severity,
        due=due,
        grade=frame.get("grade"),
        school_id=frame.get("school"),
    )
    texts = {name: "str" for name in COLUMNS if name not in ("due", "source_row", "severity")}
    return frame[COLUMNS].astype(
        texts | {"source_row": "int64", "severity": "int64", "due": "datetime64[us]"}
    )


def items() -> Iterator[tuple[str, str]]:
    """(item, id of the indicator it explains)."""
    return ((item, indicator) for item, (indicator, _) in _ITEMS.items())
