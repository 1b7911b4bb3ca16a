"""What a release of figures is made of: cells, the items that show them, and what everybody knows about cells.

A *cell* is one number (a count, a base, an amount). An *item* is what is shown or hidden as a whole: a count is one
cell; a rate shows its numerator, base and rest together. A *relation* is linear knowledge that a reader is assumed
to have: towns add up to the county, parts to their total, opening + new − resolved = closing.

Where a relation holds only up to a small difference (a pupil on two rolls counts in two towns, once in the county),
the reader is assumed to know the difference: less knowledge only widens what he must think possible.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One number.

    ``low``, ``high``: what the mark of a hidden cell tells a reader (＜10: at most 9). ``reach_low``, ``reach_high``:
    the protection a sensitive cell needs: what a reader must still think possible, in both directions; None where the
    cell itself is not sensitive.
    """

    key: str
    value: float
    low: float = 0.0
    high: float = math.inf
    reach_low: float | None = None
    reach_high: float | None = None

    @property
    def sensitive(self) -> bool:
        """Whether the cell needs protection of its own."""
        return self.reach_low is not None


@dataclass(frozen=True)
class Item:
    """One figure as shown: its cells (the first one is what its mark stands for), what hiding it costs, and its fate.

    ``hidden``: it must be hidden (a primary suppression, or hidden in an earlier release). ``kept``: it was hidden in
    an earlier release to protect others. ``fixed``: its fate is sealed: published already, or a zero that is shown.
    """

    key: str
    cells: tuple[str, ...]
    weight: float = 1.0
    hidden: bool = False
    fixed: bool = False
    kept: bool = False


@dataclass(frozen=True)
class Relation:
    """``sum(coefficient * cell) = constant`` or, with ``at_most``, ``<= constant``.

    The constant is what the true values give; for an inequality at least ``bound`` (a difference against the rule
    that the data show, such as a person counted twice, is assumed known).
    """

    terms: tuple[tuple[str, float], ...]
    at_most: bool = False
    bound: float = 0.0


class System:
    """All cells, items and relations of one decision; refuses one that contradicts itself (ValueError)."""

    def __init__(self, cells: Iterable[Cell], items: Iterable[Item], relations: Iterable[Relation]):
        self.cells = {cell.key: cell for cell in cells}
        self.items = {item.key: item for item in items}
        self.relations = [relation for relation in relations if relation.terms]
        self.item_of: dict[str, str] = {}
        for item in self.items.values():
            for key in item.cells:
                if key in self.item_of:
                    raise ValueError(f"cell {key} belongs to two items; use two cells and a relation")
                self.item_of[key] = item.key
        for relation in self.relations:
            for key, _ in relation.terms:
                if key not in self.cells:
                    raise ValueError(f"a relation names the unknown cell {key}")
        for cell in self.cells.values():
            if not cell.low <= cell.value <= cell.high:
                raise ValueError(f"cell {cell.key} lies outside what its mark says")
            if cell.sensitive and cell.key in self.item_of and not self.items[self.item_of[cell.key]].hidden:
                raise ValueError(f"the sensitive cell {cell.key} is not hidden")

    def constant(self, relation: Relation) -> float:
        """The right-hand side a reader knows."""
        total = sum(coefficient * self.cells[key].value for key, coefficient in relation.terms)
        return max(total, relation.bound) if relation.at_most else total

    def slack(self, relation: Relation) -> float:
        """How far an inequality is from being an equality at the true values (0 for an equality)."""
        total = sum(coefficient * self.cells[key].value for key, coefficient in relation.terms)
        return self.constant(relation) - total
