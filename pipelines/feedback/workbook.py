"""The workbook itself: one sheet of everything, one per school, the progress since the last run, pairs to confirm.

The same findings give the same bytes: no clock, no random ids. Texts from received files are written as text, and
one that a spreadsheet could take for a formula gets a leading apostrophe, which also survives a save as CSV.
"""

import datetime as dt
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import xlsxwriter

from pipelines.feedback.progress import Progress, by_school
from pipelines.feedback.words import words


# Excel stores the time a workbook was made; a fixed one keeps the same findings the same bytes.
_CREATED = dt.datetime(2000, 1, 1)
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST_NAME = 31
_LONGEST_CELL = 32_767
_LINE_HEIGHT, _HIGHEST_ROW = 13.5, 300  # points
_ENCLOSED = "history"  # a name Excel keeps for itself
_CLOSED_WIDTHS = (24, 14, 14, 16, 14, 22, 12, 7, 14, 14, 34, 32, 12)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet_names(wanted: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """A sheet name for each text: allowed by Excel, at most 31 characters, unique whatever the case."""
    used, names = {name.casefold() for name in taken} | {_ENCLOSED}, {}
    for text in wanted:
        plain = _FORBIDDEN.sub(" ", text).strip().strip("'").strip() or words()["sheets"]["no_school"]
        candidate, number = plain[:_LONGEST_NAME].strip(), 1
        while candidate.casefold() in used:
            number += 1
            tail = f"({number})"
            candidate = plain[: _LONGEST_NAME - len(tail)].strip() + tail
        used.add(candidate.casefold())
        names[text] = candidate
    return names


def safe_text(value: object) -> str:
    """Text that no spreadsheet takes for a formula, without control signs, at most as long as a cell may be."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = _CONTROL.sub(" ", str(value))
    if text.startswith(_FORMULA):
        text = "'" + text
    return text[:_LONGEST_CELL]


def with_sheets(frame: pd.DataFrame) -> pd.DataFrame:
    """The findings with ``sheet``: the school's name, else 未归属学校 with the town's name.

    Schools are told apart by their code, so that two of the same name do not share a sheet.
    """
    no_school = words()["sheets"]["no_school"]
    homes = {
        (school_id, school, town): school if school_id else f"{no_school}（{town}）" if town else no_school
        for school_id, school, town in zip(
            frame["school_id"], frame["school_name"], frame["town_name"], strict=True
        )
    }
    order = sorted(homes, key=lambda home: (home[0] == "", home[2], homes[home], home[0]))
    names: dict[tuple[str, str, str], str] = {}
    taken = [words()["sheets"][name] for name in ("all", "progress", "pairs")]
    for home in order:
        identity = home[0] or homes[home]
        if (identity, "", "") not in names:
            names[identity, "", ""] = sheet_names([homes[home]], [*taken, *names.values()])[homes[home]]
        names[home] = names[identity, "", ""]
    keys = zip(frame["school_id"], frame["school_name"], frame["town_name"], strict=True)
    return frame.assign(sheet=[names[key] for key in keys])


def workbook(progress: Progress, pairs: pd.DataFrame) -> bytes:
    """The bytes of 问题数据反馈表.xlsx; both frames of ``progress`` have ``sheet``."""
    texts = words()
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": "问题数据反馈表", "created": _CREATED})
        styles = _styles(book)
        _findings(book.add_worksheet(texts["sheets"]["all"]), progress.findings, styles, whole=True)
        _progress(book.add_worksheet(texts["sheets"]["progress"]), progress, styles)
        if not pairs.empty:
            _pairs(book.add_worksheet(texts["sheets"]["pairs"]), pairs, styles)
        for name, rows in progress.findings.groupby("sheet", sort=False):
            _findings(book.add_worksheet(str(name)), rows, styles)
    return buffer.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    body = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#B9C0CC", "font_size": 10}
    return {
        "head": book.add_format({**body, "bold": True, "bg_color": "#EEF1F6", "valign": "vcenter"}),
        "body": book.add_format(body),
        "title": book.add_format({"bold": True, "font_size": 12, "valign": "top"}),
        "note": book.add_format({"font_color": "#4A5365"}),
        "阻断": book.add_format({**body, "bold": True, "font_color": "#8C1D18", "bg_color": "#FBE9E7"}),
        "警告": book.add_format({**body, "font_color": "#7A4B00", "bg_color": "#FFF4DE"}),
        "提示": book.add_format(body),
    }


def _set_up(sheet: Any, first_rows: int) -> None:
    """Frozen header, and print on A4 landscape, one page wide, the header on every page."""
    sheet.freeze_panes(first_rows, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.repeat_rows(0, first_rows - 1)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第&P页，共&N页&R&A")


def _findings(sheet: Any, frame: pd.DataFrame, styles: dict[str, Any], whole: bool = False) -> None:
    """A sheet of findings; ``whole``: the one of all schools, with the columns that name them."""
    columns = [column for column in words()["columns"] if whole or not column.get("only_all")]
    lines = [1] * len(frame)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column["width"])
        sheet.write_string(0, number, column["header"], styles["head"])
        for row, value in enumerate(frame[column["name"]], 1):
            if column["name"] == "source_row":
                _number(sheet, row, number, value, styles["body"])
                continue
            text = safe_text(value)
            sheet.write_string(row, number, text, styles[text if column["name"] == "severity" else "body"])
            lines[row - 1] = max(lines[row - 1], _lines(text, column["width"]))
    for row, count in enumerate(lines, 1):
        sheet.set_row(row, min(_LINE_HEIGHT * count + 3, _HIGHEST_ROW))
    sheet.autofilter(0, 0, max(len(frame), 1), len(columns) - 1)
    _set_up(sheet, 1)


@lru_cache(maxsize=65_536)  # the same few texts over and over
def _lines(text: str, width: int) -> int:
    """Lines the text takes in a column: not every program fits the height of a row to wrapped text by itself."""
    if len(text) * 2 < width:
        return 1
    wide = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
    return max(1, math.ceil(wide / (width - 1.5)))


def _number(sheet: Any, row: int, column: int, value: Any, style: Any) -> None:
    if value:
        sheet.write_number(row, column, int(value), style)
    else:
        sheet.write_blank(row, column, None, style)  # the whole file or table


def _progress(sheet: Any, progress: Progress, styles: dict[str, Any]) -> None:
    texts = words()["progress"]
    sheet.write_string(0, 0, texts["title"], styles["title"])
    if not progress.compared:
        sheet.write_string(1, 0, texts["first"], styles["note"])
    end = _table(sheet, 2, by_school(progress), styles)
    if not progress.closed.empty:
        sheet.write_string(end + 1, 0, texts["closed_title"], styles["title"])
        columns = [c for c in words()["columns"] if c["name"] != "due"]
        closed = progress.closed.rename(columns={"sheet": "_"})[[c["name"] for c in columns]]
        _table(
            sheet, end + 2, closed.set_axis([c["header"] for c in columns], axis=1), styles, _CLOSED_WIDTHS
        )
    for number, width in enumerate(_CLOSED_WIDTHS):
        sheet.set_column(number, number, width)
    _set_up(sheet, 3)


def _pairs(sheet: Any, pairs: pd.DataFrame, styles: dict[str, Any]) -> None:
    texts = words()["pairs"]
    sheet.write_string(0, 0, texts["title"], styles["title"])
    sheet.write_string(1, 0, texts["note"], styles["note"])
    end = _table(sheet, 2, pairs[texts["headers"]], styles, texts["widths"])
    for number, width in enumerate(texts["widths"]):
        sheet.set_column(number, number, width)
    answer = len(texts["headers"]) - 1
    sheet.data_validation(3, answer, end - 1, answer, {"validate": "list", "source": ["是", "否"]})
    sheet.autofilter(2, 0, end - 1, answer)
    _set_up(sheet, 3)


def _table(
    sheet: Any, top: int, frame: pd.DataFrame, styles: dict[str, Any], widths: Sequence[int] = ()
) -> int:
    """Write a frame with its header from row ``top`` on, rows as high as the widths ask; return the row after it."""
    for number, header in enumerate(frame.columns):
        sheet.write_string(top, number, str(header), styles["head"])
    rows: Sequence[tuple[Any, ...]] = list(frame.itertuples(index=False, name=None))
    for row, record in enumerate(rows, top + 1):
        lines = [_lines(safe_text(value), width) for value, width in zip(record, widths, strict=False)]
        if max(lines, default=1) > 1:
            sheet.set_row(row, min(_LINE_HEIGHT * max(lines) + 3, _HIGHEST_ROW))
        for number, value in enumerate(record):
            if isinstance(value, int) or hasattr(value, "dtype"):
                sheet.write_number(row, number, int(value), styles["body"])
            else:
                sheet.write_string(row, number, safe_text(value), styles["body"])
    return top + 1 + len(rows)
