"""What cleaning writes under data/clean/<dataset>/<period>/ (docs/architecture.md)."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines import store
from pipelines.atomic import PRIVATE, write_json
from pipelines.clean.dates import data_date
from pipelines.clean.issues import issue_frame
from pipelines.clean.rows import CleanTable
from pipelines.ingest import FileReport, Intake, RawTable
from pipelines.ingest.recognise import words
from pipelines.namecheck import FILE
from pipelines.pseudonym import Pseudonymiser
from pipelines.settings import Settings


COUNTS = ("read", "used", "warned", "set_aside")


def build_manifest(
    intake: Intake,
    cleaned: dict[str, CleanTable],
    sheets: dict[str, list[RawTable]],
    pseudonyms: Pseudonymiser,
) -> dict[str, Any]:
    """manifest.json: every received file with its tables, and the counts of every table."""
    per_sheet = {
        id(sheet): counts
        for name, table in cleaned.items()
        for sheet, counts in zip(sheets[name], table.counts, strict=True)
    }
    tables = {}
    for name, table in cleaned.items():
        days = [data_date(sheet.title, words()["as_of_labels"]) for sheet in sheets[name]]
        # The oldest part decides how old a table is.
        as_of = min(day or intake.period.end for day in days)
        totals = {key: sum(counts[key] for counts in table.counts) for key in COUNTS}
        tables[name] = totals | {"as_of": as_of.isoformat()}
    return {
        "files": [_file_entry(report, per_sheet, pseudonyms) for report in intake.files],
        "tables": tables,
        "reconciliation": [row for name in sorted(cleaned) for row in cleaned[name].reconciliation],
        "unknown_values": [
            {"table": name, "header": header, "value": value, "rows": rows}
            for name in sorted(cleaned)
            for header, value, rows in cleaned[name].unknown
        ],
    }


def _file_entry(
    report: FileReport, per_sheet: dict[int, dict[str, int]], pseudonyms: Pseudonymiser
) -> dict[str, Any]:
    entries = [
        {
            "table": sheet.table,
            "sheet": pseudonyms.mask(sheet.sheet),
            "header_row": sheet.header_row,
            "skipped": sheet.skipped,
            **per_sheet[id(sheet)],
        }
        for sheet in report.tables
    ]
    return {
        "file": pseudonyms.mask(report.file),
        "sha256": report.sha256,
        "bytes": report.bytes,
        "tables": entries,
        "problem": None if report.problem is None else pseudonyms.mask(report.problem),
    }


def write_period(
    settings: Settings,
    intake: Intake,
    cleaned: dict[str, CleanTable],
    manifest: dict[str, Any],
    known: list[str],
    names: pd.DataFrame,
) -> None:
    """Write all tables, the signs of all names (``persons.signs``), then the manifest; remove tables of an earlier run
    that are no longer produced."""
    folder = settings.paths.clean(intake.dataset, intake.period)
    apart = settings.paths.identity(intake.dataset, intake.period)
    usable = {name: table for name, table in cleaned.items() if is_usable(table)}
    # The old manifest goes first: it must never vouch for tables of two runs.
    (folder / "manifest.json").unlink(missing_ok=True)
    for name in known:
        if name not in usable:
            (apart / f"{name}.parquet").unlink(missing_ok=True)
            _remove(folder / f"{name}.parquet", folder / name)
    for name, table in usable.items():
        _remove(folder / name)
        store.write_frame(folder / f"{name}.parquet", table.clean)
        store.write_frame(apart / f"{name}.parquet", table.identity, mode=PRIVATE)
    for name in ("set_aside", "findings"):
        records = [record for table in cleaned.values() for record in getattr(table, name)]
        store.write_frame(folder / f"{name}.parquet", issue_frame(records))
    store.write_frame(folder / FILE, names)
    write_json(folder / "manifest.json", manifest)


def is_usable(table: CleanTable) -> bool:
    """Whether the table may be read: a table with rows of which none can be used is unknown, not empty."""
    return not len(table.clean) == 0 < sum(counts["read"] for counts in table.counts)


def _remove(*paths: Path) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
