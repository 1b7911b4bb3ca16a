"""What every process that runs cells does before the first of them: limits, style, and what reports cannot have.

Called by the kernel's configuration and by the forked child alike, so that both engines behave the same.
"""

import os
from pathlib import Path
from typing import Any

from pipelines.render.engines.environment import MEMORY_VARIABLE


class WidgetsRefused(RuntimeError):
    """An interactive control was made; a printed report has nobody to talk to."""


def refuse_widgets(*_: Any, **__: Any) -> Any:
    """Stand in for ``comm.create_comm``: always raises WidgetsRefused."""
    raise WidgetsRefused(
        "报告里不能使用交互控件（widgets）：HTML 和 PDF 都是静止的页面。请改用 report.table 或 report.chart 显示结果。"
    )


def limit_memory(megabytes: int) -> None:
    """Let this process use so many megabytes more than it does now; beyond that Python raises MemoryError."""
    if not megabytes:
        return
    import resource

    statm = Path("/proc/self/statm")
    used = int(statm.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if statm.is_file() else 0
    limit = used + megabytes * 2**20
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def prepare() -> None:
    """Charts in the reports' style, no widgets, the memory limit of ``EDUREPORT_MEMORY_MB``."""
    import comm

    from pipelines import charts

    charts.use_style()
    comm.create_comm = refuse_widgets
    limit_memory(int(os.environ.get(MEMORY_VARIABLE) or 0))
