"""``make edit``: JupyterLab on notebooks/, on this machine only, with this project's kernel and the chosen town.

All of JupyterLab's own files (settings, kernel specification, configuration) lie in ``.venv/share/edureport``: what the
user has configured elsewhere neither helps nor hinders.
"""

import ast
import json
import os
import secrets
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

from pipelines import atomic, notebooks
from pipelines.errors import ConfigError, UsageError
from pipelines.settings import Settings
from pipelines.workbench import kernel, tidy
from pipelines.workbench.preview import ADDRESS


FILES = Path(__file__).with_name("jupyter")
START_PAGE = "起步.md"


def home() -> Path:
    """Where JupyterLab's files for this project lie."""
    return Path(sys.prefix) / "share" / "edureport" / "jupyter"


def defaults(settings: Settings) -> dict[str, list[str]]:
    """What the parameters cells of all notebooks say: name → values."""
    found: dict[str, set[str]] = {}
    for file in sorted(settings.paths.notebooks.glob("*.ipynb")):
        try:
            listed = notebooks.cells(notebooks.read(file))
        except ConfigError:
            continue
        for cell in listed:
            if notebooks.PARAMETERS not in cell.tags or (tree := notebooks.parsed(cell)) is None:
                continue
            for statement in tree.body:
                if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(
                    statement.value, ast.Constant
                ):
                    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
                    if isinstance(target, ast.Name):
                        found.setdefault(target.id, set()).add(str(statement.value.value))
    return {name: sorted(values) for name, values in sorted(found.items())}


def lay_out(folder: Path) -> None:
    """Write the kernel specification, JupyterLab's settings and its configuration."""
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--ext", "pipelines.workbench.kernel",
                 "--log-level=ERROR"],
        "display_name": tidy.KERNEL["display_name"],
        "language": "python",
        "metadata": {"debugger": False},
    }  # fmt: skip
    atomic.write_json(folder / "data" / "kernels" / tidy.KERNEL["name"] / "kernel.json", spec)
    atomic.write_bytes(folder / "settings" / "overrides.json", (FILES / "overrides.json").read_bytes())
    config = folder / "config" / "jupyter_server_config.py"
    atomic.write_bytes(config, (FILES / "server_config.py.txt").read_bytes())
    shutil.rmtree(folder / "workspaces", ignore_errors=True)  # every session begins with the start page alone
    runtime = folder / "runtime"
    shutil.rmtree(runtime, ignore_errors=True)
    runtime.mkdir(mode=0o700)


def environment(settings: Settings, chosen: dict[str, str], token: str) -> dict[str, str]:
    """The environment of JupyterLab and its kernels."""
    folder = home()
    return os.environ | {
        kernel.CHOSEN: json.dumps(chosen, ensure_ascii=False),
        kernel.DEFAULTS: json.dumps(defaults(settings), ensure_ascii=False),
        "EDUREPORT_ROOT": str(settings.root),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_PREFER_ENV_PATH": "0",
        # what an interrupted export leaves behind is gone with the next start
        "TMPDIR": str(folder / "runtime"),
        "JUPYTER_TOKEN": token,
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONHASHSEED": "0",
        "TZ": "Asia/Shanghai",
    }


def command(settings: Settings, port: int) -> list[str]:
    """JupyterLab's command line; nothing in it is secret, other users can see it."""
    # Containers and some WSL set-ups know root alone; the token and the loopback address are the protection.
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        sys.executable, "-m", "pipelines.workbench.lab", *root,
        f"--ServerApp.ip={ADDRESS}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={settings.paths.notebooks}",
        f"--LabApp.app_settings_dir={home() / 'settings'}",
        f"--LabApp.user_settings_dir={home() / 'user-settings'}",
        f"--LabApp.workspaces_dir={home() / 'workspaces'}",
        "--ServerApp.open_browser=False",
        "--ServerApp.answer_yes=True",  # Ctrl+C ends it, without a question in English
        # the analyst's terminal shows the address and what is wrong, no English notices
        "--ServerApp.log_level=ERROR",
        "--LabApp.log_level=ERROR",
    ]  # fmt: skip


def free_port() -> int:
    """A port that nobody listens on now."""
    import socket

    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]


def address(port: int, token: str) -> str:
    """Where the start page opens."""
    return f"http://{ADDRESS}:{port}/lab/tree/{quote(START_PAGE)}?token={token}"


def check_free(port: int) -> None:
    """UsageError if the port is taken."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise UsageError(f"端口 {port} 不能使用（可能已被占用）。", "换一个 PORT=，或不写。") from error


def new_token() -> str:
    """A token nobody can guess."""
    return secrets.token_urlsafe(24)
