"""What a worker does: one report, or a town's closing files. Pure functions of the shared data folder.

Nothing here knows about Dask. A worker needs the program and the project folder, whose place it may be told by
``EDUREPORT_WORKER_ROOT`` if it is mounted elsewhere than on the machine that started the batch.
"""

import os
import time
import traceback
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines import issue, provenance
from pipelines.batch.plan import Job
from pipelines.diskerrors import told
from pipelines.errors import ConfigError, EduReportError
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.report import handed
from pipelines.settings import Settings
from pipelines.themes import load_themes
from pipelines.towns import TownRegister
from pipelines.townview import TownView, load_view


Outcome = dict[str, Any]


def make_one(root: str, code: str, turn: str, job: Job) -> Outcome:
    """Make one report; what became of it: ``state`` done or failed, ``reason``, ``files``, ``error``, ``cell``.

    Never raises: a failure is a result, because the second try would fail the same way. ``code`` is the hash of
    the program that planned the batch, ``turn`` names the run (views are kept in memory within one run only).
    """
    return make_in(Path(os.environ.get("EDUREPORT_WORKER_ROOT") or root), code, turn, job)


def failed(job: Job, error: str, hint: str) -> Outcome:
    """The outcome of a report that could not be made."""
    told = {"error": error, "hint": hint, "seconds": 0.0}
    return {"job": job.facts(), "state": "failed", "reason": "", "files": {}, "cell": None, **told}


def make_in(root: Path, code: str, turn: str, job: Job) -> Outcome:
    """``make_one`` in the project folder of that name."""
    started = time.monotonic()
    outcome = failed(job, "", "")
    try:
        outcome |= _make(root, code, turn, job)
    except EduReportError as error:
        outcome |= {"error": error.message, "hint": error.hint, "cell": getattr(error, "cell", None)}
    except Exception as error:  # noqa: BLE001 - one report's trouble must not stop the others
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        places = "，".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames)
        outcome |= {"error": f"程序内部错误：{type(error).__name__}（{places}）", "hint": "请告知维护人员。"}
    return outcome | {"seconds": time.monotonic() - started}


def _make(root: Path, code: str, turn: str, job: Job) -> Outcome:
    if provenance.code_hash() != code:
        raise ConfigError(
            "工作进程的程序与发起批处理的程序不是同一版本，结果会不一致。", "请更新所有机器上的程序后重试。"
        )
    settings = Settings.load(root)
    theme = next(theme for theme in load_themes(settings) if theme.name == job.theme)
    made = issue.make_report(
        settings, _view(root, turn, job.dataset, job.period, job.town, job.edition), theme
    )
    if made.error is not None:
        raise made.error
    files = {file.relative_to(settings.root).as_posix(): provenance.sha256_file(file) for file in made.files}
    told = {"error": None, "hint": None, "warnings": list(made.warnings)}
    return {"state": "done", "reason": made.reason, "note": made.note, "files": files, **told}


@lru_cache(maxsize=4)
def _view(root: Path, turn: str, dataset: str, period: str, code: str, edition: str) -> TownView:
    """A unit's view, kept for its next theme; never beyond one run, because data change between runs."""
    settings, register = Settings.load(root), _register(root, turn, dataset)
    view = load_view(settings, dataset, Period.parse(period), register.resolve(code), edition)
    handed.pack(settings, view, register)
    return view


@lru_cache(maxsize=1)
def _register(root: Path, turn: str, dataset: str) -> TownRegister:
    """The towns of a dataset, read once a run."""
    return load_reference(Settings.load(root), dataset).towns


def close_town(root: str, turn: str, job: Job, outcomes: Sequence[Outcome]) -> str:
    """indicators.json and manifest.json of a unit, once all its reports are there; the error in words, or ""."""
    return close_in(Path(os.environ.get("EDUREPORT_WORKER_ROOT") or root), turn, job)


def close_in(root: Path, turn: str, job: Job) -> str:
    """``close_town`` in the project folder of that name."""
    try:
        with told():
            issue.write_figures(
                Settings.load(root), _view(root, turn, job.dataset, job.period, job.town, job.edition)
            )
    except EduReportError as error:
        return str(error)
    return ""
