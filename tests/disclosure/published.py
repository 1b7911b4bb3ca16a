"""A reader of the finished public files who wants to know more. Shares no code with pipelines/disclosure.

He takes the numbers and marks that were published, for every town and the county, over several quarters; he knows how
indicators hang together, also those that are not published; and, at worst, how many persons are counted twice (the
difference between both sides of each equation). For every hidden number he solves two linear programmes.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array


Figures = Mapping[str, Mapping[str, Mapping[str, Any]]]  # quarter → town code → indicator → entry
COUNTY = "000"
MONEY, CATEGORIES, PLACES = {"A08", "A15"}, {"A11"}, {"L12", "L13"}
# A zero of these is printed where the data are whole, so ＜10 says "at least one" there.
ZERO_IS_TARGET = {"D03", "D05", "D06", "D14", "D16", "D19", "A04", "A05", "A14", "L06", "L14"}
EQUAL = """
D11.den = D03 + D05 | D12.den = D05 | D08.den = D05@-1 + D06 | D09.den = D08.num@-1 | A04 = A03.rest
D10.den + D03@-1 = D03 + D06 + D04.den | L05.den = L01 | L08.den = L01 | L10.den = L07.den
"""
NOT_THIRD = "D07.num = D07.num@-1 + D06 | D07.den = D07.den@-1"
ONLY_THIRD = "D07.den = D01"
AT_MOST = """
D03 + D05 <= D02 | D20 <= D19 | D05 <= D08.rest | A03.den <= A01 | A03.num <= A02 | A05 <= A02 | L07.den <= L01
L09.den <= L01 | L06 <= L01 | L02 <= L01 | L14 <= L01 | L15.den <= A03.den | L15.num <= A03.num | L15.rest <= A03.rest
L01 <= L01@-1 + L02 | L03 <= D01 | L14 <= D05 + D16
"""


@dataclass
class Knowledge:
    """True values, what is published of them, and everything the reader knows about the rest."""

    truth: dict[str, float] = field(default_factory=dict)
    published: dict[str, float] = field(default_factory=dict)
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict)
    rows: list[tuple[dict[str, float], float, bool]] = field(
        default_factory=list
    )  # terms, constant, equality

    def relation(self, terms: dict[str, float], equality: bool) -> None:
        """Terms that add up to zero (or at most zero), up to the difference that the true values show."""
        if terms and all(name in self.truth for name in terms):
            total = sum(sign * self.truth[name] for name, sign in terms.items())
            self.rows.append((terms, total if equality else max(total, 0.0), equality))


def _numbers(figure: Mapping[str, Any]) -> dict[str, float]:
    """The numbers behind an entry by the ending of their names; empty if it has none."""
    if figure["numerator"] is None:
        return {}
    if figure["denominator"] is None:
        return {"": figure["value"]}
    num, den = figure["numerator"], figure["denominator"]
    return {".num": num, ".den": den, ".rest": den - num}


def knowledge(truth: Figures, public: Figures, partial: Iterable[str]) -> Knowledge:
    """All that is known; ``partial``: ``quarter/town/indicator`` where zeros are not printed."""
    known, hidden_zeros = Knowledge(), set(partial)
    for quarter, towns in truth.items():
        for code, figures in towns.items():
            for name, figure in figures.items():
                if name in MONEY | CATEGORIES:
                    continue
                entry = public[quarter][code][name]
                for ending, value in _numbers(figure).items():
                    key = f"{quarter}/{code}/{name}{ending}"
                    known.truth[key] = value
                    if entry["state"] != "suppressed":
                        assert _numbers(entry)[ending] == value, key
                        known.published[key] = value
                        continue
                    least = (
                        0.0 if f"{quarter}/{code}/{name}" in hidden_zeros else float(name in ZERO_IS_TARGET)
                    )
                    marks = {"＜10": (least, 9.0), "＊": (10.0, math.inf)}
                    known.bounds[key] = marks.get(entry["mark"], (0.0, math.inf))
    _relations(known, truth)
    return known


def _relations(known: Knowledge, truth: Figures) -> None:
    sums: dict[str, dict[str, float]] = {}
    for key in known.truth:
        quarter, code, name = key.split("/")
        sums.setdefault(f"{quarter}/{COUNTY}/{name}", {})[key] = -1.0 if code == COUNTY else 1.0
        if name.endswith(".num"):
            start = key.removesuffix("num")
            known.relation({key: 1.0, f"{start}rest": 1.0, f"{start}den": -1.0}, True)
    for terms in sums.values():
        if len(terms) > 1:  # some are for the county only
            known.relation(terms, True)
    for quarter, towns in truth.items():
        third = quarter.endswith("Q3")
        for code in towns:
            for text in [
                *EQUAL.replace("\n", "|").split("|"),
                *(ONLY_THIRD if third else NOT_THIRD).split("|"),
            ]:
                known.relation(_terms(text, quarter, code, "="), True)
            for text in AT_MOST.replace("\n", "|").split("|"):
                known.relation(_terms(text, quarter, code, "<="), False)


def _terms(text: str, quarter: str, code: str, sign: str) -> dict[str, float]:
    if not text.strip():
        return {}
    year, number = int(quarter[:4]), int(quarter[-1])
    before = f"{year - (number == 1)}Q{number - 1 or 4}"
    terms: dict[str, float] = {}
    for side, part in zip((1.0, -1.0), text.split(f" {sign} "), strict=True):
        for word in part.split("+"):
            name, _, back = word.strip().partition("@-1")
            assert not back
            terms[f"{before if '@-1' in word else quarter}/{code}/{name}"] = side
    return terms


def components(known: Knowledge) -> list[tuple[list[str], list[tuple[dict[str, float], float, bool]]]]:
    """The hidden numbers in groups that nothing links, each with what is known about it."""
    leader = {key: key for key in known.bounds}

    def find(key: str) -> str:
        while leader[key] != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    rows = []
    for terms, constant, equality in known.rows:
        rest = constant - sum(sign * known.published[k] for k, sign in terms.items() if k in known.published)
        open_ones = {k: sign for k, sign in terms.items() if k not in known.published}
        if open_ones:
            rows.append((open_ones, rest, equality))
            first, *others = open_ones
            for other in others:
                leader[find(other)] = find(first)
    members: dict[str, list[str]] = {}
    for key in sorted(known.bounds):
        members.setdefault(find(key), []).append(key)
    of: dict[str, list[tuple[dict[str, float], float, bool]]] = {}
    for row in rows:
        of.setdefault(find(next(iter(row[0]))), []).append(row)
    return [(keys, of.get(head, [])) for head, keys in sorted(members.items())]


class _Programme:
    """All that is known about one group of hidden numbers."""

    def __init__(self, known: Knowledge, keys: list[str], rows: list[tuple[dict[str, float], float, bool]]):
        self.place = {key: number for number, key in enumerate(keys)}
        self.limits = [(low, min(high, 1e6)) for low, high in (known.bounds[key] for key in keys)]
        self.sides = [self._side(rows, equality) for equality in (True, False)]

    def _side(self, rows: list[tuple[dict[str, float], float, bool]], equality: bool) -> tuple[Any, Any]:
        chosen = [row for row in rows if row[2] == equality]
        data = [
            (n, self.place[k], sign) for n, (terms, _, _) in enumerate(chosen) for k, sign in terms.items()
        ]
        if not chosen:
            return None, None
        lines, columns, values = zip(*data, strict=True)
        matrix = csr_array((values, (lines, columns)), shape=(len(chosen), len(self.place)))
        return matrix, [rest for _, rest, _ in chosen]

    def point(self, goals: Mapping[str, float]) -> np.ndarray:
        """What must be thought possible and is least in the weighted sum of the goals."""
        goal = np.zeros(len(self.place))
        for key, weight in goals.items():
            goal[self.place[key]] = weight
        (equal, right), (at_most, limit) = self.sides
        result = linprog(goal, A_eq=equal, b_eq=right, A_ub=at_most, b_ub=limit, bounds=self.limits)
        assert result.status == 0, result.message
        return result.x


def attack(known: Knowledge, wanted: set[str], enough: float) -> dict[str, tuple[float, float]]:
    """{hidden number: (least, greatest)} of those wanted whose range is less than ``enough``.

    Two possible points that lie far enough apart prove a range without a programme of its own; a few points pushed
    in random directions settle most.
    """
    found: dict[str, tuple[float, float]] = {}
    rng = np.random.default_rng(7)
    for keys, rows in components(known):
        left = [key for key in keys if key in wanted]
        if not left:
            continue
        programme = _Programme(known, keys, rows)
        low, high = np.full(len(keys), math.inf), np.full(len(keys), -math.inf)
        for _ in range(24):
            signs = rng.choice([-1.0, 1.0], len(left)) * rng.random(len(left))
            for turn in (1.0, -1.0):
                point = programme.point(dict(zip(left, turn * signs, strict=True)))
                low, high = np.minimum(low, point), np.maximum(high, point)
            left = [key for key in left if high[programme.place[key]] - low[programme.place[key]] < enough]
            if not left:
                break
        for key in left:
            place = programme.place[key]
            ends = [programme.point({key: sign})[place] for sign in (1.0, -1.0)]
            if ends[1] - ends[0] < enough:
                found[key] = (float(ends[0]), float(ends[1]))
    return found


def secrets(known: Knowledge) -> set[str]:
    """Hidden numbers that must not be found out: 1 to 9 of persons, and zeros that are marked ＜10."""
    return {
        key
        for key, (_, high) in known.bounds.items()
        if key.split("/")[2].partition(".")[0] not in PLACES
        and (0 < known.truth[key] < 10 or (known.truth[key] == 0 and high == 9))
    }


def too_narrow(known: Knowledge, width: float = 4.0) -> dict[str, tuple[float, float]]:
    """What the rule (docs/privacy/disclosure.zh-CN.md) forbids: secrets and ＊ whose range is less than ``width``."""
    wanted = secrets(known) | {key for key, (low, _) in known.bounds.items() if low == 10}
    return attack(known, wanted, width - 1e-6)
