"""Whether a text holds the name of a person of the dataset, found without touching identity files.

Cleaning leaves the keyed pseudonyms of everybody named in the received rows: pupils, and carers, mentors, owners and
inspectors as far as their names are recognised (``clean.persons``). Every run of two to four Chinese characters of a
text, every longer one as a whole, those with the dots of minority names and those in Latin letters are turned into
pseudonyms and looked up. A run that also stands in the program's own texts (settings, reference data, sentences) is an
ordinary word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from pipelines import store
from pipelines.errors import EduReportError
from pipelines.periods import Period
from pipelines.pseudonym import Pseudonymiser
from pipelines.settings import Settings


FILE = "person_names.parquet"  # data/clean/<dataset>/<period>/: one column, name_key
RULES_FILE = "persons.toml"  # of pipelines/clean: lists of surnames are no ordinary words
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(f"[{_HAN}]+")
_DOTTED = re.compile(f"[{_HAN}]+(?:[·•・‧⋅∙●．][{_HAN}]+)+")
_LATIN = re.compile(r"[A-Za-z]{2,}(?:[ '·.-]{1,2}[A-Za-z]+)+")
_INSTITUTIONS = (("school", "school_name"), ("care_facility", "place"))
_LENGTHS = (2, 3, 4)
_LONGEST = 15
_SUFFIXES = {".toml", ".csv", ".j2", ".typ", ".js", ".py"}


class CannotCheck(EduReportError):
    """A text cannot be searched for names here, so nothing may be published."""

    exit_code = 4


@dataclass(frozen=True)
class Found:
    """Where a name stands: its line in the text from 1, and of how many characters it is. Never the name."""

    line: int
    length: int


class NameCheck:
    """All names of a quarter, as pseudonyms."""

    def __init__(
        self, pseudonymiser: Pseudonymiser, signs: frozenset[str], ordinary: str, strict: bool = True
    ):
        self._pseudonymiser = pseudonymiser
        self._strict = strict
        self._signs = signs
        self._ordinary = ordinary
        self._known: dict[str, bool] = {}

    @classmethod
    def load(cls, settings: Settings, dataset: str, period: Period, strict: bool = True) -> "NameCheck":
        """The names of the quarter; CannotCheck where they or the key they were made with are not at hand.

        Not ``strict`` (the internal edition, full of words that happen to be somebody's name): a name of two characters
        counts only where it stands alone, and the names of schools and other institutions are ordinary words.
        The last one is kept while its files stay what they are: a batch's reports have most of their words in common.
        """
        key = (settings.root, dataset, period, strict, *_stamps(settings, dataset, period))
        if key not in _KEPT:
            made = cls._load(settings, dataset, period, strict)
            _KEPT.clear()
            _KEPT[key] = made
        return _KEPT[key]

    @classmethod
    def _load(cls, settings: Settings, dataset: str, period: Period, strict: bool) -> "NameCheck":
        file = settings.paths.clean(dataset, period) / FILE
        if not file.is_file():
            raise CannotCheck(
                f"{period} 没有姓名核对数据（{FILE}），无法确认报告里没有姓名。",
                f"请重新运行 make data PERIOD={period}。",
            )
        signs = frozenset(pq.read_table(file).column(0).to_pylist())
        here = settings.is_demo(dataset) or settings.paths.key_file.is_file()
        pseudonyms = Pseudonymiser.load(settings, dataset) if here else None  # loading would make a key
        if pseudonyms is None or control(pseudonyms) not in signs:
            raise CannotCheck(
                f"这台电脑没有处理 {period} 数据时用的假名密钥，无法确认报告里没有姓名。",
                "请在有该密钥的电脑上生成公开版。",
            )
        ordinary = ordinary_words(settings.paths.reference)
        if not strict:
            ordinary += "\n".join(_institutions(settings, dataset, period))
        return cls(pseudonyms, signs, ordinary, strict)

    def first_in(self, text: str) -> Found | None:
        """Where the first name stands in the text; None if there is none."""
        runs = list(dict.fromkeys(_runs(text, self._strict)))
        fresh = [run for run in runs if run not in self._known]
        if fresh:
            signs = self._pseudonymiser.name_key(pd.Series(fresh, dtype="str"))
            for run, sign in zip(fresh, signs, strict=True):
                self._known[run] = sign in self._signs and run not in self._ordinary
        name = next((run for run in runs if self._known[run]), None)
        return None if name is None else Found(text.count("\n", 0, text.index(name)) + 1, len(name))

    def any_in(self, text: str) -> bool:
        """Whether a name stands in the text."""
        return self.first_in(text) is not None


_KEPT: dict[tuple[Any, ...], NameCheck] = {}


def _stamps(settings: Settings, dataset: str, period: Period) -> Iterator[tuple[int, int, int] | None]:
    """What tells whether a file that names are read from was written anew; every file is replaced as a whole."""
    tables = (store.table_path(settings, dataset, period, table) for table, _ in _INSTITUTIONS)
    for file in (settings.paths.clean(dataset, period) / FILE, settings.paths.key_file, *tables):
        try:
            found = file.stat() if file else None
        except OSError:
            found = None
        yield found and (found.st_mtime_ns, found.st_size, found.st_ino)


def control(pseudonyms: Pseudonymiser) -> str:
    """The sign of nobody, among all others: who does not find it has another key and would never find anybody."""
    return str(pseudonyms.name_key(pd.Series(["\N{REPLACEMENT CHARACTER}"], dtype="str")).iloc[0])


def _institutions(settings: Settings, dataset: str, period: Period) -> Iterator[str]:
    for table, column in _INSTITUTIONS:
        frame = store.read(settings, dataset, period, table, [column])
        if frame is not None:
            yield from frame[column].dropna().unique()


def _runs(text: str, strict: bool) -> Iterator[str]:
    yield from _DOTTED.findall(text)
    yield from _LATIN.findall(text)
    for run in _RUN.findall(text):
        for length in _LENGTHS if strict or len(run) == _LENGTHS[0] else _LENGTHS[1:]:
            for start in range(len(run) - length + 1):
                yield run[start : start + length]
        if _LENGTHS[-1] < len(run) <= _LONGEST:
            yield run


def ordinary_runs(reference: Path) -> set[str]:
    """Every run of characters in the program's own texts that could be taken for a name."""
    return set(_runs(ordinary_words(reference), strict=True))


@lru_cache(maxsize=2)
def ordinary_words(reference: Path) -> str:
    """The texts that the program itself prints, the demo's invented names excepted."""
    package = Path(__file__).parent
    files = [f for f in sorted(package.rglob("*")) if "demo" not in f.relative_to(package).parts]
    files += sorted(reference.rglob("*"))
    return "\n".join(
        file.read_text(encoding="utf-8", errors="replace")
        for file in files
        if file.suffix in _SUFFIXES and file.name != RULES_FILE
    )
