"""Start what a batch on this machine is made of before it is needed, while the figures are brought up to date.

Two processes import everything once and are then copied instead of started: one that the workers are forked from, and
the warm parent of the reports' processes. Without them (a system without fork) a batch is slower, and the same.
"""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.render import engines
from pipelines.settings import Settings


METHOD = "forkserver"
PRELOAD = "pipelines.batch.preload"
_started = False


@contextmanager
def _environment(own: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(own)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def start(settings: Settings) -> None:
    """Start both in the background; the workers of this process's local cluster are made from them."""
    global _started
    if not sys.platform.startswith("linux") or METHOD not in multiprocessing.get_all_start_methods():
        return
    from multiprocessing.forkserver import ensure_running

    from pipelines.render.engines import environment, forkserver

    # What has to be known when Python and its libraries start: a forked worker cannot be told any more. Giving memory
    # back is Dask's own advice for workers.
    own = environment.ONE_THREAD | {"MALLOC_TRIM_THRESHOLD_": "65536"}
    if engines.choose(settings.engine) == engines.FORK and (place := forkserver.SERVER.share()):
        own[forkserver.SHARED] = place
    context = multiprocessing.get_context(METHOD)
    context.set_forkserver_preload([PRELOAD])
    try:
        with _environment(own):
            ensure_running()
    except OSError:  # the path of its socket is too long below a long TMPDIR: the workers are started anew
        forkserver.SERVER.stop()
        return
    _started = True


def method() -> str:
    """How Dask makes its workers: by forking if ``start`` was called, else by starting Python anew."""
    return METHOD if _started else "spawn"
