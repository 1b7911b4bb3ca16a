"""What JupyterLab's kernels of ``make edit`` do beside running cells: the chosen town and quarter, and the charts' style.

``make edit TOWN=官庄镇`` must not change a notebook file. So after a parameters cell has run, the values that still are
what the notebooks say by default are replaced by the chosen ones, and a line under the cell says so. A value that the
analyst has changed in the cell is hers and stays.
"""

import json
import os
import sys
from typing import Any

from pipelines.notebooks import Cell
from pipelines.workbench.tidy import is_parameters


CHOSEN, DEFAULTS = "EDUREPORT_EDIT_CHOSEN", "EDUREPORT_EDIT_DEFAULTS"


def replacements(
    namespace: dict[str, Any], chosen: dict[str, str], defaults: dict[str, list[str]]
) -> dict[str, str]:
    """The parameters to be replaced: name → chosen value."""
    return {
        name: value
        for name, value in chosen.items()
        if namespace.get(name) != value and namespace.get(name) in defaults.get(name, [])
    }


class _Hook:
    def __init__(self, shell: Any):
        self._shell = shell
        self._chosen = json.loads(os.environ.get(CHOSEN) or "{}")
        self._defaults = json.loads(os.environ.get(DEFAULTS) or "{}")

    def after_cell(self, result: Any) -> None:
        """Fill in what was chosen; said on stderr, which is no part of a report that is exported from the menu."""
        if not self._chosen or not is_parameters(Cell(1, "code", str(result.info.raw_cell), ())):
            return
        found = replacements(self._shell.user_ns, self._chosen, self._defaults)
        if found:
            self._shell.user_ns.update(found)
            said = "，".join(f"{name} = {value}" for name, value in found.items())
            print(
                f"按 make edit 的选择，这次运行用：{said}（文件不改；要换，直接改上面的值）", file=sys.stderr
            )


def load_ipython_extension(shell: Any) -> None:
    """Called by IPython at the kernel's start."""
    from pipelines import charts

    charts.use_style()
    shell.events.register("post_run_cell", _Hook(shell).after_cell)
