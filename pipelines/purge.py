"""Removing the personal data of a period and proving it (``make purge PERIOD=…``).

What goes: identity files, person-level clean tables, worklist and matches, named annexes, internal reports that list
single cases, and, only if asked for by name, the received files. What stays: the figures (indicators.json), the
manifest, the public edition and its release record. Without CONFIRM= nothing is removed: what would be is listed.
"""

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from pipelines import accesslog, atomic, leaks
from pipelines.clean import persons
from pipelines.disclosure.record import record_file
from pipelines.errors import EduReportError, UsageError
from pipelines.namecheck import ordinary_runs
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from pipelines.townview import INDICATORS


RECORD = "purged.json"
RAW = "+raw"
STAMPS = ".stamps"
_KEPT = {INDICATORS, "manifest.json", RECORD}
_KEPT_REPORTS = {"indicators.json", "quality.json"}
_LEAST = 2


@dataclass
class Purge:
    """What a purge removes or removed, and how it was proved."""

    removed: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    searched: int = 0
    searched_before: int = 0
    done: bool = False
    raw_left: bool = False


def purge(settings: Settings, dataset: str, period: Period, confirm: str) -> Purge:
    """Remove the personal data of a period; the plan only, unless ``confirm`` is the period (``2026Q1+raw``: also its
    received files).

    UsageError if there is nothing of the period or the confirmation is another one; EduReportError if personal
    values are still found afterwards.
    """
    if confirm not in ("", str(period), f"{period}{RAW}"):
        raise UsageError(
            f"确认内容“{confirm}”与季度 {period} 不符，没有删除任何内容。",
            f"删除处理后的个人信息：CONFIRM={period}；连同原始文件：CONFIRM={period}{RAW}",
        )
    plan = _plan(settings, dataset, period, with_raw=confirm.endswith(RAW))
    if not plan.removed:
        record = settings.paths.clean(dataset, period) / RECORD
        if record.is_file():
            when = json.loads(record.read_text(encoding="utf-8"))["when"]
            raise UsageError(f"{dataset} {period} 已于 {when} 清除过，没有剩下的个人信息。", "不用再运行。")
        raise UsageError(f"{dataset} {period} 没有可清除的个人信息。", "请检查数据集和季度。")
    if not confirm:
        return plan
    values = set(_personal_values(settings, dataset, period))
    accesslog.record(
        settings,
        "purge",
        "清除个人信息",
        dataset=dataset,
        period=str(period),
        files=len(plan.removed),
        confirm=confirm,
    )
    for file in plan.removed:
        file.unlink()
    for folder in _folders(settings, dataset, period):
        _remove_empty(folder)
    plan.done, plan.searched = True, len(values)
    _prove(settings, dataset, period, plan, values)
    return plan


def _folders(settings: Settings, dataset: str, period: Period) -> list[Path]:
    paths = settings.paths
    quality = paths.quality(dataset, period)
    return [paths.clean(dataset, period), quality.parent, paths.raw(dataset, period)]


def _plan(settings: Settings, dataset: str, period: Period, with_raw: bool) -> Purge:
    clean, reports, raw = _folders(settings, dataset, period)
    plan = Purge()
    for folder, kept in ((clean, _KEPT), (reports, _KEPT_REPORTS)):
        for file in _files(folder):
            stays = (file.name in kept and file.parent.name != STAMPS) or _is_public(reports, file)
            (plan.kept if stays else plan.removed).append(file)
    if (released := record_file(settings, dataset, period)).is_file():
        plan.kept.append(
            released
        )  # published figures cannot be taken back; later editions are decided by them
    received = list(_files(raw))
    (plan.removed if with_raw else plan.kept).extend(received)
    plan.raw_left = bool(received) and not with_raw
    return plan


def _is_public(reports: Path, file: Path) -> bool:
    return file.is_relative_to(reports / "public")


def _files(folder: Path) -> Iterator[Path]:
    """Files and links below a folder; a link is itself, never what it points to."""
    if folder.is_dir() and not folder.is_symlink():
        for file in sorted(folder.rglob("*")):
            if file.is_symlink() or file.is_file():
                yield file


def _remove_empty(folder: Path) -> None:
    if not folder.is_dir() or folder.is_symlink():
        return
    for inner in sorted(folder.rglob("*"), reverse=True):
        if inner.is_dir() and not inner.is_symlink() and not any(inner.iterdir()):
            inner.rmdir()
    if not any(folder.iterdir()):
        shutil.rmtree(folder)


def _personal_values(settings: Settings, dataset: str, period: Period) -> Iterator[str]:
    """Every ID number, 学籍号, name and pseudonym of the period.

    A name that is also a word of the program's own texts (南方, 和平) cannot be told from it and is left out.
    """
    tables = load_contract(settings.paths.reference).tables
    ordinary = ordinary_runs(settings.paths.reference)
    for file in sorted(settings.paths.identity(dataset, period).glob("*.parquet")):
        frame = pd.read_parquet(file)
        for column in ("id_no", "roll_no"):
            if column in frame:
                yield from (str(v) for v in frame[column].dropna().unique() if len(str(v)) >= _LEAST)
        privacy = {column.name: column.privacy for column in tables[file.stem].columns}
        yield from (name for name in persons.names_of(frame, privacy) if name not in ordinary)
    for file in sorted(settings.paths.clean(dataset, period).glob("*.parquet")):
        frame = pd.read_parquet(file)
        for column in ("id_key", "roll_key", "name_key"):
            if column in frame:
                yield from (str(value) for value in frame[column].dropna().unique())


def _prove(settings: Settings, dataset: str, period: Period, plan: Purge, values: set[str]) -> None:
    """Search all that is left of the period (received files apart) for the values; write the record."""
    raw, file = settings.paths.raw(dataset, period), settings.paths.clean(dataset, period) / RECORD
    left = [file for file in plan.kept if not file.is_relative_to(raw)]
    if found := leaks.find(left, values):
        listed = "、".join(Path(name).name for name in sorted(found))
        raise EduReportError(
            f"清除后仍在 {len(found)} 个文件里找到个人信息：{listed}。",
            "请不要分发这些文件，并联系维护人员。",
        )
    if any(file.exists() or file.is_symlink() for file in plan.removed):
        raise EduReportError("有文件没有删除成功。", "请检查文件夹权限后重新运行。")
    # A received file may be called after a person: how many there were is enough.
    removed = [
        one.relative_to(settings.root).as_posix() for one in plan.removed if not one.is_relative_to(raw)
    ]
    # The received files went later than the rest: what was proved then stands, with nothing left to search for.
    before = json.loads(file.read_text(encoding="utf-8")) if file.is_file() and not values else {}
    plan.searched_before = before.get("values_searched", 0)
    record = {
        "period": str(period),
        "dataset": dataset,
        "when": dt.datetime.now(dt.UTC).date().isoformat(),
        "removed": [*before.get("removed", []), *removed],
        "received_removed": len(plan.removed) - len(removed),
        "kept": [one.relative_to(settings.root).as_posix() for one in left if one != file],
        "values_searched": plan.searched or plan.searched_before,
        "values_found": 0,
        "received_files": "kept" if plan.raw_left else "removed",
    }
    atomic.write_json(file, record)
