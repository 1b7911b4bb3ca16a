"""Resident ID numbers (GB 11643), disability certificates and 学籍号.

A wrong check digit is no reason to lose a child: the row is used and the doubt is listed. Digits that Excel has
lost are never guessed.
"""

import datetime as dt
import re
from functools import lru_cache
from operator import mul
from typing import Any, NamedTuple

import numpy as np

from pipelines.clean.words import is_missing
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


_MISSING = IdNumber(None, "missing")


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


def read_ids(
    values: list[Any], chinese: bool = True, certificate: bool = False
) -> tuple[list[str | None], list[str], list[str | None]]:
    """``read_id`` of many cells (empty ones are missing) as texts, states, rules; sound numbers all at once."""
    texts, states = list(values), ["ok"] * len(values)
    rules: list[str | None] = [None] * len(values)
    whole = np.array([type(v) is str and len(v) == 18 and v.isascii() for v in values], dtype=bool)
    if chinese and whole.any():
        whole[whole] = _sound(
            "".join([v for v, is_whole in zip(values, whole.tolist(), strict=True) if is_whole])
        )
    else:
        whole[:] = False
    for n in np.flatnonzero(~whole).tolist():
        empty = is_missing(values[n])
        texts[n], states[n], rules[n] = _MISSING if empty else read_id(values[n], chinese, certificate)
    return texts, states, rules


def _sound(joined: str) -> np.ndarray:
    """Whether form, birth date and check digit are right, for texts of 18 ASCII characters, joined."""
    signs = np.frombuffer(joined.encode("ascii"), dtype=np.uint8).reshape(-1, 18).astype(np.int64)
    digits = signs[:, :17] - ord("0")
    figures = ((digits >= 0) & (digits <= 9)).all(axis=1)
    last = signs[:, 17]
    formed = figures & (((last >= ord("0")) & (last <= ord("9"))) | (last == ord("X")))
    checks = np.frombuffer(_CHECKS.encode("ascii"), dtype=np.uint8)[(digits @ np.array(_WEIGHTS)) % 11]
    return formed & (checks == last) & _possible_days(digits[:, 6:14])


def birth_days(texts: list[str]) -> np.ndarray:
    """``birth_date`` of many well-formed ID numbers, as datetime64[D]."""
    joined = "".join(text[6:14] for text in texts)
    digits = np.frombuffer(joined.encode("ascii"), dtype=np.uint8).reshape(-1, 8).astype(np.int64) - ord("0")
    year, month, day = _calendar(digits)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]") + (day - 1)


def _calendar(digits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Year, month and day of eight digits a row."""
    return (
        digits[:, :4] @ np.array((1000, 100, 10, 1)),
        digits[:, 4] * 10 + digits[:, 5],
        digits[:, 6] * 10 + digits[:, 7],
    )


def _possible_days(digits: np.ndarray) -> np.ndarray:
    """Whether eight digits a row are a day of the calendar, as ``_day`` has it (years 1 to 9999)."""
    year, month, day = _calendar(digits)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths = np.array((0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))
    known = (month >= 1) & (month <= 12) & (year >= 1)
    longest = lengths[np.where(known, month, 0)] + (leap & (month == 2))
    return known & (day >= 1) & (day <= longest)


def _tells_apart(text: str) -> bool:
    """Whether a malformed number can still stand for one person: fillers such as 0 or 1111 would merge strangers."""
    return len(text) >= 6 and len(set(text)) >= 3


def is_roll(value: Any) -> bool:
    """Whether a cell is a 学籍号 as it should be: nearly all are."""
    return type(value) is str and _ROLL.fullmatch(value) is not None


def read_roll(value: Any) -> tuple[str | None, str | None]:
    """A 学籍号 cell that is not empty: (normalised text or None, rule broken or None)."""
    if is_roll(value):
        return value, None
    if digits_lost(value):
        return None, "digits_lost"
    text = squeeze(value).upper()
    return text, None if _ROLL.fullmatch(text) else "roll_format"
