"""One unit's items of the plan, and how a page speaks of them: ``PlanUnit(report)``."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from pipelines import formatting, markup
from pipelines.errors import ConfigError, UsageError
from pipelines.plan import status, words
from pipelines.plan.model import Item, Plan
from pipelines.reference import load_reference
from pipelines.report import Report


Entry = dict[str, Any]


class PlanUnit:
    """The items of a town or the county: by state, by deadline, and each in words."""

    def __init__(self, report: Report):
        if report.view.edition != "internal":
            raise UsageError(
                "重点任务进展和通报只有内部版：其中有各镇街区的真实小数值，没有经过披露控制。",
                "请使用 EDITION=internal。",
            )
        self.report = report
        self.view = report.view.plan
        self.county = report.view.town.is_county
        self._words = words.load_words(report.settings.paths.reference)
        plan = load_reference(report.settings, report.view.dataset).plan
        self.plan: Plan | None = plan if self.view else None
        self.items: list[Entry] = self.view.get("items", [])
        self._by_id: dict[str, Item] = {}
        for item in plan.items if plan else ():
            for one in item.years(report.period.year):
                self._by_id[one.key] = one

    def say(self, section: str, case: str, **values: object) -> str:
        """A text of data/reference/plan/sentences.toml."""
        try:
            return self._words[section][case].format(**values)
        except (KeyError, IndexError, ValueError) as error:
            raise ConfigError(
                f"语句文件 {words.FILE} 的 [{section}] {case} 缺少，或有不认识的占位符（{error}）。",
                "请照发布的文件补上或改正。",
            ) from error

    def of(self, entry: Entry) -> Item:
        """The item of a figure."""
        return self._by_id[entry["id"]]

    @property
    def own(self) -> list[Entry]:
        """The items this unit has a duty in."""
        return [e for e in self.items if e["reason"] != "city_led"]

    def with_status(self, *wanted: str) -> list[Entry]:
        """Items in these states, in the order of the plan."""
        return [e for e in self.items if e["status"] in wanted]

    @property
    def unknown(self) -> list[Entry]:
        """Items whose figure is missing."""
        return [e for e in self.items if e["state"] == status.MISSING]

    def due_in(self, first: dt.date, last: dt.date) -> list[Entry]:
        """Items due in a span of days and not closed."""
        span = (first.isoformat(), last.isoformat())
        return [e for e in self.own if span[0] <= e["due"] <= span[1] and e["status"] != status.CLOSED]

    def names(self, entries: Iterable[Entry], extra: Callable[[Entry], str] = lambda _: "") -> str:
        """Items by number and name: ``2.2绿色校园（1/2所）``."""
        found = []
        for entry in entries:
            more = extra(entry)
            found.append(self.label(entry) + (f"（{more}）" if more else ""))
        return "、".join(found)

    def light(self) -> tuple[str, str]:
        """Colour and word of the whole."""
        if self.with_status(status.OVERDUE):
            return "red", "红灯：有到期未完成"
        if self.with_status(status.BEHIND):
            return "yellow", "黄灯：有滞后"
        if self.unknown or not self.items:
            return "grey", "灰灯：有缺报"
        return "green", "绿灯：按期推进"

    def label(self, entry: Entry) -> str:
        """Number and name of an item."""
        return f"{self.of(entry).id} {entry['name']}"

    def situation(self, entry: Entry) -> str:
        """What there is to say of an item: progress and since when, what is lacking, or why it is unknown."""
        if entry["state"] == status.MISSING:
            return entry["note"] or self.say("reasons", entry["reason"])
        silent = f"，{entry['unreported']}处未报" if entry["unreported"] else ""
        return words.progress(entry) + silent

    def responsible(self, entry: Entry) -> str:
        """Who is responsible in this unit: as the ledger says, else the town's office or the leading unit."""
        assert self.plan is not None
        own = self.plan.tasks[entry["task"]].lead if self.county else f"{self.report.town}教管办"
        return formatting.chinese_marks(entry["duty_unit"] or own)

    def state(self, entry: Entry) -> markup.Light | str:
        """The state as a cell; of a finished item with what keeps it from being closed."""
        if entry["lacks"]:
            return self.say("summary", "lacking", lacks="、".join(entry["lacks"]))
        return words.mark(entry)
