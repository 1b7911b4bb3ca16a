"""What a figure was made from: hashes of data, settings, code and library versions."""

import hashlib
import os
import re
import subprocess
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from pipelines import __version__, atomic
from pipelines.settings import Settings


UNCOMMITTED = "uncommitted"
# What changes a report; a change to anything else leaves the program the same for our purpose, committed or not.
# monitoring.toml is not among it: it has a hash of its own beside this number (``settings``).
_TRACKED = (
    "pipelines",
    "notebooks",
    "expectations",
    "data/reference",
    "requirements.lock",
)
# What stands in monitoring.toml but cannot change a table or a figure.
_NO_FIGURES = ("execution", "letterhead")
# What lies in data/reference but is read by reports only.
_REPORTS_ONLY = frozenset({"sentences.toml"})


def sha256_bytes(content: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def sha256_file(file: Path) -> str:
    """Hexadecimal SHA-256 of a file's content, read in pieces."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_json(content: Any) -> str:
    """SHA-256 of anything JSON can hold; equal content gives equal hashes."""
    return sha256_bytes(atomic.to_json(content).encode())


def sha256_tree(folder: Path, without: frozenset[str] = frozenset()) -> str:
    """SHA-256 over the names and contents of all files below a folder.

    Byte code, hidden files and files of the names ``without`` are left out.
    """
    entries = []
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if not file.is_file() or "__pycache__" in parts or any(part.startswith(".") for part in parts):
            continue
        if file.name not in without:
            entries.append(("/".join(parts), sha256_file(file)))
    return sha256_json(entries)


@lru_cache(maxsize=1)
def code_hash() -> str:
    """SHA-256 of the whole package as it is on disk (read once per process); a stage's own is in codehash."""
    return sha256_tree(Path(__file__).parent)


def reference_hash(settings: Settings, figures_only: bool = False) -> str:
    """SHA-256 of the shipped reference data; ``figures_only`` leaves out what only reports read."""
    return sha256_tree(settings.paths.reference, _REPORTS_ONLY if figures_only else frozenset())


def lock_hash(settings: Settings) -> str:
    """SHA-256 of the lock file, which stands for all library versions."""
    file = settings.root / "requirements.lock"
    return sha256_file(file) if file.is_file() else ""


def settings_hash(settings: Settings) -> str:
    """SHA-256 of monitoring.toml."""
    return sha256_bytes(settings.text.encode())


def rules_hash(settings: Settings) -> str:
    """SHA-256 of what monitoring.toml says about data and figures; comments, limits and letterhead left out."""
    return sha256_json({name: part for name, part in settings.content.items() if name not in _NO_FIGURES})


def code_shown(version: str) -> str:
    """What a report prints of ``code_version``: a commit as it is; else the release, and that no commit stands for it.

    There is none either where files differ from the last one, or where the program does not lie in git at all.
    """
    return f"{__version__}（含未提交的修改，或不在版本库中）" if version == UNCOMMITTED else version


VERSION_FILE = ".code-version"
# Set for a notebook's process by the process that started it, so that git is not asked once more per report.
VERSION_VARIABLE = "EDUREPORT_CODE_VERSION"


@lru_cache(maxsize=16)
def code_version(root: Path) -> str:
    """The git commit that last changed what makes reports, or ``uncommitted`` where there is none or files differ.

    Reports print it. A commit that changes documents or tests only gives the same reports, and the same number.
    A copy without git (a release, the scratch folder of ``make verify``) may carry it in the file .code-version.
    """
    if (noted := root / VERSION_FILE).is_file():
        return noted.read_text(encoding="utf-8").strip()
    if told := os.environ.get(VERSION_VARIABLE):
        return told
    try:
        commit = _git(root, "log", "-1", "--format=%H", "--", *_TRACKED)
        changed = _git(root, "status", "--porcelain", "--", *_TRACKED)
    except (OSError, subprocess.CalledProcessError):
        return UNCOMMITTED
    return UNCOMMITTED if changed or not commit else commit


def _git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()


@lru_cache(maxsize=1)
def libraries() -> dict[str, str]:
    """The versions of the libraries this package asks for, as installed; empty if it was never installed."""
    try:
        wanted = metadata.requires("edureport") or []
    except metadata.PackageNotFoundError:
        return {}
    names = [re.split(r"[^A-Za-z0-9._-]", line)[0] for line in wanted if "extra ==" not in line]
    return {name: metadata.version(name) for name in sorted(names)}


def provenance(settings: Settings) -> dict[str, str]:
    """The ``provenance`` block of indicators.json and of every report's footer (contract.md section 3)."""
    return {
        "code": code_version(settings.root),
        "settings": settings_hash(settings),
        "lock": lock_hash(settings),
    }
