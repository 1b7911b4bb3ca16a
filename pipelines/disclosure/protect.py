"""Complementary suppression: what else must be hidden so that no hidden figure can be worked out.

An integer programme (HiGHS through scipy) chooses the items to hide at the least loss; for every protected cell and
direction a linear programme asks how far a reader must still think it possible. If not far enough, the dual solution
says which further items could help, which becomes a constraint of the integer programme (cutting planes as in
Fischetti and Salazar's work on cell suppression). The end is optimal for the stated weights, and the same every time.

The rule. A sensitive cell: everything its mark leaves open (＜10: 1 to 9, or 0 to 9 where zeros are not shown) stays
possible, as far as any reader can tell from the whole release. Where that cannot be had by hiding any figure (a town
has one pupil more than the county, because of a pupil on two rolls), everything stays possible that would be if all
that may be hidden were hidden, and the range is at least WIDTH wide; else nothing is released. An item hidden to
protect others: the range of its first cell is at least WIDTH wide.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from pipelines.disclosure.bounds import Answer, Group, Problem, farthest, groups, push
from pipelines.disclosure.model import Item, System


WIDTH = 4.0
_EPS = 1e-6
_ROUNDS = 500
_TIE = 1e-4
# Where a part is too hard to solve to the end, the best answer found is taken, whose loss is proved to be within the
# gap or which the (deterministic) limit of nodes ended; protection never depends on it.
_COMMON = 40
_EXACT = 12
_GAP = 1e-3
_NODES = 2_000


class DisclosureError(Exception):
    """No choice of hidden figures protects what must be hidden; ``cells`` names those left open (keys only)."""

    def __init__(self, cells: list[str]):
        super().__init__(f"cannot protect {len(cells)} cells")
        self.cells = cells


@dataclass(frozen=True)
class Release:
    """The decision: items hidden as small themselves, and items hidden to protect them.

    ``vague``: those of the first kind whose mark must not even say ＜10 (16 − ＜10 = ＜10 tells both: 7 to 9).
    """

    primary: frozenset[str]
    complementary: frozenset[str]
    vague: frozenset[str] = frozenset()

    @property
    def hidden(self) -> frozenset[str]:
        """Everything that must not be shown."""
        return self.primary | self.complementary


@dataclass(frozen=True)
class _Cut:
    """At least ``need`` (if the item ``only_if`` is hidden, where one is named) from items, each giving so much."""

    gives: tuple[tuple[str, float], ...]
    need: float
    only_if: str = ""

    @property
    def names(self) -> set[str]:
        """The items it is about."""
        return {name for name, _ in self.gives} | ({self.only_if} if self.only_if else set())


def protect(system: System, start: str = "") -> Release:
    """The least costly set of items to hide; DisclosureError if even hiding everything hidable is not enough."""
    primary = frozenset(item.key for item in system.items.values() if item.hidden)
    vague: frozenset[str] = frozenset()
    while True:
        try:
            hidden = _Search(_with_vague_marks(system, vague), primary, start).run()
            return Release(primary, hidden - primary, vague)
        except DisclosureError as error:
            more = _could_be_vague(system, error.cells, vague)
            if not more:
                raise
            vague |= more


def _could_be_vague(system: System, cells: Sequence[str], vague: frozenset[str]) -> frozenset[str]:
    """The hidden items of this release, not vague yet, among these cells, or else among all linked with them."""

    def items(keys: Iterable[str]) -> frozenset[str]:
        found = (system.items[system.item_of[key]] for key in keys if key in system.item_of)
        return frozenset(item.key for item in found if item.hidden and not item.fixed)

    if own := items(cells) - vague:
        return own
    linked = groups(system, [key for key in system.cells if not _shown(system, key)])
    return items(key for group in linked if set(cells) & set(group.keys) for key in group.keys) - vague


def _shown(system: System, key: str) -> bool:
    item = system.items.get(system.item_of.get(key, ""))
    return item is not None and item.fixed and not item.hidden


def _with_vague_marks(system: System, vague: frozenset[str]) -> System:
    if not vague:
        return system
    cells = (
        replace(cell, low=0.0, high=math.inf) if system.item_of.get(key) in vague else cell
        for key, cell in system.cells.items()
    )
    return System(cells, system.items.values(), system.relations)


class _Search:
    """Alternates between choosing items and asking what a reader can work out."""

    def __init__(self, system: System, primary: frozenset[str], start: str = ""):
        self.system = system
        self.start = start
        self.primary = primary
        self.always = [key for key in system.cells if key not in system.item_of]
        self.choices = sorted(
            (i for i in system.items.values() if not i.hidden and not i.fixed), key=lambda i: i.key
        )
        self.best: dict[str, tuple[float, float]] = {}
        self.known: dict[tuple[str, ...], list[_Cut]] = {}
        self.cuts: dict[_Cut, None] = {}
        self.answers: dict[tuple[_Cut, ...], frozenset[str]] = {}
        self.forced: frozenset[str] = frozenset()

    def run(self) -> frozenset[str]:
        """All hidden items."""
        hidden = self.primary
        for turn in range(_ROUNDS):
            before = len(self.cuts)
            if self.holds(hidden):
                return self.trimmed(hidden)
            for group in self.parts(hidden):
                self.cuts |= dict.fromkeys(self.known[group.keys])
            if len(self.cuts) == before:
                break
            if turn >= _EXACT:
                # The last few per cent would take most of the time: keep what was chosen, trim at the end.
                self.forced |= hidden - self.primary
                self.answers.clear()
            hidden = self.primary | self.choose() | self.forced
        raise ArithmeticError("no decision that the control accepts")

    def holds(self, hidden: frozenset[str]) -> bool:
        """Whether the rule is kept by a release."""
        parts = self.parts(hidden)
        self.look_at([group for group in parts if group.keys not in self.known])
        return not any(self.known[group.keys] for group in parts)

    def trimmed(self, hidden: frozenset[str]) -> frozenset[str]:
        """Without those kept for speed that turn out not to be needed, the costliest first."""
        for name in sorted(self.forced, key=lambda n: (-self.system.items[n].weight, n)):
            if name in hidden and self.holds(hidden - {name}):
                hidden -= {name}
        return hidden

    def parts(self, hidden: frozenset[str]) -> list[Group]:
        """The groups of hidden cells."""
        listed = groups(
            self.system, [*self.always, *(key for name in hidden for key in self.system.items[name].cells)]
        )
        return [group for group in listed if any(key.startswith(self.start) for key in group.keys)]

    def look_at(self, fresh: Sequence[Group]) -> None:
        """Remember for each group a constraint for every protection that it does not give."""
        doubtful = [(group, key) for group in fresh for key in self.doubtful(group)]
        open_ones = [
            (group, key, below, above)
            for (group, key), (below, above) in zip(doubtful, self.both_ways(doubtful), strict=True)
            if not self.enough(key, self.wanted(key), (below.reached, above.reached))
        ]
        self.measure([key for _, key, _, _ in open_ones])
        for group in fresh:
            self.known[group.keys] = []
        for group, key, below, above in open_ones:
            self.known[group.keys] += self.constraints(group, key, below, above)

    def doubtful(self, group: Group) -> list[str]:
        """The guarded cells that a few common programmes do not already prove safe.

        Each pushes many cells at once, half of them up and half down; a point it finds is possible, so every cell
        that lies far enough away in such points needs no programme of its own.
        """
        left = {key: self.wanted(key) for key in group.keys if self.guarded(key)}
        low, high = np.zeros(len(group.keys)), np.zeros(len(group.keys))
        idle = 0
        for turn in range(_COMMON):
            goals = {}
            for number, (key, (down, up)) in enumerate(left.items()):
                place = group.place[key]
                ways = [
                    far for far, there in ((up, high[place]), (-down, low[place])) if abs(there) < abs(far)
                ]
                if ways:
                    goals[key] = ways[(number + turn) % len(ways)]
            if not goals or idle > 2:
                break
            point = push(group, goals)
            low, high = np.minimum(low, point), np.maximum(high, point)
            before = len(left)
            left = {
                key: wanted
                for key, wanted in left.items()
                if not self.enough(key, wanted, (-low[group.place[key]], high[group.place[key]]))
            }
            idle = idle + 1 if len(left) == before else 0
        return list(left)

    def guarded(self, key: str) -> bool:
        """Whether the rule asks anything of the cell, once hidden."""
        item = self.system.items.get(self.system.item_of.get(key, ""))
        first = item is not None and item.cells[0] == key and (item.kept or not item.hidden)
        return self.system.cells[key].sensitive or first

    def wanted(self, key: str) -> tuple[float, float]:
        """(down, up): how far the cell should be able to deviate."""
        cell = self.system.cells[key]
        if cell.reach_low is None or cell.reach_high is None:
            return WIDTH, WIDTH
        down, up = max(cell.value - cell.reach_low, 0.0), max(cell.reach_high - cell.value, 0.0)
        best = self.best.get(key, (down, up))
        return min(down, best[0]), min(up, best[1])

    def enough(self, key: str, wanted: tuple[float, float], reached: tuple[float, float]) -> bool:
        """Whether the rule is kept."""
        if self.system.cells[key].sensitive:
            return reached[0] >= wanted[0] - _EPS and reached[1] >= wanted[1] - _EPS
        return sum(reached) >= WIDTH - _EPS

    def both_ways(self, pairs: Sequence[tuple[Group, str]]) -> Iterator[tuple[Answer, Answer]]:
        """(below, above) of each cell within its group, as far as the rule asks."""
        problems, wide = [], []
        for group, key in pairs:
            down, up = self.wanted(key)
            problems += [Problem(group, key, -down), Problem(group, key, up)]
            wide.append(key)
        answers = iter(farthest(problems))
        return ((next(answers), next(answers)) for _ in wide)

    def measure(self, keys: Sequence[str]) -> None:
        """For sensitive cells found open: how far they could deviate if everything hidable were hidden.

        DisclosureError if that is less than the rule's least.
        """
        fresh = [key for key in keys if key not in self.best and self.system.cells[key].sensitive]
        if not fresh:
            return
        everything = self.parts(self.primary | {item.key for item in self.choices})
        home = {key: group for group in everything for key in group.keys}
        open_cells = []
        for key, (below, above) in zip(fresh, self.both_ways([(home[k], k) for k in fresh]), strict=True):
            least = min(WIDTH, sum(self.wanted(key)))
            if below.reached + above.reached < least - _EPS:
                open_cells.append(key)
            self.best[key] = (below.reached, above.reached)
        if open_cells:
            raise DisclosureError(sorted(open_cells))

    def constraints(self, group: Group, key: str, below: Answer, above: Answer) -> Iterator[_Cut]:
        """What would let the cell deviate as far as the rule asks."""
        down, up = self.wanted(key)
        lower, upper = self.worth(group, key, below, -1.0), self.worth(group, key, above, 1.0)
        if self.system.cells[key].sensitive:
            for answer, wanted, (gives, certain) in ((below, down, lower), (above, up, upper)):
                if answer.reached < wanted - _EPS:
                    yield self.cut(gives, wanted - certain, "")
            return
        item = self.system.items[self.system.item_of[key]]
        gives = {n: lower[0].get(n, 0.0) + upper[0].get(n, 0.0) for n in lower[0].keys() | upper[0].keys()}
        own = gives.pop(item.key, 0.0)
        yield self.cut(gives, WIDTH - lower[1] - upper[1] - own, "" if item.hidden else item.key)

    def worth(self, group: Group, key: str, answer: Answer, sign: float) -> tuple[dict[str, float], float]:
        """By weak duality, how much each item, once hidden, can at most add; and what is there in any case."""
        prices = {False: iter(answer.equal), True: iter(answer.at_most)}
        reduced: dict[str, float] = {key: sign}
        certain = 0.0
        for relation in group.relations:
            price = float(next(prices[relation.at_most]))
            certain += price * self.system.slack(relation) if relation.at_most else 0.0
            for other, coefficient in relation.terms:
                reduced[other] = reduced.get(other, 0.0) - price * coefficient
        gives: dict[str, float] = {}
        for other, cost in reduced.items():
            if abs(cost) <= _EPS:
                continue
            cell, name = self.system.cells[other], self.system.item_of.get(other)
            amount = cost * ((cell.high if cost > 0 else cell.low) - cell.value)
            if name is None or name in self.primary:
                certain += amount
            elif not self.system.items[name].fixed:
                gives[name] = gives.get(name, 0.0) + amount
        return gives, certain

    def cut(self, gives: dict[str, float], need: float, only_if: str) -> _Cut:
        """The constraint, each contribution counted at most as what is needed; rounded, so that equal ones meet."""
        listed = ((name, round(min(amount, need), 6)) for name, amount in sorted(gives.items()))
        return _Cut(
            tuple((name, amount) for name, amount in listed if amount > _EPS), round(need, 6), only_if
        )

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

    def linked(self) -> list[tuple[_Cut, ...]]:
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
        parts: dict[str, list[_Cut]] = {}
        for cut in self.cuts:
            parts.setdefault(root(min(cut.names)), []).append(cut)
        return [tuple(parts[name]) for name in sorted(parts)]

    def cheapest(self, cuts: Sequence[_Cut]) -> frozenset[str]:
        """The integer programme of one part."""
        names = sorted({name for cut in cuts for name in cut.names})
        column = {name: number for number, name in enumerate(names)}
        rows, columns, values, needs = [], [], [], []
        for number, cut in enumerate(cuts):
            parts = [*cut.gives, (cut.only_if, -cut.need)] if cut.only_if else list(cut.gives)
            needs.append(-_EPS if cut.only_if else cut.need - _EPS)
            for name, amount in parts:
                rows.append(number)
                columns.append(column[name])
                values.append(amount)
        costs = [self.system.items[name].weight + _TIE * (n + 1) / len(names) for n, name in enumerate(names)]
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


def exposures(system: System, hidden: frozenset[str]) -> list[str]:
    """The hidden cells that the rule finds too narrow in a release; the module's own control.

    The tests hold another one that shares no code with it.
    """
    search = _Search(system, frozenset(item.key for item in system.items.values() if item.hidden))
    pairs = [(group, key) for group in search.parts(hidden) for key in search.doubtful(group)]
    found = [
        key
        for (_, key), (below, above) in zip(pairs, search.both_ways(pairs), strict=True)
        if not search.enough(key, search.wanted(key), (below.reached, above.reached))
    ]
    search.measure(found)
    again = [(g, key) for g, key in pairs if key in set(found)]
    return sorted(
        key
        for (_, key), (below, above) in zip(again, search.both_ways(again), strict=True)
        if not search.enough(key, search.wanted(key), (below.reached, above.reached))
    )


__all__ = ["WIDTH", "DisclosureError", "Item", "Release", "exposures", "protect"]
