"""Figures corrected after they were published: the stocks and flows of the next quarter no longer fit the old ones.

What was printed stays; a reader sets the new flows beside the old stocks. The difference tells nothing exact about a
hidden count, and no hash of either is published (tests/privacy/test_whole_run.py).
"""

import random
from typing import Any

import pytest

from pipelines.disclosure.apply import decide, public_figures
from pipelines.disclosure.figures import Released
from pipelines.periods import Period

from .published import knowledge, secrets, too_narrow
from .test_figures import figure, whole


Q1, Q2 = Period(2026, 1), Period(2026, 2)
TOWNS = tuple(f"{n:03d}" for n in range(1, 8))


def quarters(
    seed: int,
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]], dict[str, int]]:
    """Figures as published of one quarter; those of the next, made after cases were added to the first; the additions."""
    rng = random.Random(seed)
    first, second, added = {}, {}, {}
    sums: dict[str, list[int]] = {}
    for code in TOWNS:
        scale = rng.choice((3, 9, 25))
        stock, confirmed, pupils = (int(rng.expovariate(1 / scale)) for _ in range(3))
        late = rng.choice((0, 0, 1, 2, 5))
        new, gone = int(rng.expovariate(1 / scale)), rng.randint(0, stock)
        numbers = [
            stock,
            confirmed,
            40 + pupils,
            stock + late + new - gone,
            confirmed + rng.randint(0, 3),
            new,
        ]
        added[code], sums[code] = late, numbers
    county = [sum(values) for values in zip(*sums.values(), strict=True)]
    for code, (d03, d05, l01, d03_next, d05_next, new) in [*sums.items(), ("000", county)]:
        first[code] = [
            figure("D03", d03),
            figure("D05", d05),
            figure("L01", l01),
            figure("L06", min(d05, l01)),
        ]
        second[code] = [
            figure("D03", d03_next), figure("D05", d05_next), figure("L01", l01 + 1), figure("L06", min(d05, l01)),
        ]  # fmt: skip
        if code == "000":
            early = new // 2
            second[code] += [figure("D10", early, new), figure("D06", max(d05_next - d05, 0))]
            first[code] += [figure("D10", d03 // 2, d03), figure("D06", d05)]
    return first, second, added


@pytest.mark.parametrize("seed", range(8))
def test_a_correction_between_two_quarters_tells_no_hidden_number(seed: int) -> None:
    first, second, added = quarters(seed)
    decided: dict[Period, Released] = {Q1: decide(Q1, first, {}, 10, whole)}
    decided[Q2] = decide(Q2, second, decided, 10, whole)
    truth, public = ({}, {})
    for period, figures in ((Q1, first), (Q2, second)):
        truth[str(period)] = {c: {f["id"]: f for f in listed} for c, listed in figures.items()}
        public[str(period)] = {
            c: {f["id"]: f for f in public_figures(period, c, decided, 10)} for c in figures
        }
    partial = [f"{p}/{name}" for p, one in decided.items() for name in one.partial]
    known = knowledge(truth, public, partial)
    # nobody leaves a stock that was not in it: closing <= opening as printed + new, up to what was added late
    county = {f"{Q2}/000/D03": 1.0, f"{Q1}/000/D03": -1.0, f"{Q2}/000/D10.den": -1.0}
    known.relation(county, False)
    assert sum(added.values()) and len(secrets(known)) > 10
    assert too_narrow(known) == {}


def test_the_second_edition_that_would_tell_the_difference_is_not_made() -> None:
    """Decided once: the figures of a released quarter are those of its record, however the data change."""
    first, second, _ = quarters(3)
    decided = {Q1: decide(Q1, first, {}, 10, whole)}
    before = {code: public_figures(Q1, code, decided, 10) for code in first}
    decided[Q2] = decide(Q2, second, decided, 10, whole)
    assert {code: public_figures(Q1, code, decided, 10) for code in first} == before
