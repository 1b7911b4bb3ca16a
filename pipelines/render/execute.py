"""Run one notebook with given parameters in a fresh kernel; the same inputs give the same notebook.

The kernel is this program's own interpreter whatever kernels the user has installed, reads none of the user's
IPython settings, and talks over IPC sockets in a private folder: no ports to clash, no warning about plain TCP.
"""

import ast
import hashlib
import logging
import os
import re
import sys
import tempfile
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill import PapermillExecutionError, execute_notebook
from traitlets.config import Config

from pipelines.errors import ReportFailed, UsageError


_TEMPLATES = Path(__file__).parent / "templates"
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FRAME = re.compile(r"Cell In\s*\[(\d+)\],? line (\d+)")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
_LONG_NUMBER = re.compile(r"\d{14,}[0-9Xx]?")
_TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}


class _OwnKernelManager(AsyncKernelManager):
    """A kernel of this interpreter with an environment of its own; ``ip`` holds the folder of its sockets."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The specification in memory: installed kernel specifications are never looked at."""
        folder = Path(self.ip).parent
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="edureport",
            language="python",
            env=_environment(folder),
        )


def matplotlib_folder() -> Path:
    """A cache folder of matplotlib's for this environment alone, so that no stale list of fonts is used."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    key = hashlib.sha256(f"{sys.prefix}|{version('matplotlib')}".encode()).hexdigest()[:12]
    folder = base / "edureport" / f"matplotlib-{key}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.gettempdir()) / f"edureport-matplotlib-{os.getuid()}-{key}"


def _environment(folder: Path) -> dict[str, str]:
    paths = [str(_PACKAGE_ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(matplotlib_folder()),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONSTARTUP": "",
        "PYTHONUTF8": "1",
        "TZ": "Asia/Shanghai",
    }


def declared(notebook: Any) -> dict[str, str]:
    """The names assigned in the cell tagged ``parameters``, each with its annotated type ("" without one)."""
    names: dict[str, str] = {}
    for cell in notebook.cells:
        if "parameters" not in cell.get("metadata", {}).get("tags", []):
            continue
        for statement in ast.parse(cell.source).body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                names[statement.target.id] = ast.unparse(statement.annotation)
            elif isinstance(statement, ast.Assign):
                names.update({t.id: "" for t in statement.targets if isinstance(t, ast.Name)})
    return names


def check_parameters(name: str, notebook: Any, parameters: dict[str, Any]) -> None:
    """UsageError if the notebook declares no such parameter or another type.

    papermill itself only warns of an unknown name and then runs the default town.
    """
    try:
        known = declared(notebook)
    except SyntaxError as error:
        raise UsageError(
            f"笔记本 {name} 的参数单元格写法有误（第 {error.lineno} 行）。", "每行写成：名称 = 值。"
        ) from error
    for parameter, value in parameters.items():
        if parameter not in known:
            near = get_close_matches(parameter, known, 1)
            hint = (
                f"最接近的是 {near[0]}。"
                if near
                else f"它声明的参数有：{'、'.join(sorted(known)) or '（没有）'}。"
            )
            raise UsageError(
                f"笔记本 {name} 没有声明参数 {parameter}。",
                hint + "请在带 parameters 标签的单元格里声明这个参数，或改正名称。",
            )
        wanted = _TYPES.get(known[parameter])
        # bool is an int to Python, but True is no number of towns.
        if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
            raise UsageError(
                f"笔记本 {name} 的参数 {parameter} 应为 {known[parameter]}，给的是 {type(value).__name__}。",
                "请改正参数的值。",
            )


def _sources(notebook: Any, injected: bool) -> dict[int, tuple[int, str]]:
    """Run count → (position of the cell in the analyst's notebook from 1, its source).

    A fresh kernel counts the code cells from 1; the cell papermill adds behind ``parameters`` takes a count too.
    """
    count, found = 0, {}
    for position, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code":
            continue
        if cell.source.strip():
            count += 1
            found[count] = (position, cell.source)
        if injected and "parameters" in cell.metadata.get("tags", []):
            count, injected = count + 1, False
    return found


def _failure(name: str, notebook: Any, error: PapermillExecutionError, injected: bool) -> ReportFailed:
    """The analyst's own lines of the traceback and the last error line; library frames are left out."""
    sources = _sources(notebook, injected)
    position, _ = sources.get(error.exec_count, (error.cell_index + 1, ""))
    lines: dict[str, None] = {}
    for count, number in _FRAME.findall(_ANSI.sub("", "\n".join(error.traceback))):
        where, source = sources.get(int(count), (0, ""))
        rows = source.splitlines()
        if 0 < int(number) <= len(rows):
            lines[f"\n    第 {where} 个单元格第 {number} 行：{rows[int(number) - 1].strip()}"] = None
    last = _ANSI.sub("", f"{error.ename}: {error.evalue}").strip()
    text = f"笔记本 {name} 第 {position} 个单元格出错：{''.join(lines)}\n    {last}"
    return ReportFailed(
        _LONG_NUMBER.sub("〔号码已隐去〕", text), f"请用 JupyterLab 打开 {name}，改正这个单元格后重新运行。"
    )


def _normalise(notebook: Any) -> Any:
    """Remove what differs between two runs: ids, times, addresses, paths, the injected cell's random id."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
    for number, cell in enumerate(notebook.cells, 1):
        cell["id"] = f"cell-{number:04d}"
        for key in ("papermill", "execution", "collapsed"):
            cell.metadata.pop(key, None)
        for output in cell.get("outputs", []):
            if "text/plain" in output.get("data", {}):
                output["data"]["text/plain"] = _ADDRESS.sub("0x…", output["data"]["text/plain"])
            output.pop("transient", None)
    return notebook


def _prepare(folder: Path) -> Config:
    """The kernel's private folder, and nbclient's configuration that points to it."""
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_bytes((_TEMPLATES / "kernel_config.py.txt").read_bytes())
    config = Config()
    config.KernelManager.transport = "ipc"
    config.KernelManager.ip = str(folder / "k")
    config.KernelManager.connection_file = str(folder / "c.json")
    return config


def _run(node: Any, parameters: dict[str, Any], folder: Path, kernel: str, cwd: Path, timeout: int) -> Any:
    return execute_notebook(
        node,
        None,
        parameters=parameters,
        kernel_name=kernel,
        language="python",
        progress_bar=False,
        request_save_on_cell_execute=False,
        start_timeout=120,
        execution_timeout=timeout,
        kernel_manager_class=_OwnKernelManager,
        shutdown_kernel="immediate",
        config=_prepare(folder),
        # papermill's own cwd= changes the folder of the whole process; this one only the kernel's.
        resources={"metadata": {"path": str(cwd)}},
    )


def execute(
    notebook: Path, parameters: dict[str, Any], *, kernel: str = "python3", cwd: Path, timeout: int = 600
) -> nbformat.NotebookNode:
    """Run ``notebook`` with typed ``parameters`` and return it executed; nothing is written beside it.

    ``cwd`` is the kernel's working folder; ``timeout`` seconds are allowed per cell. UsageError for a parameter
    that the notebook does not declare (before a kernel starts); ReportFailed when a cell fails, takes too long,
    or the kernel dies.
    """
    try:
        node = nbformat.read(notebook, as_version=4)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"读不了笔记本 {notebook.name}。", "请确认文件存在，并由 JupyterLab 保存。"
        ) from error
    check_parameters(notebook.name, node, parameters)
    logging.getLogger("papermill").setLevel(logging.ERROR)
    # Socket paths are limited to about 100 characters (macOS: 104), hence the short name and not $TMPDIR there.
    base = "/tmp" if os.path.isdir("/tmp") and os.access("/tmp", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="er", dir=base) as folder:
        try:
            result = _run(node, parameters, Path(folder), kernel, cwd, timeout)
        except PapermillExecutionError as error:
            raise _failure(notebook.name, node, error, bool(parameters)) from None
        except CellTimeoutError:
            raise ReportFailed(
                f"笔记本 {notebook.name} 有单元格超过 {timeout} 秒未完成。", "请检查是否有死循环。"
            ) from None
        except DeadKernelError:
            raise ReportFailed(
                f"笔记本 {notebook.name} 运行中内核停止。", "可能内存不足，请减少一次读入的数据。"
            ) from None
    return _normalise(result)
