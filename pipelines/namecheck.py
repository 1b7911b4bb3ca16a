"""Whether a text holds the name of a person of the dataset, found without touching identity files.

The clean tables hold names as keyed pseudonyms. Every run of two to four Chinese characters of a text (longer ones
with the dots of minority names) is turned into its pseudonym and looked up. A run that also stands in the program's
own texts (settings, reference data, sentences) is an ordinary word.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from pipelines.periods import Period
from pipelines.pseudonym import Pseudonymiser
from pipelines.settings import Settings


_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
_DOTTED = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+(?:[·•・‧⋅∙●．][\u3400-\u4dbf\u4e00-\u9fff]+)+")
_LENGTHS = (2, 3, 4)
_COLUMN = "name_key"
_SUFFIXES = {".toml", ".csv", ".j2", ".typ", ".js", ".py"}


class NameCheck:
    """All names of a quarter, as pseudonyms."""

    def __init__(self, pseudonymiser: Pseudonymiser, signs: frozenset[str], ordinary: str):
        self._pseudonymiser = pseudonymiser
        self._signs = signs
        self._ordinary = ordinary
        self._known: dict[str, bool] = {}

    @classmethod
    def load(cls, settings: Settings, dataset: str, period: Period) -> "NameCheck":
        """The names in the quarter's clean tables."""
        signs: set[str] = set()
        for file in sorted(settings.paths.clean(dataset, period).glob("*.parquet")):
            if _COLUMN in pq.read_schema(file).names:
                signs |= set(pq.read_table(file, columns=[_COLUMN]).column(0).unique().to_pylist())
        ordinary = _ordinary(settings.paths.reference)
        return cls(Pseudonymiser.load(settings, dataset), frozenset(signs - {None}), ordinary)

    def any_in(self, text: str) -> bool:
        """Whether a name stands in the text."""
        runs = list(dict.fromkeys(_runs(text)))
        fresh = [run for run in runs if run not in self._known]
        if fresh:
            signs = self._pseudonymiser.name_key(pd.Series(fresh, dtype="str"))
            for run, sign in zip(fresh, signs, strict=True):
                self._known[run] = sign in self._signs and run not in self._ordinary
        return any(self._known[run] for run in runs)


def _runs(text: str) -> Iterator[str]:
    yield from _DOTTED.findall(text)
    for run in _RUN.findall(text):
        for length in _LENGTHS:
            for start in range(len(run) - length + 1):
                yield run[start : start + length]


@lru_cache(maxsize=2)
def _ordinary(reference: Path) -> str:
    """The texts that the program itself prints, the demo's invented names excepted."""
    package = Path(__file__).parent
    files = [f for f in sorted(package.rglob("*")) if "demo" not in f.relative_to(package).parts]
    files += sorted(reference.rglob("*"))
    return "\n".join(
        file.read_text(encoding="utf-8", errors="replace") for file in files if file.suffix in _SUFFIXES
    )
