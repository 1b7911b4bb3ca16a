"""Numbers written in Chinese characters: 二〇二六年九月一日, 三十二, 陆佰贰拾伍.

Only what can be read in one way: 六百五 (605 or 650) is refused.
"""

import re


_DIGITS = {character: value for value, characters in enumerate(
    ("〇零○Ｏ", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
) for character in characters}  # fmt: skip
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_TEN_THOUSAND = "万萬"
_ANY = "".join([*_DIGITS, *_UNITS, *_TEN_THOUSAND])
_ALL_CHINESE = re.compile(f"[{_ANY}]+")
_PLACES = re.compile(f"[{''.join(_DIGITS)}]+")
_DAY = re.compile(f"([{''.join(_DIGITS)}]{{4}})年(?:([{_ANY}]{{1,3}})月(?:([{_ANY}]{{1,3}})([日号]))?)?")
_YEAR = re.compile(f"[{''.join(_DIGITS)}]{{4}}")


def number_of(text: str) -> int | None:
    """三十二 → 32, 一万零五十 → 10050; None if the text is anything else or can be read in two ways."""
    if not _ALL_CHINESE.fullmatch(text):
        return None
    head, mark, tail = text.rpartition(next((c for c in text if c in _TEN_THOUSAND), "\0"))
    if not mark:
        return _below_ten_thousand(text)
    above = _below_ten_thousand(head)
    below = _below_ten_thousand(tail) if tail else 0
    if not above or below is None or (0 < below < 1000 and _DIGITS.get(tail[0]) != 0):
        return None
    return above * 10_000 + below


def _below_ten_thousand(text: str) -> int | None:
    total, last_unit, digit, gap = 0, 10_000, None, False
    for character in text:
        if character in _UNITS:
            unit = _UNITS[character]
            # 十二 stands for 一十二; no other unit may lack its digit, and units must go down.
            if unit >= last_unit or (digit is None and not (unit == 10 and total == 0)) or digit == 0:
                return None
            total, last_unit, digit, gap = total + unit * (1 if digit is None else digit), unit, None, False
        elif character in _TEN_THOUSAND or digit not in (None, 0) or (digit == 0 and _DIGITS[character] == 0):
            return None
        else:
            gap = gap or _DIGITS[character] == 0
            digit = _DIGITS[character]
    if digit is None:
        return total
    if digit == 0:
        return 0 if text in "〇零○" else None
    # The ones follow the tens, a 零, or nothing.
    return total + digit if last_unit in (10, 10_000) or gap else None


def arabic_date(text: str) -> str:
    """二〇二六年九月一日 → 2026年9月1日; other texts unchanged."""

    def replaced(match: re.Match[str]) -> str:
        year, month, day, mark = match.groups()
        numbers = [number_of(part) for part in (month, day) if part]
        if None in numbers:
            return match[0]
        parts = [f"{_by_place(year)}年", f"{numbers[0]}月" if numbers else ""]
        return "".join(parts) + (f"{numbers[1]}{mark}" if day else "")

    return _DAY.sub(replaced, text) if _PLACES.search(text) else text


def arabic_years(text: str) -> str:
    """二〇二五—二〇二六 → 2025—2026."""
    return _YEAR.sub(lambda match: _by_place(match[0]), text)


def _by_place(text: str) -> str:
    return "".join(str(_DIGITS[character]) for character in text)
