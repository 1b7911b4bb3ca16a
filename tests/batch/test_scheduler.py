"""A scheduler and workers that somebody else runs: the same reports, also where the folder has another name."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import issue
from pipelines.batch.cluster import SchedulerLost
from pipelines.settings import Settings
from tests.batch.conftest import Batch, add_notebook, summary


def _start(kind: str, *words: str, **variables: str) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(Path(issue.__file__).parents[1])} | variables
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *words],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[subprocess.Popen, str, str]]:
    """A scheduler's process, its address and the file that names it."""
    file = tmp_path / "scheduler.json"
    process = _start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
    end = time.monotonic() + 120
    while not (file.is_file() and file.read_text(encoding="utf-8").strip()):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.1)
    yield process, json.loads(file.read_text(encoding="utf-8"))["address"], str(file)
    process.kill()
    process.wait()


def _worker(file: str, folder: Path, **variables: str) -> subprocess.Popen:
    folder.mkdir()
    words = ("--scheduler-file", file, "--nthreads", "1", "--local-directory", str(folder), "--no-nanny")
    return _start("worker", *words, **variables)


def test_foreign_workers_with_folders_of_their_own(
    scheduler: tuple, small: Settings, batch: Batch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.symlink_to(small.root, target_is_directory=True)
    workers = [
        _worker(scheduler[2], tmp_path / "w1"),
        _worker(scheduler[2], tmp_path / "w2", EDUREPORT_WORKER_ROOT=str(elsewhere), TZ="America/New_York"),
    ]
    try:
        batch(scheduler=scheduler[1])
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert [r["state"] for r in summary(small)["reports"]] == ["done"] * 6
    assert not any(o["reason"] for o in batch())  # what they wrote is what this process would have written


def test_a_scheduler_that_goes_away_ends_the_batch_with_a_word(
    scheduler: tuple, small: Settings, batch: Batch, tmp_path: Path
) -> None:
    mark = tmp_path / "running"
    add_notebook(
        small.root,
        "aid",
        "学生资助",
        2,
        f"from pathlib import Path\nPath({str(mark)!r}).touch()\nimport time\ntime.sleep(60)",
    )
    worker = _worker(scheduler[2], tmp_path / "w")
    wait = "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.1)\nos.kill(int(sys.argv[2]), 9)"
    killer = subprocess.Popen([sys.executable, "-c", wait, str(mark), str(scheduler[0].pid)])
    try:
        with pytest.raises(SchedulerLost, match="重新运行"):
            batch(scheduler=scheduler[1])
    finally:
        for process in (worker, killer):
            process.kill()
            process.wait()
