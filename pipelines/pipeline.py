"""All stages in their order, each skipped when its inputs have not changed.

``prepare`` takes a period from the received files to the figures of all towns; ``make_reports`` makes one town's
reports from them. Everything a stage depends on is named in its ``inputs`` and nowhere else.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines import atomic, codehash, provenance, store
from pipelines.errors import DataRefused, UsageError
from pipelines.ingest import list_datasets, list_periods
from pipelines.lock import in_turn
from pipelines.periods import Period
from pipelines.plan.stage import FILE as PLAN
from pipelines.pseudonym import Pseudonymiser, refuse_foreign_key
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.stamps import Stamp
from pipelines.townview import AUTUMN, INDICATORS, SCHOOLS, WORKLIST


DEMO = "demo"
_PREPARING = "处理数据"
Progress = Callable[[str], None]


@dataclass
class Prepared:
    """A period that is ready to be reported: its stamps, and the earlier periods refused with the reason."""

    dataset: str
    period: Period
    refused: dict[str, str] = field(default_factory=dict)


def stamp(settings: Settings, dataset: str, period: Period, stage: str) -> Stamp:
    """The stamp of a stage of a period."""
    return Stamp(settings.paths.clean(dataset, period) / ".stamps" / f"{stage}.json", settings.root)


def turn(settings: Settings, dataset: str, doing: str, progress: Progress) -> AbstractContextManager[None]:
    """One command at a time writes a dataset's tables and figures (or the demo itself); others wait and are told so."""
    return in_turn(settings.paths.clean(dataset) / ".lock", f"{doing}（数据集 {dataset}）", progress)


def _no_demo(settings: Settings) -> bool:
    return not (settings.paths.raw(DEMO) / "planted.json").is_file()


def ensure_dataset(settings: Settings, dataset: str, progress: Progress) -> list[Period]:
    """The periods there are; the demo dataset is written first if it is not there.

    Raises UsageError for an unknown dataset or one without any period.
    """
    known = list_datasets(settings)
    if dataset == DEMO and _no_demo(settings):
        from pipelines.demo import write_demo
        from pipelines.disclosure.record import forget_demo

        with turn(settings, dataset, "生成演示数据", progress):
            if _no_demo(settings):  # nobody wrote it while this command waited
                forget_demo(settings, dataset, progress)
                progress("演示数据集不在，正在生成（约需半分钟）……")
                write_demo(settings.paths.raw(DEMO), progress=progress)
    elif dataset not in known:
        others = "、".join(sorted({*known, DEMO}))
        raise UsageError(
            f"没有名为“{dataset}”的数据集。", f"现有：{others}。自己的数据请放在 data/raw/数据集名/季度/ 下。"
        )
    if not (periods := list_periods(settings, dataset)):
        raise UsageError(
            f"数据集“{dataset}”里没有任何季度的数据。",
            f"请把文件放在 data/raw/{dataset}/2026Q3/ 这样的文件夹里。",
        )
    return periods


def choose_period(periods: Sequence[Period], wanted: str, dataset: str) -> Period:
    """The period a user named, or the latest; UsageError saying which there are."""
    if not wanted:
        return max(periods)
    period = Period.parse(wanted)
    if period not in periods:
        listed = "、".join(str(p) for p in sorted(periods))
        raise UsageError(f"数据集“{dataset}”没有 {period} 的数据。", f"现有季度：{listed}。")
    return period


def _base_inputs(settings: Settings, stage: str) -> dict[str, str]:
    return {
        "settings": provenance.rules_hash(settings),
        "code": codehash.stage_hash(stage),
        "lock": provenance.lock_hash(settings),
        "reference": provenance.reference_hash(settings, figures_only=True),
    }


def raw_hash(settings: Settings, dataset: str, period: Period) -> str:
    """The period's files and the dataset's own reference files; links count by name, their targets are not read."""
    entries = []
    for folder in (settings.paths.raw(dataset, period), settings.paths.raw(dataset) / "reference"):
        for file in sorted(folder.rglob("*")):
            name = f"{folder.name}/{file.relative_to(folder).as_posix()}"
            if file.is_symlink():
                entries.append((name, "link"))
            elif file.is_file():
                entries.append((name, provenance.sha256_file(file)))
    return provenance.sha256_json(entries)


def run_clean(settings: Settings, dataset: str, period: Period, progress: Progress) -> None:
    """Received files → clean tables of one period."""
    from pipelines.clean import clean_period

    def work() -> list[Path]:
        progress(f"{period}：读取和清洗……")
        clean_period(settings, dataset, period)
        folder = settings.paths.clean(dataset, period)
        made = [*folder.glob("*.parquet"), *(folder / "identity").glob("*.parquet"), folder / "manifest.json"]
        # figures are made by a later stage and lie in the same folder
        return sorted(f for f in made if f.stem not in (WORKLIST, SCHOOLS))

    stamp(settings, dataset, period, "clean").run(_clean_inputs(settings, dataset, period), work)


def _clean_inputs(settings: Settings, dataset: str, period: Period) -> dict[str, str]:
    key = Pseudonymiser.load(settings, dataset).fingerprint
    if not settings.is_demo(dataset):
        before = stamp(settings, dataset, period, "clean").inputs().get("key", "")
        refuse_foreign_key(settings, f"{dataset} {period}", before, key)
    return {**_base_inputs(settings, "clean"), "raw": raw_hash(settings, dataset, period), "key": key}


def confirmed_hash(settings: Settings, dataset: str) -> str:
    """The hash of confirmed_matches.csv; empty if there is none."""
    from pipelines.matching.confirmed import confirmed_file

    file = confirmed_file(settings, dataset)
    return provenance.sha256_file(file) if file.is_file() else ""


def run_check(settings: Settings, dataset: str, period: Period, progress: Progress) -> None:
    """Clean tables → check results of one period; the verdict is read back by ``refusal``."""
    from pipelines.check import check_period
    from pipelines.feedback import write_feedback
    from pipelines.matching.confirmed import load_confirmed
    from pipelines.matching.near import near_matches

    # Volumes are compared with the quarter before, so its clean tables must be there.
    if period.previous in list_periods(settings, dataset):
        run_clean(settings, dataset, period.previous, progress)

    def work() -> list[Path]:
        progress(f"{period}：数据检查……")
        result = check_period(settings, dataset, period)
        pairs = near_matches(settings, dataset, period, load_confirmed(settings, dataset))
        write_feedback(settings, dataset, period, result.details, pairs)
        return sorted(f for f in settings.paths.quality(dataset, period).rglob("*") if f.is_file())

    stamp(settings, dataset, period, "check").run(_check_inputs(settings, dataset, period), work)


def _check_inputs(settings: Settings, dataset: str, period: Period) -> dict[str, str]:
    return {
        **_base_inputs(settings, "check"),
        "clean": stamp(settings, dataset, period, "clean").digest(),
        "previous": stamp(settings, dataset, period.previous, "clean").digest(),
        "confirmed": confirmed_hash(settings, dataset),
        "raw": load_reference(settings, dataset).sha256(),
        "expectations": provenance.sha256_tree(settings.paths.expectations),
    }


def is_checked(settings: Settings, dataset: str, period: Period) -> bool:
    """Whether the period's stored check results are those of its files as they are now; nothing is written."""
    if not settings.paths.key_file.is_file():
        return False  # and asking for the key would make one
    reasons = [
        stamp(settings, dataset, quarter, "clean").reason(_clean_inputs(settings, dataset, quarter))
        for quarter in (period.previous, period)
        if quarter in list_periods(settings, dataset)
    ]
    checked = stamp(settings, dataset, period, "check").reason(_check_inputs(settings, dataset, period))
    return not any(reasons) and not checked


def refusal(settings: Settings, dataset: str, period: Period) -> str:
    """Why a blocking check refuses the period's data, in Chinese; empty if it does not."""
    from pipelines.check import stored_result

    try:
        stored_result(settings, dataset, period).raise_if_blocked()
    except DataRefused as refused:
        return str(refused)
    return ""


def run_indicators(
    settings: Settings, dataset: str, period: Period, refused: dict[str, str], progress: Progress
) -> None:
    """Clean tables of the period and of the earlier, not refused ones → figures, worklist, schools."""
    history = [p for p in list_periods(settings, dataset) if p < period and str(p) not in refused]

    def work() -> list[Path]:
        from pipelines.indicators.period import compute_period

        progress(f"{period}：计算指标……")
        result = compute_period(settings, dataset, period, history)
        folder = settings.paths.clean(dataset, period)
        content = {
            "schema": 1,
            "dataset": dataset,
            "period": str(period),
            "refused": refused,
            "towns": result.towns,
            **({AUTUMN: result.autumn} if result.autumn else {}),
        }
        return [
            atomic.write_json(folder / INDICATORS, content),
            store.write_frame(folder / f"{WORKLIST}.parquet", result.worklist),
            store.write_frame(folder / f"{SCHOOLS}.parquet", result.schools),
            atomic.write_json(folder / PLAN, result.plan),
        ]

    inputs = {
        **_base_inputs(settings, "indicators"),
        "raw": load_reference(settings, dataset).sha256(),
        "confirmed": confirmed_hash(settings, dataset),
        "clean": stamp(settings, dataset, period, "clean").digest(),
        "history": provenance.sha256_json(
            [[str(p), stamp(settings, dataset, p, "clean").digest()] for p in history] + [refused]
        ),
    }
    stamp(settings, dataset, period, "indicators").run(inputs, work)


def check_data(settings: Settings, dataset: str, period: Period, progress: Progress) -> None:
    """Ingest, clean and check one period; DataRefused if a blocking check fails."""
    with turn(settings, dataset, _PREPARING, progress):
        _check_data(settings, dataset, period, progress)


def _check_data(settings: Settings, dataset: str, period: Period, progress: Progress) -> None:
    run_clean(settings, dataset, period, progress)
    run_check(settings, dataset, period, progress)
    if reason := refusal(settings, dataset, period):
        raise DataRefused(reason)


def prepare(settings: Settings, dataset: str, period: Period, progress: Progress) -> Prepared:
    """Everything up to the figures of all towns, for the period and the earlier ones it is compared with.

    DataRefused if the period itself is refused; an earlier period that is refused counts as absent.
    """
    with turn(settings, dataset, _PREPARING, progress):
        return _prepare(settings, dataset, period, progress)


def _prepare(settings: Settings, dataset: str, period: Period, progress: Progress) -> Prepared:
    _check_data(settings, dataset, period, progress)
    earlier = sorted(p for p in list_periods(settings, dataset) if p < period)
    refused: dict[str, str] = {}
    for quarter in earlier:
        run_clean(settings, dataset, quarter, progress)
        run_check(settings, dataset, quarter, progress)
        if reason := refusal(settings, dataset, quarter):
            refused[str(quarter)] = reason
    for quarter in [*earlier, period]:
        if str(quarter) not in refused:
            before = {name: why for name, why in refused.items() if Period.parse(name) < quarter}
            run_indicators(settings, dataset, quarter, before, progress)
    return Prepared(dataset, period, refused)


def indicators_json(settings: Settings, view: Any) -> dict[str, Any]:
    """The content of indicators.json (contract.md section 3)."""
    return {
        "schema": 1,
        "dataset": view.dataset,
        "period": str(view.period),
        "edition": view.edition,
        "demo": settings.is_demo(view.dataset),
        "town": {"code": view.town.code, "name": view.town.name},
        "indicators": _without_theme(view.indicators),
        **({AUTUMN: _without_theme(view.autumn)} if view.autumn else {}),
        # the plan's own figures; those of the other towns stand in their own files
        **({"plan": {k: v for k, v in view.plan.items() if k != "towns"}} if view.plan else {}),
        **({"complaints": view.complaints} if view.complaints else {}),
        "inputs": view.inputs,
        "provenance": provenance.provenance(settings),
    }


def _without_theme(figures: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in entry.items() if k != "theme"} for entry in figures]
