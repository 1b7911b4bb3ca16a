"""Counts, measures and amounts of money."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from pipelines.clean.chinese import number_of
from pipelines.clean.outcome import Outcome
from pipelines.clean.words import words
from pipelines.ingest.cells import tidy


_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PLAIN = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def _decimal(value: Any, units: list[str]) -> Decimal | None:
    """The number in a cell, units and thousands separators taken off; None if it is not exactly one number."""
    if isinstance(value, float):
        # What a person typed as 312.50 may come from a formula as 312.49999999999994.
        return Decimal(repr(round(value, 6))) if abs(value) < 1e12 else None
    text = tidy(value).replace(" ", "").lstrip("¥￥")
    for unit in sorted(units, key=len, reverse=True):
        text = text.removesuffix(unit)
    text = text.removeprefix("人民币").lstrip("¥￥")
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if (written := number_of(text)) is not None:
        return Decimal(written)
    if not _PLAIN.fullmatch(text) or len(text) > 15:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def parse_int(value: Any) -> Outcome:
    """A whole number, or rule ``bad_number``."""
    number = _decimal(value, words()["count_units"])
    if number is None or number != number.to_integral_value():
        return Outcome(None, "bad_number", "整数")
    return Outcome(int(number))


def parse_number(value: Any) -> Outcome:
    """A number; "95%" is 95, since the table has its unit in a column of its own. Else rule ``bad_number``."""
    number = _decimal(value, [*words()["count_units"], "%"])
    return Outcome(None, "bad_number", "数字") if number is None else Outcome(float(number))


def parse_money(value: Any) -> Outcome:
    """An amount in yuan as whole fen, or rule ``bad_number``; parts of a fen are refused."""
    number = _decimal(value, words()["money_units"])
    if number is None or (fen := number * 100) != fen.to_integral_value():
        return Outcome(None, "bad_number", "金额（元，最多两位小数）")
    return Outcome(int(fen))
