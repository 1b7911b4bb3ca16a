"""Writes sheets as .xlsx or CSV, the same bytes for the same cells: fixed document dates, fixed line ends."""

import csv
import datetime as dt
import io
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter

from pipelines import atomic
from pipelines.demo.sheets import Sheet


ENCODINGS = {"gb18030": "gb18030", "utf8bom": "utf-8-sig"}
# A document date must not come from the clock; this one says "demo" as well as any.
CREATED = dt.datetime(2026, 1, 1, 8, 0, 0)


def write_sheets(folder: Path, sheets: Sequence[Sheet]) -> list[str]:
    """Write all files of one period under a folder; return their names. ``sheets`` is sorted by file."""
    written = []
    for file, group in groupby(sheets, key=lambda sheet: sheet.file):
        parts = list(group)
        if parts[0].format == "xlsx":
            write_workbook(folder / file, parts)
        else:
            atomic.write_bytes(folder / file, _csv_bytes(parts[0]))
        written.append(file)
    return written


def write_workbook(destination: Path, sheets: Sequence[Sheet]) -> None:
    """One workbook with its sheets in order."""
    with atomic.atomic_path(destination) as temporary:
        # No temporary files of its own: what is half-written lies only in the path that ``atomic`` removes.
        options = {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
        book = xlsxwriter.Workbook(str(temporary), options)
        book.set_properties({"title": "演示数据", "author": "", "created": CREATED})
        date_format = book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            line = 0
            for title in sheet.titles:
                page.write_string(line, 0, title, bold)
                line += 1
            for column, text in enumerate(sheet.header):
                page.write_string(line, column, text, bold)
            for offset, cells in enumerate([*sheet.rows, *sheet.footers], start=1):
                _write_row(page, line + offset, cells, date_format)
        book.close()


def _write_row(page: Any, line: int, cells: list[Any], date_format: Any) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, str):
            if cell:
                page.write_string(line, column, cell)
        elif isinstance(cell, dt.date):
            page.write_datetime(line, column, dt.datetime(cell.year, cell.month, cell.day), date_format)
        elif cell is not None:
            page.write_number(line, column, cell)


def _csv_bytes(sheet: Sheet) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerows([sheet.header, *sheet.rows, *sheet.footers])
    return buffer.getvalue().encode(ENCODINGS[sheet.format])


def write_notice(destination: Path, name: str, lines: Sequence[str]) -> None:
    """A letter that holds no table at all, as offices send along."""
    write_workbook(destination, [Sheet("", name, "", "xlsx", list(lines), [], [], [])])
