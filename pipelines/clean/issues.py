"""Doubts and faults of rows, in the analyst's words, with the Excel coordinates.

Values of key columns never appear; other values are quoted only if they look like neither a number of a person
nor a name, since a shifted row puts names into any column.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from pipelines.clean.outcome import Outcome
from pipelines.clean.words import words
from pipelines.ingest.cells import squeeze, tidy
from pipelines.tables.contract import Column


COLUMNS = (
    "table", "source_file", "source_sheet", "source_row", "column", "header", "rule", "message", "mend",
    "severity", "town", "school_id",
)  # fmt: skip
ERROR, WARNING = "error", "warning"
MISSING_COLUMN = "missing_column"  # a row of a sheet without a required column; told once for the sheet
_QUOTED = 30
_LONG_NUMBER = re.compile(r"\d{11,}|[A-Za-z]{1,2}\d{6,}")
_CHINESE_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af]{2,4}")
_FOREIGN_NAME = re.compile(r"[\u3400-\u9fff]+(?:[·•・][\u3400-\u9fff]+)+|[A-Za-z]+(?:[·•・. -]+[A-Za-z]+)+")


@lru_cache(maxsize=1)
def rules() -> dict[str, dict[str, str]]:
    """The rules of rules.toml."""
    return tomllib.loads((Path(__file__).parent / "rules.toml").read_text(encoding="utf-8"))


def is_fatal(rule: str, column: Column | None) -> bool:
    """Whether a row that breaks the rule in this column is set aside."""
    fatal = rules()[rule]["fatal"]
    return fatal == "always" or (fatal == "required" and column is not None and column.need == "R")


class Issue(NamedTuple):
    """One fault or doubt: position in the table's rows (-1 for the whole sheet), column, rule, finished texts."""

    position: int
    column: str
    header: str
    rule: str
    message: str
    mend: str
    fatal: bool


class Quoter:
    """Decides which values may be shown."""

    def __init__(self, vocabulary: frozenset[str], names: frozenset[str]):
        self._vocabulary = vocabulary
        self._names = names

    def quote(self, value: Any) -> str:
        """“value”, or a note that it is not shown."""
        text = tidy(value)
        bare = squeeze(value)
        if bare in self._names or _LONG_NUMBER.search(bare):
            return "（内容像身份信息，不显示）"
        if bare not in self._vocabulary and self._like_name(text, bare):
            return "（内容像姓名，不显示）"
        return f"“{text[:_QUOTED]}{'…' if len(text) > _QUOTED else ''}”"

    def _like_name(self, text: str, bare: str) -> bool:
        if _FOREIGN_NAME.fullmatch(text) or any(name in bare for name in _parts(bare) & self._names):
            return True
        if not _CHINESE_NAME.fullmatch(bare):
            return False
        return (len(bare) < 4 and bare[0] in words()["surnames"]) or bare[:2] in words()["compound_surnames"]


def _parts(text: str) -> frozenset[str]:
    """All pieces of two to four characters, to find a known name inside a longer text."""
    return frozenset(text[i : i + n] for n in (2, 3, 4) for i in range(len(text) - n + 1))


@dataclass
class IssueList:
    """Collects the issues of one table."""

    quoter: Quoter
    items: list[Issue] = field(default_factory=list)

    def add(
        self, positions: list[int], column: Column | None, header: str, outcome: Outcome, value: Any = None
    ) -> None:
        """One broken rule in some rows; ``value`` is the cell as read. Without a column it is about the sheet."""
        assert outcome.rule is not None
        texts = rules()[outcome.rule]
        # Values of key, identity and flag columns are never shown, whatever they look like.
        quotable = column is not None and column.privacy in ("fact", "home_town") and value is not None
        shown = self.quoter.quote(value) if quotable else ""
        fill = {"header": header, "value": shown, "extra": outcome.extra}
        message, mend = texts["message"].format(**fill), texts["mend"].format(**fill)
        name, fatal = column.name if column else "", is_fatal(outcome.rule, column)
        self.items += [
            Issue(position, name, header, outcome.rule, message, mend, fatal) for position in positions
        ]

    @property
    def fatal_positions(self) -> set[int]:
        """Rows to set aside."""
        return {issue.position for issue in self.items if issue.fatal}


def issue_frame(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Records with the columns of set_aside.parquet and findings.parquet, in order of place."""
    frame = pd.DataFrame(records, columns=list(COLUMNS))
    frame = frame.astype({name: ("int64" if name == "source_row" else "str") for name in COLUMNS})
    order = ["table", "source_file", "source_sheet", "source_row", "column", "rule"]
    return frame.sort_values(order, kind="stable", ignore_index=True)
