"""Examples that other tools publish with their numbers (docs/privacy/comparison.md)."""

import math

import pytest

from pipelines.disclosure.bounds import Problem, farthest, groups
from pipelines.disclosure.equations import equations, parse
from pipelines.disclosure.model import Cell, Item, Relation, System
from pipelines.disclosure.primary import Small, amount_is_small, dominated, zero_shown
from pipelines.disclosure.protect import DisclosureError, exposures, protect

from .attacker import ranges


# GaussSuppression, vignette "Small count frequency table suppression", dataset_a with maxN = 1.
AGES, PLACES = ("young", "old"), ("Spain", "Iceland", "Portugal")
COUNTS = {("young", "Spain"): 5, ("young", "Iceland"): 2, ("young", "Portugal"): 0}
COUNTS |= {("old", "Spain"): 6, ("old", "Iceland"): 3, ("old", "Portugal"): 4}
THEIRS = {f"{age}/{place}" for age in AGES for place in ("Iceland", "Portugal")}


def example() -> tuple[dict[str, float], list[tuple[dict[str, float], float]]]:
    """All cells with margins, and what adds up."""
    values: dict[str, float] = {f"{age}/{place}": n for (age, place), n in COUNTS.items()}
    values |= {f"{age}/Total": sum(COUNTS[age, place] for place in PLACES) for age in AGES}
    values |= {f"Total/{place}": sum(COUNTS[age, place] for age in AGES) for place in PLACES}
    values["Total/Total"] = sum(COUNTS.values())
    equal = [({f"{a}/Total": -1.0, **{f"{a}/{p}": 1.0 for p in PLACES}}, 0.0) for a in (*AGES, "Total")]
    equal += [({f"Total/{p}": -1.0, **{f"{a}/{p}": 1.0 for a in AGES}}, 0.0) for p in (*PLACES, "Total")]
    return values, equal


def ours() -> frozenset[str]:
    """What the module hides with the same threshold (0 and 1 are small)."""
    values, equal = example()
    small = Small(2)
    cells, items = [], []
    for name, value in values.items():
        cell = small.count_cell(name, value, zero_shown=False)
        # the example's marks say nothing about the size of a hidden cell
        cells.append(Cell(name, value, 0.0, math.inf, cell.reach_low, cell.reach_high))
        margin = "Total" in name
        items.append(
            Item(name, (name,), weight=(3.0 if margin else 1.0) + value / 100, hidden=cell.sensitive)
        )
    release = protect(System(cells, items, [Relation(tuple(t.items())) for t, _ in equal]))
    assert release.primary == {"young/Portugal"}
    return release.hidden


def interval(hidden: set[str] | frozenset[str]) -> tuple[float, float]:
    """What an attacker knows of the small cell."""
    values, equal = example()
    published = {name: value for name, value in values.items() if name not in hidden}
    return ranges(published, dict.fromkeys(hidden, (0.0, math.inf)), equal)["young/Portugal"]


def test_same_primary_cell_and_no_weaker_protection() -> None:
    theirs, own = interval(THEIRS), interval(ours())
    assert theirs == pytest.approx((0.0, 2.0))
    assert own[0] <= theirs[0] + 1e-6 and own[1] >= theirs[1] - 1e-6


# sdcTable, tests/testthat/test-simpleheuristic.R: nine cells unsafe, two or more hidden in every line, one exactly known.
ROWS, COLUMNS = "wxyz", "abcd"
INNER = dict(
    zip(
        (f"{row}{column}" for row in ROWS for column in COLUMNS),
        (30, 47, 64, 89, 90, 124, 5, 31, 92, 100, 59, 85, 800, 991, 651, 685),
        strict=True,
    )
)
UNSAFE = frozenset(("wa", "wb", "wc", "xa", "xc", "yb", "yd", "zb", "zd"))
THEIR_RANGE = (0.0, 78.0)  # what sdcTable's attack() finds of wb after its one further suppression


def four_by_four() -> tuple[dict[str, float], list[tuple[dict[str, float], float]]]:
    """All cells with margins (``t``), and what adds up."""
    values: dict[str, float] = dict(INNER)
    values |= {f"{row}t": sum(INNER[f"{row}{c}"] for c in COLUMNS) for row in ROWS}
    values |= {f"t{column}": sum(INNER[f"{r}{column}"] for r in ROWS) for column in COLUMNS}
    values["tt"] = sum(INNER.values())
    equal = [({f"{r}t": -1.0, **{f"{r}{c}": 1.0 for c in COLUMNS}}, 0.0) for r in (*ROWS, "t")]
    equal += [({f"t{c}": -1.0, **{f"{r}{c}": 1.0 for r in ROWS}}, 0.0) for c in (*COLUMNS, "t")]
    return values, equal


def test_sdctables_example_one_more_cell_and_the_same_range() -> None:
    values, equal = four_by_four()
    cells, items = [], []
    for name, value in values.items():
        # "not exactly" is all that the example asks for; here the least is that five values stay possible
        reach = (value - 2.0, value + 2.0) if name in UNSAFE else (None, None)
        cells.append(Cell(name, value, 0.0, math.inf, *reach))
        weight = math.log10(1 + value) * (3 if "t" in name else 1)
        items.append(Item(name, (name,), weight=weight, hidden=name in UNSAFE))
    system = System(cells, items, [Relation(tuple(terms.items())) for terms, _ in equal])
    assert exposures(system, UNSAFE) == ["wb"], "the cell that sdcTable names"
    release = protect(system)
    assert release.primary == UNSAFE and len(release.complementary) == 1

    def known(hidden: frozenset[str]) -> tuple[float, float]:
        published = {name: value for name, value in values.items() if name not in hidden}
        return ranges(published, dict.fromkeys(hidden, (0.0, math.inf)), equal)["wb"]

    assert known(UNSAFE) == pytest.approx((47.0, 47.0)) and known(release.hidden) == pytest.approx(
        THEIR_RANGE
    )


def test_tau_argus_audit_example_has_the_same_bounds_and_is_too_narrow_for_our_rule() -> None:
    """τ-ARGUS's manual, section on audit: rows 7 and 3, columns 6 and 4 left; X11 lies between 3 and 6."""
    true = {"11": 4.0, "12": 3.0, "21": 2.0, "22": 1.0}
    rows = (("11", "12"), ("21", "22"), ("11", "21"), ("12", "22"))
    cells = [Cell(name, value, 0.0, math.inf, 1.0, 9.0) for name, value in true.items()]
    items = [Item(name, (name,), hidden=True) for name in true]
    system = System(cells, items, [Relation(tuple((name, 1.0) for name in row)) for row in rows])
    (group,) = groups(system, true)
    below, above = farthest([Problem(group, "11", -9.0), Problem(group, "11", 9.0)])
    assert (true["11"] - below.reached, true["11"] + above.reached) == pytest.approx((3.0, 6.0))
    with pytest.raises(DisclosureError):
        protect(system)  # four possible values; the rule asks for five


def test_rules_of_dominance_as_acro_sets_them() -> None:
    """ACRO's default.yaml: threshold 10, p ratio 0.10, (n, k) = (2, 0.90)."""
    even = [100.0] * 10
    assert not amount_is_small(even) and amount_is_small(even[:9]) and not amount_is_small([])
    assert dominated([1000, 500, *[9.0] * 11]), "rest 99 is less than a tenth of 1000"
    assert not dominated([1000, 400, *[20.0] * 10]), "rest 200; two largest 87.5 %"
    assert dominated([460, 450, *[9.0] * 10]), "two largest 91 %"


def test_primary_rule() -> None:
    small = Small(10)
    assert [small.is_small(n, zero_shown=True) for n in (0, 1, 9, 10)] == [False, True, True, False]
    assert small.is_small(0, zero_shown=False)
    assert zero_shown("D05", "count", whole=True) and not zero_shown("D05", "count", whole=False)
    assert not zero_shown("D01", "count", whole=True)


def test_equations_are_read() -> None:
    equation = parse("L01@-1 + L02 - L01 = ?gone")
    assert [(t.name, t.back, t.sign, t.unseen) for t in equation.terms] == [
        ("L01", 1, 1.0, False), ("L02", 0, 1.0, False), ("L01", 0, -1.0, False), ("gone", 0, -1.0, True)
    ]  # fmt: skip
    assert len(equations()) > 20 and {e.quarters for e in equations()} == {(1, 2, 3, 4), (1, 2, 4), (3,)}
