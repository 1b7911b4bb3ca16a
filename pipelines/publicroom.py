"""Where a public notebook runs: a folder of its own with settings, reference data and the published figures.

No clean table, identity file or internal report lies in it; before a cell runs, its source is looked through, and
afterwards everything it shows (``publiccheck``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.projectcopy import project_copy
from pipelines.publicview import VARIABLE, content_of, dump
from pipelines.settings import Settings
from pipelines.townview import TownView


_PARTS = ("monitoring.toml", "requirements.lock", "data/reference", "notebooks")
INTERNAL_TAG = "internal"  # cells with it are left out of a public edition


@contextmanager
def room(settings: Settings, view: TownView) -> Iterator[tuple[Path, dict[str, str]]]:
    """The folder, and the environment variables of the notebook's process; both are gone afterwards."""
    with project_copy(settings, _PARTS) as root:
        file = root / "published.json"
        file.write_text(dump(content_of(view)), encoding="utf-8")
        yield root, {"EDUREPORT_ROOT": str(root), VARIABLE: str(file)}
