"""Numbers as a reader sees them.

A rate is never rounded onto 0 or 100 %: 99.97 % must not print as 100 % (one child is missing), nor 0.03 % as 0 %.
Missing, not applicable and zero are three different marks (domain.md K.36).
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any


MISSING = "缺报"
NOT_APPLICABLE = "—"
SUPPRESSED = "＜10"


_BRACKETS = re.compile(r"\(([^()]*)\)")
_CHINESE = r"[\u3007\u4e00-\u9fff、。，；：？！（）《》“”〔〕]"
_MARKS = re.compile(rf"(?<={_CHINESE})[,;:?!]|[,;:?!](?={_CHINESE})|(?<=\d),(?=\d)(?!\d{{3}}(?!\d))")
_WIDE = str.maketrans(",;:?!", "，；：？！")


def chinese_marks(text: str) -> str:
    """Half-width commas, colons, brackets … beside Chinese as GB/T 15834 asks: ``(一),(二)`` → ``（一），（二）``.

    Reading a table folds widths, which is right for comparing and wrong for printing. ``1,000`` and ``(GB)`` stay.
    """

    def bracket(found: re.Match[str]) -> str:
        around = text[max(found.start() - 1, 0) : found.end() + 1]
        return f"（{found[1]}）" if re.search(_CHINESE, around) else found[0]

    return _MARKS.sub(lambda found: found[0].translate(_WIDE), _BRACKETS.sub(bracket, text))


def count(value: float) -> str:
    """A whole number with thousands separators."""
    return f"{int(value):,}"


def money(value: float) -> str:
    """An amount in 元, with two decimals only where there are cents."""
    exact = Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact:,.2f}"


def percent(numerator: int, denominator: int, decimals: int = 1) -> str:
    """``numerator / denominator`` in per cent, rounded half up from the exact fraction, but never onto 0 or 100."""
    share = Fraction(numerator, denominator) * 100
    step = Decimal(1).scaleb(-decimals)
    rounded = (Decimal(share.numerator) / Decimal(share.denominator)).quantize(step, ROUND_HALF_UP)
    if share < 100 <= rounded:
        rounded = Decimal(100) - step
    if share > 0 == rounded:
        rounded = step
    return f"{rounded:.{decimals}f}%"


def hidden_mark(figure: dict[str, Any]) -> str:
    """What is printed for a hidden value: ＜10, — or ＊ (docs/privacy/disclosure.zh-CN.md), as the release says."""
    return str(figure.get("mark", SUPPRESSED))


def indicator_value(indicator: dict[str, Any], decimals: int = 1, unit: bool = True) -> str:
    """The value of an indicator as printed: 缺报, —, ＜10, a count, an amount or a percentage."""
    state = indicator["state"]
    if state == "missing":
        return MISSING
    if state == "suppressed":
        return hidden_mark(indicator)
    if state == "not_applicable" or indicator["value"] is None:
        return NOT_APPLICABLE
    if indicator["unit"] == "%":
        return percent(indicator["numerator"], indicator["denominator"], decimals)
    text = money(indicator["value"]) if indicator["unit"] == "元" else count(indicator["value"])
    return text + (indicator["unit"] if unit else "")


def base_text(indicator: dict[str, Any]) -> str:
    """The base of a rate as ``95 / 97``; empty for counts and missing figures."""
    if indicator.get("denominator") is None:
        return ""
    return f"{count(indicator['numerator'])} / {count(indicator['denominator'])}"
