"""Files as received: formats, encodings, damage; the name's extension never counts."""

import contextlib
import datetime as dt
import io
import struct

import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from xlwt.CompoundDoc import XlsDoc

from pipelines.ingest.readers import Unreadable, read_sheets


ROWS = [["学校标识码", "学校名称"], ["3737000001", "郚山镇第一小学"], ["3737000002", "景芝镇中学"]]


def xlsx(rows: list[list], name: str = "表") -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
    return buffer.getvalue()


def xls(rows: list[list]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("表")
    style = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            sheet.write(i, j, cell, style) if isinstance(cell, dt.date) else sheet.write(i, j, cell)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def text(rows: list[list[str]], separator: str = ",") -> str:
    return "\r\n".join(separator.join(row) for row in rows) + "\r\n"


HTML = "<html><body><table>" + "".join(
    "<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in ROWS
)
XML = (
    '<?xml version="1.0"?><Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
    '<Worksheet ss:Name="表"><Table>'
    + "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in row) + "</Row>"
        for row in ROWS
    )
    + "</Table></Worksheet></Workbook>"
)


@pytest.mark.parametrize(
    "content",
    [
        xlsx(ROWS),
        xls(ROWS),
        text(ROWS).encode("utf-8"),
        text(ROWS).encode("utf-8-sig"),
        text(ROWS).encode("gb18030"),
        text(ROWS, "\t").encode("gb18030"),
        text(ROWS, "\t").encode("utf-16"),
        HTML.encode("utf-8"),
        HTML.encode("gb18030"),
        XML.encode("utf-8"),
    ],
    ids=["xlsx", "xls", "utf8", "bom", "gb18030", "tsv", "utf16", "html", "html-gbk", "spreadsheetml"],
)
def test_every_format_gives_the_same_rows(content: bytes) -> None:
    (sheet,) = read_sheets(content)
    assert sheet.rows == ROWS
    assert sheet.first_row == 1


def test_rare_characters_of_gb18030_survive() -> None:
    (sheet,) = read_sheets("姓名,校\r\n㛃𬎆𬱖,郚\r\n".encode("gb18030"))
    assert sheet.rows[1] == ["㛃𬎆𬱖", "郚"]


def test_row_numbers_count_empty_rows_above() -> None:
    (sheet,) = read_sheets(xlsx([[], [], *ROWS]))
    assert sheet.first_row == 3
    assert sheet.rows == ROWS


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_dates_of_both_epochs(epoch_1904: bool) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "date_1904": epoch_1904}) as book:
        style = book.add_format({"num_format": "yyyy-mm-dd"})
        book.add_worksheet().write_datetime(0, 0, dt.datetime(2026, 9, 1), style)
    assert read_sheets(buffer.getvalue())[0].rows == [[dt.datetime(2026, 9, 1)]]


@pytest.mark.parametrize("filled", [True, False])
def test_a_far_cell_is_refused_only_if_it_holds_something(filled: bool) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "甲")
        if filled:
            sheet.write(1_048_575, 16_383, " ")
        else:
            sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))
    if filled:
        with pytest.raises(Unreadable, match="范围过大"):
            read_sheets(buffer.getvalue())
    else:
        assert read_sheets(buffer.getvalue())[0].rows == [["甲"]]


def test_dates_of_biff8() -> None:
    assert read_sheets(xls([[dt.date(2026, 9, 1)]]))[0].rows == [[dt.datetime(2026, 9, 1)]]


def biff5(rows: list[list[str]], codepage: int | None = 936) -> bytes:
    """A BIFF5 stream by hand: xlwt writes BIFF8 only."""
    record = lambda kind, body: struct.pack("<HH", kind, len(body)) + body
    book = record(0x0809, struct.pack("<HHHH", 0x0500, 0x0005, 0, 0))
    if codepage:
        book += record(0x0042, struct.pack("<H", codepage))
    name = "表".encode("gbk")
    end = record(0x000A, b"")
    start = len(book) + 4 + 7 + len(name) + len(end)
    book += record(0x0085, struct.pack("<IHB", start, 0, len(name)) + name) + end
    sheet = record(0x0809, struct.pack("<HHHH", 0x0500, 0x0010, 0, 0))
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            text = cell.encode("gbk")
            sheet += record(0x0204, struct.pack("<HHHH", i, j, 0, len(text)) + text)
    return book + sheet + end


def in_container(stream: bytes) -> bytes:
    """An OLE file whose workbook stream has the name of BIFF5, "Book"."""
    buffer = io.BytesIO()
    XlsDoc().save(buffer, stream.ljust(4096, b"\0"))
    wide = lambda name: name.encode("utf-16-le").ljust(64, b"\0")
    old, new = wide("Workbook") + b"\x12\x00", wide("Book") + b"\x0a\x00"
    assert buffer.getvalue().count(old) == 1
    return buffer.getvalue().replace(old, new)


@pytest.mark.parametrize("content", [biff5(ROWS), in_container(biff5(ROWS)), biff5(ROWS, None)])
def test_old_workbooks_of_code_page_936(content: bytes) -> None:
    (sheet,) = read_sheets(content)
    assert (sheet.name, sheet.rows) == ("表", ROWS)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "空"),
        (b"\xef\xbb\xbf\r\n", "空"),
        (xlsx(ROWS)[:900], "损坏"),
        (xls(ROWS)[:700], "损坏"),
        (b"PK\x03\x04 not a workbook", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "密码"),
        (bytes(range(256)) * 8, "不是"),
        (b"%PDF-1.7\n\x00\x01\x02\xff\xfe", "不是"),
    ],
    ids=["empty", "bom-only", "cut-xlsx", "cut-xls", "fake-zip", "encrypted", "binary", "pdf"],
)
def test_unreadable_files_say_why(content: bytes, word: str) -> None:
    with pytest.raises(Unreadable, match=word):
        read_sheets(content)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [xlsx(ROWS), xls(ROWS), biff5(ROWS), HTML.encode(), XML.encode(), text(ROWS).encode("gb18030")]
    ),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=8),
    st.integers(0, 10**6),
)
def test_damage_of_any_kind_is_told_or_read_through(
    content: bytes, flips: list[tuple[int, int]], cut: int
) -> None:
    broken = bytearray(content)
    for place, value in flips:
        broken[place % len(broken)] = value
    with contextlib.suppress(Unreadable):
        for sheet in read_sheets(bytes(broken[: len(broken) - cut % len(broken)] if cut % 2 else broken)):
            assert all(isinstance(row, list) for row in sheet.rows)
