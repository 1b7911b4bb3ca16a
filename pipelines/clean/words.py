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
def _missing() -> frozenset[str]:
    words_for_nothing = (*words()["missing"], *words()["missing_unless_allowed"], *words()["formula_errors"])
    return frozenset(squeeze(word) for word in words_for_nothing) | {""}


@lru_cache(maxsize=1)
def _errors() -> frozenset[str]:
    return frozenset(words()["formula_errors"])


def is_error(value: Any) -> bool:
    """Whether a cell shows the error of a formula: #N/A and the like."""
    return type(value) is str and value[:1] == "#" and squeeze(value).upper() in _errors()


def says_nothing(text: str) -> bool:
    """Whether a squeezed text is one of the words for "nothing"."""
    return text in _missing()


def is_missing(value: Any, allowed: frozenset[str] = frozenset()) -> bool:
    """Whether a cell says "nothing": empty, —, /, NULL, a formula error, and 无 unless ``allowed`` has it.

    ``allowed``: squeezed texts.
    """
    if type(value) is not str:
        return value is None
    text = squeeze(value)
    return says_nothing(text) and text not in allowed
