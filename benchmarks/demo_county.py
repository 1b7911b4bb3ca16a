"""A scratch project with the figures of the demo county, and the reports that can be made of it."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


PROJECT = Path(__file__).resolve().parents[1]
PARTS = ("monitoring.toml", "requirements.lock", "data/reference", "expectations", "notebooks")
PERIOD = "2026Q3"


@dataclass(frozen=True)
class Work:
    """One report to be made: its notebook, parameters, view and theme."""

    notebook: Path
    parameters: dict[str, str]
    view: Any
    theme: Any


@contextlib.contextmanager
def demo_root(scale: float) -> Iterator[Path]:
    """The project's folder; it goes with the block."""
    from pipelines import pipeline
    from pipelines.demo import write_demo
    from pipelines.periods import Period
    from pipelines.settings import Settings

    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        root = Path(folder)
        for part in PARTS:
            source, target = PROJECT / part, root / part
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
        os.environ |= {"EDUREPORT_ROOT": folder, "EDUREPORT_KEY_FILE": str(root / "key" / "k")}
        write_demo(root / "data" / "raw" / "demo", scale=scale)
        pipeline.prepare(Settings.load(root), "demo", Period.parse(PERIOD), lambda _: None)
        yield root


def environment(root: Path) -> dict[str, str]:
    """The environment of a command that is run in the scratch project."""
    path = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH", ""))))
    return os.environ | {"PYTHONPATH": path, "EDUREPORT_ROOT": str(root)}


def reports(root: Path, count: int) -> list[Work]:
    """The first reports of the batch's plan, each town's together."""
    from pipelines.batch.plan import plan
    from pipelines.periods import Period
    from pipelines.reference import load_reference
    from pipelines.settings import Settings
    from pipelines.themes import load_themes
    from pipelines.townview import load_view

    settings, period = Settings.load(root), Period.parse(PERIOD)
    known = {theme.name: theme for theme in load_themes(settings)}
    register = load_reference(settings, "demo").towns
    found = []
    for job in plan(settings, "demo", period, "internal", list(known.values()))[:count]:
        view = load_view(settings, "demo", period, register.resolve(job.town), "internal")
        words = {"town": job.town_name, "period": job.period, "edition": job.edition, "dataset": "demo"}
        found.append(Work(known[job.theme].notebook, words, view, known[job.theme]))
    return found
