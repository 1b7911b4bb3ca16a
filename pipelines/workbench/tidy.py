"""What of a notebook belongs into its file: sources, tags and what it declares itself to be, nothing of a run.

The same rules in three places: JupyterLab started by ``make edit`` saves by them, git stores by them (the filter
``nbstripout``, set up in a checkout's own .git/config), and ``make fix`` mends by them. Outputs can show children's cases,
so they are kept off the disk, not only out of git.
"""

import copy
import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import nbformat
from nbstripout import strip_output

from pipelines import atomic
from pipelines.notebooks import GIVEN, INJECTED, PARAMETERS, Cell, parsed


LANGUAGE = (
    "codemirror_mode",
    "file_extension",
    "mimetype",
    "nbconvert_exporter",
    "pygments_lexer",
    "version",
)
EXTRA_KEYS = [
    "metadata.signature", "metadata.widgets", "metadata.papermill", *(f"metadata.language_info.{k}" for k in LANGUAGE),
    "cell.metadata.collapsed", "cell.metadata.ExecuteTime", "cell.metadata.execution", "cell.metadata.papermill",
    "cell.metadata.scrolled", "cell.metadata.jupyter.source_hidden", "cell.metadata.jupyter.outputs_hidden",
]  # fmt: skip
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# git runs it in the top folder of the checkout.
_FILTER = [
    ".venv/bin/python", "-m", "nbstripout", "--keep-id", f"--drop-tagged-cells={INJECTED}",
    f"--extra-keys={' '.join(EXTRA_KEYS)}",
]  # fmt: skip
GIT_SETTINGS = {
    # where nothing is installed (a second worktree, another machine's checkout) files pass as they are
    "filter.nbstripout.clean": f"if test -x .venv/bin/python; then {shlex.join(_FILTER)}; else cat; fi",
    "filter.nbstripout.smudge": "cat",
    "filter.nbstripout.required": "false",
}


def stripped(content: dict[str, Any]) -> dict[str, Any]:
    """The notebook as it belongs into its file; the argument is not changed."""
    node = nbformat.from_dict(copy.deepcopy(content))
    return strip_output(
        node, keep_output=False, keep_count=False, keep_id=True, extra_keys=EXTRA_KEYS, drop_tagged_cells=[INJECTED]
    )  # fmt: skip


def as_text(content: dict[str, Any]) -> str:
    """A notebook as JupyterLab writes it."""
    return nbformat.writes(nbformat.from_dict(content)) + "\n"


def before_saving(model: dict[str, Any], **_: Any) -> None:
    """JupyterLab's hook: what it is about to write is made clean first."""
    content = model.get("content")
    if model.get("type") == "notebook" and content and content.get("nbformat") == 4:
        model["content"] = stripped(content)


def is_parameters(cell: Cell) -> bool:
    """Whether a code cell assigns the four things every report is told, and does nothing else but assign."""
    import ast

    tree = parsed(cell) if cell.kind == "code" else None
    if tree is None or not all(isinstance(s, ast.Assign | ast.AnnAssign) for s in tree.body):
        return False
    named = {node.id for s in tree.body for node in ast.walk(s) if isinstance(node, ast.Name)}
    return set(GIVEN) <= named


def mended(content: dict[str, Any]) -> dict[str, Any]:
    """``stripped``, and the tag ``parameters`` restored where exactly one cell can only be the one that had it."""
    from pipelines.notebooks import cells

    result = stripped(content)
    listed = cells(result)
    if not any(PARAMETERS in cell.tags for cell in listed):
        candidates = [cell for cell in listed if is_parameters(cell)]
        if len(candidates) == 1:
            metadata = result["cells"][candidates[0].place - 1]["metadata"]
            metadata["tags"] = [*metadata.get("tags", []), PARAMETERS]
    return result


def mend(file: Path) -> bool:
    """Mend a notebook in place; whether anything was changed. One that cannot be read is left alone."""
    try:
        text = file.read_text(encoding="utf-8")
        content = json.loads(text)
        if content.get("nbformat") != 4:
            return False
        after = as_text(mended(content))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return False
    if after == text:
        return False
    atomic.write_text(file, after)
    return True


def filter_missing(root: Path) -> bool:
    """Whether this is a git checkout in which the filter is not set up; False where there is no git."""
    return _in_git(root) and any(
        _git(root, "config", "--get", key) != value for key, value in GIT_SETTINGS.items()
    )


def set_up_filter(root: Path) -> bool:
    """Set up the filter in the checkout's own .git/config; whether it was done. Never fails where there is no git."""
    if not filter_missing(root):
        return False
    return all(_git(root, "config", "--local", key, value) is not None for key, value in GIT_SETTINGS.items())


def _in_git(root: Path) -> bool:
    # The project itself must be the checkout: a release unpacked inside some other repository is none of ours.
    return (root / ".git").exists() and _git(root, "rev-parse", "--is-inside-work-tree") == "true"


def _git(root: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


if __name__ == "__main__":
    set_up_filter(Path.cwd())
