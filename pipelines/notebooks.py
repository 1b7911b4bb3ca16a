"""What can be told of a notebook without running it: its cells, its parameters, the tables it reads, its hash.

The hash is of what a notebook does, not of how it lies on disk: outputs, run counts and what JupyterLab notes about
itself make no report anew.
"""

import ast
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import provenance
from pipelines.errors import ConfigError


PARAMETERS = "parameters"
INJECTED = "injected-parameters"
GIVEN = {"town": "str", "period": "str", "edition": "str", "dataset": "str"}  # what every report is told
LOAD = "load"
ANY_TABLE = "*"
# Python 3.11 counts the depth of syntax trees for all threads together: two at once end in a SystemError.
_PARSING = threading.Lock()


@dataclass(frozen=True)
class Cell:
    """One cell: its place from 1, kind (code, markdown), source and tags."""

    place: int
    kind: str
    source: str
    tags: tuple[str, ...]


def read(file: Path) -> dict[str, Any]:
    """The notebook as JSON; ConfigError if it is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        content["metadata"], content["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"笔记本 {file.name} 读不了，内容可能已损坏。", "请恢复该文件后重试。") from error
    return content


def cells(content: dict[str, Any]) -> list[Cell]:
    """All cells in order."""
    return [
        Cell(
            place,
            str(cell.get("cell_type", "")),
            _text(cell.get("source", "")),
            tuple(cell.get("metadata", {}).get("tags", [])),
        )
        for place, cell in enumerate(content["cells"], 1)
    ]


def _text(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)


def parsed(cell: Cell) -> ast.Module | None:
    """The syntax tree of a code cell; None for one that Python alone cannot read (``%`` magics, mistakes)."""
    try:
        with _PARSING:
            return ast.parse(cell.source)
    except SyntaxError:
        return None


def calls(content: dict[str, Any]) -> Iterator[tuple[Cell, str, ast.Call]]:
    """Every call of a method or function in the code cells: the cell, the name that is called, the call."""
    for cell in cells(content):
        tree = parsed(cell) if cell.kind == "code" else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                yield cell, name, node


def tables_read(content: dict[str, Any]) -> list[str]:
    """The clean tables that ``report.load(…)`` names; ``["*"]`` where a name is not written out."""
    found = set()
    for _, name, call in calls(content):
        if name != LOAD:
            continue
        first = call.args[0] if call.args else None
        literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
        found.add(first.value if isinstance(first, ast.Constant) and literal else ANY_TABLE)
    # A cell that cannot be parsed may load anything.
    unread = any(
        cell.kind == "code" and parsed(cell) is None and f".{LOAD}(" in cell.source for cell in cells(content)
    )
    return [ANY_TABLE] if unread or ANY_TABLE in found else sorted(map(str, found))


def digest(file: Path) -> str:
    """SHA-256 of what the notebook does: sources, kinds and tags of its cells, and what it declares itself to be."""
    content = read(file)
    does = [[cell.kind, cell.source, list(cell.tags)] for cell in cells(content)]
    return provenance.sha256_json([does, content["metadata"].get("edureport_theme")])
