"""The number of the program that reports print: another one exactly when what makes reports is another."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import __version__, provenance


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    """A repository with one commit of a module and a document."""
    git(tmp_path, "init", "-q")
    write(tmp_path / "pipelines" / "a.py", "one")
    write(tmp_path / "docs" / "a.md", "one")
    commit(tmp_path)
    yield tmp_path
    provenance.code_version.cache_clear()


def git(root: Path, *words: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@t.invalid", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(root), *who, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def write(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")


def commit(root: Path) -> str:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    return git(root, "rev-parse", "HEAD")


def version(root: Path) -> str:
    provenance.code_version.cache_clear()
    return provenance.code_version(root)


def test_it_is_the_commit_that_last_changed_what_makes_reports(repository: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    assert version(repository) == first
    write(repository / "docs" / "a.md", "two")
    assert version(repository) == first
    assert commit(repository) != first
    assert version(repository) == first  # no report is made again for a document
    write(repository / "pipelines" / "a.py", "two")
    assert version(repository) == provenance.UNCOMMITTED
    assert commit(repository) == version(repository)


def test_an_analysts_setting_is_no_change_of_the_program(repository: Path) -> None:
    write(repository / "monitoring.toml", "one = 1")
    first = commit(repository)
    assert version(repository) != first  # it has a hash of its own in every report
    before = version(repository)
    write(repository / "monitoring.toml", "one = 2")
    assert version(repository) == before != provenance.UNCOMMITTED


def test_readers_are_told_in_chinese_that_no_commit_stands_for_the_program() -> None:
    shown = provenance.code_shown(provenance.UNCOMMITTED)
    assert shown == f"{__version__}（含未提交的修改，或不在版本库中）"
    assert provenance.code_shown("0123456789abcdef") == "0123456789abcdef"


def test_without_a_commit_it_is_uncommitted(tmp_path: Path) -> None:
    assert version(tmp_path) == provenance.UNCOMMITTED  # no repository
    git(tmp_path, "init", "-q")
    write(tmp_path / "a.md", "one")
    assert version(tmp_path) == provenance.UNCOMMITTED  # none yet
    commit(tmp_path)
    assert version(tmp_path) == provenance.UNCOMMITTED  # nothing of what makes reports


def test_a_copy_carries_the_number_of_what_it_was_copied_from(tmp_path: Path) -> None:
    write(tmp_path / provenance.VERSION_FILE, "abc\n")
    assert version(tmp_path) == "abc"
