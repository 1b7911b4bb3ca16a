"""Received files → raw rows with their file, sheet and row.

Every file of the period is listed with what became of it; a file that cannot be used never stops the others.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.ingest.choose import Choice, choose
from pipelines.ingest.folder import list_datasets, list_periods, period_files, period_folder
from pipelines.ingest.problems import CHANGED, MAX_FILE_BYTES, NO_ACCESS, TOO_LARGE
from pipelines.ingest.readers import RawSheet, Unreadable, read_sheets
from pipelines.ingest.recognise import Match, Recogniser, words
from pipelines.ingest.rows import RawTable, data_rows
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract


__all__ = ["FileReport", "Intake", "RawTable", "ingest_period", "list_datasets", "list_periods"]


@dataclass
class FileReport:
    """One received file: path below the period folder, sha256, size, recognised tables, problem (Chinese)."""

    file: str
    sha256: str
    bytes: int
    tables: list[RawTable] = field(default_factory=list)
    problem: str | None = None


@dataclass
class Intake:
    """All files of one period."""

    dataset: str
    period: Period
    files: list[FileReport]

    @property
    def tables(self) -> list[RawTable]:
        """Recognised sheets in order of (file, sheet)."""
        found = [table for report in self.files for table in report.tables]
        return sorted(found, key=lambda table: (table.file, table.sheet, table.header_row))


def ingest_period(settings: Settings, dataset: str, period: Period) -> Intake:
    """Read every file of a period (contract.md section 4).

    Raises UsageError if there is no such folder. Files with a problem are listed in ``Intake.files``.
    """
    folder = period_folder(settings, dataset, period)
    recogniser = Recogniser(load_contract(settings.paths.reference))
    files, links = period_files(folder)
    first_with: dict[str, str] = {}
    reports = [_read_file(path, folder, recogniser, first_with) for path in files]
    for link in links:
        problem = "是快捷方式（符号链接），没有读取。请放入文件本身。"
        if not link.resolve().is_relative_to(settings.paths.raw("").resolve()):
            problem = "是指向 data/raw 以外的快捷方式（符号链接），已拒绝。请放入文件本身。"
        reports.append(FileReport(link.relative_to(folder).as_posix(), "", 0, problem=problem))
    return Intake(dataset, period, sorted(reports, key=lambda report: report.file))


def _read_file(path: Path, folder: Path, recogniser: Recogniser, first_with: dict[str, str]) -> FileReport:
    name = path.relative_to(folder).as_posix()
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return FileReport(name, "", path.stat().st_size, problem=TOO_LARGE)
        content = path.read_bytes()
    except OSError:
        return FileReport(name, "", 0, problem=NO_ACCESS)
    report = FileReport(name, hashlib.sha256(content).hexdigest(), len(content))
    if report.sha256 in first_with and content:
        report.problem = f"与“{first_with[report.sha256]}”内容完全相同，只使用一次。"
        return report
    first_with[report.sha256] = name
    try:
        _recognise(report, read_sheets(content), recogniser)
    except Unreadable as error:
        report.problem = str(error)
    if _changed(path, report.sha256):
        report.tables, report.problem = [], CHANGED
    return report


def _changed(path: Path, sha256: str) -> bool:
    """Whether the file is no longer what was read: half of a file that is being copied must not be used."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() != sha256
    except OSError:
        return True


def _recognise(report: FileReport, sheets: list[RawSheet], recogniser: Recogniser) -> None:
    """Fill ``tables`` and ``problem`` of a report from its sheets."""
    filled = [sheet for sheet in sheets if any(map(any, sheet.rows))]
    used: list[tuple[RawSheet, Match]] = []
    problems: list[str] = []
    notes: dict[str, tuple[tuple[str, str], ...]] = {}
    # Visible sheets first: a hidden copy is measured against them.
    for sheet in sorted(filled, key=lambda sheet: sheet.hidden):
        match = recogniser.find(sheet.rows)
        if match is None or match.coverage < words()["min_coverage"]:
            problems += _not_a_table(sheet, match, len(filled) > 1)
            continue
        choice = choose(sheet, match, recogniser.contract)
        if choice.match is None:
            problems.append(_undecided(sheet, choice))
        elif sheet.hidden and any(
            _same(sheet, other) for other, m in used if m.table.name == match.table.name
        ):
            problems.append(f"隐藏的工作表“{sheet.name}”与可见的工作表内容完全相同，没有重复使用。")
        else:
            used.append((sheet, choice.match))
            notes[sheet.name] = _fit_note(choice)
    # Only now: taking the rows fills merged cells, after which a copy would no longer look the same.
    report.tables = [data_rows(sheet, match, report.file, notes[sheet.name]) for sheet, match in used]
    if not filled:
        problems.append("文件里没有内容。请重新导出后再放入。")
    elif not used and not problems:
        problems.append("没有识别出任何一张表：前20行里找不到已知的表头。请核对表头，或确认是否放错了文件。")
    order = {sheet.name: number for number, sheet in enumerate(sheets)}
    report.tables.sort(key=lambda table: order[table.sheet])
    report.problem = " ".join(problems) or None


def _same(hidden: RawSheet, visible: RawSheet) -> bool:
    """Whether a hidden sheet says nothing that a visible one does not say, row by row."""
    filled = lambda sheet: [row for row in sheet.rows if any(cell is not None for cell in row)]
    return filled(hidden) == filled(visible)


def _fit_note(choice: Choice) -> tuple[tuple[str, str], ...]:
    if len(choice.fits) < 2 or choice.match is None:
        return ()
    others = "、".join(f"“{m.table.title}”" for m in choice.fits if m.table.name != choice.match.table.name)
    return (("two_tables", f"{others}|“{choice.match.table.title}”"),)


def _where(sheet: RawSheet) -> str:
    return f"工作表“{sheet.name}”" if sheet.name else "这个文件"


def _undecided(sheet: RawSheet, choice: Choice) -> str:
    titles = "、".join(f"“{match.table.title}”" for match in choice.fits)
    rows = max(0, len(sheet.rows) - choice.fits[0].row - 1)
    return (
        f"{_where(sheet)}的表头同时符合{titles}，分不清是哪一张，没有使用（约{rows}行）。"
        "请按模板改成其中一张表的表头后再放入。"
    )


def _not_a_table(sheet: RawSheet, match: Match | None, among_others: bool) -> list[str]:
    """What to say of a sheet without a known header: nearly a table, or a grid that nobody will read."""
    if match and match.coverage >= words()["near_coverage"] and len(match.positions) > 2:
        missing = "、".join(match.table.column(name).header for name in match.missing)
        return [
            f"{_where(sheet)}没有识别出来：最接近“{match.table.title}”，但缺少表头：{missing}。请补上这些列或改正表头。"
        ]
    grid = sum(sum(cell is not None for cell in row) > 2 for row in sheet.rows)
    if among_others and grid > 1:
        return [
            f"{_where(sheet)}不是已知的表，没有读取（约{grid}行）。如果其中有要上报的数据，请按模板改正表头。"
        ]
    return []
