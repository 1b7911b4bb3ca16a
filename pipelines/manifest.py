"""manifest.json beside a town's reports: what they were made from and what came out, SHA-256 each.

``make verify`` builds the reports again from it and compares. Nothing in it depends on the clock or the machine.
"""

import platform
from pathlib import Path
from typing import Any

from pipelines import atomic, pipeline, provenance
from pipelines.settings import Settings
from pipelines.themes import load_themes
from pipelines.townview import TownView


NAME = "manifest.json"


def content(settings: Settings, view: TownView, folder: Path) -> dict[str, Any]:
    """The manifest of everything that lies in the town's folder with a valid stamp."""
    reports = {}
    for theme in load_themes(settings):
        name = f"report-{view.edition}-{view.town.code}-{theme.name}"
        stage = pipeline.stamp(settings, view.dataset, view.period, name)
        if outputs := stage.outputs():
            reports[theme.name] = {
                "title": theme.title,
                "inputs": stage.inputs(),
                "outputs": {Path(file).name: digest for file, digest in outputs.items()},
            }
    return {
        "schema": 1,
        "dataset": view.dataset,
        "period": str(view.period),
        "edition": view.edition,
        "town": {"code": view.town.code, "name": view.town.name},
        "inputs": view.inputs,
        "code": {"version": provenance.code_version(settings.root), "sha256": provenance.code_hash()},
        "settings": provenance.settings_hash(settings),
        "lock": provenance.lock_hash(settings),
        "reference": provenance.reference_hash(settings),
        "expectations": provenance.sha256_tree(settings.paths.expectations),
        "python": platform.python_version(),
        "libraries": provenance.libraries(),
        "reports": reports,
        "files": {"indicators.json": provenance.sha256_file(folder / "indicators.json")},
    }


def write(settings: Settings, view: TownView, folder: Path) -> Path:
    """Write the town's manifest; return its path."""
    return atomic.write_json(folder / NAME, content(settings, view, folder))
