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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipelines.disclosure.bounds import groups
from pipelines.disclosure.errors import DisclosureError
from pipelines.disclosure.model import Item, System
from pipelines.disclosure.search import WIDTH, Search


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


def protect(system: System, start: str = "") -> Release:
    """The least costly set of items to hide; DisclosureError if even hiding everything hidable is not enough.

    ``start``: what the keys of the quarter to be decided begin with; groups of hidden cells that it has no part in
    were decided before. Where the marks leave too little, they are made vaguer, first of the cells left open, then of
    all linked with them; where that is not enough either, everything linked with them is hidden.
    """
    primary = frozenset(item.key for item in system.items.values() if item.hidden)
    vague: frozenset[str] = frozenset()
    coarse: frozenset[str] = frozenset()
    while True:
        try:
            hidden = Search(_with_vague_marks(system, vague), primary | coarse, start).run()
            return Release(primary, hidden - primary, vague)
        except DisclosureError as error:
            if more := _could_be_vague(system, error.cells, vague):
                vague |= more
            elif more := _could_be_hidden(system, error.cells) - coarse:
                coarse, vague = coarse | more, vague | more
            else:
                raise


def _could_be_vague(system: System, cells: Sequence[str], vague: frozenset[str]) -> frozenset[str]:
    """The hidden items of this release, not vague yet, among these cells, or else among all linked with them."""

    def items(keys: Iterable[str]) -> frozenset[str]:
        found = (system.items[system.item_of[key]] for key in keys if key in system.item_of)
        return frozenset(item.key for item in found if item.hidden and not item.fixed)

    if own := items(cells) - vague:
        return own
    linked = groups(system, [key for key in system.cells if not _shown(system, key)])
    return items(key for group in linked if set(cells) & set(group.keys) for key in group.keys) - vague


def _could_be_hidden(system: System, cells: Sequence[str]) -> frozenset[str]:
    """All items that may still be hidden among those linked with these cells; all there are if none is named."""
    free = {item.key: item for item in system.items.values() if not item.hidden and not item.fixed}
    if not cells:
        return frozenset(free)
    linked = groups(system, [key for key in system.cells if not _shown(system, key)])
    keys = {key for group in linked if set(cells) & set(group.keys) for key in group.keys}
    return frozenset(name for name, item in free.items() if keys & set(item.cells))


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


def exposures(system: System, hidden: frozenset[str]) -> list[str]:
    """The hidden cells that the rule finds too narrow in a release; the module's own control.

    The tests hold another one that shares no code with it.
    """
    search = Search(system, frozenset(item.key for item in system.items.values() if item.hidden))
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
