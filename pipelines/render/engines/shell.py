"""The IPython shell of a forked report: Jupyter's own shell, whose messages go into a socket instead of a kernel's.

Using ipykernel's shell, display publisher and display hook is what makes a forked notebook come out exactly as one
run by a kernel: tracebacks, formats, metadata, ``%`` magics and updates are made by the same code.
"""

import asyncio
import builtins
import getpass
import io
import os
import sys
import tempfile
import threading
from typing import Any

import traitlets
from ipykernel.compiler import XCachingCompiler
from ipykernel.displayhook import ZMQShellDisplayHook
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelbase import Kernel
from ipykernel.zmqshell import ZMQDisplayPublisher, ZMQInteractiveShell
from IPython.core.error import UsageError

from pipelines.render.engines import environment, guard, wire


class Outbox:
    """Looks like a Jupyter session to the shell; every message is sent to the engine in the order it was made."""

    def __init__(self, connection: Any):
        self._connection = connection
        self._lock = threading.Lock()

    def msg(self, kind: str, content: Any = None, parent: Any = None, **_: Any) -> dict[str, Any]:
        """A message as nbclient reads it."""
        return {
            "header": {"msg_type": kind},
            "msg_type": kind,
            "content": content or {},
            "parent_header": {},
        }

    def send(self, _socket: Any, message: Any, content: Any = None, *_: Any, **__: Any) -> None:
        """Send a message, given whole or as its kind and content."""
        self.post(self.msg(message, content) if isinstance(message, str) else message)

    def post(self, frame: dict[str, Any]) -> None:
        """Send any frame; cells may use threads."""
        with self._lock:
            wire.send(self._connection, frame)


class Stream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of the cells; ``descriptor`` catches what C code and subprocesses print."""

    encoding = "UTF-8"
    errors = "replace"

    def __init__(self, outbox: Outbox, name: str, descriptor: int):
        super().__init__()
        self.name = name
        self._outbox = outbox
        self._parts: list[str] = []
        self._number = descriptor
        self._caught = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        os.dup2(self._caught.fileno(), descriptor)
        self._read = 0

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Never."""
        return False

    def fileno(self) -> int:
        """The number subprocesses inherit."""
        return self._number

    def write(self, text: str) -> int:
        """Keep the text until the next flush."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._parts.append(text)
        return len(text)

    def flush(self) -> None:
        """Send what was written since the last flush."""
        end = os.fstat(self._caught.fileno()).st_size
        if end > self._read:
            caught = os.pread(self._caught.fileno(), end - self._read, self._read)
            self._read = end
            self._parts.append(caught.decode("utf-8", "replace"))
        if self._parts:
            text, self._parts = "".join(self._parts), []
            self._outbox.post(self._outbox.msg("stream", {"name": self.name, "text": text}))


class _Publisher(ZMQDisplayPublisher):
    session = traitlets.Any()  # an Outbox


class _Hook(ZMQShellDisplayHook):
    session = traitlets.Any()  # an Outbox


class ReportShell(ZMQInteractiveShell):
    """Jupyter's shell without a kernel around it."""

    display_pub_class = traitlets.Type(_Publisher)
    displayhook_class = traitlets.Type(_Hook)

    def enable_gui(self, gui: Any = None) -> None:
        """Charts are drawn into the report; a window would wait for a user who is not there."""
        if gui not in (None, "inline"):
            raise UsageError(f"GUI event loop {gui} is not available in reports")


class _NoKernel:
    """What is left of the kernel for code that asks for it; questions to a user are refused by Jupyter's own words."""

    eventloop = None
    _allow_stdin = False
    raw_input: Any = Kernel.raw_input
    getpass: Any = Kernel.getpass


def start(outbox: Outbox) -> ReportShell:
    """The shell of this process, its streams and its style; there is one per process."""
    sys.stdout = Stream(outbox, "stdout", 1)
    sys.stderr = Stream(outbox, "stderr", 2)
    kernel = _NoKernel()
    shell = ReportShell.instance(
        config=environment.shell_config(), compiler_class=XCachingCompiler, kernel=kernel
    )
    places: list[tuple[Any, bytes]] = [
        (shell.display_pub, b"display_data"),
        (shell.displayhook, b"execute_result"),
    ]
    for place, topic in places:
        place.session, place.pub_socket, place.topic = outbox, object(), topic
    builtins.input, getpass.getpass = kernel.raw_input, kernel.getpass
    guard.prepare()
    return shell


LANGUAGE = IPythonKernel.language_info


async def run_cell(shell: ReportShell, code: str) -> dict[str, Any]:
    """Run one cell as ipykernel's ``do_execute`` does; the reply an engine expects."""
    failure = None
    try:
        transformed = shell.transform_cell(code)
    except Exception:  # noqa: BLE001 - a cell that cannot even be read is reported by the shell itself
        transformed, failure = code, sys.exc_info()
    if shell.should_run_async(code, transformed_cell=transformed, preprocessing_exc_tuple=failure):
        shell._last_traceback, shell._last_traceback_during_displayhook = None, False
        result = None
        try:
            result = await asyncio.ensure_future(
                shell.run_cell_async(
                    code, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=failure
                )
            )
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
    else:
        result = shell.run_cell(code, store_history=True)
    sys.stdout.flush()
    sys.stderr.flush()
    error = result.error_before_exec if result.error_before_exec is not None else result.error_in_exec
    reply: dict[str, Any] = {"status": "ok", "execution_count": shell.execution_count - 1}
    if not result.success or shell._last_traceback_during_displayhook:
        traceback = shell._last_traceback or []
        reply |= {
            "status": "error",
            "ename": type(error).__name__,
            "evalue": str(error),
            "traceback": traceback,
        }
    if shell.payload_manager is not None:
        shell.payload_manager.clear_payload()
    return reply
