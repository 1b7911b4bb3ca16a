"""Where a public notebook runs: a folder of its own with settings, reference data and the published figures.

No clean table, identity file or internal report lies in it; before a cell runs, its source is looked through, and
afterwards everything it shows (``publiccheck``).
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines import provenance
from pipelines.publicview import VARIABLE, content_of, dump
from pipelines.settings import Settings
from pipelines.townview import TownView


_PARTS = ("monitoring.toml", "requirements.lock", "data/reference", "notebooks")
INTERNAL_TAG = "internal"  # cells with it are left out of a public edition


@contextmanager
def room(settings: Settings, view: TownView) -> Iterator[tuple[Path, dict[str, str]]]:
    """The folder, and the environment variables of the notebook's process; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="er") as folder:
        root = Path(folder)
        for part in _PARTS:
            source, target = settings.root / part, root / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            elif source.is_file():
                shutil.copyfile(source, target)
        version = provenance.code_version(settings.root)
        (root / provenance.VERSION_FILE).write_text(version, encoding="utf-8")
        file = root / "published.json"
        file.write_text(dump(content_of(view)), encoding="utf-8")
        yield root, {"EDUREPORT_ROOT": folder, VARIABLE: str(file)}
