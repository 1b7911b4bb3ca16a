"""A reader who wants to know more than he is told. Shares no code with pipelines/disclosure.

He has the published numbers, the marks of the hidden ones, and knows how figures add up. He solves two linear
programmes a hidden cell (or, with ``whole``, two integer programmes) for the least and greatest value it can have.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import eye_array, kron


Terms = Mapping[str, float]


def ranges(
    published: Mapping[str, float],
    hidden: Mapping[str, tuple[float, float]],
    equal: Sequence[tuple[Terms, float]],
    at_most: Sequence[tuple[Terms, float]] = (),
    whole: bool = False,
) -> dict[str, tuple[float, float]]:
    """{hidden cell: (least, greatest)}; ``hidden`` gives what each mark says, ``equal`` and ``at_most`` what adds up."""
    names = sorted(hidden)
    place = {name: number for number, name in enumerate(names)}
    rows, lows, highs = [], [], []
    for listed, exact in ((equal, True), (at_most, False)):
        for terms, constant in listed:
            row, rest = np.zeros(len(names)), constant
            for name, coefficient in terms.items():
                if name in published:
                    rest -= coefficient * published[name]
                else:
                    row[place[name]] += coefficient
            if row.any():
                rows.append(row)
                lows.append(rest if exact else -math.inf)
                highs.append(rest)
    bounds = [hidden[name] for name in names]
    if whole:
        return {name: _whole(place[name], rows, lows, highs, bounds) for name in names}
    return dict(zip(names, _linear(rows, lows, highs, bounds), strict=True))


def _linear(
    rows: list[np.ndarray], lows: list[float], highs: list[float], bounds: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """All least and greatest values at once: one programme of as many independent copies as there are questions."""
    count = len(bounds)
    if not rows:
        return bounds
    exact = np.array(lows) == np.array(highs)
    system, right = np.array(rows), np.array(highs)
    goals = np.concatenate([np.eye(count).ravel(), -np.eye(count).ravel()])
    # a bound far beyond every figure stands for "without end"
    far = 1e7
    limits = [(low, min(high, far)) for low, high in bounds] * (2 * count)
    copies = eye_array(2 * count)
    result = linprog(
        goals,
        A_eq=kron(copies, system[exact]) if exact.any() else None,
        b_eq=np.tile(right[exact], 2 * count) if exact.any() else None,
        A_ub=kron(copies, system[~exact]) if (~exact).any() else None,
        b_ub=np.tile(right[~exact], 2 * count) if (~exact).any() else None,
        bounds=limits,
    )
    assert result.status == 0, result.message
    found = result.x.reshape(2 * count, count)
    return [(found[n, n], found[count + n, n]) for n in range(count)]


def _whole(
    place: int,
    rows: list[np.ndarray],
    lows: list[float],
    highs: list[float],
    bounds: list[tuple[float, float]],
) -> tuple[float, float]:
    """Least and greatest value of one cell if all are whole numbers."""
    constraints = [LinearConstraint(np.array(rows), np.array(lows), np.array(highs))] if rows else []
    limits = Bounds(np.array([low for low, _ in bounds]), np.array([min(high, 1e5) for _, high in bounds]))
    ends = []
    for sign in (1.0, -1.0):
        goal = np.zeros(len(bounds))
        goal[place] = sign
        result = milp(goal, constraints=constraints, bounds=limits, integrality=np.ones(len(bounds)))
        assert result.status == 0, result.message
        ends.append(sign * result.fun)
    return ends[0], ends[1]
