"""Resident ID numbers (GB 11643), disability certificates and 学籍号.

A wrong check digit is no reason to lose a child: the row is used and the doubt is listed. Digits that Excel has
lost are never guessed.
"""

import datetime as dt
import re
from functools import lru_cache
from operator import mul
from typing import Any, NamedTuple

from pipelines.ingest.cells import EXACT_LIMIT, squeeze


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ZEROS = ord("0") * sum(_WEIGHTS)
_WHOLE = re.compile(r"[0-9]{17}[0-9X]").fullmatch
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d{1,3}")
_CERTIFICATE = re.compile(r"(\d{17}[\dX])[1-7][1-4](?:[A-Z]\d{0,2}|\d{1,2})?")
_ROLL = re.compile(r"[GJL][0-9]{17}[0-9X]")
_LOOKALIKE_X = str.maketrans("×хХΧχ✕", "XXXXXX")  # signs typed for the check letter
CHINESE_ID = "居民身份证"


class IdNumber(NamedTuple):
    """Normalised text (None if unusable), state (ok, missing, format, checksum), and the rule broken."""

    text: str | None
    state: str
    rule: str | None = None


def check_digit(first17: str) -> str:
    """The eighteenth character of an ID number (17 digits of ASCII are expected)."""
    return _CHECKS[(sum(map(mul, first17.encode("ascii"), _WEIGHTS)) - _ZEROS) % 11]


def birth_date(id_no: str) -> dt.date | None:
    """The birth date in an 18-character ID number; None if there is no such day."""
    return _day(id_no[6:14])


@lru_cache(maxsize=50_000)
def _day(digits: str) -> dt.date | None:
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def digits_lost(value: Any) -> bool:
    """Whether Excel has turned a long number into one of 15 significant digits."""
    if isinstance(value, int | float):
        return abs(value) >= EXACT_LIMIT
    return isinstance(value, str) and bool(_SCIENTIFIC.fullmatch(squeeze(value)))


def _normal(value: Any) -> str:
    return squeeze(value).upper().translate(_LOOKALIKE_X)


def read_id(value: Any, chinese: bool = True, certificate: bool = False) -> IdNumber:
    """An ID cell that is not empty. ``chinese``: a resident ID; ``certificate``: 残疾人证 numbers are allowed."""
    if chinese and type(value) is str and _WHOLE(value) and _day(value[6:14]) is not None:
        # Nearly every cell: nothing to fold, nothing to guess.
        sound = check_digit(value[:17]) == value[17]
        return IdNumber(value, "ok") if sound else IdNumber(value, "checksum", "id_checksum")
    if digits_lost(value):
        return IdNumber(None, "missing", "digits_lost")
    text = _normal(value)
    if not chinese:
        return IdNumber(text or None, "ok" if text else "missing")
    text = text.replace("-", "")
    if certificate and (match := _CERTIFICATE.fullmatch(text)):
        text = match[1]
    if re.fullmatch(r"[0-9]{15}", text):
        longer = text[:6] + "19" + text[6:]
        if birth_date(longer) is not None:
            return IdNumber(longer + check_digit(longer), "ok", "id_15_digits")
    if not _WHOLE(text) or birth_date(text) is None:
        return IdNumber(text if _tells_apart(text) else None, "format", "id_format")
    if check_digit(text[:17]) != text[17]:
        return IdNumber(text, "checksum", "id_checksum")
    return IdNumber(text, "ok")


def _tells_apart(text: str) -> bool:
    """Whether a malformed number can still stand for one person: fillers such as 0 or 1111 would merge strangers."""
    return len(text) >= 6 and len(set(text)) >= 3


def read_roll(value: Any) -> tuple[str | None, str | None]:
    """A 学籍号 cell that is not empty: (normalised text or None, rule broken or None)."""
    if type(value) is str and _ROLL.fullmatch(value):
        return value, None
    if digits_lost(value):
        return None, "digits_lost"
    text = squeeze(value).upper()
    return text, None if _ROLL.fullmatch(text) else "roll_format"
