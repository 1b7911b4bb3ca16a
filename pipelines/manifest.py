"""manifest.json beside a unit's reports: every edition, what it was made from and what came out, SHA-256 each.

``make verify`` builds the reports again from it and compares; ``make issue`` takes from it what was issued. It is
derived from the stamps and from editions.json; nothing in it depends on the clock or the machine::

    {"schema": 2, "dataset", "period", "edition", "town": {"code", "name"},
     "reports": {"aid": {"title": "学生资助", "editions": [Edition, …]}},
     "figures": {"editions": [Edition, …]}}

An Edition is ``{"number": 2, "label": "第二版", "issued": false, "issued_on": "", "outputs": {file: sha256},
"inputs": {name: sha256}, "notes": {…}, "figures": "indicators_第二版.json"}``, first to last; only the last can be
unissued. ``figures`` is the file with the figures that edition was made with. ``notes`` holds ``made_from`` (files received with their hashes, program, settings, libraries), ``basis``
(tables by quarter, rules, program: revisions/basis.py), ``work`` (cases listed), ``towns`` (a county's: their figures, hashed) and for a later edition ``correction``
(``reason``, ``classes``, ``tables``, ``changes``: id, name, before, after, classes).
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines import atomic, provenance
from pipelines.periods import Period
from pipelines.revisions import records
from pipelines.revisions.figures import figures_hash
from pipelines.revisions.records import Document, Issued
from pipelines.settings import Settings
from pipelines.stamps import Stamp
from pipelines.themes import load_themes
from pipelines.towns import Town
from pipelines.townview import TownView


NAME = records.MANIFEST
SCHEMA = 2


def stage(
    settings: Settings, dataset: str, period: Period, edition: str, town: Town, theme: str, number: int
) -> Stamp:
    """The stamp of one edition of a report."""
    name = f"report-{edition}-{town.code}-{theme}" + (f"-{number}" if number > 1 else "")
    return Stamp(settings.paths.clean(dataset, period) / ".stamps" / f"{name}.json", settings.root)


def entry(edition: Issued, issued: bool) -> dict[str, Any]:
    """An edition as it stands in the manifest."""
    return {**asdict(edition), "label": records.label(edition.number), "issued": issued}


def content(settings: Settings, dataset: str, period: Period, edition: str, town: Town) -> dict[str, Any]:
    """The manifest of everything that lies in the unit's folder: what was issued, and drafts with a valid stamp."""
    folder = settings.paths.report(dataset, period, edition, "county" if town.is_county else town.name)
    documents = records.read(folder)
    figures = _figures(folder, documents.get(records.FIGURES, Document()))
    made_with = _figures_by_hash(folder)
    reports = {}
    for theme in load_themes(settings):
        document = documents.get(theme.name, Document())
        editions = [entry(issued, True) for issued in document.issued]
        number = len(document.issued) + 1
        stamp = stage(settings, dataset, period, edition, town, theme.name, number)
        outputs = {Path(file).name: digest for file, digest in stamp.outputs().items()}
        if outputs and all((folder / name).is_file() for name in outputs):
            notes = stamp.notes()
            figures_file = made_with.get(notes.get("figures", ""), "")
            editions.append(entry(Issued(number, outputs, stamp.inputs(), notes, figures_file), False))
        if editions:
            reports[theme.name] = {"title": theme.title, "editions": editions}
    return {
        "schema": SCHEMA,
        "dataset": dataset,
        "period": str(period),
        "edition": edition,
        "town": {"code": town.code, "name": town.name},
        "reports": reports,
        "figures": {"editions": figures},
    }


def _figures_by_hash(folder: Path) -> dict[str, str]:
    """What figures lie in the folder: hash → file; of two files with the same figures the later."""
    files = [file for _, file in reversed(records.editions_of(folder, records.FIGURES_STEM, ".json"))]
    return {figures_hash(json.loads(f.read_text(encoding="utf-8"))): f.name for f in files}


def figures_files(folder: Path) -> dict[tuple[str, int], str] | None:
    """(theme, edition) → the file with the figures it was made with, as the folder's manifest says; None without one that does.

    The file is "" for a draft whose figures were replaced since.
    """
    try:
        reports = json.loads((folder / NAME).read_text(encoding="utf-8"))["reports"]
        return {
            (name, e["number"]): e["figures"] for name, found in reports.items() for e in found["editions"]
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # or one that an older version wrote
        return None


def _figures(folder: Path, document: Document) -> list[dict[str, Any]]:
    editions = [entry(issued, True) for issued in document.issued]
    number = len(document.issued) + 1
    file = folder / records.edition_name(records.FIGURES_STEM, number, ".json")
    if file.is_file():
        editions.append(entry(figures_edition(file, number), False))
    return editions


def figures_edition(file: Path, number: int) -> Issued:
    """An indicators file as an edition of its own."""
    stored = json.loads(file.read_text(encoding="utf-8"))
    notes = {"figures": figures_hash(stored)}
    return Issued(number, {file.name: provenance.sha256_file(file)}, {}, notes, file.name)


def write(settings: Settings, view: TownView) -> Path:
    """Write the manifest of the view's unit; return its path."""
    return write_for(settings, view.dataset, view.period, view.edition, view.town)


def write_for(settings: Settings, dataset: str, period: Period, edition: str, town: Town) -> Path:
    """Write a unit's manifest; return its path. One that is the same is left: an index younger than it is up to date."""
    folder = settings.paths.report(dataset, period, edition, "county" if town.is_county else town.name)
    file, new = folder / NAME, content(settings, dataset, period, edition, town)
    if file.is_file() and file.read_bytes() == atomic.to_json(new).encode("utf-8"):
        return file
    return atomic.write_json(file, new)
