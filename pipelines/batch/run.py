"""A batch from its plan to batch.json and the index page; one failing report never stops the others."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import atomic, provenance
from pipelines.batch import away, cluster, exchange, work
from pipelines.batch.plan import Job, plan
from pipelines.batch.progress import Progress
from pipelines.diskerrors import told
from pipelines.errors import EduReportError, ReportFailed
from pipelines.lock import only_one
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.themes import Theme


if TYPE_CHECKING:
    from distributed import Client

BATCH = "batch.json"
RUN = "batch-run.json"
# A hidden temporary file this old belongs to no running process any more.
STALE_SECONDS = 900


@dataclass(frozen=True)
class Options:
    """Where and how a batch runs. ``prepare`` brings the figures up to date first.

    ``store`` is an fsspec address for workers that share no folder with this machine.
    """

    workers: int = 0
    scheduler: str = ""
    store: str = ""
    progress: str = ""
    why: bool = False
    in_process: bool = False
    prepare: Callable[[], object] = lambda: None


def run_batch(
    settings: Settings,
    dataset: str,
    period: Period,
    edition: str,
    themes: Sequence[Theme],
    options: Options | None = None,
) -> list[work.Outcome]:
    """Make every report of the period that changed; the outcomes in the plan's order.

    Raises ReportFailed at the end, naming every report that failed with the command that redoes it; UsageError if
    another batch runs in the same folder or the scheduler does not answer.
    """
    options = options or Options()
    folder = settings.paths.report(dataset, period, edition, "")
    store = exchange.open_store(options.store, edition)
    with only_one(folder / ".lock"):
        options.prepare()
        _sweep(folder)
        jobs = plan(settings, dataset, period, edition, themes)
        progress = Progress(len(jobs), options.progress, options.why)
        progress.start(dataset=dataset, period=str(period), edition=edition)
        workers = cluster.worker_count(options.workers, len(jobs))
        with cluster.connect(options.scheduler, workers, options.in_process) as client:
            turn = uuid.uuid4().hex
            send = _sender(client, settings, dataset, period, turn, store)
            outcomes, problems = _all_reports(client, settings, jobs, progress, turn, send, store)
        progress.end()
        with told():
            _write(settings, folder, outcomes)
            _index(settings, dataset, period, edition)
    _raise_failures(outcomes, problems)
    return outcomes


Send = Callable[[Job], Any]  # a job to the future of its outcome


def _sender(
    client: "Client",
    settings: Settings,
    dataset: str,
    period: Period,
    turn: str,
    store: exchange.Store | None,
) -> Send:
    """How a job goes to a worker: by the name of the project folder, or with its files through the store."""
    code = provenance.code_hash()
    if store is None:
        return lambda job: client.submit(
            work.make_one, str(settings.root), code, turn, job, pure=False, retries=0
        )
    shared = exchange.publish(settings, store, dataset, period)
    address = store.address

    def send(job: Job) -> Any:
        own = exchange.listed(settings, exchange.unit_files(settings, job))
        exchange.send(settings, store, own)
        return client.submit(away.make_away, address, shared, own, code, turn, job, pure=False, retries=0)

    return send


def _all_reports(
    client: "Client",
    settings: Settings,
    jobs: Sequence[Job],
    progress: Progress,
    turn: str,
    send: Send,
    store: exchange.Store | None,
) -> tuple[list[work.Outcome], list[str]]:
    """Send every job and every town's closing; the outcomes in order, and what went wrong in closing."""
    root = str(settings.root)
    reports = {send(job): job for job in jobs}
    closing = {}
    if store is None:
        for first, futures in _by_town(reports):
            closing[client.submit(work.close_town, root, turn, first, futures, pure=False)] = first
    outcomes: dict[Job, work.Outcome] = {}
    problems = []
    with cluster.watched(client, [*reports, *closing]) as gone:
        for future in _finished(client, list(reports), gone):
            job = reports[future]
            outcome = future.result() if future.status == "finished" else _lost(job)
            outcomes[job] = _fetched(settings, store, job, outcome) if store else outcome
            progress.report(outcomes[job])
        for future in _finished(client, list(closing), gone):
            first = closing[future]
            # Lost with a report whose worker died every time; the unit's other reports want their figures all the same.
            done = future.status == "finished"
            if said := future.result() if done else work.close_in(settings.root, turn, first):
                problems.append(f"{first.town_name}：{said}")
    if store is not None:  # the figures lie here, not with the workers
        for first, _ in _by_town(reports):
            if said := work.close_in(settings.root, turn, first):
                problems.append(f"{first.town_name}：{said}")
    return [outcomes[job] for job in jobs], sorted(problems)


def _fetched(settings: Settings, store: exchange.Store, job: Job, outcome: work.Outcome) -> work.Outcome:
    """Fetch what a worker made into the project folder; a failure of the store is the report's failure."""
    try:
        objects, gone = outcome.pop("objects", {}), outcome.pop("gone", [])
        exchange.check_places(job, [*objects, *gone])
        with told():
            exchange.bring(settings.root, store, objects)
            for name in gone:
                (settings.root / name).unlink(missing_ok=True)
    except EduReportError as error:
        return work.failed(job, error.message, error.hint)
    return outcome


def _by_town(reports: dict[Any, Job]) -> Iterator[tuple[Job, list[Any]]]:
    towns: dict[str, list[Any]] = {}
    for future, job in reports.items():
        towns.setdefault(job.town, []).append(future)
    for futures in towns.values():
        yield reports[futures[0]], futures


def _finished(client: "Client", futures: list[Any], gone: threading.Event) -> Iterator[Any]:
    """Futures as they end, or are given up because the workers are ``gone``; SchedulerLost if the scheduler is."""
    from distributed import as_completed

    for future in as_completed(futures, loop=client.loop):
        if future.status in ("lost", "cancelled") and not gone.is_set():
            raise cluster.SchedulerLost(
                "与调度程序的连接断了，批处理没有做完。", "已完成的报告都保留着；重新运行同一命令即可接着做。"
            )
        yield future


def _lost(job: Job) -> work.Outcome:
    """The outcome of a report whose worker died every time it was tried."""
    return work.failed(job, "工作进程多次意外停止。", "可能内存不足：请减少 WORKERS 后重试。")


def _sweep(folder: Path) -> None:
    """Remove temporary files that a killed run left beside the reports."""
    limit = time.time() - STALE_SECONDS
    for file in folder.glob("*/.*"):
        if file.is_file() and file.suffix in (".html", ".pdf", ".json") and file.stat().st_mtime < limit:
            file.unlink(missing_ok=True)


def _write(settings: Settings, folder: Path, outcomes: Sequence[work.Outcome]) -> None:
    """batch.json: what became of every report, the same for the same inputs. batch-run.json: this run, with times."""
    lasting = ("state", "files", "error", "hint", "cell")
    content = {
        "schema": 1,
        "reports": [
            {**o["job"], **{k: o[k] for k in lasting if o.get(k) not in (None, "", {})}} for o in outcomes
        ],
        "provenance": provenance.provenance(settings),
    }
    atomic.write_json(folder / BATCH, content)
    run = [
        {
            "town": o["job"]["town"],
            "theme": o["job"]["theme"],
            "reason": o["reason"],
            "seconds": round(o["seconds"], 3),
        }
        for o in outcomes
    ]
    atomic.write_json(folder / RUN, {"schema": 1, "reports": run})


def _index(settings: Settings, dataset: str, period: Period, edition: str) -> None:
    if find_spec("pipelines.indexpage") is not None:
        from importlib import import_module

        import_module("pipelines.indexpage").write_index(settings, dataset, period, edition)


def _raise_failures(outcomes: Sequence[work.Outcome], problems: Sequence[str]) -> None:
    failed = [o for o in outcomes if o["state"] == "failed"]
    lines = []
    for outcome in failed:
        job = Job(**outcome["job"])
        hint = f"\n  办法：{outcome['hint']}" if outcome.get("hint") else ""
        lines.append(f"{job.town_name}《{job.theme_title}》：{outcome['error']}{hint}\n  重做：{job.redo}")
    if failed or problems:
        count = f"有 {len(failed)} 份报告没有生成：\n" if failed else "有镇街区的指标数据没有写成：\n"
        raise ReportFailed(count + "\n".join([*lines, *problems]))
