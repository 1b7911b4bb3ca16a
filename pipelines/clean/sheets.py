"""Doubts about a whole sheet: what was hidden or merged in it, and whether it belongs to the period at all."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from rapidfuzz import fuzz, process

from pipelines.clean.columns import Context
from pipelines.clean.dates import data_date, named_quarter
from pipelines.clean.rows import Work
from pipelines.ingest.cells import fold_header
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
    if told := _without_columns(work, number):
        yield "", "missing_columns", told
    for rule, detail in sheet.notes:
        yield "", rule, detail
    if told := other_period(sheet.title, context.period):
        yield "", "other_period", told
    monthly = "month" in work.read and "month" in sheet.columns
    if monthly and (told := _other_months(work, number, context.period)):
        yield "month", "other_months", told


def _without_columns(work: Work, number: int) -> str:
    """The required columns a sheet lacks, how many rows that costs, and the header that each may stand under."""
    sheet = work.sheets[number]
    lacking = [work.table.column(name).header for name in sheet.missing if name != "name"]
    if not lacking:
        return ""
    told = f"{'、'.join(f'“{header}”' for header in lacking)}，{len(sheet.rows)}行都没有使用"
    for header in lacking:
        folded = fold_header(header)
        near = process.extractOne(
            folded,
            sheet.unknown,
            scorer=fuzz.WRatio,
            processor=fold_header,
            score_cutoff=words()["near_header"],
        )
        if near:
            told += f"；最接近“{header}”的表头是{work.issues.quoter.quote(near[0])}，如就是这一列请改名"
    return told


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
