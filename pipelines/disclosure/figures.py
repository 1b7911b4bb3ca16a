"""The figures of one quarter, and all released before, as one system of cells, items and relations."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.disclosure.complaints import RECEIVED, base_of
from pipelines.disclosure.equations import Equation, equations
from pipelines.disclosure.model import Cell, Item, Relation, System
from pipelines.disclosure.primary import BASE, COUNT, NUMERATOR, REST, Small, rules, zero_shown
from pipelines.periods import Period
from pipelines.towns import COUNTY_CODE


Towns = Mapping[str, list[dict[str, Any]]]
Whole = Callable[[str, str], bool]


@dataclass(frozen=True)
class Released:
    """What is remembered of a release: the figures it was made from, what was shown, and which marks were vague.

    ``partial``: ``town code/indicator`` where the population was not whole, so that a zero was not shown.
    """

    towns: Towns
    shown: Mapping[str, bool]
    vague: frozenset[str] = frozenset()
    partial: frozenset[str] = frozenset()


@dataclass
class Builder:
    """Collects the parts of the system."""

    small: Small
    releases: Mapping[Period, Released]
    period: Period
    cells: dict[str, Cell] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)

    def whole(self, period: Period, code: str, name: str) -> bool:
        """Whether the population behind a figure is whole."""
        return f"{code}/{name}" not in self.releases[period].partial

    def count(self, period: Period, code: str, name: str, value: float, weight: float) -> None:
        """A count that is an item of its own."""
        key = f"{period}/{code}/{name}"
        shown = zero_shown(name, COUNT, self.whole(period, code, name))
        vague = key in self.releases[period].vague
        self.cells[key] = self.small.count_cell(key, value, shown, vague)
        self.item(period, key, (key,), weight, forced=value == 0 and shown)

    def rate(self, period: Period, code: str, name: str, figure: dict[str, Any], weight: float) -> None:
        """A rate: numerator, rest and base, shown or hidden together."""
        key = f"{period}/{code}/{name}"
        base, numerator = figure["denominator"], figure["numerator"]
        numbers = {NUMERATOR: numerator, BASE: base}
        if base >= numerator:
            numbers[REST] = base - numerator
        whole = self.whole(period, code, name)
        for role, value in numbers.items():
            shown = zero_shown(name, role, whole) or (base == 0 and role != BASE)
            self.cells[f"{key}.{role}"] = self.small.part_cell(f"{key}.{role}", value, shown)
        self.item(period, key, tuple(f"{key}.{role}" for role in numbers), weight)
        if REST in numbers:
            self.add([(f"{key}.{NUMERATOR}", 1.0), (f"{key}.{REST}", 1.0), (f"{key}.{BASE}", -1.0)])

    def item(
        self, period: Period, key: str, cells: tuple[str, ...], weight: float, forced: bool = False
    ) -> None:
        """What is shown or hidden as a whole; the fate of an item of an earlier release is sealed."""
        sensitive = any(self.cells[cell].sensitive for cell in cells)
        if period == self.period:
            self.items.append(Item(key, cells, weight, hidden=sensitive, fixed=forced))
            return
        hidden = not self.releases[period].shown.get(key, False)
        if sensitive and not hidden:
            raise ValueError(f"{key} was released although it is small")
        self.items.append(Item(key, cells, weight, hidden=hidden, fixed=True, kept=hidden and not sensitive))

    def add(self, terms: list[tuple[str, float]], at_most: bool = False) -> None:
        """A relation, if all its cells are there."""
        if all(key in self.cells for key, _ in terms):
            self.relations.append(Relation(tuple(terms), at_most))


def build(period: Period, own: Released, earlier: Mapping[Period, Released], threshold: int) -> System:
    """The system of a quarter (``own``: nothing decided yet) and all released before it.

    ``own.towns``: {town code: figures as the indicator stage wrote them}, the county under 000. ValueError if an
    earlier release contradicts the rule.
    """
    quarters = {**earlier, period: own}
    builder = Builder(Small(threshold), quarters, period)
    for quarter in sorted(quarters):
        for code, figures in sorted(quarters[quarter].towns.items()):
            for figure in figures:
                _figure(builder, quarter, code, figure)
    _totals(builder)
    _topics(builder)
    for quarter in sorted(quarters):
        for code in sorted(quarters[quarter].towns):
            for equation in equations():
                if quarter.quarter in equation.quarters:
                    _equation(builder, quarter, code, equation)
    return System(builder.cells.values(), builder.items, builder.relations)


def modelled(figure: dict[str, Any], code: str) -> bool:
    """Whether a figure is one of those that rules.toml publishes for the area, and has numbers."""
    area = "county" if code == COUNTY_CODE else "town"
    return figure["numerator"] is not None and base_of(figure["id"]) in rules()["publish"][area]


def _figure(builder: Builder, period: Period, code: str, figure: dict[str, Any]) -> None:
    if not modelled(figure, code):
        return
    weights = rules()["weights"]
    area = weights["county"] if code == COUNTY_CODE else 1.0
    headline = area * weights["headline"] * weights["preferred"].get(base_of(figure["id"]), 1.0)
    if figure["denominator"] is None:
        value = figure["value"]
        builder.count(period, code, figure["id"], value, headline + math.log10(1 + value))
    else:
        builder.rate(period, code, figure["id"], figure, headline + math.log10(1 + figure["denominator"]))


def _totals(builder: Builder) -> None:
    """Towns to county for every number of every quarter."""
    towns: dict[tuple[str, str], list[str]] = {}
    for key in builder.cells:
        quarter, code, name = key.split("/", 2)
        if code != COUNTY_CODE:
            towns.setdefault((quarter, name), []).append(key)
    for (quarter, name), keys in towns.items():
        builder.add([*((key, 1.0) for key in keys), (f"{quarter}/{COUNTY_CODE}/{name}", -1.0)])


def _topics(builder: Builder) -> None:
    """Complaints: topics to their total; received − answered = unanswered of each topic, which nobody prints."""
    parts: dict[str, list[str]] = {}
    for key in builder.cells:
        if base_of(name := key.split("/", 2)[2]) != name:
            parts.setdefault(key.partition(".")[0], []).append(key)
    for whole, keys in sorted(parts.items()):
        builder.add([*((key, 1.0) for key in keys), (whole, -1.0)])
        if not whole.endswith(f"/{RECEIVED}"):
            continue
        for key in keys:
            answered, rest = key.replace(whole, f"{whole}a"), f"{key}.unanswered"
            left = builder.cells[key].value - builder.cells[answered].value
            builder.cells[rest] = builder.small.part_cell(rest, left, zero_shown=True)
            builder.add([(key, 1.0), (answered, -1.0), (rest, -1.0)])


def _equation(builder: Builder, period: Period, code: str, equation: Equation) -> None:
    terms = [(f"{period.shift(-t.back)}/{code}/{t.name}", t.sign, t.unseen) for t in equation.terms]
    if any(key not in builder.cells for key, _, unseen in terms if not unseen):
        return
    for key, sign, unseen in terms:
        if unseen:
            seen = sum(builder.cells[other].value * s for other, s, hidden in terms if not hidden)
            builder.cells[key] = builder.small.part_cell(key, max(-seen / sign, 0.0), zero_shown=True)
    builder.add([(key, sign) for key, sign, _ in terms], equation.at_most)
