"""The real command on real files: one small demo county per session, and a copy of it for each test that harms it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.demo import write_demo
from tests.conftest import make_root


SCALE = 0.1


def run(root: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """``edureport`` in a process of its own, in the given project root."""
    return run_python(root, "-m", "pipelines.cli", *words, **variables)


def run_python(root: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Python with these words, in the given project root."""
    environment = (
        os.environ | {"EDUREPORT_ROOT": str(root), "EDUREPORT_KEY_FILE": str(root / "key" / "k")} | variables
    )
    return subprocess.run(
        [sys.executable, *words],
        cwd=root, env=environment, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A root in which 景芝镇's three reports of the latest quarter have been made, and what the command said."""
    root = make_root(tmp_path_factory.mktemp("issued") / "project")
    write_demo(root / "data" / "raw" / "demo", scale=SCALE)
    done = run(root, "report", "--town", "景芝镇")
    assert done.returncode == 0, done.stderr + done.stdout
    return root, done


@pytest.fixture
def copied(issued: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path) -> Path:
    """A copy of that root, data and stamps included, that a test may change."""
    target = tmp_path / "copy"
    shutil.copytree(issued[0], target, symlinks=True)
    return target
