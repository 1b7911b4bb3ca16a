"""Generated releases: towns × parts with totals both ways, over several quarters, as plain dictionaries.

Independent of pipelines/disclosure: only ``as_system`` translates them for it.
"""

import math
import random
from dataclasses import dataclass, field

from pipelines.disclosure.model import Cell, Item, Relation, System


SMALL = 10


@dataclass
class Table:
    """True values, what adds up (terms, constant), and whether zeros are shown."""

    values: dict[str, float] = field(default_factory=dict)
    equal: list[tuple[dict[str, float], float]] = field(default_factory=list)
    at_most: list[tuple[dict[str, float], float]] = field(default_factory=list)
    zeros_shown: bool = True

    def add_up(self, total: str, parts: list[str]) -> None:
        """parts = total, up to a difference that the reader knows."""
        terms = {total: -1.0, **dict.fromkeys(parts, 1.0)}
        self.equal.append((terms, sum(c * self.values[n] for n, c in terms.items())))

    def mark(self, name: str) -> tuple[float, float]:
        """What the mark of a hidden cell says."""
        if self.values[name] < SMALL:
            return (1.0 if self.zeros_shown else 0.0, SMALL - 1.0)
        return (float(SMALL), math.inf)

    def small(self, name: str) -> bool:
        """Whether the cell may not be shown for its own sake."""
        value = self.values[name]
        return 0 < value < SMALL or (value == 0 and not self.zeros_shown)


def two_ways(seed: int, towns: int = 6, parts: int = 3, mean: float = 6.0, zeros_shown: bool = True) -> Table:
    """Counts by town and part, with town totals, part totals of the county, and the county; a few counted twice."""
    rng = random.Random(seed)
    table = Table(zeros_shown=zeros_shown)
    names = [f"t{number:02d}" for number in range(towns)]
    kinds = [f"p{number}" for number in range(parts)]
    for town in names:
        scale = rng.choice([0.2, 1.0, 1.0, 4.0]) * mean
        for kind in kinds:
            table.values[f"{town}/{kind}"] = int(rng.expovariate(1 / scale))
        table.values[town] = sum(table.values[f"{town}/{kind}"] for kind in kinds)
    for kind in kinds:
        total = sum(table.values[f"{town}/{kind}"] for town in names)
        table.values[f"county/{kind}"] = max(
            total - rng.choice([0, 0, 0, 1]), *(table.values[f"{t}/{kind}"] for t in names)
        )
    table.values["county"] = sum(table.values[f"county/{kind}"] for kind in kinds)
    for town in [*names, "county"]:
        table.add_up(town, [f"{town}/{kind}" for kind in kinds])
    for kind in ["", *(f"/{kind}" for kind in kinds)]:
        table.add_up(f"county{kind}", [f"{town}{kind}" for town in names])
    return table


def flows(seed: int, quarters: int = 4, towns: int = 5) -> list[Table]:
    """Quarters of opening + new − resolved = closing; each table holds its quarter and all earlier ones."""
    rng = random.Random(seed)
    names = [f"t{number:02d}" for number in range(towns)]
    closing = {town: int(rng.expovariate(1 / rng.choice([2.0, 6.0, 25.0]))) for town in names}
    whole = Table(zeros_shown=bool(seed % 2))
    tables = []
    for quarter in range(quarters):
        for town in names:
            new, opening = int(rng.expovariate(0.2)), closing[town]
            resolved = rng.randint(0, opening)
            closing[town] = opening + new - resolved
            numbers = {"opening": opening, "new": new, "resolved": resolved, "closing": closing[town]}
            whole.values |= {f"q{quarter}/{town}/{name}": value for name, value in numbers.items()}
        for name in ("opening", "new", "resolved", "closing"):
            whole.values[f"q{quarter}/county/{name}"] = sum(
                whole.values[f"q{quarter}/{t}/{name}"] for t in names
            )
            whole.add_up(f"q{quarter}/county/{name}", [f"q{quarter}/{t}/{name}" for t in names])
        for place in [*names, "county"]:
            here = f"q{quarter}/{place}"
            whole.equal.append(
                (
                    {f"{here}/opening": 1, f"{here}/new": 1, f"{here}/resolved": -1, f"{here}/closing": -1},
                    0,
                )
            )
            if quarter:
                whole.equal.append(({f"{here}/opening": 1, f"q{quarter - 1}/{place}/closing": -1}, 0))
        tables.append(Table(dict(whole.values), list(whole.equal), [], whole.zeros_shown))
    return tables


def as_system(
    table: Table, shown_before: dict[str, bool] | None = None, vague_before: frozenset[str] = frozenset()
) -> System:
    """The table as the module takes it; ``shown_before``: cells of earlier quarters, whether each was shown."""
    before = shown_before or {}
    cells, items = [], []
    for name, value in table.values.items():
        low, high = reach = table.mark(name)
        small = table.small(name)
        if value < SMALL and not small:
            low = high = value
        if name in vague_before:
            low, high = 0.0, math.inf
        cells.append(Cell(name, value, low, high, *(reach if small else (None, None))))
        zero = value == 0 and not small
        hidden = small or before.get(name) is False
        items.append(
            Item(
                name,
                (name,),
                weight=3.0 if name.startswith("county") else 1.0 + math.log10(1 + value) / 10,
                hidden=hidden,
                fixed=name in before or zero,
                kept=hidden and not small,
            )
        )
    relations = [Relation(tuple(sorted(terms.items()))) for terms, _ in table.equal]
    relations += [Relation(tuple(sorted(t.items())), at_most=True, bound=c) for t, c in table.at_most]
    return System(cells, items, relations)
