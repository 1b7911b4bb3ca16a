"""Where a batch runs: a local cluster made for it, or the scheduler somebody else keeps running."""

import logging
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines.batch import warm
from pipelines.errors import EduReportError, UsageError


if TYPE_CHECKING:
    from distributed import Client


# A report whose worker is lost is tried again so many times; nothing else is ever retried.
RETRIES = 2
# So long may a local cluster be without any worker. One that dies while it starts is not started again by Dask.
PATIENCE = 120.0


class SchedulerLost(EduReportError):
    """The scheduler went away in the middle of a batch."""

    exit_code = 4


def worker_count(wanted: int, jobs: int) -> int:
    """How many local workers: as asked, else one per core this process may use, never more than jobs."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(wanted or cores, jobs))


@contextmanager
def connect(scheduler: str, workers: int, in_process: bool = False) -> Iterator["Client"]:
    """A Dask client; the local cluster behind it ends with the block, a foreign scheduler stays.

    ``in_process`` runs the workers as threads of this process (tests). UsageError if nobody answers at the address.
    """
    import dask
    from distributed import Client, LocalCluster

    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": RETRIES,
            # No report waits inside a worker: one that does counts as lost with the worker, each time.
            "distributed.scheduler.worker-saturation": 1.0,
            "distributed.comm.timeouts.connect": "10s",
            "distributed.worker.multiprocessing-method": warm.method(),
        }
    )
    for name in ("distributed", "distributed.nanny", "distributed.scheduler", "distributed.worker"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if scheduler:
        try:
            client = Client(scheduler, timeout=10, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise UsageError(
                f"连不上调度程序 {scheduler}。",
                "请检查地址（形如 tcp://主机:8786）和防火墙，或不写 SCHEDULER 在本机运行。",
            ) from error
        with client:
            yield client
        return
    with (
        tempfile.TemporaryDirectory(prefix="er") as folder,
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=not in_process,
            host=None if in_process else "127.0.0.1",
            dashboard_address="127.0.0.1:0",  # for this machine only, on a port that is free
            memory_limit=0,  # every report has its own limit
            local_directory=folder,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def watched(client: "Client", futures: Sequence[Any]) -> Iterator[threading.Event]:
    """Cancel the futures if a local cluster has lost its workers for good; the event says that this has happened.

    A foreign scheduler is not watched: its workers may be waiting for their turn.
    """
    gone, ended = threading.Event(), threading.Event()

    def watch() -> None:
        without = 0.0
        while not ended.wait(step):
            try:
                without = 0.0 if client.nthreads() else without + step
            except Exception:  # noqa: BLE001 - the end of the connection is told elsewhere
                return
            if without >= PATIENCE:
                gone.set()
                client.cancel(list(futures))
                return

    step = min(5.0, PATIENCE / 4)
    thread = threading.Thread(target=watch, daemon=True)
    if client.cluster is not None:
        thread.start()
    try:
        yield gone
    finally:
        ended.set()
        if thread.is_alive():
            thread.join(step + 30)
