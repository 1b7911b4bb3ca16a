"""A local batch's workers are forked off one process that has imported everything; without that it is the same batch."""

import json
import multiprocessing.forkserver
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from pipelines.batch import warm
from pipelines.render import engines
from pipelines.render.engines import forkserver
from pipelines.settings import Settings
from tests.batch.test_batch import SLOW
from tests.conftest import PROJECT


# What a batch's process does at its start, and what its workers then are before any work; one line of JSON.
SCRIPT = """
import json, os, sys
from pathlib import Path

def look():
    import os, sys
    return {
        "parent": os.getppid(),
        "modules": [name for name in NAMES if sys.modules.get(name)],
        "threads": os.environ.get("OMP_NUM_THREADS"),
        "shared": os.environ.get("EDUREPORT_WARM_PARENT", ""),
    }

if __name__ == "__main__":
    from multiprocessing import forkserver as stdlib
    from pipelines.batch import warm
    from pipelines.batch.cluster import connect
    from pipelines.render.engines.forkserver import SERVER
    from pipelines.settings import Settings
    before = dict(os.environ)
    warm.start(Settings.load(Path(sys.argv[1])))
    said = {"method": warm.method(), "unchanged": dict(os.environ) == before, "warm": SERVER._process is not None}
    said["folder"] = str(SERVER.folder)
    if said["method"] == "forkserver":
        with connect("", 2) as client:
            said["workers"] = list(client.run(look).values())
            said["forkserver"] = stdlib._forkserver._forkserver_pid
            said["tasks"] = len(os.listdir(f"/proc/{said['forkserver']}/task"))
    print(json.dumps(said))
"""
USED = ("distributed.worker", "pipelines.render.both", "pipelines.render.readback", "pipelines.batch.work")
linux = pytest.mark.skipif(not engines.fork_works(), reason="this system cannot fork")


def started(settings: Settings, folder: Path, **variables: str) -> dict[str, Any]:
    """What the script says."""
    script = folder / "start.py"
    script.write_text(f"NAMES = {USED + SLOW}\n{SCRIPT}", encoding="utf-8")
    names = ("OMP_NUM_THREADS", "EDUREPORT_ENGINE", forkserver.SHARED)
    environment = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, str(script), str(settings.root)],
        env=environment | {"PYTHONPATH": str(PROJECT)} | variables,
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


@linux
def test_workers_are_forked_with_everything_imported(settings: Settings, tmp_path: Path) -> None:
    said = started(settings, tmp_path)
    assert (said["method"], said["unchanged"], said["warm"]) == ("forkserver", True, True)
    assert len(said["workers"]) == 2
    for worker in said["workers"]:
        assert worker == {
            "parent": said["forkserver"],
            "modules": list(USED),  # and nothing of what no report needs
            "threads": "1",
            "shared": f"{said['folder']}/parent",
        }
    assert said["tasks"] == 1  # forking a process with more threads is not safe
    assert not Path(said["folder"]).exists()


@linux
def test_below_a_long_temporary_folder_workers_are_started_anew(settings: Settings, tmp_path: Path) -> None:
    """Room for the socket of the shared parent, but none for that of multiprocessing."""
    deep = Path(tempfile.gettempdir()) / f"edureport-{os.getpid()}-".ljust(78, "x")
    deep.mkdir()
    try:
        said = started(settings, tmp_path, TMPDIR=str(deep))
        assert (said["method"], said["unchanged"], said["warm"]) == ("spawn", True, False)
        assert not list(deep.iterdir())
    finally:
        shutil.rmtree(deep)


class Recorder:
    """Stands for multiprocessing's forkserver: keeps the environment that it would be started in."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.environment: dict[str, str] = {}
        monkeypatch.setattr(multiprocessing.forkserver, "ensure_running", self)
        monkeypatch.setattr(warm, "_started", False)

    def __call__(self) -> None:
        self.environment = dict(os.environ)


def never() -> str:
    raise AssertionError("no parent is needed")


@linux
def test_no_parent_is_shared_when_kernels_run_the_cells(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(monkeypatch)
    monkeypatch.setattr(forkserver.SERVER, "share", never)
    monkeypatch.setenv("EDUREPORT_ENGINE", "kernel")
    before = dict(os.environ)
    warm.start(settings)
    assert warm.method() == "forkserver"
    assert recorder.environment["OMP_NUM_THREADS"] == "1"
    assert forkserver.SHARED not in recorder.environment
    assert dict(os.environ) == before


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_nothing_is_started_on_other_systems(
    platform: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(monkeypatch)
    monkeypatch.setattr(forkserver.SERVER, "share", never)
    monkeypatch.setattr(sys, "platform", platform)
    warm.start(settings)
    assert warm.method() == "spawn"
    assert not recorder.environment
