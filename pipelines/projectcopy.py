"""A folder that looks like the project to a program run in it: copies of chosen parts, and the code's version.

``make verify`` rebuilds issued reports in one; a public notebook runs in one that holds nothing personal.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines import provenance
from pipelines.settings import Settings


@contextmanager
def project_copy(settings: Settings, parts: Iterable[str]) -> Iterator[Path]:
    """The folder with the files and folders named by ``parts`` (those that exist); it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="er") as folder:
        root = Path(folder)
        for part in parts:
            source, target = settings.root / part, root / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            elif source.is_file():
                shutil.copyfile(source, target)
        version = provenance.code_version(settings.root)
        (root / provenance.VERSION_FILE).write_text(version, encoding="utf-8")
        yield root
