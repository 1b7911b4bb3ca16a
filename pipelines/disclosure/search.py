"""The search for what else to hide: choose items, ask what a reader can work out, add what that teaches, again."""

from collections.abc import Iterator, Sequence

import numpy as np

from pipelines.disclosure.bounds import Answer, Group, Problem, farthest, groups, push
from pipelines.disclosure.cover import EPS, Cover, Cut
from pipelines.disclosure.errors import DisclosureError
from pipelines.disclosure.model import System


WIDTH = 4.0
_ROUNDS = 500
_COMMON = 40
_EXACT = 12


class Search:
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
        self.known: dict[tuple[str, ...], list[Cut]] = {}
        self.cover = Cover({item.key: item.weight for item in system.items.values()})

    def run(self) -> frozenset[str]:
        """All hidden items."""
        hidden = self.primary
        for turn in range(_ROUNDS):
            before = len(self.cover.cuts)
            if self.holds(hidden):
                return self.trimmed(hidden)
            for group in self.parts(hidden):
                self.cover.cuts |= dict.fromkeys(self.known[group.keys])
            if len(self.cover.cuts) == before:
                break
            if turn >= _EXACT:
                # The last few per cent would take most of the time: keep what was chosen, trim at the end.
                self.cover.force(hidden - self.primary)
            hidden = self.primary | self.cover.choose() | self.cover.forced
        raise ArithmeticError("no decision that the control accepts")

    def holds(self, hidden: frozenset[str]) -> bool:
        """Whether the rule is kept by a release."""
        parts = self.parts(hidden)
        self.look_at([group for group in parts if group.keys not in self.known])
        return not any(self.known[group.keys] for group in parts)

    def trimmed(self, hidden: frozenset[str]) -> frozenset[str]:
        """Without those kept for speed that turn out not to be needed, the costliest first."""
        for name in sorted(self.cover.forced, key=lambda n: (-self.system.items[n].weight, n)):
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
            return reached[0] >= wanted[0] - EPS and reached[1] >= wanted[1] - EPS
        return sum(reached) >= WIDTH - EPS

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
            if below.reached + above.reached < least - EPS:
                open_cells.append(key)
            self.best[key] = (below.reached, above.reached)
        if open_cells:
            raise DisclosureError(sorted(open_cells))

    def constraints(self, group: Group, key: str, below: Answer, above: Answer) -> Iterator[Cut]:
        """What would let the cell deviate as far as the rule asks."""
        down, up = self.wanted(key)
        lower, upper = self.worth(group, key, below, -1.0), self.worth(group, key, above, 1.0)
        if self.system.cells[key].sensitive:
            for answer, wanted, (gives, certain) in ((below, down, lower), (above, up, upper)):
                if answer.reached < wanted - EPS:
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
            if abs(cost) <= EPS:
                continue
            cell, name = self.system.cells[other], self.system.item_of.get(other)
            amount = cost * ((cell.high if cost > 0 else cell.low) - cell.value)
            if name is None or name in self.primary:
                certain += amount
            elif not self.system.items[name].fixed:
                gives[name] = gives.get(name, 0.0) + amount
        return gives, certain

    def cut(self, gives: dict[str, float], need: float, only_if: str) -> Cut:
        """The constraint, each contribution counted at most as what is needed; rounded, so that equal ones meet."""
        listed = ((name, round(min(amount, need), 6)) for name, amount in sorted(gives.items()))
        return Cut(tuple((name, amount) for name, amount in listed if amount > EPS), round(need, 6), only_if)
