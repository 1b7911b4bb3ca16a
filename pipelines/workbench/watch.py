"""What a preview depends on, and which of it has been saved since.

Files are looked at a few times a second instead of asking the system for events: there are a few dozen of them, and it
works alike on network drives, on Windows drives seen from WSL, and with editors that replace files.
"""

from collections.abc import Iterator
from pathlib import Path

from pipelines.render.html import TEMPLATES
from pipelines.settings import SETTINGS_FILE, Settings


NOTEBOOK, TEMPLATE, TEXT, SUITE, DATA = "笔记本", "模板", "文字", "检查规则", "设置或参考数据"

TEXTS = ("sentences.toml",)

Seen = dict[Path, tuple[str, int, int]]


def files(settings: Settings, notebook: Path) -> Iterator[tuple[str, Path]]:
    """Every file a preview of ``notebook`` depends on, with the kind of thing it is."""
    yield NOTEBOOK, notebook
    yield DATA, settings.root / SETTINGS_FILE
    for kind, folder, pattern in (
        (TEMPLATE, TEMPLATES, "*"),
        (SUITE, settings.paths.expectations, "*.json"),
        (DATA, settings.paths.reference, "*"),
    ):
        for file in sorted(folder.rglob(pattern)):
            if file.is_file() and not file.name.startswith((".", "~")):
                yield (TEXT if file.name in TEXTS else kind), file


def look(settings: Settings, notebook: Path) -> Seen:
    """Kind, time of saving and size of every file that is there now."""
    found: Seen = {}
    for kind, file in files(settings, notebook):
        try:
            state = file.stat()
        except OSError:  # being replaced at this moment
            continue
        found[file] = (kind, state.st_mtime_ns, state.st_size)
    return found


def changed(before: Seen, after: Seen) -> dict[str, list[str]]:
    """Kind → names of the files that were saved, added or removed."""
    kinds: dict[str, list[str]] = {}
    for file in sorted(before.keys() | after.keys()):
        if before.get(file) != after.get(file):
            kind = (after.get(file) or before[file])[0]
            kinds.setdefault(kind, []).append(file.name)
    return kinds
