"""Word lists of cleaning (words.toml), and which cells count as empty."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.ingest.cells import squeeze


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """The content of words.toml."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _missing() -> tuple[frozenset[str], frozenset[str]]:
    always = frozenset(squeeze(word) for word in words()["missing"]) | {""}
    return always, always | frozenset(words()["missing_unless_allowed"])


def is_missing(value: Any, allowed: frozenset[str] = frozenset()) -> bool:
    """Whether a cell says "nothing": empty, —, /, NULL, #N/A, and 无 unless ``allowed`` (squeezed texts) has it."""
    if value is None:
        return True
    if isinstance(value, float | int):
        return False
    text = squeeze(value)
    if text in allowed:
        return False
    return text in _missing()[1]
