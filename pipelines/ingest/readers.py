"""Bytes of a received file → sheets of rows, whatever the file's name claims to be.

python-calamine reads xlsx, xlsb and ods. Every .xls goes to xlrd, for two reasons: calamine turns the Chinese text
of BIFF5 workbooks (code page 936) into rubbish without an error, and a damaged .xls can make it ask for hundreds of
gigabytes, which ends the whole process; in xlrd damage is an ordinary exception. (Damage to an xlsx is caught by the
checksums of its zip.) Text is UTF-8, UTF-16 with BOM, or GB18030.
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

import python_calamine as calamine

from pipelines.ingest.cells import normal_cell
from pipelines.ingest.markup import read_markup


MAX_CELLS = 30_000_000  # a county's largest sheet has some 7 million
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RAW_BIFF = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_FAR_CELL = re.compile(rb'<c r="[A-Z]{3}\d+"[^>]*[^/>]>')
_TOO_WIDE = "工作表范围过大（有内容的单元格离得太远）。请删除表格以外的内容后另存再放入。"
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


class Unreadable(Exception):
    """A file that cannot be read; the message is for the analyst (Chinese) and never quotes content."""


@dataclass(frozen=True)
class RawSheet:
    """One sheet: its name ("" for text files), its rows, and the Excel row number of the first of them."""

    name: str
    rows: list[list[Any]]
    first_row: int = 1
    hidden: bool = False


def read_sheets(content: bytes) -> list[RawSheet]:
    """All sheets of a file that hold anything; Unreadable if it is empty, damaged, encrypted or no table file."""
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise Unreadable("文件是空的。请重新导出后再放入。")
    if content.startswith(b"PK"):
        return _read_calamine(content)
    if content.startswith(_OLE):
        return _read_ole(content)
    if content.startswith(_RAW_BIFF):
        return _read_xlrd(content)
    text = _decode(content)
    if text.lstrip().startswith("<"):
        sheets = [RawSheet(name, rows) for name, rows in read_markup(text)]
        if not sheets:
            raise Unreadable("文件里没有表格。请用 Excel 打开后另存为 .xlsx 再放入。")
        return sheets
    return [RawSheet("", _read_delimited(text))]


def _read_ole(content: bytes) -> list[RawSheet]:
    """An OLE container: an encrypted xlsx, or a workbook of BIFF5 or BIFF8 (.xls)."""
    stream = lambda name: name.encode("utf-16-le") in content
    if stream("EncryptedPackage") and not stream("Workbook"):
        raise Unreadable("文件设有密码，打不开。请去掉密码后另存再放入。")
    return _read_xlrd(content)


def _refuse_far_cells(content: bytes) -> None:
    """Refuse an xlsx with a filled cell past column ZZ: the reader would reserve memory for all cells before it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and _FAR_CELL.search(archive.read(name)):
                raise Unreadable(_TOO_WIDE)


def _read_calamine(content: bytes) -> list[RawSheet]:
    try:
        _refuse_far_cells(content)
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            return [_calamine_sheet(book, index) for index in range(len(book.sheet_names))]
    except calamine.PasswordError as error:
        raise Unreadable("文件设有密码，打不开。请去掉密码后另存再放入。") from error
    except Unreadable:
        raise
    except BaseException as error:
        # Damaged files can make the Rust reader panic; that exception is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise Unreadable("文件已损坏或不是表格文件，打不开。请用 Excel 打开后另存为 .xlsx 再放入。") from None


def _calamine_sheet(book: calamine.CalamineWorkbook, index: int) -> RawSheet:
    meta = book.sheets_metadata[index]
    if meta.typ != calamine.SheetTypeEnum.WorkSheet:
        return RawSheet(meta.name, [])
    sheet = book.get_sheet_by_index(index)
    if sheet.height * sheet.width > MAX_CELLS:
        raise Unreadable(_TOO_WIDE)
    start = sheet.start or (0, 0)
    rows = [[normal_cell(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)]
    return RawSheet(meta.name, rows, start[0] + 1, meta.visible != calamine.SheetVisibleEnum.Visible)


def _read_xlrd(content: bytes) -> list[RawSheet]:
    """BIFF2–8: xlrd honours the code page; old files without one are taken for Chinese."""
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO())
        if book.biff_version < 80 and book.codepage in (None, 1252, 367):
            book = xlrd.open_workbook(
                file_contents=content, logfile=io.StringIO(), encoding_override="gb18030"
            )
        return [
            RawSheet(sheet.name, _xlrd_rows(sheet, book.datemode), 1, sheet.visibility != 0)
            for sheet in book.sheets()
        ]
    except Exception as error:  # noqa: BLE001 - xlrd raises anything from AssertionError to struct.error on damage
        if "encrypt" in str(error).lower() or "password" in str(error).lower():
            raise Unreadable("文件设有密码，打不开。请去掉密码后另存再放入。") from None
        raise Unreadable("文件已损坏或不是表格文件，打不开。请用 Excel 打开后另存为 .xlsx 再放入。") from None


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
        return (
            None if cell.ctype in (xlrd.XL_CELL_ERROR, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_EMPTY) else cell.value
        )

    return [[normal_cell(value(cell)) for cell in sheet.row(index)] for index in range(sheet.nrows)]


def _decode(content: bytes) -> str:
    """BOM, else strict UTF-8, else strict GB18030 (which holds GBK and GB 2312)."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if marked else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
    raise Unreadable("不是能识别的表格文件（Excel 或 CSV）。请另存为 .xlsx 再放入。")


def _read_delimited(text: str) -> list[list[Any]]:
    """CSV or TSV; the delimiter is the commonest candidate of the first lines."""
    head = "\n".join(text.splitlines()[:20])
    delimiter = max(",\t;，", key=lambda mark: (head.count(mark), mark == ","))
    limit = csv.field_size_limit(10_000_000)
    try:
        # Excel saves CSV rows with \r\n; the reader needs them untouched to keep line breaks inside cells.
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [[normal_cell(cell) for cell in row] for row in reader]
    except csv.Error:
        raise Unreadable(
            "CSV 文件的引号或分隔符有误，读不了。请用 Excel 打开后另存为 .xlsx 再放入。"
        ) from None
    finally:
        csv.field_size_limit(limit)
