"""The warm parent of the fork engine: imports everything once, then forks one child per report.

Run as ``python -m pipelines.render.engines.server FD [LISTENER]``; FD is a Unix socket over which the engine sends one
descriptor per report, that report's own connection. The parent never runs a cell and has a single thread, which is
what makes forking it safe. It ends when its engine does, and every child ends with it.

LISTENER is a socket at which other processes ask for a parent of their own: each connection gets a copy of this
one, forked off it, and is to that copy what FD is to this one. The copies end with their engines, or with this process.
"""

import asyncio
import base64
import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


_PR_SET_PDEATHSIG = 1
PRELOAD = (
    # imported by the shell and by pandas only when they are first used
    "IPython.core.completerlib",
    "IPython.core.crashhandler",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "encodings.utf_8_sig",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "pandas",
    "pandas.core.arrays.arrow.extension_types",
    "pandas.core.methods.to_dict",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "pipelines.charts",
    "pipelines.report",
    "pipelines.render.engines.shell",
    "tempfile",
)


def preload() -> None:
    """Import what reports need and draw charts for nothing: fonts are found and layouts made only once."""
    import importlib

    for name in PRELOAD:
        importlib.import_module(name)
    from pipelines import charts, codehash
    from pipelines.indicators.actions import load_actions
    from pipelines.indicators.catalogue import load_catalogue

    for figure in (
        charts.trend([("2026Q2", 1.0), ("2026Q3", None)], target=0.0, unit="人"),
        charts.coverage_bullet([("覆盖率", 0.5, 0.9, 1, 2)]),
        charts.stacked([("本季度", {"复学": 1, "误报": 2})]),
    ):
        charts.figure_svg(figure)
    load_catalogue()
    load_actions()
    codehash.warm()


def _enter(request: dict[str, Any]) -> None:
    """Take on the environment, folder and zone of the process that asked, and keep what it hands over."""
    from pipelines.report import handed

    os.environ.clear()
    os.environ.update(request["environ"])
    time.tzset()
    os.chdir(request["folder"])
    handed.receive(base64.b64decode(request["handed"]))
    _search_working_folder()
    sys.argv = ["ipykernel_launcher.py"]
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def _search_working_folder() -> None:
    """Let cells import from their working folder, with the precedence a kernel gives it: before installed packages."""
    del sys.path[0]  # the parent's own folder, put there by python -m
    names = [Path(entry).name for entry in sys.path]
    places = [place for place, name in enumerate(names) if name in ("site-packages", "dist-packages")]
    sys.path.insert(places[0] if places else 0, "")


async def _serve_cells(connection: socket.socket) -> None:
    from pipelines.render.engines import shell as shells
    from pipelines.render.engines import wire

    outbox = shells.Outbox(connection)
    shell = shells.start(outbox)
    outbox.post({"ready": shells.LANGUAGE})
    while (frame := wire.receive(connection)) is not None:
        reply = await shells.run_cell(shell, frame["code"])
        outbox.post({"reply": reply})
        if shell.exit_now:
            return


def _child(connection: socket.socket) -> None:
    """One report's process: says its number, reads its request, runs cells until the connection closes."""
    from pipelines.render.engines import wire

    signal.signal(signal.SIGINT, signal.default_int_handler)
    wire.send(connection, {"pid": os.getpid()})
    request = wire.receive(connection)
    if request is None:
        return
    _enter(request)
    asyncio.run(_serve_cells(connection))


def _fork(work: Callable[[], object], prctl: Any) -> None:
    """Do the work in a child that ends with this process."""
    parent = os.getpid()
    if os.fork():
        return
    status = 1
    try:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:  # else the parent died before the line above
            work()
            status = 0
    finally:
        # No clean-up of the parent's: exit handlers and buffers belong to it.
        os._exit(status)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _settle() -> None:
    """Take everything that is here for good out of the garbage collector's sight.

    A child's collections would otherwise walk through all the parent's objects, and copy their pages doing so.
    """
    gc.collect()
    gc.freeze()


def _single_thread() -> bool:
    tasks = Path("/proc/self/task")
    return not tasks.is_dir() or len(list(tasks.iterdir())) == 1


def _serve(control: socket.socket, prctl: Any) -> bool:
    """Fork a child for the next report; false when the engine has gone."""
    data, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    if not data:
        return False
    _reap()
    if descriptors:
        with socket.socket(fileno=descriptors[0]) as connection:

            def report() -> None:
                control.close()
                _child(connection)

            _fork(report, prctl)
    return True


def _serve_all(control: socket.socket, prctl: Any, listeners: Sequence[socket.socket] = ()) -> None:
    """Say that this parent is warm (or of no use), then fork children, and copies, until the engine has gone."""
    # A command whose data were refused goes without having read our sign of life: that resets the connection.
    with contextlib.suppress(ConnectionError):
        control.sendall(b"1" if _single_thread() else b"0")
        while True:
            asked = select.select([control, *listeners], [], [])[0]
            if control in asked and not _serve(control, prctl):
                return
            for listener in asked:
                if listener is not control:
                    _copy(control, listener, prctl)


def _copy(control: socket.socket, listener: socket.socket, prctl: Any) -> None:
    """Fork a parent for the engine that has just asked for one."""
    own, _ = listener.accept()
    _reap()
    with own:

        def parent() -> None:
            control.close()
            listener.close()
            _serve_all(own, prctl)

        _fork(parent, prctl)


def main() -> int:
    """Serve until the engine's end of the socket closes."""
    control, *listeners = (socket.socket(fileno=int(word)) for word in sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C goes to the engine, which ends its children itself
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    preload()
    _settle()
    _serve_all(control, prctl, listeners)
    return 0


if __name__ == "__main__":
    sys.exit(main())
