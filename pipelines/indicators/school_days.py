"""School days between two dates, from the calendar (T15, data/reference/school_calendar.csv)."""

import numpy as np
import pandas as pd

from pipelines.errors import ConfigError


_LONGEST_BREAK = 14  # days; no public holiday is longer
_TEACHING, _OFF, _WORKING = ("上课",), ("放假", "法定节假日"), ("调课日",)


def school_days(calendar: pd.DataFrame) -> pd.DatetimeIndex:
    """Every school day: a weekday in term that is no holiday, or a 调课日 (a weekend day taught instead)."""
    first, last = (_dates(calendar, column) for column in ("开始", "结束"))
    days = pd.date_range(first.min(), last.max())
    teaching, off, working = (
        _covered(days, calendar, first, last, kinds) for kinds in (_TEACHING, _OFF, _WORKING)
    )
    return days[working | (teaching & ~off & (days.day_of_week < 5))]


def covers(calendar: pd.DataFrame | None, first: pd.Timestamp, last: pd.Timestamp) -> bool:
    """Whether the calendar says of every day from first to last whether it is one of term or of holidays.

    Days that no row speaks of would count as no school days, and every report as on time.
    """
    if calendar is None or calendar.empty:
        return False
    return bool(_dates(calendar, "开始").min() <= first and _dates(calendar, "结束").max() >= last)


def next_working_day(calendar: pd.DataFrame | None, day: pd.Timestamp) -> pd.Timestamp:
    """The day itself, or the first after it that is neither a weekend nor a 法定节假日: a deadline on a day off moves on.

    As 民法典 Art. 203 has it. A 调课日 is a working day; of days that the calendar does not know, weekdays are.
    """
    if calendar is None or calendar.empty:
        return day + pd.offsets.BDay(0)
    days = pd.date_range(day, day + pd.Timedelta(days=_LONGEST_BREAK))
    first, last = (_dates(calendar, column) for column in ("开始", "结束"))

    def spans(kind: str) -> np.ndarray:
        chosen = calendar["类型"] == kind
        pairs = zip(first[chosen], last[chosen], strict=True)
        return np.logical_or.reduce(
            [np.zeros(len(days), bool), *((days >= a) & (days <= b) for a, b in pairs)]
        )

    return days[spans("调课日") | (~spans("法定节假日") & (days.day_of_week < 5))][0]


def _dates(calendar: pd.DataFrame, column: str) -> pd.Series:
    dates = pd.to_datetime(calendar[column], format="mixed", errors="coerce")
    if dates.isna().any():
        raise ConfigError(f"校历的“{column}”一列有看不懂的日期。", "请写成 2026-09-01 的样子。")
    return dates


def _covered(
    days: pd.DatetimeIndex, calendar: pd.DataFrame, first: pd.Series, last: pd.Series, kinds: tuple[str, ...]
) -> np.ndarray:
    """Whether each day lies in a span of one of the kinds: +1 where one opens, −1 after it ends, summed up."""
    chosen = calendar["类型"].isin(kinds)
    steps = np.zeros(len(days) + 1, dtype=int)
    np.add.at(steps, days.get_indexer(pd.DatetimeIndex(first[chosen])), 1)
    np.add.at(steps, days.get_indexer(pd.DatetimeIndex(last[chosen])) + 1, -1)
    return np.cumsum(steps)[:-1] > 0


def school_days_between(calendar: pd.DataFrame, start: pd.Series, end: pd.Series) -> pd.Series:
    """School days x with start < x ≤ end; null where a date is empty."""
    days = school_days(calendar).to_numpy(dtype="datetime64[ns]")

    def until(dates: pd.Series) -> np.ndarray:
        return np.searchsorted(days, dates.to_numpy(dtype="datetime64[ns]"), side="right")

    counted = pd.Series(until(end) - until(start), index=start.index, dtype="float64")
    return counted.where(start.notna() & end.notna())
