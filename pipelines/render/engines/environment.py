"""The environment of a process that runs cells: the same for both engines, nothing of the user's own IPython."""

import hashlib
import os
import sys
import tempfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader


_PACKAGE_ROOT = Path(__file__).resolve().parents[3]
_KERNEL_CONFIG = Path(__file__).resolve().parents[1] / "templates" / "kernel_config.py.txt"
MEMORY_VARIABLE = "EDUREPORT_MEMORY_MB"
ONE_THREAD = {
    # A batch uses the cores by running reports side by side, and sums of floats must not depend on how many cores a
    # machine has.
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    # pyarrow's allocator would start a thread at import; a parent that forks must have none but its own.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


@lru_cache(maxsize=1)
def _matplotlib_key() -> str:
    return hashlib.sha256(f"{sys.prefix}|{version('matplotlib')}".encode()).hexdigest()[:12]


def matplotlib_folder() -> Path:
    """A cache folder of matplotlib's for this environment alone, so that no stale list of fonts is used."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    key = _matplotlib_key()
    folder = base / "edureport" / f"matplotlib-{key}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.gettempdir()) / f"edureport-matplotlib-{os.getuid()}-{key}"


def variables(folder: Path, memory_mb: int = 0) -> dict[str, str]:
    """The environment variables that are set for cells, over those of the calling process.

    ``folder`` is private to the process; ``memory_mb`` limits what it may use beyond its start (0: no limit).
    """
    paths = [str(_PACKAGE_ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **ONE_THREAD,
        MEMORY_VARIABLE: str(memory_mb),
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


def write_profile(folder: Path) -> None:
    """Write the IPython profile of a kernel whose private folder this is."""
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_bytes(_KERNEL_CONFIG.read_bytes())


def shell_config() -> Config:
    """The same settings for a shell that is made without a profile."""
    return PyFileConfigLoader(_KERNEL_CONFIG.name, path=str(_KERNEL_CONFIG.parent)).load_config()
