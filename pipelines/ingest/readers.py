"""Bytes of a received file → sheets of rows, whatever the file's name claims to be.

Workbooks go to ``workbooks``; text is UTF-8, UTF-16 with BOM, or GB18030, and holds a delimited table, an HTML page or
SpreadsheetML.
"""

import csv
import io
import re
from typing import Any

from pipelines.ingest.cells import plain_rows
from pipelines.ingest.markup import read_markup
from pipelines.ingest.problems import (
    BAD_CSV,
    EMPTY,
    MAX_CELLS,
    MAX_TEXT_BYTES,
    NO_TABLE,
    TEXT_TOO_LARGE,
    TOO_WIDE,
    UNKNOWN,
    Unreadable,
)
from pipelines.ingest.sheet import RawSheet
from pipelines.ingest.workbooks import read_ole, read_xls, read_zip


__all__ = ["RawSheet", "Unreadable", "read_sheets"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RAW_BIFF = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKS = ",\t;，；|"


def read_sheets(content: bytes) -> list[RawSheet]:
    """All sheets of a file that hold anything; Unreadable if it is empty, damaged, encrypted or no table file."""
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise Unreadable(EMPTY)
    if content.startswith(b"PK"):
        return read_zip(content)
    if content.startswith(_OLE):
        return read_ole(content)
    if content.startswith(_RAW_BIFF):
        return read_xls(content)
    if len(content) > MAX_TEXT_BYTES:
        raise Unreadable(TEXT_TOO_LARGE)
    text = _decode(content)
    if text.lstrip().startswith("<"):
        sheets = [RawSheet(name, rows) for name, rows in read_markup(text)]
        if not sheets:
            raise Unreadable(NO_TABLE)
        return sheets
    return [RawSheet("", _read_delimited(text))]


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
    raise Unreadable(UNKNOWN)


def _delimiter(text: str) -> str:
    """The mark that splits the first lines most evenly: commas inside an address must not beat the tabs."""
    lines = [line for line in text[:200_000].splitlines()[:20] if line.strip()]

    def score(mark: str) -> tuple[int, int, int]:
        counts = [line.count(mark) for line in lines]
        usual = max(counts, key=lambda n: (counts.count(n) if n else 0, n), default=0)
        return (counts.count(usual) if usual else 0, usual, -_MARKS.index(mark))

    return max(_MARKS, key=score)


def _read_delimited(text: str) -> list[list[Any]]:
    """A delimited table: comma, tab, semicolon (also full-width) or bar."""
    limit = csv.field_size_limit(10_000_000)
    rows: list[list[Any]] = []
    cells = 0
    try:
        # Excel saves CSV rows with \r\n; the reader needs them untouched to keep line breaks inside cells.
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            cells += len(row)
            if cells > MAX_CELLS:
                raise Unreadable(TOO_WIDE)
            rows.append(row)
        return plain_rows(rows)
    except csv.Error:
        raise Unreadable(BAD_CSV) from None
    finally:
        csv.field_size_limit(limit)
