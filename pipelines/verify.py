"""``make verify``: build a town's issued reports again in a scratch folder and compare them byte for byte.

Only copies and links are used: nothing of the project is written. What differs is named, and so is what the reports
were made from that has changed since (received files, code, settings, library versions …).
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines import issue, manifest, pipeline, provenance
from pipelines.errors import ReportFailed, UsageError
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.themes import load_themes
from pipelines.towns import Town


_COPIED = ("monitoring.toml", "requirements.lock", "data/reference", "expectations", "notebooks")
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
    with tempfile.TemporaryDirectory(prefix="er") as folder:
        root = Path(folder)
        for part in _COPIED:
            source, target = settings.root / part, root / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            elif source.is_file():
                shutil.copyfile(source, target)
        # Intake refuses links to folders, so every file is linked or copied by itself.
        raw = root / "data" / "raw" / dataset
        shutil.copytree(settings.paths.raw(dataset), raw, symlinks=True, copy_function=_link)
        version = provenance.code_version(settings.root)
        (root / provenance.VERSION_FILE).write_text(version, encoding="utf-8")
        before = os.environ.get("EDUREPORT_ROOT")
        os.environ["EDUREPORT_ROOT"] = folder
        try:
            yield Settings.load(root)
        finally:
            if before is None:
                del os.environ["EDUREPORT_ROOT"]
            else:
                os.environ["EDUREPORT_ROOT"] = before


def _changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What the reports were made from that is not what it was, in words."""
    found = []
    files = [
        {name: sha for e in m["inputs"] for name, sha in zip(e["files"], e["sha256"], strict=True)}
        for m in (old, new)
    ]
    for name in sorted(files[0].keys() | files[1].keys()):
        if files[0].get(name) != files[1].get(name):
            found.append(f"原始数据 {name}")
    if old["code"]["sha256"] != new["code"]["sha256"]:
        found.append(f"程序（出报告时 {old['code']['version'][:12]}，现在 {new['code']['version'][:12]}）")
    found += [title for key, title in _TITLES.items() if old[key] != new[key]]
    for name, report in old["reports"].items():
        now = new["reports"].get(name, {"inputs": {}})
        if report["inputs"].get("notebook") != now["inputs"].get("notebook"):
            found.append(f"笔记本 {name}.ipynb")
    return found


def _issued(folder: Path, town: Town) -> dict[str, Any]:
    file = folder / manifest.NAME
    if not file.is_file():
        raise UsageError(
            f"{town.name}这一季度还没有出过报告（没有 {manifest.NAME}）。",
            f"请先运行 make report TOWN={town.name}。",
        )
    return json.loads(file.read_text(encoding="utf-8"))


def verify(
    settings: Settings, dataset: str, period: Period, town: Town, edition: str, progress: pipeline.Progress
) -> list[str]:
    """Lines saying that everything is the same; ReportFailed naming every file that is not, and why.

    UsageError if the town has no issued reports.
    """
    folder = settings.paths.report(dataset, period, edition, "county" if town.is_county else town.name)
    old = _issued(folder, town)
    with _scratch(settings, dataset) as scratch:
        themes = [theme for theme in load_themes(scratch) if theme.name in old["reports"]]
        pipeline.prepare(scratch, dataset, period, progress)
        outcomes = issue.make_reports(scratch, dataset, period, town, edition, themes, progress)
        if errors := [str(outcome.error) for outcome in outcomes if outcome.error]:
            raise ReportFailed("重新生成时出错，无法核对：\n" + "\n".join(errors))
        rebuilt = scratch.paths.report(dataset, period, edition, folder.name)
        new = json.loads((rebuilt / manifest.NAME).read_text(encoding="utf-8"))
        expected = dict(old["files"])
        for report in old["reports"].values():
            expected |= report["outputs"]
        problems = []
        for name, digest in sorted(expected.items()):
            if not (folder / name).is_file():
                problems.append(f"{name}：已出的文件不在了")
            elif provenance.sha256_file(folder / name) != digest:
                problems.append(f"{name}：已出的文件在生成之后被改动过")
            elif not (rebuilt / name).is_file() or provenance.sha256_file(rebuilt / name) != digest:
                problems.append(f"{name}：重新生成的内容与已出的不同")
    if problems:
        why = "、".join(_changes(old, new)) or "没有发现输入的变化，请联系维护人员"
        raise ReportFailed(
            f"{town.name} {period} 的报告核对不一致：\n  " + "\n  ".join(problems),
            f"出报告之后变化的有：{why}。",
        )
    return [f"{town.name} {period}：{len(expected)} 个文件逐字节一致。"]
