"""The record of what was published: ``data/releases/<dataset>/<period>.json`` (0600), one a quarter, never changed.

A published number cannot be taken back, so every later decision has to know all earlier ones, the hidden values
included. The records lie outside data/clean and reports, which ``make clean`` removes, and belong into the backup. A
public edition is made from its record alone: figures that are corrected afterwards do not change what was published.
"""

import json
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import atomic, provenance
from pipelines.disclosure import complaints
from pipelines.disclosure.apply import decide
from pipelines.disclosure.errors import DisclosureError
from pipelines.disclosure.figures import Released
from pipelines.disclosure.whole import Wholeness
from pipelines.errors import ConfigError, EduReportError, UsageError
from pipelines.periods import Period
from pipelines.plan import stage
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract


_FIELDS = (
    "id",
    "name",
    "theme",
    "unit",
    "target",
    "state",
    "value",
    "numerator",
    "denominator",
    "status",
    "days",
)
Progress = Any


@dataclass(frozen=True)
class Record:
    """One quarter's release: what was decided, which tables (with their data dates) it was made from, its own hash."""

    released: Released
    inputs: list[dict[str, str]]
    source: str
    earlier: Mapping[str, str]
    sha256: str


class CannotPublish(EduReportError):
    """The public edition of a quarter is refused."""

    exit_code = 4


def record_file(settings: Settings, dataset: str, period: Period) -> Path:
    """Where the release of a quarter is recorded."""
    return settings.paths.releases(dataset) / f"{period}.json"


def records(settings: Settings, dataset: str) -> dict[Period, Record]:
    """All releases of a dataset, oldest first; CannotPublish if one is lost or was changed."""
    folder = settings.paths.releases(dataset)
    found = {Period.parse(file.stem): _read(settings, file) for file in sorted(folder.glob("*.json"))}
    _complete(settings, dataset, found)
    return found


def _read(settings: Settings, file: Path) -> Record:
    if stat.S_IMODE(file.stat().st_mode) & ~atomic.PRIVATE:
        raise ConfigError(
            f"公布记录 {file.name} 的权限过宽，其他人也能读取。", f"请改为仅本人读写：chmod 600 {file}"
        )
    content = file.read_bytes()
    try:
        fields = json.loads(content)
        released = Released(
            fields["towns"], fields["shown"], frozenset(fields["vague"]), frozenset(fields["partial"])
        )
        found = Record(
            released, fields["inputs"], fields["source"], fields["earlier"], provenance.sha256_bytes(content)
        )
        threshold = fields["threshold"]
    except (ValueError, KeyError, TypeError) as error:
        raise CannotPublish(
            f"公布记录 {file.name} 已损坏，不能生成公开版。", "请从备份恢复该文件。"
        ) from error
    if threshold != settings.threshold("suppression").value:
        raise CannotPublish(
            f"设置中的公布门槛与 {file.stem} 公布时（{threshold:g}）不同，隐去的数可能被推算出来。",
            "请把 monitoring.toml 的 [thresholds.suppression] 改回原值。",
        )
    return found


def _complete(settings: Settings, dataset: str, found: Mapping[Period, Record]) -> None:
    """Refuse if a quarter was published (its reports lie there, or a later record names it) but has no record."""
    lost = {str(p) for p in _published(settings, dataset) if p not in found}
    for record in found.values():
        for name, digest in record.earlier.items():
            if Period.parse(name) not in found:
                lost.add(name)
            elif found[Period.parse(name)].sha256 != digest:
                raise CannotPublish(
                    f"公布记录 {name}.json 在公布之后被改动过，不能生成公开版。", "请从备份恢复该文件。"
                )
    if lost:
        names = "、".join(sorted(lost))
        raise CannotPublish(
            f"{names} 的公开版已经公布，但公布记录（data/releases/{dataset}）不见了；不知道公布过什么，"
            "就无法保证隐去的数不被推算出来，因此不生成公开版。",
            "请从备份恢复公布记录。确认从未对外提供过的，删除 reports 中该季度的 public 文件夹和其后各季度的记录后重来。",
        )


def _published(settings: Settings, dataset: str) -> list[Period]:
    """The quarters of which public reports lie in reports/."""
    folders = settings.paths.reports(dataset).glob("*/public")
    return [Period.parse(folder.parent.name) for folder in folders if next(folder.rglob("*.html"), None)]


def ensure(settings: Settings, dataset: str, period: Period, progress: Progress) -> None:
    """Decide and record the release of a quarter, for all towns at once, if it was not released yet.

    UsageError if a later quarter was released already; CannotPublish if a record is lost or nothing can be decided.
    """
    found = records(settings, dataset)
    stored = json.loads(
        (settings.paths.clean(dataset, period) / "indicators.json").read_text(encoding="utf-8")
    )
    asked = _complaints(settings, dataset, period)
    towns = {
        code: [{n: f[n] for n in _FIELDS if n in f} for f in (*figures, *asked.get(code, []))]
        for code, figures in stored["towns"].items()
    }
    source = provenance.sha256_json(towns)
    if period in found:
        if found[period].source != source:
            progress(
                f"注意：{period} 的数字在公开版公布之后有变动。公布过的数字不能收回，公开版仍按首次公布的数字；"
                "更正从下一季度起体现。"
            )
        return
    if later := [quarter for quarter in found if quarter > period]:
        raise UsageError(
            f"公开版须按季度先后公布：{max(later)} 已经公布，不能再补 {period}。", "内部版不受此限。"
        )
    progress(f"{period}：小数值披露控制……")
    threshold = int(settings.threshold("suppression").value)
    earlier = {quarter: record.released for quarter, record in found.items()}
    whole = Wholeness.load(settings, dataset, period)
    try:
        released = decide(period, towns, earlier, threshold, whole)
    except DisclosureError as error:
        raise CannotPublish(
            f"{period} 的公开版无法做到既公布又保护（有 {len(error.cells)} 个数可被推算），因此不生成。",
            "请减少 pipelines/disclosure/rules.toml 中公布的指标后重试。",
        ) from error
    content = {
        "schema": 1,
        "dataset": dataset,
        "period": str(period),
        "threshold": threshold,
        "source": source,
        "towns": towns,
        "shown": dict(released.shown),
        "vague": sorted(released.vague),
        "partial": sorted(released.partial),
        "inputs": whole.inputs(),
        "earlier": {str(quarter): record.sha256 for quarter, record in found.items()},
    }
    file = record_file(settings, dataset, period)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    atomic.write_json(file, content, atomic.PRIVATE)


def _complaints(settings: Settings, dataset: str, period: Period) -> dict[str, list[dict[str, Any]]]:
    """The quarter's complaints as figures by town code; empty where T24 was not received."""
    if not (found := stage.read(settings, dataset, period)) or not found["complaints"]:
        return {}
    topics = list(load_contract(settings.paths.reference).codes[complaints.CODES])
    return complaints.figures(found["complaints"], topics, found["complaint_days"])


def forget_demo(settings: Settings, dataset: str, progress: Progress) -> None:
    """Before a demo dataset is written anew: remove its public reports and release records, and say so.

    Its people are invented, so nothing can be worked out about anyone; kept, the records would go on giving the old
    figures. A dataset that monitoring.toml does not mark ``demo = true`` keeps everything.
    """
    if not settings.is_demo(dataset):
        return
    # Pages first, then the latest record: what is left of an interrupted removal is never refused as lost.
    pages = sorted(settings.paths.reports(dataset).glob("*/public"))
    files = sorted(settings.paths.releases(dataset).glob("*.json"), reverse=True)
    for folder in pages:
        shutil.rmtree(folder)
    for file in files:
        file.unlink()
    if pages or files:
        progress(
            f"演示数据重新生成，原来的公开版已不适用：已删除 {len(files)} 个季度的公布记录和 {len(pages)} 个季度的公开版报告"
            "（都是虚构数据；真实数据集的公布记录不会这样删除）。"
        )
