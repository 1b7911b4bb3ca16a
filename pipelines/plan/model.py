"""Tasks and countable items of a plan, and how its deadlines are read."""

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from pipelines.towns import Town


COUNT, ALL, RATE, YESNO, OPEN = "数量", "全部", "比率", "是否", "未量化"
KINDS = (COUNT, ALL, RATE, YESNO, OPEN)
YEARLY, TERMLY, KEEP = "每年", "每学期", "保持"
CYCLES = ("", YEARLY, TERMLY, KEEP)
AT_LEAST, AT_MOST = "不低于", "不高于"
LEDGER, INDICATOR, MEASURE = "台账", "指标", "测算"
BASES = ("", "乡村学校", "镇驻地学校", "中小学", "幼儿园")

_DAY = re.compile(r"(\d{4})[-年./](\d{1,2})[-月./](\d{1,2})日?")
_MONTH = re.compile(r"(\d{4})[-年./](\d{1,2})月?底?前?")
_YEAR_END = re.compile(r"(\d{4})年(?:年)?底前?")
_YEAR = re.compile(r"(\d{4})年?")


@dataclass(frozen=True)
class Deadline:
    """A deadline as the plan words it, the day it is read as, and whether that day is our assumption.

    ``2025年`` gives no day: it is read as 31 December 2025 and the assumption is printed (domain.md E.1, E.3).
    """

    text: str
    day: dt.date
    assumed: bool

    @classmethod
    def parse(cls, text: str) -> "Deadline":
        """Read 2025-06-30, 2025年6月30日, 2025年6月底前, 2025年底前 or 2025年; ValueError otherwise."""
        bare = re.sub(r"\s", "", text)
        if match := _DAY.fullmatch(bare):
            return cls(text, dt.date(*(int(part) for part in match.groups())), False)
        if match := _YEAR_END.fullmatch(bare):
            return cls(text, dt.date(int(match[1]), 12, 31), False)
        if match := _MONTH.fullmatch(bare):
            year, month = int(match[1]), int(match[2])
            if not 1 <= month <= 12:
                raise ValueError(text)
            return cls(text, dt.date(year, month, calendar.monthrange(year, month)[1]), "底" not in bare)
        if match := _YEAR.fullmatch(bare):
            return cls(text, dt.date(int(match[1]), 12, 31), True)
        raise ValueError(text)


@dataclass(frozen=True)
class Task:
    """One listed task: number, name, deadline, leading and supporting units, whether towns have a duty, paragraph."""

    number: int
    name: str
    deadline: Deadline
    lead: str
    support: tuple[str, ...]
    town_duty: bool
    source: str


@dataclass(frozen=True)
class Item:
    """One countable sub-item of a task.

    ``target`` is a number in ``unit`` (of a rate a fraction 0–1), None where the base is the target (全部, 是否) or the
    text has no number (未量化). ``scope``: kinds of town with a duty (镇, 街道, 开发区), empty if none. ``origin`` is
    台账, 指标 or 测算, ``named`` the indicator or measure. ``year`` of one year of a yearly item. ``decision``: the
    bureau's own dated number for a text without one.
    """

    id: str
    task: int
    name: str
    wording: str
    kind: str
    direction: str
    target: float | None
    unit: str
    cycle: str
    baseline: float
    deadline: Deadline
    start: dt.date
    scope: tuple[str, ...]
    base: str
    origin: str
    named: str
    aliases: tuple[str, ...]
    source: str
    year: int | None = None
    decision: str = ""

    @property
    def label(self) -> str:
        """The name as printed, of a yearly item with its year."""
        return f"{self.name}（{self.year}年）" if self.year else self.name

    @property
    def key(self) -> str:
        """The id, of a yearly item with its year."""
        return f"{self.id}@{self.year}" if self.year else self.id

    def concerns(self, town: Town) -> bool:
        """Whether this unit has a figure of its own: the county always, a town where it has a duty."""
        return town.is_county or town.kind in self.scope

    def years(self, last: int) -> list["Item"]:
        """A yearly item as one item a year, from the first full year of the plan to the year of its deadline."""
        if self.cycle != YEARLY:
            return [self]
        first = self.start.year + 1
        return [
            replace(
                self,
                year=year,
                start=dt.date(year, 1, 1),
                deadline=Deadline(f"{year}年", dt.date(year, 12, 31), False),
            )
            for year in range(first, min(last, self.deadline.day.year) + 1)
        ]


@dataclass(frozen=True)
class Plan:
    """A plan: name, document number, day of issue, day of its end, tasks by number, items in order; ``note`` is printed."""

    name: str
    document: str
    issued: dt.date
    ends: Deadline
    listing: str
    source: str
    tasks: Mapping[int, Task]
    items: tuple[Item, ...]
    note: str = ""

    @cached_property
    def by_word(self) -> dict[tuple[int, str], Item]:
        """(task number, folded id, name or alias) → item."""
        found: dict[tuple[int, str], Item] = {}
        for item in self.items:
            for word in (item.id, item.name, *item.aliases):
                found.setdefault((item.task, fold(word)), item)
        return found

    @cached_property
    def words(self) -> frozenset[str]:
        """Every name, alias, unit and department of the plan, folded."""
        units = [word for task in self.tasks.values() for word in (task.lead, *task.support)]
        names = [word for item in self.items for word in (item.id, item.name, item.unit, *item.aliases)]
        return frozenset(fold(word) for word in [*units, *names] if word)

    def item_of(self, task: int, word: str) -> Item | None:
        """The item that a ledger row means by its 任务序号 and 子指标; None if no item is called so."""
        return self.by_word.get((task, fold(word)))


def fold(text: str) -> str:
    """A name without spaces, quotation marks and width differences."""
    import unicodedata

    return re.sub(r"[\s“”\"'‘’、，,。·]", "", unicodedata.normalize("NFKC", str(text))).lower()
