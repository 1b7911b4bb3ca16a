"""Doubts about a whole sheet: what was hidden or merged in it, and whether it belongs to the period at all."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from pipelines.clean.columns import Context
from pipelines.clean.dates import data_date, named_quarter
from pipelines.clean.rows import Work
from pipelines.ingest.recognise import words
from pipelines.periods import Period


Doubt = tuple[str, str, str]  # column name or "", rule, detail


def doubts(work: Work, number: int, context: Context) -> Iterator[Doubt]:
    """(column or "", rule, detail) of everything that is to be told of a sheet."""
    sheet = work.sheets[number]
    for name in sheet.duplicates:
        yield name, "duplicate_header", ""
    if "name" in sheet.missing:
        yield "name", "missing_name_column", ""
    for rule, detail in sheet.notes:
        yield "", rule, detail
    if told := other_period(sheet.title, context.period):
        yield "", "other_period", told
    monthly = "month" in work.read and "month" in sheet.columns
    if monthly and (told := _other_months(work, number, context.period)):
        yield "month", "other_months", told


def other_period(title: str, period: Period) -> str:
    """What the lines above a header say of another quarter ("" if they do not): its name, or a data date.

    A table is filled in after the quarter's end, so that a date some weeks later is no sign of another one.
    """
    quarter = named_quarter(title)
    if quarter and quarter != (period.year, period.quarter):
        return f"是{quarter[0]}年第{quarter[1]}季度"
    day = data_date(title, words()["as_of_labels"])
    late = period.end + dt.timedelta(days=words()["as_of_grace_days"])
    if day and not period.start <= day <= late:
        return f"数据日期是{day:%Y-%m-%d}"
    return ""


def _other_months(work: Work, number: int, period: Period) -> str:
    """Rows of a monthly return by months outside the quarter."""
    read = work.read["month"]
    inside = {f"{period.start.year}-{period.start.month + n:02d}" for n in range(3)}
    codes = read.codes[work.sheet_of == number].tolist()
    counts = Counter(read.outcomes[code].value for code in codes)
    others = {month: rows for month, rows in counts.items() if month and month not in inside}
    return "、".join(f"{month}的{rows}行" for month, rows in sorted(others.items()))
