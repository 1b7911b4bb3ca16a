"""The equations of rules.toml, read: what a reader knows about how figures hang together."""

import re
from dataclasses import dataclass
from functools import cache

from pipelines.disclosure.primary import rules


_TERM = re.compile(r"(?P<unseen>\?)?(?P<name>[^@\s]+)(?:@-(?P<back>\d+))?")


@dataclass(frozen=True)
class Term:
    """A number of the same town: its name below town and period, quarters back, sign; ``unseen``: printed nowhere."""

    name: str
    back: int
    sign: float
    unseen: bool


@dataclass(frozen=True)
class Equation:
    """Terms that add up to zero (``at_most``: to zero or less), and the quarters of a year in which it holds."""

    terms: tuple[Term, ...]
    at_most: bool = False
    quarters: tuple[int, ...] = (1, 2, 3, 4)


def parse(text: str, quarters: tuple[int, ...] = (1, 2, 3, 4)) -> Equation:
    """``D11.den = D03 + D05``; ValueError if it is not of that form."""
    left, sign, right = re.split(r"\s(<=|=)\s", text)
    terms = [*_side(left, 1.0), *_side(right, -1.0)]
    return Equation(tuple(terms), sign == "<=", quarters)


def _side(text: str, side: float) -> list[Term]:
    terms, sign = [], 1.0
    for word in text.split():
        if word in "+-":
            sign = 1.0 if word == "+" else -1.0
            continue
        match = _TERM.fullmatch(word)
        if match is None:
            raise ValueError(f"not a term: {word}")
        terms.append(Term(match["name"], int(match["back"] or 0), side * sign, bool(match["unseen"])))
    return terms


@cache
def equations() -> tuple[Equation, ...]:
    """All equations of rules.toml."""
    listed = rules()["relations"]
    return (
        *(parse(text) for text in [*listed["equations"], *listed["stocks"]]),
        *(parse(text, (1, 2, 4)) for text in listed["yearly"]),
        *(parse(text, (3,)) for text in listed["autumn"]),
    )
