"""The cheapest items that meet all constraints so far: an integer programme (HiGHS through scipy)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from pipelines.disclosure.errors import DisclosureError


EPS = 1e-6
_TIE = 1e-4
# Where a part is too hard to solve to the end, the best answer found is taken, whose loss is proved to be within the
# gap or which the (deterministic) limit of nodes ended; protection never depends on it.
_GAP = 1e-3
_NODES = 2_000


@dataclass(frozen=True)
class Cut:
    """At least ``need`` (if the item ``only_if`` is hidden, where one is named) from items, each giving so much."""

    gives: tuple[tuple[str, float], ...]
    need: float
    only_if: str = ""

    @property
    def names(self) -> set[str]:
        """The items it is about."""
        return {name for name, _ in self.gives} | ({self.only_if} if self.only_if else set())


class Cover:
    """Constraints as they come in, and the answer to them; ``weights`` is what hiding each item costs."""

    def __init__(self, weights: Mapping[str, float]):
        self.weights = weights
        self.cuts: dict[Cut, None] = {}
        self.answers: dict[tuple[Cut, ...], frozenset[str]] = {}
        self.forced: frozenset[str] = frozenset()

    def force(self, names: frozenset[str]) -> None:
        """Keep these hidden from now on, for speed."""
        self.forced |= names
        self.answers.clear()

    def choose(self) -> frozenset[str]:
        """The cheapest items that meet all constraints so far; ties go to the items named first.

        Constraints without an item in common are solved apart, and the answer of each part is remembered.
        """
        if any(not cut.gives and not cut.only_if for cut in self.cuts):
            raise DisclosureError([])
        chosen: set[str] = set()
        for part in self.linked():
            if part not in self.answers:
                self.answers[part] = self.cheapest(part)
            chosen |= self.answers[part]
        return frozenset(chosen)

    def linked(self) -> list[tuple[Cut, ...]]:
        """The constraints in parts that share no item."""
        parent: dict[str, str] = {}

        def root(name: str) -> str:
            parent.setdefault(name, name)
            while parent[name] != name:
                parent[name] = parent[parent[name]]
                name = parent[name]
            return name

        for cut in self.cuts:
            names = sorted(cut.names)
            for name in names:
                first, second = sorted((root(names[0]), root(name)))
                parent[second] = first
        parts: dict[str, list[Cut]] = {}
        for cut in self.cuts:
            parts.setdefault(root(min(cut.names)), []).append(cut)
        return [tuple(parts[name]) for name in sorted(parts)]

    def cheapest(self, cuts: Sequence[Cut]) -> frozenset[str]:
        """The integer programme of one part."""
        names = sorted({name for cut in cuts for name in cut.names})
        column = {name: number for number, name in enumerate(names)}
        rows, columns, values, needs = [], [], [], []
        for number, cut in enumerate(cuts):
            parts = [*cut.gives, (cut.only_if, -cut.need)] if cut.only_if else list(cut.gives)
            needs.append(-EPS if cut.only_if else cut.need - EPS)
            for name, amount in parts:
                rows.append(number)
                columns.append(column[name])
                values.append(amount)
        costs = [self.weights[name] + _TIE * (n + 1) / len(names) for n, name in enumerate(names)]
        matrix = csr_array((values, (rows, columns)), shape=(len(needs), len(names)))
        result = milp(
            np.array(costs),
            constraints=LinearConstraint(matrix, lb=np.array(needs)),
            integrality=np.ones(len(names)),
            bounds=Bounds(np.array([float(name in self.forced) for name in names]), 1),
            options={"mip_rel_gap": _GAP, "node_limit": _NODES},
        )
        if result.x is None:
            raise DisclosureError([])
        return frozenset(name for name, value in zip(names, result.x, strict=True) if value > 0.5)
