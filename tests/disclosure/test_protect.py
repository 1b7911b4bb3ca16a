"""No hidden cell can be worked out: an independent attacker tries on hundreds of generated releases."""

import math

import pytest

from pipelines.disclosure.protect import WIDTH, DisclosureError, exposures, protect
from pipelines.disclosure.search import Search

from .attacker import ranges
from .tables import Table, as_system, flows, two_ways


def narrow(
    table: Table,
    hidden: frozenset[str] | set[str],
    shown_before: dict[str, bool] | None = None,
    whole: bool = False,
    vague: frozenset[str] = frozenset(),
) -> dict[str, tuple[float, float]]:
    """Hidden cells about which the attacker learns more than the rule allows.

    Everything the mark leaves open must stay possible, or, where hiding all that can be hidden would not give that,
    everything that would be possible then, and at least a range of WIDTH.
    """

    def attack(names: frozenset[str] | set[str]) -> dict[str, tuple[float, float]]:
        published = {name: value for name, value in table.values.items() if name not in names}
        marks = {n: (0.0, math.inf) if n in vague else table.mark(n) for n in names}
        return ranges(published, marks, table.equal, table.at_most, whole)

    before = shown_before or {}
    zeros = {n for n, v in table.values.items() if v == 0 and table.zeros_shown}
    bad, best = {}, None
    for name, (least, greatest) in attack(hidden).items():
        low, high = table.mark(name)
        if not table.small(name):
            if greatest - least < WIDTH - 1e-6:
                bad[name] = (least, greatest)
        elif least > low + 1e-6 or greatest < high - 1e-6:
            best = best or attack({n for n in table.values if n not in zeros and before.get(n) is not True})
            first, last = max(best[name][0], low), min(best[name][1], high)
            if greatest - least < WIDTH - 1e-6 or least > first + 1e-6 or greatest < last - 1e-6:
                bad[name] = (least, greatest)
    return bad


@pytest.mark.parametrize("zeros_shown", [True, False])
def test_hundreds_of_tables(zeros_shown: bool) -> None:
    for seed in range(100):
        table = two_ways(
            seed, towns=3 + seed % 2, parts=2 + seed % 2, mean=[3, 8, 30][seed % 3], zeros_shown=zeros_shown
        )
        release = protect(as_system(table))
        assert {n for n in table.values if table.small(n)} == release.primary
        assert not narrow(table, release.hidden), seed


def test_sequences_of_quarters() -> None:
    for seed in range(14, 19):
        shown: dict[str, bool] = {}
        vague: frozenset[str] = frozenset()
        for table in flows(seed):
            release = protect(as_system(table, shown, vague))
            vague |= release.vague
            assert not narrow(table, release.hidden, shown, vague=vague), seed
            shown = {name: name not in release.hidden for name in table.values}


def test_the_attacker_finds_a_broken_module() -> None:
    """Primary suppression alone, or one complementary suppression taken back, is found at once."""
    found = taken_back = 0
    for seed in range(8):
        table = two_ways(seed)
        release = protect(as_system(table))
        found += bool(narrow(table, release.primary))
        for name in release.complementary:
            taken_back += bool(narrow(table, release.hidden - {name}))
            assert narrow(table, release.hidden - {name}), "a complementary suppression that protects nothing"
    assert found > 4 and taken_back > 8


def test_whole_numbers_tell_no_more() -> None:
    """The rule is stated for linear bounds; an attacker who also uses that counts are whole learns no more."""
    for seed in range(8):
        table = two_ways(seed, towns=5)
        assert not narrow(table, protect(as_system(table)).hidden, whole=True), seed


def test_same_answer_every_time_and_own_audit_agrees() -> None:
    for seed in range(4):
        table = two_ways(seed, towns=8)
        first = protect(as_system(table))
        assert first == protect(as_system(Table(dict(reversed(table.values.items())), table.equal)))
        assert not exposures(as_system(table), first.hidden)
        alone = exposures(as_system(table), first.primary)
        assert set(alone) == set(narrow(table, first.primary))


def test_what_cannot_be_protected_is_refused() -> None:
    table = Table({"a": 3, "total": 13, "b": 10})
    table.add_up("total", ["a", "b"])
    with pytest.raises(DisclosureError) as caught:
        protect(as_system(table, {"b": True, "total": True}))
    assert caught.value.cells == ["a"] and "13" not in str(caught.value)


def test_what_cannot_be_chosen_is_hidden_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that finds no choice ends in a coarser release, not in an error; the attacker finds nothing in it."""
    table = two_ways(3)
    run, failures = Search.run, []

    def fails(self: Search) -> frozenset[str]:
        if len(failures) < 1 or not self.primary - {n for n in table.values if table.small(n)}:
            failures.append(1)
            raise DisclosureError([])
        return run(self)

    monkeypatch.setattr(Search, "run", fails)
    release = protect(as_system(table))
    free = {n for n, value in table.values.items() if not (value == 0 and table.zeros_shown)}
    assert release.hidden == free and release.complementary <= release.vague
    assert not narrow(table, release.hidden, vague=release.vague)
