"""What is compared between two editions of a report: the figures it shows, each by itself.

Those are the indicators, in the first quarter the ones of the closing autumn semester, and the items of the plan. Which
of them a report shows: a theme of the catalogue those of its theme, any other report what its notebook's cells name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines import formatting, notebooks, provenance
from pipelines.indicators.catalogue import load_catalogue
from pipelines.plan import words
from pipelines.themes import Theme
from pipelines.townview import AUTUMN, TownView


# What makes a figure another one; texts of the catalogue and comparisons with earlier quarters do not.
_INDICATOR = ("value", "numerator", "denominator", "state", "breakdown")
_ITEM = ("status", "state", "done", "target", "lacks", "unreported", "due", "reason", "note")
_SUMMARIES = {"inspections": "督导情况", "complaints": "诉求情况", "strange": "台账中没有计入的行"}
_SHOWS_CASES = re.compile(r"\b(?:worklist|cases|tasks|summary|county_summary)\b")

Content = dict[str, Any]  # indicators.json, or a view's part of it


@dataclass(frozen=True)
class Figure:
    """One figure: what it is called, how it is printed, what makes it another; ``tables`` it is made from, if known."""

    id: str
    name: str
    text: str
    essence: Any
    tables: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Scope:
    """What a report shows."""

    theme: Theme

    @cached_property
    def known(self) -> bool:
        """Whether it is a theme of the catalogue."""
        return any(entry.theme == self.theme.name for entry in load_catalogue())

    @cached_property
    def _source(self) -> str:
        return "\n".join(cell.source for cell in notebooks.cells(notebooks.read(self.theme.notebook)))

    @property
    def plan(self) -> bool:
        """Whether it shows items of the plan."""
        return not self.known and "pipelines.plan" in self._source

    @property
    def towns(self) -> bool:
        """Whether the county's report may compare the towns."""
        return not self.known

    @property
    def cases(self) -> bool:
        """Whether it lists cases."""
        return self.known or bool(_SHOWS_CASES.search(self._source.replace("page.summary", "")))

    @cached_property
    def _ids(self) -> set[str]:
        catalogue = load_catalogue()
        if self.known:
            return {entry.id for entry in catalogue if entry.theme == self.theme.name}
        named = {wanted for wanted in catalogue.ids if re.search(rf"\b{wanted}\b", self._source)}
        return named or (set() if self.plan else set(catalogue.ids))

    def shows(self, key: str) -> bool:
        """Whether it shows the figure of that key (``figures``)."""
        kind, _, wanted = key.partition(":")
        if kind == "item":
            return self.plan
        if kind == "summary":
            return self.plan and wanted in self._source
        return wanted in self._ids and (kind == "now" or self.known or "autumn" in self._source)


def content_of(view: TownView) -> Content:
    """The part of a view that is compared, as indicators.json has it."""
    plan = {name: part for name, part in view.plan.items() if name != "towns"}
    return {"indicators": view.indicators, AUTUMN: view.autumn, "plan": plan}


def figures(content: Content) -> dict[str, Figure]:
    """Every figure by its key: ``now:D05``, ``autumn:A03``, ``item:1.2``, ``summary:complaints``."""
    found = {f"now:{entry['id']}": _indicator(entry) for entry in content["indicators"]}
    for entry in content.get(AUTUMN) or ():
        found[f"autumn:{entry['id']}"] = _indicator(entry, "秋季学期")
    plan = content.get("plan") or {}
    for entry in plan.get("items", ()):
        found[f"item:{entry['id']}"] = _item(entry)
    for name, title in _SUMMARIES.items():
        if name in plan:
            found[f"summary:{name}"] = Figure("汇总", title, "见正文", plan[name])
    return found


def _indicator(entry: dict[str, Any], of: str = "") -> Figure:
    base = formatting.base_text(entry)
    known = (
        load_catalogue().entry(entry["id"]) if entry["id"] in load_catalogue().ids else None
    )  # or dropped since
    text = formatting.indicator_value(entry, known.decimals if known else 1)
    shown = f"{text}（{base}）" if base and entry["state"] == "ok" else text
    essence = {name: entry.get(name) for name in _INDICATOR}
    return Figure(f"{entry['id']}{of}", entry["name"], shown, essence, known.tables if known else None)


def _item(entry: dict[str, Any]) -> Figure:
    shown = words.progress(entry)
    status = entry["status"]
    text = f"{shown}，{status}" if status and status != shown else shown
    return Figure(f"子项{entry['id']}", entry["name"], text, {name: entry.get(name) for name in _ITEM})


def figures_hash(content: Content) -> str:
    """SHA-256 over what makes the figures what they are."""
    return provenance.sha256_json({key: figure.essence for key, figure in figures(content).items()})


def towns_hashes(view: TownView, scope: Scope) -> dict[str, str]:
    """Town code → SHA-256 over the figures of the town that a county's report may show; empty for a town's."""
    plans = view.plan.get("towns", {})
    if not scope.towns:
        return {}
    return {code: _shown_hash(view, code, plans, scope) for code in sorted(view.towns.keys() | plans.keys())}


def _shown_hash(view: TownView, code: str, plans: dict[str, Any], scope: Scope) -> str:
    indicators: Iterable[dict[str, Any]] = view.towns.get(code, {}).get("indicators", ())
    found = figures({"indicators": indicators, "plan": {"items": plans.get(code, [])}})
    return provenance.sha256_json({key: f.essence for key, f in found.items() if scope.shows(key)})
