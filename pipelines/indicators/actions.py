"""Kinds of work to be done, read from actions.toml beside this module: titles, who acts, by when, under which rule."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pipelines.configcheck.finding import refuse
from pipelines.configcheck.tomlfile import read_toml


FILE = Path(__file__).with_name("actions.toml")


@dataclass(frozen=True)
class Action:
    """One kind of work; ``deadline`` is a key of monitoring.toml [deadlines], ``detail`` a template of one line.

    ``page_one``: whether it stands in 本季度须办事项, or only in the case tables of the report.
    """

    item: str
    theme: str
    title: str
    unit: str
    who: str
    deadline: str
    rule: str
    severity: int
    detail: str
    reasons: dict[str, str] = field(default_factory=dict)
    page_one: bool = True


@cache
def load_actions() -> dict[str, Action]:
    """All kinds of work by item name, in the order of the file."""
    toml, found = read_toml(FILE)
    refuse(found)
    assert toml is not None
    return {item: Action(item=item, **fields) for item, fields in toml.content.items()}
