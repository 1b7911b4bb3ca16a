"""Take out of an executed notebook what differs between two runs of the same cells, or between the two engines."""

import re
from typing import Any


_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
# The file name Jupyter gives a cell holds the number of its process; it shows in warnings.
_CELL_FILE = re.compile(r"[^\s\"']*ipykernel_\d+/(\d+)\.py")


def _stable(text: str) -> str:
    return _CELL_FILE.sub(r"cell-\1.py", _ADDRESS.sub("0x…", text))


def _regroup(outputs: list[Any]) -> list[Any]:
    """One stdout and one stderr between two displays.

    A kernel sends its two streams from buffers of their own whenever some time has passed, so neither their number
    nor their order means anything.
    """
    grouped: list[Any] = []
    run: dict[str, Any] = {}
    for output in [*outputs, None]:
        if output is not None and output.output_type == "stream":
            known = run.setdefault(output.name, output)
            if known is not output:
                known.text += output.text
            continue
        grouped += [run[name] for name in ("stdout", "stderr") if name in run]
        run = {}
        if output is not None:
            grouped.append(output)
    return grouped


def normalise(notebook: Any) -> Any:
    """The notebook without random ids, times, addresses, process numbers and chance orders; changed in place."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
    for number, cell in enumerate(notebook.cells, 1):
        cell["id"] = f"cell-{number:04d}"
        for key in ("papermill", "execution", "collapsed"):
            cell.metadata.pop(key, None)
        if cell.cell_type != "code":
            continue
        cell.outputs = _regroup(cell.get("outputs", []))
        for output in cell.outputs:
            if "text/plain" in output.get("data", {}):
                output["data"]["text/plain"] = _stable(output["data"]["text/plain"])
            if output.output_type == "stream":
                output.text = _stable(output.text)
            if output.output_type == "error":
                output.traceback = [_stable(line) for line in output.traceback]
            output.pop("transient", None)
    return notebook
