"""The engine ``edureport-kernel``: a fresh Jupyter kernel per notebook over IPC; the reference for the fork engine.

The kernel is this program's own interpreter whatever kernels the user has installed, reads none of the user's
IPython settings, and talks over IPC sockets in a private folder: no ports to clash, no warning about plain TCP.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from papermill.engines import NBClientEngine
from traitlets.config import Config

from pipelines.render.engines import environment


class _OwnKernelManager(AsyncKernelManager):
    """A kernel of this interpreter with an environment of its own; ``ip`` holds the folder of its sockets."""

    memory_mb = 0
    variables: ClassVar[dict[str, str]] = {}

    @property
    def kernel_spec(self) -> KernelSpec:
        """The specification in memory: installed kernel specifications are never looked at."""
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="edureport",
            language="python",
            env=environment.variables(Path(self.ip).parent, self.memory_mb) | self.variables,
        )


def _configuration(folder: Path) -> Config:
    """nbclient's configuration that points to the kernel's private folder."""
    config = Config()
    config.KernelManager.transport = "ipc"
    config.KernelManager.ip = str(folder / "k")
    config.KernelManager.connection_file = str(folder / "c.json")
    return config


class KernelEngine(NBClientEngine):
    """papermill's own engine with a private kernel.

    Options: ``folder`` (the cells' working folder), ``execution_timeout`` (seconds per cell), ``memory_mb``,
    ``variables`` (further environment variables).
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        folder: str = "",
        memory_mb: int = 0,
        variables: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the notebook of ``nb_man`` in a kernel of its own; raises what nbclient raises."""
        kwargs.pop("report_timeout", None)  # nbclient can limit a cell only
        kwargs.pop("handed", None)  # a kernel reads everything from the disk
        own = {"memory_mb": memory_mb, "variables": variables or {}}
        manager = type("_LimitedKernelManager", (_OwnKernelManager,), own)
        # Socket paths are limited to about 100 characters (macOS: 104), hence the short name and not $TMPDIR there.
        base = "/tmp" if os.path.isdir("/tmp") and os.access("/tmp", os.W_OK) else None
        with tempfile.TemporaryDirectory(prefix="er", dir=base) as private:
            environment.write_profile(Path(private))
            return super().execute_managed_notebook(
                nb_man,
                kernel_name,
                kernel_manager_class=manager,
                shutdown_kernel="immediate",
                config=_configuration(Path(private)),
                # papermill's own cwd= changes the folder of the whole process; this one only the kernel's.
                resources={"metadata": {"path": folder or os.getcwd()}},
                **kwargs,
            )
