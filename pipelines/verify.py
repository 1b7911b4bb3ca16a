"""``make verify``: build a town's issued reports again in a scratch folder and compare them byte for byte.

Only copies and links are used: nothing of the project is written. What differs is named, and so is what the reports
were made from that has changed since (received files, code, settings, library versions …).
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import issue, manifest, pipeline, provenance
from pipelines.errors import ReportFailed, UsageError
from pipelines.periods import Period
from pipelines.projectcopy import project_copy
from pipelines.revisions import records
from pipelines.settings import Settings
from pipelines.themes import load_themes
from pipelines.towns import Town


_COPIED = (
    "monitoring.toml", "requirements.lock", "data/reference", "data/releases", "expectations", "notebooks",
)  # fmt: skip
_TITLES = {
    "settings": "设置文件",
    "lock": "软件库版本清单",
    "reference": "参考数据",
    "expectations": "检查规则",
    "python": "Python 版本",
    "libraries": "已安装的软件库",
}


def _link(source: str, target: str) -> str:
    """A second name for the file where the disk allows it, else a copy; neither is ever written."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copyfile(source, target, follow_symlinks=False)
    return target


@contextmanager
def _scratch(settings: Settings, dataset: str) -> Iterator[Settings]:
    """A project root of copies, with the received files linked; it is the root of the block, notebooks included."""
    with project_copy(settings, _COPIED) as root:
        # Intake refuses links to folders, so every file is linked or copied by itself.
        raw = root / "data" / "raw" / dataset
        shutil.copytree(settings.paths.raw(dataset), raw, symlinks=True, copy_function=_link)
        before = os.environ.get("EDUREPORT_ROOT")
        os.environ["EDUREPORT_ROOT"] = str(root)
        try:
            yield Settings.load(root)
        finally:
            if before is None:
                del os.environ["EDUREPORT_ROOT"]
            else:
                os.environ["EDUREPORT_ROOT"] = before


def _changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What two editions were made from that is not the same, in words."""
    before, after = old["notes"]["made_from"], new["notes"]["made_from"]
    found = []
    files = [
        {name: sha for e in made["inputs"] for name, sha in zip(e["files"], e["sha256"], strict=True)}
        for made in (before, after)
    ]
    for name in sorted(files[0].keys() | files[1].keys()):
        if files[0].get(name) != files[1].get(name):
            found.append(f"原始数据 {name}")
    if old["inputs"].get("code") != new["inputs"].get("code"):
        versions = [_version(made) for made in (before, after)]
        found.append(f"程序（出报告时 {versions[0]}，现在 {versions[1]}）")
    elif before["code"]["version"] != after["code"]["version"]:
        found.append(f"程序版本号（内容未变；出报告时 {_version(before)}）")
    found += [title for key, title in _TITLES.items() if before[key] != after[key]]
    if old["inputs"].get("notebook") != new["inputs"].get("notebook"):
        found.append("笔记本")
    return found


def _version(made: dict[str, Any]) -> str:
    version = made["code"]["version"]
    return provenance.code_shown(version) if version == provenance.UNCOMMITTED else version[:12]


@dataclass(frozen=True)
class _Edition:
    """One edition to be verified: its document (theme, or ``figures``), title, and entry in the manifest."""

    document: str
    title: str
    entry: dict[str, Any]

    @property
    def said(self) -> str:
        """《学生资助》第一版"""
        return f"《{self.title}》{self.entry['label']}"


def _editions(folder: Path, town: Town) -> list[_Edition]:
    file = folder / manifest.NAME
    if not file.is_file():
        raise UsageError(
            f"{town.name}这一季度还没有出过报告（没有 {manifest.NAME}）。",
            f"请先运行 make report TOWN={town.name}。",
        )
    content = json.loads(file.read_text(encoding="utf-8"))
    if content.get("schema") != manifest.SCHEMA:
        raise UsageError(
            f"{town.name}的 {manifest.NAME} 是旧格式，不能核对。", f"请先运行 make report TOWN={town.name}。"
        )
    found = [_Edition(records.FIGURES, "指标数据", e) for e in content["figures"]["editions"]]
    for name, report in content["reports"].items():
        found += [_Edition(name, report["title"], entry) for entry in report["editions"]]
    return found


def _altered(folder: Path, editions: list[_Edition]) -> list[str]:
    """Files that are not what the manifest says was made."""
    problems = []
    for edition in editions:
        for name, digest in sorted(edition.entry["outputs"].items()):
            if not (folder / name).is_file():
                problems.append(f"{name}：已出的文件不在了")
            elif provenance.sha256_file(folder / name) != digest:
                problems.append(f"{name}：已出的文件在生成之后被改动过")
    return problems


def _inputs_gone(settings: Settings, dataset: str, edition: _Edition) -> list[str]:
    """The quarters whose received files are not those an issued edition was made from; none for a draft."""
    if not edition.entry["issued"]:
        return []
    raw = edition.entry["notes"].get("basis", {}).get("raw", {})
    return [
        name for name, sha in raw.items() if pipeline.raw_hash(settings, dataset, Period.parse(name)) != sha
    ]


def _as_before(source: Path, target: Path, number: int) -> None:
    """Put into a scratch folder what was issued before the editions of this number were made."""
    before = {
        name: records.Document(tuple(i for i in document.issued if i.number < number), document.reasons)
        for name, document in records.read(source).items()
    }
    target.mkdir(parents=True, exist_ok=True)
    for document in before.values():
        for issued in document.issued:
            for name in {*issued.outputs, issued.figures}:
                # Over a file made again for a lower number from other data: this is what was issued.
                if (source / name).is_file():
                    shutil.copyfile(source / name, target / name)
    records.write(target, before)


def _rebuild(
    settings: Settings,
    folder: Path,
    dataset: str,
    period: Period,
    town: Town,
    edition: str,
    editions: list[_Edition],
    progress: pipeline.Progress,
) -> tuple[list[str], list[str]]:
    """Make the editions again in a scratch root; (problems, what changed since)."""
    problems: list[str] = []
    why: dict[str, None] = {}
    if not editions:
        return problems, []
    with _scratch(settings, dataset) as scratch:
        pipeline.prepare(scratch, dataset, period, progress)
        themes = {theme.name: theme for theme in load_themes(scratch)}
        rebuilt = scratch.paths.report(dataset, period, edition, folder.name)
        for number in sorted({e.entry["number"] for e in editions}):
            _as_before(folder, rebuilt, number)
            chosen = [e for e in editions if e.entry["number"] == number]
            wanted = [themes[e.document] for e in chosen if e.document in themes]
            outcomes = issue.make_reports(scratch, dataset, period, town, edition, wanted, progress)
            if errors := [str(outcome.error) for outcome in outcomes if outcome.error]:
                raise ReportFailed("重新生成时出错，无法核对：\n" + "\n".join(errors))
            new = {(e.document, e.entry["number"]): e.entry for e in _editions(rebuilt, town)}
            for old in chosen:
                problems += _compared(rebuilt, old)
                if other := new.get((old.document, number)):
                    why |= dict.fromkeys(_changes(old.entry, other) if old.document in themes else [])
    return problems, list(why)


def _compared(rebuilt: Path, edition: _Edition) -> list[str]:
    return [
        f"{name}：重新生成的内容与已出的不同"
        for name, digest in sorted(edition.entry["outputs"].items())
        if not (rebuilt / name).is_file() or provenance.sha256_file(rebuilt / name) != digest
    ]


def verify(
    settings: Settings, dataset: str, period: Period, town: Town, edition: str, progress: pipeline.Progress
) -> list[str]:
    """Lines saying that everything is the same; ReportFailed naming every file that is not, and why.

    Every edition's files are compared with what was recorded. An edition is made again if the files received are still
    those it was made from; where they were corrected since, a line says so. UsageError if nothing was made yet.
    """
    folder = settings.paths.report(dataset, period, edition, "county" if town.is_county else town.name)
    editions = _editions(folder, town)
    altered = _altered(folder, editions)
    gone = {e.said: quarters for e in editions if (quarters := _inputs_gone(settings, dataset, e))}
    # Figures go with the reports that were made with them.
    again = [e for e in editions if e.document != records.FIGURES and e.said not in gone]
    made_with = {e.entry["figures"] for e in again}
    again += [
        e
        for e in editions
        if e.document == records.FIGURES
        and (not gone or not e.entry["issued"] or e.entry["figures"] in made_with)
    ]
    problems, why = _rebuild(settings, folder, dataset, period, town, edition, again, progress)
    named = {problem.partition("：")[0] for problem in altered}
    problems = altered + [p for p in problems if p.partition("：")[0] not in named]
    if problems:
        said = "、".join(why) or "没有发现输入的变化，请联系维护人员"
        raise ReportFailed(
            f"{town.name} {period} 的报告核对不一致：\n  " + "\n  ".join(problems),
            f"出报告之后变化的有：{said}。",
        )
    count = sum(len(e.entry["outputs"]) for e in again)
    lines = [f"{town.name} {period}：{count} 个文件逐字节一致。"] if count else []
    for said, quarters in gone.items():
        lines.append(
            f"{said}：文件与印发时一致；{'、'.join(quarters)} 的原始数据在印发之后有更正，不能重新生成核对。"
        )
    return lines
