"""The engine's side of the warm parent: start it once per process, and hold one report's process at a time.

A dead parent is started again; a report's process can be ended at any moment, whatever its cells are doing. A process
whose environment names another one's warm parent (``SHARED``, a batch's workers) gets a copy of that one at once,
instead of importing everything again.
"""

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.errors import ReportFailed
from pipelines.render.engines import environment, wire


SHARED = "EDUREPORT_WARM_PARENT"


class ReportProcess:
    """One forked process: send it cells, read what they show."""

    def __init__(self, connection: socket.socket):
        self._connection = connection
        self._handle = -1

    def begin(self, request: dict[str, Any]) -> dict[str, Any]:
        """Learn the process's number, hand over the request, wait until the shell is there; its language."""
        hello = wire.receive(self._connection)
        if hello is None:
            raise EOFError
        # Taken while the process waits for its request, so the number cannot be another's by now.
        self._handle = os.pidfd_open(hello["pid"])
        wire.send(self._connection, request)
        frame = wire.receive(self._connection)
        if frame is None:
            raise EOFError
        return frame["ready"]

    def send(self, code: str) -> None:
        """Start a cell."""
        wire.send(self._connection, {"code": code})

    def receive(self, deadline: float) -> dict[str, Any]:
        """The next message or the reply; TimeoutError after ``deadline`` (monotonic), EOFError if the process died."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        frame = wire.receive(self._connection)
        if frame is None:
            raise EOFError
        return frame

    def close(self) -> None:
        """End the process, also one that does not listen."""
        self._connection.close()
        if self._handle >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            os.close(self._handle)
            self._handle = -1


class ForkServer:
    """The warm parent of this process; made on first use, one for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None  # None too for a copy of another process's
        self._control: socket.socket | None = None
        self._folder = ""
        self._owner = 0
        self._warm = False

    def start(self) -> None:
        """Start the parent in the background; the first report waits until it is warm."""
        with self._lock:
            self._launch()

    def share(self) -> str:
        """Start the parent and let other processes of this user have copies of it, at the socket that is returned.

        Empty where that cannot be: then everybody starts his own.
        """
        with self._lock, socket.socket(socket.AF_UNIX) as listener:
            self._clear()
            folder = tempfile.mkdtemp(prefix="er")  # for this user alone
            place = os.path.join(folder, "parent")
            try:
                listener.bind(place)
                listener.listen(64)
            except OSError:  # its path is too long
                place = ""
            self._begin(folder, [listener] if place else [])
            return place

    def _launch(self) -> None:
        if (
            self._owner == os.getpid()
            and self._control is not None
            and (self._process is None or self._process.poll() is None)
        ):
            return
        self._clear()
        if not self._copied(os.environ.get(SHARED, "")):
            self._begin(tempfile.mkdtemp(prefix="er"))

    def _copied(self, place: str) -> bool:
        """Whether a copy of the parent that is shared there could be had. It may not be warm yet."""
        control = socket.socket(socket.AF_UNIX)
        try:
            control.connect(place)
            # goes with the folder of whoever shares: a forked worker ends without any tidying
            folder = tempfile.mkdtemp(dir=os.path.dirname(place))
        except OSError:
            control.close()
            return False
        self._owner, self._folder, self._control, self._warm = os.getpid(), folder, control, False
        return True

    def _begin(self, folder: str, listeners: Sequence[socket.socket] = ()) -> None:
        self._owner, self._folder = os.getpid(), folder
        ours, theirs = socket.socketpair()
        with theirs:
            given = [theirs.fileno(), *(listener.fileno() for listener in listeners)]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipelines.render.engines.server", *map(str, given)],
                pass_fds=given,
                env=os.environ | environment.variables(Path(folder)),
                cwd=folder,
                stdin=subprocess.DEVNULL,
            )
        self._control = ours
        self._warm = False

    def _wait_until_warm(self) -> None:
        assert self._control is not None
        if self._warm:
            return
        sign = self._control.recv(1)
        if not sign and self._process is None:
            raise ConnectionError  # the shared parent ended: an own one will do
        if sign != b"1":
            self._clear()
            raise ReportFailed(
                "报告进程没有启动起来。", "请重试；仍不行时用 EDUREPORT_ENGINE=kernel 运行，并告知维护人员。"
            )
        self._warm = True

    def fork(self) -> ReportProcess:
        """A fresh process for one report; ReportFailed if none can be made."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            for _ in range(2):
                self._launch()
                assert self._control is not None
                try:
                    self._wait_until_warm()
                    socket.send_fds(self._control, [b"f"], [theirs.fileno()])
                    return ReportProcess(ours)
                except OSError:
                    self._clear()  # the parent died since: once more with a new one
        ours.close()
        raise ReportFailed("报告进程没有启动起来。", "可能内存不足；请关闭其他程序后重试。")

    def _clear(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        if self._folder and self._owner == os.getpid():
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process, self._control, self._folder = None, None, ""

    def stop(self) -> None:
        """End the parent and with it every report's process."""
        with self._lock:
            self._clear()

    @property
    def folder(self) -> Path:
        """The private folder of the processes (IPython's own files)."""
        return Path(self._folder)


SERVER = ForkServer()
atexit.register(SERVER.stop)
