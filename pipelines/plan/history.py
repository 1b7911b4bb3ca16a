"""What the quarters before say of an item: since when it is late, and how often it was opened again."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from pipelines.periods import Period
from pipelines.plan import status


MOST_QUARTERS = 24  # a plan runs for five years; a quarter more or less costs a small file
Figures = dict[str, dict[str, Any]]


def reopenings(states: Sequence[str | None]) -> int:
    """How often an item left 已销号 again; quarters without a state (缺报) tell nothing and are passed over."""
    known = [state for state in states if state is not None]
    return sum(before == status.CLOSED and after != status.CLOSED for before, after in pairwise(known))


def late_since(states: Sequence[tuple[Period, str | None]]) -> Period | None:
    """The first quarter of the unbroken run of late ones that ends with the last; None if that is not late.

    A quarter without a state breaks no run, and begins none.
    """
    since = None
    for period, state in reversed(states):
        if state is None:
            continue
        if state not in status.LATE:
            break
        since = period
    return since


def with_history(
    now: list[dict[str, Any]], period: Period, earlier: dict[Period, Figures]
) -> list[dict[str, Any]]:
    """The items with ``previous`` (state a quarter ago), ``late_since`` (a quarter) and ``reopened`` (times).

    A semester's item is compared only with quarters of the same semester (the same deadline).
    """
    order = sorted(earlier)
    found = []
    for entry in now:
        of = lambda when, entry=entry: _same(earlier[when].get(entry["id"]), entry)
        series: list[tuple[Period, str | None]] = [
            *((when, of(when)) for when in order),
            (period, entry["status"]),
        ]
        since = late_since(series)
        found.append(
            {
                **entry,
                "previous": of(period.previous) if period.previous in earlier else None,
                "late_since": None if since is None else str(since),
                "reopened": reopenings([state for _, state in series]),
            }
        )
    return found


def _same(before: dict[str, Any] | None, entry: dict[str, Any]) -> str | None:
    return before["status"] if before is not None and before["due"] == entry["due"] else None
