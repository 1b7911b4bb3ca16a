"""Shared fixtures: a scratch project root with the real settings and reference data, and nothing else."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from pipelines.settings import Settings


# The same examples every time: a shared, noisy machine must not decide whether a test passes.
hypothesis_settings.register_profile(
    "project", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.register_profile("explore", deadline=None, max_examples=2000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "project"))

PROJECT = Path(__file__).resolve().parents[1]
PARTS = ("monitoring.toml", "requirements.lock", "data/reference", "expectations", "notebooks")


def make_root(target: Path) -> Path:
    """Copy what a project root consists of, data and reports excepted."""
    for part in PARTS:
        source, destination = PROJECT / part, target / part
        destination.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, destination, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        elif source.is_file():
            shutil.copyfile(source, destination)
    return target


@pytest.fixture(autouse=True)
def private_key(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests never touch the user's own pseudonym key."""
    folder = tmp_path_factory.mktemp("key", numbered=True)
    folder.chmod(0o700)
    monkeypatch.setenv("EDUREPORT_KEY_FILE", str(folder / "pseudonym.key"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty project root with real settings and reference data."""
    return make_root(tmp_path / "project")


@pytest.fixture
def settings(root: Path) -> Settings:
    """Its settings."""
    return Settings.load(root)
