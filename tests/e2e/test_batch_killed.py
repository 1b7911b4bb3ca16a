"""The batch's real command when a part of it, or all of it, is killed: nothing goes on running, the next run finishes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.render import engines
from tests.batch.conftest import add_notebook
from tests.e2e.conftest import run


pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not engines.fork_works(), reason="this system cannot fork"),
]
MARK = "EDUREPORT_TEST_OF"
WORDS = ("batch", "--theme", "slow", "--workers", "2")
NOTE = """import os, signal, time
from pathlib import Path
def parent(pid):
    return int(Path(f"/proc/{{pid}}/stat").read_text().rpartition(")")[2].split()[1])
def words(pid):
    return Path(f"/proc/{{pid}}/cmdline").read_bytes().decode().split(chr(0))
noted = Path({noted!r}) / town
if {where} and not noted.exists():
    above = os.getppid()
    part = noted.with_suffix(".part")
    part.write_text(f"{{words(above)[-2] == words(parent(above))[-2]}} {{' '.join(words(above))}}")
    part.rename(noted)
    {then}
    time.sleep(600)
"""


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def marked(mark: Path) -> list[str]:
    """The processes that were started with this mark and still run."""
    found = []
    for each in Path("/proc").iterdir():
        try:
            if f"{MARK}={mark}".encode() in (each / "environ").read_bytes().split(b"\0"):
                found.append(f"{each.name} {(each / 'cmdline').read_bytes()!r}")
        except OSError:
            continue
    return found


def states(root: Path) -> dict[str, str]:
    content = json.loads((root / "reports/demo/2026Q3/internal/batch.json").read_text(encoding="utf-8"))
    return {report["town_name"]: report["state"] for report in content["reports"]}


def slow(root: Path, noted: Path, where: str = "True", then: str = "") -> None:
    """A report that tells of its process and then sleeps, once for each unit."""
    noted.mkdir()
    add_notebook(root, "slow", "慢", 60, NOTE.format(noted=str(noted), where=where, then=then))


def test_a_killed_batch_leaves_no_process_and_the_next_run_finishes(copied: Path, tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    slow(copied, noted)
    environment = os.environ | {
        "EDUREPORT_ROOT": str(copied),
        "EDUREPORT_KEY_FILE": str(copied / "key" / "k"),
    }
    running = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", *WORDS],
        cwd=copied, env=environment | {MARK: str(tmp_path)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: running.poll() is not None or len([*noted.glob("*[!t]")]) >= 2, 300)
        assert running.poll() is None
        # command, workers, shared parent, a copy and a report for each worker
        assert len(marked(tmp_path)) >= 8
    finally:
        running.kill()
        running.wait()
    wait_for(lambda: not marked(tmp_path), 30)
    add_notebook(copied, "slow", "慢", 60)
    again = run(copied, *WORDS)
    assert again.returncode == 0, again.stdout + again.stderr
    assert set(states(copied).values()) == {"done"}


def test_a_killed_warm_parent_fails_its_report_alone(copied: Path, tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    slow(copied, noted, "town == '景芝镇'", f"os.kill(above, {int(signal.SIGKILL)})")
    done = run(copied, *WORDS, **{MARK: str(tmp_path)})
    assert done.returncode != 0
    # the parent that was killed was a copy: its own parent is a warm one too
    is_copy, _, command = (noted / "景芝镇").read_text(encoding="utf-8").partition(" ")
    assert is_copy == "True" and "pipelines.render.engines.server" in command
    failed = [name for name, state in states(copied).items() if state != "done"]
    assert failed == ["景芝镇"]
    assert "make report TOWN=景芝镇" in done.stderr
    assert not marked(tmp_path)
    assert run(copied, *WORDS).returncode == 0
    assert set(states(copied).values()) == {"done"}
