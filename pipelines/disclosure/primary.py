"""The primary rule: which figures are hidden for their own sake (contract.md section 6, domain.md F.3).

Counts 1–9; a zero unless zero is the target and the population is whole; rates with such a base, numerator or rest
(100 % of a group tells about each member as much as 0 %); amounts of few persons or dominated by one.
"""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.disclosure.model import Cell


FILE = Path(__file__).with_name("rules.toml")
COUNT, NUMERATOR, REST, BASE = "count", "num", "rest", "den"


@cache
def rules() -> dict[str, Any]:
    """rules.toml, read once."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Small:
    """The threshold (monitoring.toml, suppression) and what follows from it for one number."""

    threshold: int

    def is_small(self, value: float, zero_shown: bool) -> bool:
        """Whether the number may not be shown."""
        return 0 < value < self.threshold or (value == 0 and not zero_shown)

    def count_cell(self, key: str, value: float, zero_shown: bool, vague: bool = False) -> Cell:
        """The cell of a count that is shown by itself: its mark says ＜10, or at least 10, or nothing (vague)."""
        reach = (1.0 if zero_shown else 0.0, self.threshold - 1.0)
        if self.is_small(value, zero_shown):
            return Cell(key, value, *((0.0, math.inf) if vague else reach), *reach)
        if value == 0:
            return Cell(key, value, 0.0, 0.0)
        return Cell(key, value, float(self.threshold), math.inf)

    def part_cell(self, key: str, value: float, zero_shown: bool) -> Cell:
        """A number behind a rate: the mark of a hidden rate (—) says nothing about it."""
        if not self.is_small(value, zero_shown):
            return Cell(key, value)
        return Cell(key, value, 0.0, math.inf, 1.0 if zero_shown else 0.0, self.threshold - 1.0)


def zero_shown(indicator: str, role: str, whole: bool) -> bool:
    """Whether a zero may be printed: zero is the target, and the population is whole.

    ``indicator`` may be a part (``D03.flow.new``), which follows its indicator unless rules.toml excepts it.
    """
    if not whole or indicator in rules()["zeros"]["not_parts"]:
        return False
    listed = {COUNT: "count", NUMERATOR: "numerator", REST: "rest", BASE: "base"}[role]
    return indicator.partition(".")[0] in rules()["zeros"][listed]


def dominated(contributions: Sequence[float]) -> bool:
    """Whether an amount tells too much about its largest contributor: the p % rule or the (n, k) rule of rules.toml.

    p %: the rest, without the two largest, is less than p of the largest; the second largest, who knows his own,
    would know the largest to within that share. (n, k): the n largest make up more than k of the whole.
    """
    limits = rules()["money"]
    ordered = sorted(contributions, reverse=True)
    if not ordered or sum(ordered) <= 0:
        return False
    few, share = limits["nk"]
    return sum(ordered[2:]) < limits["dominance"] * ordered[0] or sum(ordered[: int(few)]) > share * sum(
        ordered
    )


def amount_is_small(contributions: Sequence[float]) -> bool:
    """Whether an amount may not be shown: few contributors, or dominated by one. An amount of nobody is no secret."""
    few = 0 < len(contributions) < rules()["money"]["least_contributors"]
    return few or dominated(contributions)
