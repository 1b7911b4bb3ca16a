"""Received files → raw rows with their file, sheet and row.

Every file of the period is listed with what became of it; a file that cannot be used never stops the others.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.ingest.folder import list_datasets, list_periods, period_files, period_folder
from pipelines.ingest.readers import RawSheet, Unreadable, read_sheets
from pipelines.ingest.recognise import Match, Recogniser, words
from pipelines.ingest.rows import RawTable, data_rows
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract


__all__ = ["FileReport", "Intake", "RawTable", "ingest_period", "list_datasets", "list_periods"]

MAX_FILE_BYTES = 1_000_000_000


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
            return FileReport(
                name, "", path.stat().st_size, problem="文件太大（超过 1 GB），没有读取。请分成几个文件。"
            )
        content = path.read_bytes()
    except OSError:
        return FileReport(name, "", 0, problem="文件读不了（可能没有权限或正被占用）。请关闭文件后重试。")
    report = FileReport(name, hashlib.sha256(content).hexdigest(), len(content))
    if report.sha256 in first_with and content:
        report.problem = f"与“{first_with[report.sha256]}”内容完全相同，只使用一次。"
        return report
    first_with[report.sha256] = name
    try:
        _recognise(report, read_sheets(content), recogniser)
    except Unreadable as error:
        report.problem = str(error)
    return report


def _recognise(report: FileReport, sheets: list[RawSheet], recogniser: Recogniser) -> None:
    """Fill ``tables`` and ``problem`` of a report from its sheets."""
    matches = [(sheet, recogniser.find(sheet.rows)) for sheet in sheets if any(map(any, sheet.rows))]
    good = [(s, m) for s, m in matches if m is not None and m.coverage >= words()["min_coverage"]]
    shown = {match.table.name for sheet, match in good if not sheet.hidden}
    problems = []
    for sheet, match in good:
        if sheet.hidden and match.table.name in shown:
            # A hidden sheet beside a visible one of the same table is nearly always an old copy.
            problems.append(
                f"隐藏的工作表“{sheet.name}”没有使用（同一文件里已有这张表）。如需使用，请取消隐藏。"
            )
        else:
            report.tables.append(data_rows(sheet, match, report.file))
    for sheet, found in matches:
        if found is None:
            continue
        near = words()["near_coverage"] <= found.coverage < words()["min_coverage"]
        if near and len(found.positions) > 2:
            problems.append(_near_miss(sheet, found))
    if not matches:
        problems.append("文件里没有内容。请重新导出后再放入。")
    elif not good and not problems:
        problems.append("没有识别出任何一张表：前20行里找不到已知的表头。请核对表头，或确认是否放错了文件。")
    report.problem = " ".join(problems) or None


def _near_miss(sheet: RawSheet, match: Match) -> str:
    missing = "、".join(match.table.column(name).header for name in match.missing)
    where = f"工作表“{sheet.name}”" if sheet.name else "这个文件"
    return (
        f"{where}没有识别出来：最接近“{match.table.title}”，但缺少表头：{missing}。请补上这些列或改正表头。"
    )
