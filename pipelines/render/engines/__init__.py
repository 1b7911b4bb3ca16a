"""How a notebook's cells are run: two engines behind papermill's own registry (``papermill.engine``).

``edureport-kernel`` starts a fresh Jupyter kernel for each notebook, as papermill does itself; it works everywhere
and is the reference. ``edureport-fork`` forks each notebook's process off a parent that has already imported
everything; it needs Linux. Both give the same executed notebook, byte for byte.
"""

import os
import sys

from pipelines.errors import UsageError


FORK, KERNEL = "edureport-fork", "edureport-kernel"
NAMES = {"fork": FORK, "kernel": KERNEL}


def fork_works() -> bool:
    """Whether this system can fork a process safely: macOS and Windows cannot."""
    return sys.platform == "linux" and hasattr(os, "fork")


def choose(wanted: str = "") -> str:
    """The engine's papermill name for ``EDUREPORT_ENGINE``, else ``wanted`` (``fork``, ``kernel`` or ``auto``).

    UsageError for any other name.
    """
    name = os.environ.get("EDUREPORT_ENGINE") or wanted or "auto"
    if name == "auto":
        name = "fork" if fork_works() else "kernel"
    if name not in NAMES:
        raise UsageError(f"没有名为“{name}”的执行方式。", "可用：fork、kernel 或 auto（自动选择）。")
    if name == "fork" and not fork_works():
        raise UsageError("本系统不支持 fork 执行方式。", "请改用 EDUREPORT_ENGINE=kernel，或不写。")
    return NAMES[name]


def register() -> None:
    """Make both engines known to papermill, also where the package's entry points were never installed."""
    from papermill.engines import papermill_engines

    from pipelines.render.engines.fork import ForkEngine
    from pipelines.render.engines.kernel import KernelEngine

    papermill_engines.register(FORK, ForkEngine)
    papermill_engines.register(KERNEL, KernelEngine)
