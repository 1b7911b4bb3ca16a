"""Files that would crash, hang or fill the memory of a trusting reader: each ends in one clear line."""

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from xlwt.CompoundDoc import XlsDoc

from pipelines import ingest
from pipelines.clean import clean_period
from pipelines.ingest import problems, readers
from pipelines.ingest.readers import RawSheet, Unreadable, read_sheets
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from tests.clean.material import SCHOOL, csv_text, put


Q3 = Period(2026, 3)
SHEET = "xl/worksheets/sheet1.xml"


def workbook(rows: list[list[str]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """A workbook with one of its parts replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            new.writestr(entry.filename, part if entry.filename == name else old.read(entry))
    return buffer.getvalue()


def sheet_xml(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_zip_bomb_is_refused_by_its_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = with_part(workbook([["甲"]]), SHEET, b" " * 80_000_000)
    assert len(bomb) < 200_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("a part was unpacked"))
    with pytest.raises(Unreadable, match="解压后"):
        read_sheets(bomb)


def test_a_directory_that_lies_about_sizes_is_damage() -> None:
    content = bytearray(with_part(workbook([["甲"]]), SHEET, b" " * 80_000_000))
    place = content.find(b"PK\x01\x02")
    while content[place + 46 : place + 46 + len(SHEET)] != SHEET.encode():
        place = content.find(b"PK\x01\x02", place + 4)
    content[place + 24 : place + 28] = struct.pack("<I", 1000)
    with pytest.raises(Unreadable, match="损坏"):
        read_sheets(bytes(content))


def test_a_million_empty_styled_rows_cost_nothing() -> None:
    empty = "".join(
        f'<row r="{n}" s="1" customFormat="1"><c r="A{n}" s="1"/></row>' for n in range(3, 400_003)
    )
    rows = f'<row r="1">{text_cell("A1", "甲")}</row><row r="2">{text_cell("A2", "乙")}</row>{empty}'
    (sheet,) = read_sheets(with_part(workbook([["甲"]]), SHEET, sheet_xml(rows)))
    assert sheet.rows == [["甲"], ["乙"]]


def test_ten_thousand_columns_are_read() -> None:
    (sheet,) = read_sheets(workbook([[str(n) for n in range(10_000)]] * 2))
    assert len(sheet.rows) == 2 and sheet.rows[1][9_999] == "9999"


@pytest.mark.parametrize("place", ["XFD1048576", "ZZ1048576", "A1048576"])
def test_far_cells_are_refused_by_the_block_they_would_need(place: str) -> None:
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    rows = f'<row r="1">{text_cell("A1", "甲")}</row><row r="{row}">{text_cell(place, "乙")}</row>'
    content = with_part(workbook([["甲"]]), SHEET, sheet_xml(rows))
    if place.startswith("A"):
        assert read_sheets(content)[0].rows[-1] == ["乙"]
    else:
        with pytest.raises(Unreadable, match="范围过大"):
            read_sheets(content)


def ods(rows: str, manifest: str = "") -> bytes:
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    body = (
        f'<office:document-content {names} xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:'
        f'xmlns:calcext:1.0"><office:body><office:spreadsheet><table:table table:name="表">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", body)
        archive.writestr("META-INF/manifest.xml", f"<manifest:manifest>{manifest}</manifest:manifest>")
    return buffer.getvalue()


def ods_cell(text: str, attributes: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {attributes}><text:p>{text}</text:p></table:table-cell>'


def test_cells_of_an_ods_that_repeat_without_end_are_refused() -> None:
    wide = ods_cell("甲", 'table:number-columns-repeated="16384"')
    with pytest.raises(Unreadable, match="范围过大"):
        read_sheets(ods(f'<table:table-row table:number-rows-repeated="1048576">{wide}</table:table-row>'))


def test_hidden_rows_and_errors_of_an_ods() -> None:
    error = '<table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
    rows = (
        f"<table:table-row>{ods_cell('甲')}{ods_cell('乙')}</table:table-row>"
        f'<table:table-row table:visibility="collapse">{ods_cell("丙")}{error}</table:table-row>'
    )
    (sheet,) = read_sheets(ods(rows))
    assert sheet.rows == [["甲", "乙"], ["丙", "#N/A"]] and sheet.hidden_rows == (2,)


def test_entities_in_an_ods_are_refused() -> None:
    content = ods(f"<table:table-row>{ods_cell('甲')}</table:table-row>")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        body = archive.read("content.xml")
    laughs = b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 10_000 + b'">]>'
    with pytest.raises(Unreadable, match="损坏"):
        read_sheets(with_part(content, "content.xml", laughs + body))


def encrypted(content: bytes) -> bytes:
    """A workbook locked as Office does it: AES-encrypted package in an OLE container."""
    padded = content.ljust(-(-len(content) // 16) * 16, b"\0")
    cipher = Cipher(algorithms.AES(bytes(range(32))), modes.CBC(bytes(16))).encryptor()
    package = struct.pack("<Q", len(content)) + cipher.update(padded) + cipher.finalize()
    buffer = io.BytesIO()
    XlsDoc().save(buffer, package.ljust(4096, b"\0"))
    wide = lambda name: name.encode("utf-16-le").ljust(64, b"\0")
    old, new = wide("Workbook") + b"\x12\x00", wide("EncryptedPackage") + b"\x22\x00"
    assert buffer.getvalue().count(old) == 1
    return buffer.getvalue().replace(old, new)


def locked_xls() -> bytes:
    """BIFF8 globals with a FILEPASS record: what follows cannot be read."""
    record = lambda kind, body: struct.pack("<HH", kind, len(body)) + body
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    return begin + record(0x002F, struct.pack("<HHHH", 1, 1, 1, 1) + bytes(range(48))) + record(0x000A, b"")


@pytest.mark.parametrize(
    "content",
    [
        encrypted(workbook([["甲"]])),
        locked_xls(),
        ods(
            "", '<manifest:file-entry><manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>'
        ),
    ],
    ids=["xlsx", "xls", "ods"],
)
def test_passwords_are_told(content: bytes) -> None:
    with pytest.raises(Unreadable, match="密码"):
        read_sheets(content)


@pytest.fixture
def school(settings: Settings) -> Path:
    contract = load_contract(settings.paths.reference)
    return put(settings, "学校.csv", csv_text(contract, "school", [SCHOOL]))


def test_a_file_that_changes_while_it_is_read_is_not_used(
    settings: Settings, school: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_change(content: bytes) -> list[RawSheet]:
        stamp = school.stat()
        school.write_bytes(content.replace("乡村".encode(), "城区".encode()))
        os.utime(
            school, ns=(stamp.st_atime_ns, stamp.st_mtime_ns)
        )  # same size, same time: only the bytes tell
        return readers.read_sheets(content)

    monkeypatch.setattr(ingest, "read_sheets", read_and_change)
    result = clean_period(settings, "county", Q3)
    assert result.problems == [("学校.csv", problems.CHANGED)] and not result.tables


def test_a_file_that_vanishes_while_it_is_read_is_told(
    settings: Settings, school: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_remove(content: bytes) -> list[RawSheet]:
        school.unlink()
        return readers.read_sheets(content)

    monkeypatch.setattr(ingest, "read_sheets", read_and_remove)
    assert clean_period(settings, "county", Q3).problems == [("学校.csv", problems.CHANGED)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.binary(max_size=600),
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<", b"\x09\x08"]),
)
def test_any_bytes_are_read_or_refused(content: bytes, start: bytes) -> None:
    try:
        sheets = read_sheets(start + content)
    except Unreadable as refused:
        assert str(refused).endswith("。")
    else:
        assert all(isinstance(row, list) for sheet in sheets for row in sheet.rows)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.lists(st.text(alphabet="甲1,\t;\"'\n |", max_size=5), min_size=2, max_size=4),
        min_size=1,
        max_size=6,
    )
)
def test_any_delimited_text_keeps_its_lines(rows: list[list[str]]) -> None:
    text = "\r\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    try:
        (sheet,) = read_sheets(text.encode("gb18030"))
    except Unreadable:
        return
    assert len(sheet.rows) >= 1


XML_PIECES = ["<row r=\"2\" hidden=\"1\">", "<row>", "</row>", "<c r=\"A1\" t=\"e\"><v>#N/A</v></c>", "<c r=\"ZZZ9\">", "<c", "</c>",
              "<v>1</v>", "<mergeCell ref=\"A1:B2\"/>", "&", "<row r=\"99999999999\">", "<c r=\"B3\" t=\"s\"><v>9</v></c>"]  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(XML_PIECES), max_size=12))
def test_any_sheet_of_xml_is_read_or_refused(pieces: list[str]) -> None:
    content = with_part(workbook([["甲"]]), SHEET, sheet_xml("".join(pieces)))
    try:
        read_sheets(content)
    except Unreadable as refused:
        assert str(refused).endswith("。")
