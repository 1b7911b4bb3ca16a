"""Watching a real command: which files its processes open, and what lies in the temporary folders it would remove.

Two watchers, since neither sees everything: Python's audit hook, put before the program by a ``sitecustomize``, tells
which process opened what but is blind to what Arrow opens in C++; the kernel's inotify sees every opening of a folder's
files, whoever does it, but not by whom.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.conftest import PROJECT


SITECUSTOMIZE = """
import os, shutil, sys, tempfile
_rmtree, _top, _log = shutil.rmtree, os.environ["WATCH_TMP"], os.environ["WATCH_LOG"]
def keep(path, *a, **k):
    if not os.path.abspath(path).startswith(_top):
        _rmtree(path, *a, **k)
shutil.rmtree = keep
def hook(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)) and os.fsencode(args[0]) != os.fsencode(_log):
        fd = os.open(_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(fd, f"{os.getpid()} ".encode() + os.fsencode(args[0]) + b"\\n")
        os.close(fd)
sys.addaudithook(hook)
"""
_ACCESS, _OPEN = 0x1, 0x20


class OpenedIn:
    """The names of files opened or read in some folders while it is active (Linux; elsewhere it sees nothing)."""

    def __init__(self, folders: Iterable[Path]):
        self.folders = list(folders)
        self.works = sys.platform == "linux"
        self.names: set[str] = set()

    def __enter__(self) -> Self:
        if self.works:
            library = ctypes.CDLL(None, use_errno=True)
            self.handle = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
            for folder in self.folders:
                assert library.inotify_add_watch(self.handle, os.fsencode(folder), _ACCESS | _OPEN) > 0
        return self

    def __exit__(self, *_: object) -> None:
        while self.works:
            try:
                events = os.read(self.handle, 1 << 20)
            except BlockingIOError:
                break
            while events:
                length = int.from_bytes(events[12:16], sys.byteorder)
                self.names.add(events[16 : 16 + length].rstrip(b"\0").decode())
                events = events[16 + length :]
        if self.works:
            os.close(self.handle)
        self.names.discard("")  # the folder itself: listing it opens no file


@dataclass
class Watched:
    """A project folder, and what the commands run in it said, opened (path → processes) and left in identity/."""

    root: Path
    said: str = ""
    opened: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    identity: dict[str, set[str]] = field(default_factory=dict)

    @property
    def scratch(self) -> Path:
        """The temporary folder of all commands."""
        return self.root / "scratch"

    def run(self, name: str, *words: str, code: int = 0, **variables: str) -> None:
        """The real command in its own process; it must end with the exit code."""
        log, before = self.root.parent / f"opened-{name}.log", self.root.parent / "watch"
        if not before.exists():
            before.mkdir()
            (before / "sitecustomize.py").write_text(SITECUSTOMIZE, encoding="utf-8")
        self.scratch.mkdir(exist_ok=True)
        environment = os.environ | variables | {
            "EDUREPORT_ROOT": str(self.root), "EDUREPORT_KEY_FILE": str(self.root.parent / "key" / "k"),
            "TMPDIR": str(self.scratch), "WATCH_TMP": str(self.scratch), "WATCH_LOG": str(log),
            "PYTHONPATH": os.pathsep.join([str(before), str(PROJECT)]),
        }  # fmt: skip
        command = [sys.executable, "-m", "pipelines.cli", *words]
        with OpenedIn((self.root / "data" / "clean").glob("*/*/identity")) as watch:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=900, check=False
            )
        assert done.returncode == code, done.stdout + done.stderr
        self.said += done.stdout + done.stderr
        self.identity[name] = watch.names
        self.opened[name] = opened = {}
        for line in log.read_text(errors="replace").splitlines():
            process, _, path = line.partition(" ")
            opened.setdefault(path, set()).add(process)
