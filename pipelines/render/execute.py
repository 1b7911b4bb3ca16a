"""Run one notebook with given parameters in a process of its own; the same inputs give the same notebook.

How the process is made is the engine's business (``pipelines/render/engines``); what comes out does not depend on it.
"""

import ast
import logging
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill import PapermillExecutionError
from papermill.engines import papermill_engines
from papermill.execute import prepare_notebook_metadata, raise_for_execution_errors, remove_error_markers
from papermill.parameterize import parameterize_notebook

from pipelines.errors import ReportFailed, UsageError
from pipelines.limits import Limits
from pipelines.render import engines
from pipelines.render.normalise import normalise


_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FRAME = re.compile(r"Cell In\s*\[(\d+)\],? line (\d+)")
_LONG_NUMBER = re.compile(r"\d{14,}[0-9Xx]?")
_TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}
engines.register()


class NotebookFailed(ReportFailed):
    """A cell of a notebook failed; ``cell`` is its position in the notebook, from 1."""

    cell = 0


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
    hint = f"请用 JupyterLab 打开 {name}，改正这个单元格后重新运行。"
    if error.ename in ("MemoryError", "ArrowMemoryError", "_ArrayMemoryError"):
        hint = f"内存超过限额。请减少 {name} 这个单元格一次读入的数据，或调高 monitoring.toml 中 [execution] 的 memory_mb。"
    if error.ename == "ModuleNotFoundError":
        hint = _library_hint(error.evalue)
    failed = NotebookFailed(_LONG_NUMBER.sub("〔号码已隐去〕", text), hint)
    failed.cell = position
    return failed


def _library_hint(message: str) -> str:
    """What to do about a library that is not installed; a misspelt name gets its nearest installed one."""
    from importlib.metadata import packages_distributions

    named = re.search(r"'([\w.]+)'", message)
    module = named[1].partition(".")[0] if named else ""
    near = get_close_matches(module, set(packages_distributions()) - {module}, 1, 0.75)
    spelt = f"是否应写成 {near[0]}？" if near else "请先看名称有没有拼错。"
    return (
        f"没有安装 {module} 这个程序库。{spelt}确实要用的，请系统维护人员把它加进 pyproject.toml 的 dependencies，"
        "按 README 更新 requirements.lock，再运行 make setup；只在自己的 .venv 里安装的，换一台电脑就不能出报告。"
    )


def _run(
    node: Any, parameters: dict[str, Any], limits: Limits, engine: str, kernel: str, **options: Any
) -> Any:
    """What papermill's ``execute_notebook`` does, step by step, without what it does only to save the notebook.

    For a result that is not saved it would still write the notebook twice and read it once, which takes longer than all
    the rest of it.
    """
    node = _with_metadata(deepcopy(node))  # the caller's own names the cells in messages
    if parameters:
        node = parameterize_notebook(node, parameters, kernel_name=kernel, language="python")
    node = remove_error_markers(prepare_notebook_metadata(node, None, None))
    node = papermill_engines.execute_notebook_with_engine(
        engine,
        node,
        kernel_name=kernel,
        progress_bar=False,
        log_output=False,
        start_timeout=120,
        execution_timeout=limits.cell_seconds,
        report_timeout=limits.report_seconds,
        memory_mb=limits.memory_mb,
        **options,
    )
    raise_for_execution_errors(node, None)
    return node


def _with_metadata(node: Any) -> Any:
    """The notebook in today's format with the entries that papermill expects (its ``load_notebook_node``)."""
    node = nbformat.v4.upgrade(node) or node
    node.metadata.setdefault("papermill", nbformat.from_dict({"parameters": {}, "default_parameters": {}}))
    for cell in node.cells:
        cell.metadata.setdefault("tags", [])
        cell.metadata.setdefault("papermill", nbformat.from_dict({}))
    return node


def execute(
    notebook: Path,
    parameters: dict[str, Any],
    *,
    kernel: str = "python3",
    cwd: Path,
    timeout: int = 0,
    engine: str = "",
    limits: Limits | None = None,
    variables: dict[str, str] | None = None,
    before: Callable[[str, nbformat.NotebookNode], None] | None = None,
    handed: bytes = b"",
) -> nbformat.NotebookNode:
    """Run ``notebook`` with typed ``parameters`` and return it executed; nothing is written beside it.

    ``cwd`` is the cells' working folder; ``timeout`` overrides the seconds allowed per cell; ``engine`` is fork,
    kernel or empty for what this system can do; ``variables`` are set in the cells' environment;
    ``before`` is called with the notebook's name and content before any process starts, and may change or refuse it;
    ``handed`` saves notebooks the reading of their view (report/handed.py). UsageError for a parameter that the notebook does not declare
    (before any process starts); ReportFailed when a cell fails, takes too long, or the process dies.
    """
    try:
        node = nbformat.read(notebook, as_version=4)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"读不了笔记本 {notebook.name}。", "请确认文件存在，并由 JupyterLab 保存。"
        ) from error
    check_parameters(notebook.name, node, parameters)
    if before:
        before(notebook.name, node)
    limits = limits or Limits()
    limits = replace(limits, cell_seconds=timeout) if timeout else limits
    logging.getLogger("papermill").setLevel(logging.ERROR)
    try:
        result = _run(
            node,
            parameters,
            limits,
            engines.choose(engine),
            kernel,
            handed=handed,
            folder=str(cwd),
            variables=variables,
        )
    except PapermillExecutionError as error:
        raise _failure(notebook.name, node, error, bool(parameters)) from None
    except CellTimeoutError:
        allowed = f"{limits.cell_seconds} 秒（整份报告 {limits.report_seconds} 秒）"
        raise ReportFailed(
            f"笔记本 {notebook.name} 有单元格超过 {allowed}未完成。", "请检查是否有死循环。"
        ) from None
    except DeadKernelError:
        raise ReportFailed(
            f"笔记本 {notebook.name} 运行中内核停止。", "可能内存不足，请减少一次读入的数据。"
        ) from None
    return normalise(result)
