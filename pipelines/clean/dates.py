"""Dates, months and school years in every form that exports and people write them.

What is not certain is not guessed: two-digit years, impossible days and a month typed as the number 2026.1 (which
is January or October) are refused.
"""

import datetime as dt
import math
import re
from typing import Any

from pipelines.clean.chinese import arabic_date, arabic_years
from pipelines.clean.outcome import Outcome
from pipelines.ingest.cells import EXACT_LIMIT, squeeze, tidy


FIRST_YEAR, LAST_YEAR = 1900, 2100
_EPOCH_1900 = dt.date(1899, 12, 30)
# Serials outside these are other numbers (1926-10-05 to 2119-01-10); 1926 is before anybody in a school's files.
_SERIALS = range(9775, 80001)
_EPOCHS_APART = 1462  # days from 1900-01-00 to 1904-01-01 as Excel counts

_TIME = r"(?:[T ]?(?:上午|下午)?\s*\d{1,2}[:时点]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?秒?)?分?(?:\s*[AaPp][Mm])?(?:Z|[+-]\d\d:?\d\d)?)?"
_DAY = re.compile(
    rf"(?:(\d{{4}})\s*([-/.年])\s*(\d{{1,2}})\s*(?:\2|月)\s*(\d{{1,2}})\s*[日号]?|(\d{{4}})(\d\d)(\d\d))\s*{_TIME}"
)
_MONTH = re.compile(r"(\d{4})\s*(?:[-/.年]\s*(\d{1,2})\s*月?|(\d\d))")
_SCHOOL_YEAR = re.compile(r"(\d{4})(?:年|学年)?(?:-|—|――|–|~|/|至|_)+(\d{4}|\d\d)(?:年|学年|学年度|年度)?")


def _real(year: int, month: int, day: int) -> dt.date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _of_number(value: float) -> dt.date | None:
    """20260901, or a serial of the 1900 epoch (Excel's default; the readers resolve workbooks of the 1904 one)."""
    whole = int(value)
    if whole in _SERIALS:
        return _EPOCH_1900 + dt.timedelta(days=whole)
    if value == whole and 10_000_000 <= whole <= 99_999_999:
        return _real(whole // 10_000, whole // 100 % 100, whole % 100)
    return None


def from_1904(value: Any) -> Any:
    """A cell of a workbook whose days count from 1904, as if they counted from 1900; other cells unchanged."""
    text = value if isinstance(value, str) else None
    if text is not None and not re.fullmatch(r"\d{4,5}(?:\.\d+)?", text.strip()):
        return value
    if isinstance(value, int | float) or text is not None:
        number = float(value)
        # A whole number of four digits may be a year: as a serial it would lie before 1931.
        if math.isfinite(number) and int(number) + _EPOCHS_APART in _SERIALS and number >= 9999:
            return number + _EPOCHS_APART
    return value


def find_date(value: Any) -> dt.date | None:
    """The calendar day a cell means, or None."""
    if isinstance(value, dt.datetime):
        return _real(value.year, value.month, value.day)
    if isinstance(value, int | float):
        return _of_number(value) if abs(value) < EXACT_LIMIT else None
    text = arabic_date(tidy(value))
    if match := _DAY.fullmatch(text):
        year, _, month, day, *packed = match.groups()
        if packed[0]:
            year, month, day = packed
        return _real(int(year), int(month), int(day))
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return _of_number(float(text))
    return None


def parse_date(value: Any) -> Outcome:
    """A cell of a ``date`` column: datetime.date, or rule ``bad_date``."""
    found = find_date(value)
    return Outcome(found) if found else Outcome(None, "bad_date")


def parse_month(value: Any) -> Outcome:
    """A cell of a ``yearmonth`` column: "2026-09", or rule ``bad_month`` / ``ambiguous_month``."""
    if isinstance(value, float) and not value.is_integer() and 1900 <= value < 2101:
        if round(value % 1, 6) == 0.1:
            return Outcome(None, "ambiguous_month")
        value = f"{value:.2f}" if round(value * 10, 6) % 1 else f"{value:.1f}"
    text = arabic_date(tidy(value))
    if match := _MONTH.fullmatch(text):
        year, month = int(match[1]), int(match[2] or match[3])
        if FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12:
            return Outcome(f"{year}-{month:02d}")
        return Outcome(None, "bad_month")
    found = find_date(value)
    return Outcome(f"{found:%Y-%m}") if found else Outcome(None, "bad_month")


def parse_school_year(value: Any) -> Outcome:
    """A cell of a ``text9`` column: "2025-2026", or rule ``bad_school_year``."""
    text = arabic_years(tidy(value).replace(" ", ""))
    match = _SCHOOL_YEAR.fullmatch(text)
    if not match:
        return Outcome(None, "bad_school_year")
    first, last = int(match[1]), int(match[2])
    if last % 100 != (first + 1) % 100 or (last > 99 and last != first + 1):
        return Outcome(None, "bad_school_year")
    return Outcome(f"{first}-{first + 1}")


def data_date(title: str, labels: list[str]) -> dt.date | None:
    """The date after a label such as 数据截止日期 in the rows above a header; None if there is none."""
    text = arabic_date(" ".join(tidy(title).split()))
    for label in labels:
        for match in re.finditer(re.escape(label), text):
            after = text[match.end() :].lstrip(":： ()至为")
            if (day := _DAY.match(after)) and (found := find_date(day[0].strip())):
                return found
    return None


_QUARTER = re.compile(r"(\d{4})年?第?([一二三四1-4])季度")


def named_quarter(title: str) -> tuple[int, int] | None:
    """(year, quarter) that the rows above a header name, such as 2026年第三季度; None if they name none or several."""
    found = {(int(year), "一二三四1234".index(n) % 4 + 1) for year, n in _QUARTER.findall(squeeze(title))}
    return found.pop() if len(found) == 1 else None
