"""Names of persons other than pupils, recognised in the words of identity columns (persons.toml).

A carer's, mentor's or inspector's name has no column of its own: people type it into posts, relations and remarks. What
is recognised becomes a pseudonym like a pupil's name, so that a report can be searched for it (``pipelines.namecheck``)
without opening an identity file.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.clean.words import says_nothing
from pipelines.ingest import RawTable
from pipelines.ingest.cells import squeeze, tidy
from pipelines.namecheck import RULES_FILE, control
from pipelines.pseudonym import Pseudonymiser
from pipelines.tables.contract import Contract


NAME = "name"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(f"[{_HAN}]+")
_DOTTED = re.compile(f"[{_HAN}]+(?:[·•・‧⋅∙●．][{_HAN}]+)+")
_GAP = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])")
_WORDS = ("identity", "flag")


@dataclass(frozen=True)
class Rules:
    """persons.toml."""

    posts: frozenset[str]
    single: frozenset[str]
    double: frozenset[str]
    titles: re.Pattern[str]
    kin: str
    after: str
    ordinary: frozenset[str]

    def is_name(self, text: str) -> bool:
        """A surname and one or two characters."""
        if text in self.ordinary or text[:2] in self.ordinary:
            return False
        return (len(text) in (2, 3) and text[0] in self.single) or (
            len(text) in (3, 4) and text[:2] in self.double
        )


@cache
def rules() -> Rules:
    """persons.toml, read once."""
    content = tomllib.loads(Path(__file__).with_name(RULES_FILE).read_text(encoding="utf-8"))
    words, surnames = content["words"], content["surnames"]
    titles = sorted(words["titles"].split(), key=len, reverse=True)
    return Rules(
        frozenset(content["columns"]["posts"]),
        frozenset("".join(surnames["single"].split())),
        frozenset(surnames["double"].split()),
        re.compile("|".join(map(re.escape, titles))),
        words["kin"],
        words["after"],
        frozenset(words["ordinary"].split()),
    )


def names_in(text: str, column: str) -> set[str]:
    """The names recognised in one cell of an identity column."""
    found = set(_DOTTED.findall(text))
    rest = _DOTTED.sub("，", text)
    alone = column in rules().posts
    for one in (rest, _GAP.sub("", rest)):  # 张 三
        for run in _RUN.findall(one):
            found |= set(_of_run(run, alone))
    return found


def _of_run(run: str, alone: bool) -> Iterator[str]:
    rule = rules()
    pieces = rule.titles.split(run)
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        bare = piece[:-1] if piece and piece[-1] in rule.kin else piece
        if alone or last or bare != piece:
            yield from (one for one in (piece, bare) if rule.is_name(one))
        if place:  # a title stands before it: 监护人李某某同意
            yield from (
                piece[:n]
                for n in (2, 3, 4)
                if piece[n : n + 1] in (*rule.after, *rule.kin) and rule.is_name(piece[:n])
            )
        if place < last:  # a title stands after it: 联系李某某妈妈
            yield from (piece[-n:] for n in (3, 4, 2) if len(piece) > n and rule.is_name(piece[-n:]))


def signs(
    tables: Iterable[RawTable], contract: Contract, pseudonyms: Pseudonymiser, named: Iterable[str]
) -> pd.DataFrame:
    """``name_key`` of everybody named in the received rows, those set aside included, sorted, each once.

    ``named``: what stands in the columns of names.
    """
    names = set(named)
    for table in tables:
        for column in contract.tables[table.table].columns:
            if column.privacy in _WORDS:
                names |= _in_words(column.name, set(table.columns.get(column.name, ())))
    keys = pseudonyms.name_key(pd.Series(list(names), dtype="str")).tolist()
    every = sorted({*keys, control(pseudonyms)} - {None})
    return pd.DataFrame({"name_key": pd.Series(every, dtype="str")})


def _in_words(column: str, cells: set[Any]) -> set[str]:
    texts = (tidy(cell) for cell in cells if cell is not None)
    return {found for text in texts if not text.isascii() for found in names_in(text, column)}


def names_of(frame: pd.DataFrame, privacy: Mapping[str, str]) -> set[str]:
    """The names in an identity file; ``privacy``: column → what the contract says of it."""
    found: set[str] = set()
    for name in frame.columns:
        cells = set(frame[name].dropna().unique())
        if name == NAME:
            found |= {text for text in map(squeeze, cells) if len(text) > 1 and not says_nothing(text)}
        elif privacy.get(name) in _WORDS:
            found |= _in_words(name, cells)
    return found
