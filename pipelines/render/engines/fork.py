"""The engine ``edureport-fork``: each notebook in a process forked off a warm parent, which then exits.

What cells show arrives as the messages a kernel would send, and papermill's own client turns them into outputs:
display updates, clearing and metadata are treated exactly as with a kernel.
"""

import base64
import contextlib
import os
import time
from typing import Any

from nbclient.exceptions import CellControlSignal, CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import from_dict
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine

from pipelines.render.engines import environment
from pipelines.render.engines.forkserver import SERVER, SHARED, ReportProcess


FOREVER = 10 * 365 * 86400


class ForkEngine(Engine):
    """papermill engine; options ``folder`` (working folder), ``execution_timeout`` (seconds per cell),
    ``report_timeout`` (seconds for all cells), ``memory_mb`` (beyond what the warm parent uses), ``variables``
    (further environment variables) and ``handed`` (a view that notebooks need not read, report/handed.py)."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        folder: str = "",
        memory_mb: int = 0,
        execution_timeout: float | None = None,
        report_timeout: float | None = None,
        variables: dict[str, str] | None = None,
        handed: bytes = b"",
        **_: Any,
    ) -> Any:
        """Run the notebook of ``nb_man``; raises CellTimeoutError and DeadKernelError as nbclient does."""
        run = _Run(nb_man, execution_timeout or FOREVER, time.monotonic() + (report_timeout or FOREVER))
        process = SERVER.fork()
        try:
            own = environment.variables(SERVER.folder, memory_mb) | (variables or {})
            request = {
                "environ": {name: value for name, value in os.environ.items() if name != SHARED} | own,
                "folder": folder or os.getcwd(),
                "handed": base64.b64encode(handed).decode("ascii"),
            }
            try:
                language = process.begin(request)
            except (EOFError, BrokenPipeError):
                raise DeadKernelError("the report's process died at its start") from None
            run.all_cells(process)
        finally:
            process.close()
        nb_man.nb.metadata["language_info"] = language
        return nb_man.nb


class _Client(PapermillNotebookClient):
    """papermill's client, quicker with plain displays.

    nbformat holds every output against its schema as it comes, which takes longer than all else the client does. A display
    of texts cannot fail there; everything else goes the usual way.
    """

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
        """Append what a message shows to a cell's outputs."""
        content = msg["content"]
        if display_id or self.clear_before_next_output or msg["msg_type"] != "display_data":
            return super().output(outs, msg, display_id, cell_index)
        if not all(isinstance(value, str) and "json" not in kind for kind, value in content["data"].items()):
            return super().output(outs, msg, display_id, cell_index)
        shown = {"output_type": "display_data", "metadata": content["metadata"], "data": content["data"]}
        outs.append(from_dict(shown))
        return outs[-1]


class _Run:
    """One notebook's way through its process, cell by cell."""

    def __init__(self, nb_man: Any, per_cell: float, deadline: float):
        self._manager = nb_man
        self._client = _Client(nb_man)
        self._client.reset_execution_trackers()
        self._per_cell, self._deadline = per_cell, deadline

    def all_cells(self, process: ReportProcess) -> None:
        """Run the cells in order up to the first that fails, as papermill's own client does."""
        manager = self._manager
        for index, cell in enumerate(manager.nb.cells):
            try:
                manager.cell_start(cell, index)
                if self._runs(cell):
                    self._one(process, cell, index)
            except CellExecutionError as error:
                manager.cell_exception(manager.nb.cells[index], cell_index=index, exception=error)
                break
            finally:
                manager.cell_complete(manager.nb.cells[index], cell_index=index)

    def _runs(self, cell: Any) -> bool:
        if cell.cell_type != "code" or not cell.source.strip():
            return False
        return self._client.skip_cells_with_tag not in cell.metadata.get("tags", [])

    def _one(self, process: ReportProcess, cell: Any, index: int) -> None:
        deadline = min(time.monotonic() + self._per_cell, self._deadline)
        cell.outputs = []
        self._client.clear_before_next_output = False
        try:
            process.send(cell.source)
            while "reply" not in (frame := process.receive(deadline)):
                with contextlib.suppress(CellControlSignal):
                    self._client.process_message(frame, cell, index)
        except TimeoutError:
            raise CellTimeoutError.error_from_timeout_and_cell(
                "report timed out", int(self._per_cell), cell
            ) from None
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise DeadKernelError("the report's process died") from None
        reply = frame["reply"]
        cell.execution_count = reply["execution_count"]
        if reply["status"] == "error" and "raises-exception" not in cell.metadata.get("tags", []):
            raise CellExecutionError.from_cell_and_msg(cell, reply)
