"""What a reader can work out about hidden cells: linear programmes over all he sees and knows.

The hidden cells fall into groups that no relation links (published cells are constants). Many small programmes are
solved as one with independent blocks: the solver's start-up costs more than most of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_diag, csr_array

from pipelines.disclosure.model import Relation, System


_COLUMNS_AT_ONCE = 6_000


@dataclass(frozen=True)
class Group:
    """Hidden cells that hang together, and the relations that touch them."""

    system: System
    keys: tuple[str, ...]
    relations: tuple[Relation, ...]

    @cached_property
    def place(self) -> dict[str, int]:
        """Cell → column."""
        return {key: number for number, key in enumerate(self.keys)}

    def _matrix(self, at_most: bool) -> csr_array:
        chosen = [relation for relation in self.relations if relation.at_most == at_most]
        entries = [
            (row, self.place[key], coefficient)
            for row, relation in enumerate(chosen)
            for key, coefficient in relation.terms
            if key in self.place
        ]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        return csr_array((values, (rows, columns)), shape=(len(chosen), len(self.keys)))

    @cached_property
    def equal(self) -> csr_array:
        """The equalities over deviations from the true values."""
        return self._matrix(False)

    @cached_property
    def at_most(self) -> csr_array:
        """The inequalities."""
        return self._matrix(True)

    @cached_property
    def slack(self) -> list[float]:
        """What the inequalities leave."""
        return [self.system.slack(relation) for relation in self.relations if relation.at_most]

    @cached_property
    def limits(self) -> np.ndarray:
        """How far each cell may lie below and above its true value, as far as its mark tells."""
        found = (self.system.cells[key] for key in self.keys)
        return np.array([(cell.low - cell.value, cell.high - cell.value) for cell in found])


@dataclass(frozen=True)
class Problem:
    """How far can the cell deviate towards ``wanted`` (its sign is the direction), and no farther than that?"""

    group: Group
    key: str
    wanted: float


@dataclass(frozen=True)
class Answer:
    """The distance reached, and the prices (duals) of the equalities and inequalities of the group."""

    reached: float
    equal: np.ndarray
    at_most: np.ndarray


def farthest(problems: Sequence[Problem]) -> list[Answer]:
    """The answers in the order of the problems."""
    answers: list[Answer] = []
    batch: list[Problem] = []
    columns = 0
    for problem in problems:
        batch.append(problem)
        columns += len(problem.group.keys)
        if columns >= _COLUMNS_AT_ONCE:
            answers += _solve(batch)
            batch, columns = [], 0
    return answers + (list(_solve(batch)) if batch else [])


def push(group: Group, wanted: Mapping[str, float]) -> np.ndarray:
    """One point a reader must think possible: many cells at once pushed towards what is wanted of each."""
    limits, goals = group.limits.copy(), np.zeros(len(group.keys))
    for key, far in wanted.items():
        place = group.place[key]
        goals[place] = -1.0 / far
        low, high = limits[place]
        limits[place] = (low, min(high, far)) if far > 0 else (max(low, far), high)
    return _programme(goals, group.equal, group.at_most, group.slack, limits).x


def _programme(
    goals: np.ndarray, equal: csr_array, at_most: csr_array, slack: list[float], limits: np.ndarray
) -> Any:
    """Minimise over deviations from the true values (which are always possible)."""
    result = linprog(
        goals,
        A_ub=at_most if at_most.shape[0] else None,
        b_ub=slack or None,
        A_eq=equal if equal.shape[0] else None,
        b_eq=np.zeros(equal.shape[0]) if equal.shape[0] else None,
        bounds=limits,
        method="highs-ds",
    )
    if result.status != 0:
        raise ArithmeticError(f"linear programme ended with status {result.status}")
    return result


def _solve(batch: Sequence[Problem]) -> Iterator[Answer]:
    limits = np.concatenate([_limits(problem) for problem in batch])
    goals = np.zeros(len(limits))
    starts = np.cumsum([0, *(len(problem.group.keys) for problem in batch)])
    for problem, start in zip(batch, starts, strict=False):
        goals[start + problem.group.place[problem.key]] = 1.0 if problem.wanted < 0 else -1.0
    equal = block_diag([problem.group.equal for problem in batch], format="csr")
    at_most = block_diag([problem.group.at_most for problem in batch], format="csr")
    slack = [amount for problem in batch for amount in problem.group.slack]
    result = _programme(goals, equal, at_most, slack, limits)
    rows, more = 0, 0
    for problem, start in zip(batch, starts, strict=False):
        place = start + problem.group.place[problem.key]
        size, extra = problem.group.equal.shape[0], problem.group.at_most.shape[0]
        prices = -result.eqlin.marginals[rows : rows + size] if size else np.zeros(0)
        others = -result.ineqlin.marginals[more : more + extra] if extra else np.zeros(0)
        yield Answer(abs(float(result.x[place])), prices, others)
        rows, more = rows + size, more + extra


def _limits(problem: Problem) -> np.ndarray:
    limits = problem.group.limits.copy()
    row = limits[problem.group.place[problem.key]]
    far = abs(problem.wanted)
    row[:] = (max(row[0], -far), row[1]) if problem.wanted < 0 else (row[0], min(row[1], far))
    return limits


def groups(system: System, free: Iterable[str]) -> list[Group]:
    """The free (hidden) cells in groups linked by relations, in the order of their keys."""
    parent = {key: key for key in sorted(free)}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    touched: list[tuple[str, Relation]] = []
    for relation in system.relations:
        inside = [key for key, _ in relation.terms if key in parent]
        if not inside:
            continue
        for key in inside[1:]:
            first, second = sorted((root(inside[0]), root(key)))
            parent[second] = first
        touched.append((inside[0], relation))
    members: dict[str, list[str]] = {}
    for key in parent:
        members.setdefault(root(key), []).append(key)
    linked: dict[str, list[Relation]] = {}
    for key, relation in touched:
        linked.setdefault(root(key), []).append(relation)
    return [Group(system, tuple(keys), tuple(linked.get(name, []))) for name, keys in sorted(members.items())]
