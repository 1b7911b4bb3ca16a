"""``make issue``: from now on these reports are issued, and nothing overwrites them.

Only what lies there whole, unaltered and made from the present data can be issued. The day is what the office says it
is, or left open: no clock is asked.
"""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines import manifest, pipeline, provenance
from pipelines.diskerrors import told
from pipelines.errors import ReportFailed, UsageError
from pipelines.periods import Period
from pipelines.revisions import records
from pipelines.revisions.records import Document, Issued
from pipelines.settings import Settings
from pipelines.themes import Theme
from pipelines.towns import Town


def seal(
    settings: Settings,
    dataset: str,
    period: Period,
    edition: str,
    town: Town,
    themes: Sequence[Theme],
    issued_on: str = "",
) -> list[str]:
    """Issue the unit's reports of these themes; a line per report saying which edition was issued now or before.

    UsageError if there is nothing to issue; ReportFailed if a report was altered or is older than the data.
    """
    folder = settings.paths.report(dataset, period, edition, "county" if town.is_county else town.name)
    found = manifest.content(settings, dataset, period, edition, town)
    wanted = {theme.name: theme for theme in themes}
    reports = {name: report for name, report in found["reports"].items() if name in wanted}
    if not reports:
        raise UsageError(
            f"{town.name} {period} 没有可以印发的报告。", f"请先运行 make report TOWN={town.name}。"
        )
    documents, lines, now = records.read(folder), [], False
    for name, report in reports.items():
        last = report["editions"][-1]
        said = f"《{report['title']}》{last['label']}"
        if last["issued"]:
            lines.append(f"{said}：以前已经印发。")
            continue
        _check(settings, dataset, folder, town, report["title"], last)
        before = documents.get(name, Document())
        documents[name] = Document((*before.issued, _issued(last, issued_on)), before.reasons)
        lines.append(f"{said}：已印发，今后不会被覆盖。")
        now = True
    if now:  # figures are issued with a report, never alone
        _add_figures(documents, found, issued_on)
    with told():
        records.write(folder, documents)
        _protect(folder, documents)
        manifest.write_for(settings, dataset, period, edition, town)
    return lines


def _issued(entry: dict[str, Any], issued_on: str) -> Issued:
    kept = {name: entry[name] for name in ("number", "outputs", "inputs", "notes", "figures")}
    return Issued(**kept, issued_on=issued_on)


def _add_figures(documents: dict[str, Document], found: dict[str, Any], issued_on: str) -> None:
    last = found["figures"]["editions"][-1]
    if not last["issued"]:
        before = documents.get(records.FIGURES, Document())
        documents[records.FIGURES] = Document((*before.issued, _issued(last, issued_on)), before.reasons)


def _check(
    settings: Settings, dataset: str, folder: Path, town: Town, title: str, entry: dict[str, Any]
) -> None:
    """ReportFailed unless the report's files are as they were made, and made from the present data and figures."""
    redo = f"请先运行 make report TOWN={town.name}，看过之后再印发。"
    for name, digest in entry["outputs"].items():
        if provenance.sha256_file(folder / name) != digest:
            raise ReportFailed(f"{name} 在生成之后被改动过，没有印发。", redo)
    if entry["figures"] != records.latest_figures(folder).name:
        raise ReportFailed(f"{town.name}的《{title}》与现在的指标数据不是同一批，没有印发。", redo)
    for quarter, digest in entry["notes"]["basis"]["raw"].items():
        if pipeline.raw_hash(settings, dataset, Period.parse(quarter)) != digest:
            raise ReportFailed(
                f"{town.name}的《{title}》生成之后，{quarter} 的原始数据有变化，没有印发。", redo
            )


def _protect(folder: Path, documents: dict[str, Document]) -> None:
    """Take away the permission to write from issued files: a sign to people, the programs do not need it."""
    for document in documents.values():
        for issued in document.issued:
            for name in issued.outputs:
                if (folder / name).is_file():
                    mode = stat.S_IMODE((folder / name).stat().st_mode)
                    os.chmod(folder / name, mode & ~0o222)
