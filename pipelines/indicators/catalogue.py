"""The catalogue of indicators, read from catalogue.toml beside this module: the one place that says what exists."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.configcheck.finding import Finding, refuse
from pipelines.configcheck.tomlfile import read_toml
from pipelines.errors import UsageError


FILE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True)
class Entry:
    """One indicator; every text is Chinese and printed as it stands.

    ``kind`` is count, rate or money; ``direction`` up, down or info; ``comparison`` previous (a stock, against the
    quarter before), year_ago (a rate, against the same quarter of last year) or none; ``needs`` the inputs without
    which the figure is unknown (``student_roll@previous``: last quarter's snapshot, ``@opening``: the Q3 snapshot
    of the school year, and the like: ``Facts.has``); ``quarters`` those in which it exists; ``editions`` "county" where
    no town has a figure; ``by_semester`` whether the figure is about S, so that a closed semester has one too.
    """

    id: str
    name: str
    english: str
    theme: str
    unit: str
    kind: str
    direction: str
    rule: str
    base: str
    view: str
    source: str
    formula: str
    limits: str
    needs: tuple[str, ...]
    target: float | None = None
    target_text: str = ""
    comparison: str = "previous"
    quarters: tuple[int, ...] = (1, 2, 3, 4)
    decimals: int = 1
    editions: str = "town"
    by_semester: bool = False

    @property
    def tables(self) -> tuple[str, ...]:
        """The input tables by clean name, each once."""
        return tuple(dict.fromkeys(need.partition("@")[0] for need in self.needs))

    def status(self, value: float | None) -> str:
        """达标 or 未达标 against the target; — without a target or without a value."""
        if self.target is None or value is None:
            return "—"
        reached = value <= self.target if self.direction == "down" else value >= self.target
        return "达标" if reached else "未达标"


class Catalogue:
    """All indicators in the order of the file."""

    def __init__(self, entries: dict[str, Entry]):
        self._entries = entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    @property
    def ids(self) -> list[str]:
        """All ids in the order of the file."""
        return list(self._entries)

    def entry(self, wanted: str) -> Entry:
        """One indicator; UsageError names the ids there are."""
        if wanted not in self._entries:
            raise UsageError(f"没有编号为“{wanted}”的指标。", f"可用的编号：{'、'.join(self._entries)}。")
        return self._entries[wanted]

    def decimals(self, wanted: str) -> int:
        """Decimals of the percentage as printed."""
        return self.entry(wanted).decimals


@cache
def load_catalogue() -> Catalogue:
    """The catalogue, read once per process."""
    toml, found = read_toml(FILE)
    refuse(found)
    assert toml is not None
    entries = {}
    for key, fields in toml.content.items():
        for name in ("needs", "quarters"):
            if name in fields:
                fields[name] = tuple(fields[name])
        try:
            entries[key] = Entry(id=key, **fields)
        except TypeError:
            mend = "每个指标的项目应与其他指标一样；请运行 make check 看是哪一项。"
            refuse([Finding(toml.file, toml.line(key), key, "缺项或有不认识的项。", mend)])
            raise
    return Catalogue(entries)
