"""Quarters, semesters and school years (contract.md section 2).

The quarter is the rhythm of the reports, the semester that of student aid, the school year (学年, from
1 September) that of dropout rates. All arithmetic between the three lives here and nowhere else.
"""

import datetime as dt
import re
from dataclasses import dataclass
from functools import total_ordering

from pipelines.errors import UsageError


_QUARTER_NAMES = {1: "第一季度", 2: "第二季度", 3: "第三季度", 4: "第四季度"}
_SEMESTER_ORDER = {"秋": 0, "春": 1}  # within a school year, autumn comes first


@dataclass(frozen=True, order=True)
class Period:
    """A calendar quarter, written ``2026Q3``."""

    year: int
    quarter: int

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read ``2026Q3`` (any case, full width allowed); raise UsageError otherwise."""
        import unicodedata

        match = re.fullmatch(
            r"((?:19|20)\d\d)Q([1-4])", unicodedata.normalize("NFKC", str(text)).strip().upper()
        )
        if not match:
            raise UsageError(f"季度“{text}”写法不对。", "请写成 2026Q3 的样子（四位年份、字母 Q、1 至 4）。")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.year}Q{self.quarter}"

    @property
    def label(self) -> str:
        """The quarter in Chinese: 2026年第三季度."""
        return f"{self.year}年{_QUARTER_NAMES[self.quarter]}"

    def shift(self, quarters: int) -> "Period":
        """The quarter so many quarters later (negative: earlier)."""
        index = self.year * 4 + self.quarter - 1 + quarters
        return Period(index // 4, index % 4 + 1)

    @property
    def previous(self) -> "Period":
        """The quarter before."""
        return self.shift(-1)

    @property
    def year_ago(self) -> "Period":
        """The same quarter of the year before."""
        return self.shift(-4)

    @property
    def start(self) -> dt.date:
        """q0, the first calendar day."""
        return dt.date(self.year, 3 * self.quarter - 2, 1)

    @property
    def end(self) -> dt.date:
        """d, the last calendar day: the day all stocks and ages refer to."""
        return self.shift(1).start - dt.timedelta(days=1)

    @property
    def school_year(self) -> "SchoolYear":
        """The school year that contains d."""
        return SchoolYear.of(self.end)

    @property
    def semester(self) -> "Semester":
        """The semester S: spring for Q1 and Q2, autumn for Q3 and Q4."""
        return Semester(self.school_year, "春" if self.quarter <= 2 else "秋")


@dataclass(frozen=True, order=True)
class SchoolYear:
    """学年, from 1 September of ``first`` to 31 August of the next year, written ``2026-2027``."""

    first: int

    @classmethod
    def of(cls, day: dt.date) -> "SchoolYear":
        """The school year that contains the day."""
        return cls(day.year if day.month >= 9 else day.year - 1)

    def __str__(self) -> str:
        return f"{self.first}-{self.first + 1}"

    @property
    def start(self) -> dt.date:
        """1 September."""
        return dt.date(self.first, 9, 1)

    @property
    def base_period(self) -> Period:
        """The quarter whose roll is the opening enrolment (学年初在校生): the Q3 in which the year begins."""
        return Period(self.first, 3)


@total_ordering
@dataclass(frozen=True)
class Semester:
    """学期 of a school year; autumn (秋) precedes spring (春). Written ``2026-2027秋``."""

    school_year: SchoolYear
    season: str

    @classmethod
    def parse(cls, text: str) -> "Semester":
        """Read ``2026-2027秋``; raise ValueError otherwise."""
        match = re.fullmatch(r"(\d{4})-(\d{4})([春秋])", text)
        if not match or int(match[2]) != int(match[1]) + 1:
            raise ValueError(f"not a semester: {text!r}")
        return cls(SchoolYear(int(match[1])), match[3])

    def __str__(self) -> str:
        return f"{self.school_year}{self.season}"

    def __lt__(self, other: "Semester") -> bool:
        mine = (self.school_year, _SEMESTER_ORDER[self.season])
        return mine < (other.school_year, _SEMESTER_ORDER[other.season])

    @property
    def label(self) -> str:
        """The semester in Chinese: 2026-2027学年秋季学期."""
        return f"{self.school_year}学年{self.season}季学期"

    @property
    def first_day(self) -> dt.date:
        """1 September for autumn, 1 March for spring (contract.md section 5, Aid)."""
        if self.season == "秋":
            return self.school_year.start
        return dt.date(self.school_year.first + 1, 3, 1)

    def due_date(self, month_day: str) -> dt.date:
        """The calendar day of a rule such as ``05-31`` in this semester's payment year.

        Autumn payments are due in the calendar year in which the school year begins, or, for January and
        February, in the next one; spring payments in the year in which it ends.
        """
        month, day = (int(part) for part in month_day.split("-"))
        year = self.school_year.first + (1 if self.season == "春" or month < 3 else 0)
        return dt.date(year, month, day)
