"""Cells as text: the folding that headers, values and names all share."""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any


# From here on a double no longer holds every whole number that Excel can show: digits may be lost.
EXACT_LIMIT = 1e15

_FORMULA_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_CARRIAGE_RETURN = re.compile(r"_x000[dD]_")
_ASCII_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
# Most cells are of these characters alone, which no folding changes: looking first saves most of the time.
_NOTHING_TO_FOLD = re.compile("[0-9A-Za-z\u3400-\u4dbf\u4e00-\u9fff]+").fullmatch


def normal_cell(value: Any) -> Any:
    """A cell as one of None, str, int, float or datetime: what the readers give, made uniform.

    Booleans become text, since Python takes True and 1 for the same dictionary key.
    """
    if value is None or isinstance(value, dt.datetime):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    return value if isinstance(value, int) else str(value)


def plain_rows(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows of a reader that gives "" for empty cells, made uniform like ``normal_cell`` (blank texts may stay).

    Done by columns: nearly every column is of one kind, and then nothing has to be asked of its cells one by one.
    """
    columns = (
        list(zip_longest(*rows)) if len({len(row) for row in rows}) > 1 else list(zip(*rows, strict=True))
    )
    return list(map(list, zip(*map(_plain_column, columns), strict=True))) if columns else rows


def _plain_column(column: tuple[Any, ...]) -> Sequence[Any]:
    kinds = set(map(type, column))
    if kinds == {str}:
        return [cell or None for cell in column] if "" in column else column
    if bool in kinds:  # the same dictionary key as 1 and 0
        return [normal_cell(cell) for cell in column]
    known = {cell: normal_cell(cell) for cell in set(column)}
    return list(map(known.__getitem__, column))


def text_of(value: Any) -> str:
    """A cell as the text a person sees: 370784.0 is "370784", a midnight date has no time."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_LIMIT:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    return str(value)


def tidy(value: Any) -> str:
    """Text of a cell without what exports add: width variants, invisible characters, ``="…"``, a leading quote.

    White space inside is kept as single spaces, the ends are trimmed.
    """
    if type(value) is str and _NOTHING_TO_FOLD(value):
        return value
    text = text_of(value)
    if not _ASCII_PLAIN.fullmatch(text):
        text = unicodedata.normalize("NFKC", _CARRIAGE_RETURN.sub(" ", text))
        text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace())
        text = " ".join(text.split())
    if match := _FORMULA_TEXT.match(text):
        text = match[1].strip()
    return text.lstrip("'‘’`").strip()


def squeeze(value: Any) -> str:
    """Tidy text without any white space: how codes, names of schools and names of persons are compared."""
    if type(value) is str and _NOTHING_TO_FOLD(value):
        return value
    return "".join(tidy(value).split())


def fold_header(value: Any) -> str:
    """A header without white space, line breaks, asterisks and width differences (contract.md section 4)."""
    return squeeze(value).replace("*", "").rstrip(":").lower()


_NOTE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")


def without_note(folded: str) -> str:
    """A folded header without bracketed notes: "报告日期(首次)" → "报告日期"."""
    return _NOTE.sub("", folded)


def without_last_note(folded: str) -> str:
    """A folded header without the last bracketed note; a header may have one of its own before it."""
    notes = list(_NOTE.finditer(folded))
    return folded[: notes[-1].start()] + folded[notes[-1].end() :] if notes else folded
