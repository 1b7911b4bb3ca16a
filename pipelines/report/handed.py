"""A view handed to a report's process by the one that started it, which has read it already.

A town's four reports are made from one view. Reading it takes a quarter of a notebook's time (the figures of eight
quarters, the register of towns), so the fork engine passes it on instead of letting each process read it again. A
notebook that opens another town, quarter, edition or dataset, and every notebook in a kernel, reads from the disk as ever.
"""

import pickle
from dataclasses import dataclass
from pathlib import Path

from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.towns import TownRegister
from pipelines.townview import TownView


INTERNAL = "internal"  # the public edition's view is never passed around: its process has a room of its own


@dataclass(frozen=True)
class Handed:
    """What ``Report.open`` would read: the register of towns of the dataset, and one town's view."""

    root: Path
    register: TownRegister
    view: TownView


_last: tuple[TownView | None, bytes] = (None, b"")
_given: bytes = b""


def pack(settings: Settings, view: TownView, register: TownRegister | None = None) -> bytes:
    """The view for another process, packed once for all reports made from it; empty if it is not to be handed over.

    ``register`` saves reading it.
    """
    global _last
    if view.edition != INTERNAL:
        return b""
    if _last[0] is not view:
        view.digest()  # its hashes go along
        register = register or load_reference(settings, view.dataset).towns
        _last = view, pickle.dumps(Handed(settings.root, register, view), protocol=5)
    return _last[1]


def receive(packed: bytes) -> None:
    """Keep what was handed to this process."""
    global _given
    _given = packed


def take(root: Path, town: str, period: Period, edition: str, dataset: str) -> Handed | None:
    """What was handed to this process, if it is exactly what is asked for; a copy of its own for each who asks.

    Asking for an unknown town raises UsageError as the register does.
    """
    if not _given:
        return None
    found: Handed = pickle.loads(_given)
    view = found.view
    if (found.root, view.period, view.edition, view.dataset) != (root, period, edition, dataset):
        return None
    return found if found.register.resolve(town).code == view.town.code else None
