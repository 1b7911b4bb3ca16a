"""Workbooks → sheets of rows.

python-calamine reads xlsx, xlsm, xlsb and ods. Every .xls goes to xlrd, for two reasons: calamine turns the Chinese
text of BIFF5 workbooks (code page 936) into rubbish without an error, and a damaged .xls can make it ask for hundreds
of gigabytes, which ends the whole process; in xlrd damage is an ordinary exception. (Damage to an xlsx is caught by
the checksums of its zip.)
"""

import io
from typing import Any

import python_calamine as calamine

from pipelines.ingest.archive import Archive, SheetNotes, inspect
from pipelines.ingest.cells import normal_cell, plain_rows
from pipelines.ingest.opendocument import inspect_ods
from pipelines.ingest.problems import DAMAGED, MAX_CELLS, PASSWORD, TOO_WIDE, Unreadable
from pipelines.ingest.records import hidden_and_merged
from pipelines.ingest.sheet import RawSheet


_MANY_MERGES = 200_000


def read_zip(content: bytes) -> list[RawSheet]:
    """The sheets of an xlsx, xlsm, xlsb or ods, looked through before they are opened."""
    archive = inspect_ods(content) or inspect(content)
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            return [_calamine_sheet(book, index, archive) for index in range(len(book.sheet_names))]
    except calamine.PasswordError as error:
        raise Unreadable(PASSWORD) from error
    except Unreadable:
        raise
    except BaseException as error:
        # Damaged files can make the Rust reader panic; that exception is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise Unreadable(DAMAGED) from None


def _calamine_sheet(book: calamine.CalamineWorkbook, index: int, archive: Archive) -> RawSheet:
    meta = book.sheets_metadata[index]
    if meta.typ != calamine.SheetTypeEnum.WorkSheet:
        return RawSheet(meta.name, [])
    sheet = book.get_sheet_by_index(index)
    if sheet.height * sheet.width > MAX_CELLS:
        raise Unreadable(TOO_WIDE)
    top, left = sheet.start or (0, 0)
    rows = plain_rows(sheet.to_python(skip_empty_area=True))
    notes = archive.notes.get(index, SheetNotes())
    for (row, column), text in notes.errors.items():
        _put(rows, row - 1 - top, column - left, text)
    return RawSheet(
        meta.name,
        rows,
        top + 1,
        meta.visible != calamine.SheetVisibleEnum.Visible,
        tuple(notes.hidden_rows),
        _merged(sheet, top, left),
        archive.epoch_1904,
    )


def _put(rows: list[list[Any]], row: int, column: int, text: str) -> None:
    """An error's text into the cell that the reader left empty."""
    if 0 <= row < len(rows) and 0 <= column < len(rows[row]) and rows[row][column] is None:
        rows[row][column] = text


def _merged(sheet: Any, top: int, left: int) -> tuple[tuple[int, int, int], ...]:
    ranges = sheet.merged_cell_ranges or []
    return tuple(
        (first[0] - top, last[0] - top, first[1] - left)
        for first, last in ranges[:_MANY_MERGES]
        if last[0] > first[0] and first[0] >= top and first[1] >= left
    )


def read_ole(content: bytes) -> list[RawSheet]:
    """An OLE container: an encrypted xlsx, or a workbook of BIFF5 or BIFF8 (.xls)."""
    stream = lambda name: name.encode("utf-16-le") in content
    if stream("EncryptedPackage") and not stream("Workbook"):
        raise Unreadable(PASSWORD)
    return read_xls(content)


def read_xls(content: bytes) -> list[RawSheet]:
    """BIFF2–8: xlrd honours the code page; old files without one are taken for Chinese."""
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO())
        if book.biff_version < 80 and book.codepage in (None, 1252, 367):
            book = xlrd.open_workbook(
                file_contents=content, logfile=io.StringIO(), encoding_override="gb18030"
            )
        extras = hidden_and_merged(content)
        return [
            RawSheet(
                sheet.name,
                _xlrd_rows(sheet, book.datemode),
                1,
                sheet.visibility != 0,
                *extras.get(number, ((), ())),
                epoch_1904=book.datemode == 1,
            )
            for number, sheet in enumerate(book.sheets())
        ]
    except Exception as error:  # noqa: BLE001 - xlrd raises anything from AssertionError to struct.error on damage
        if "encrypt" in str(error).lower() or "password" in str(error).lower():
            raise Unreadable(PASSWORD) from None
        raise Unreadable(DAMAGED) from None


def _xlrd_rows(sheet: Any, datemode: int) -> list[list[Any]]:
    import xlrd

    def value(cell: Any) -> Any:
        if cell.ctype == xlrd.XL_CELL_DATE:
            try:
                return xlrd.xldate_as_datetime(cell.value, datemode)
            except (ValueError, OverflowError):
                return cell.value
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return xlrd.error_text_from_code.get(cell.value, "#N/A")
        return None if cell.ctype in (xlrd.XL_CELL_BLANK, xlrd.XL_CELL_EMPTY) else cell.value

    return [[normal_cell(value(cell)) for cell in sheet.row(index)] for index in range(sheet.nrows)]
