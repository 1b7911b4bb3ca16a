"""What a workbook's zip says before and beside the cells: its true size, far cells, hidden rows, formula errors.

The reader of cells trusts a file: it unpacks whatever is inside, reserves memory for every cell up to the farthest,
and gives an empty cell for #N/A. So the parts are first looked through as bytes, in pieces, without parsing XML.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines.ingest.problems import (
    BOMB,
    DAMAGED,
    MAX_CELLS,
    MAX_PARTS,
    MAX_RATIO,
    MAX_UNPACKED,
    PASSWORD,
    RATIO_FROM,
    TOO_WIDE,
    Unreadable,
)


_PIECE = 4_000_000
_WIDEST_ROW = 60_000_000  # bytes without a row's end: no sheet of a school
_ROW_NUMBER = re.compile(rb'<row [^>]*?\br="(\d{1,7})"')
_HIDDEN_ROW = re.compile(rb'<row (?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="(\d{1,7})"')
_ERROR = re.compile(
    rb'<c (?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>(?:(?!</c>).)*?<v>([^<]{1,20})</v>',
    re.DOTALL,
)
_FAR = re.compile(rb'<c r="[A-Z]{3}\d+"[^>]*[^/>]>')
_FILLED = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*[^/>]>')
_BEYOND = (
    (26, re.compile(rb'<c r="[A-Z]{2}\d+"[^>]*[^/>]>')),
    (52, re.compile(rb'<c r="[B-Z][A-Z]\d+"[^>]*[^/>]>')),
)
_LAST_NARROW = 702  # column ZZ
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(rb"<Relationship\s([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_EPOCH = re.compile(rb'<(?:\w+:)?workbookPr\s[^>]*\bdate1904="(?:1|true)"')


@dataclass
class SheetNotes:
    """Beside the cells of one sheet: hidden rows (Excel numbers), error cells as (row, column from 0) → #N/A."""

    hidden_rows: list[int] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass
class Archive:
    """What was seen in a workbook: notes by sheet number (from 0), and whether dates count from 1904."""

    notes: dict[int, SheetNotes] = field(default_factory=dict)
    epoch_1904: bool = False


def inspect(content: bytes) -> Archive:
    """Look through the zip of an xlsx, xlsm, xlsb or ods; Unreadable if it must not be opened."""
    found = Archive()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            refuse_bombs(archive, len(content))
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                found.epoch_1904 = bool(_EPOCH.search(archive.read("xl/workbook.xml")))
            seen = {
                name: _look_through(archive, name)
                for name in sorted(names)
                if name.startswith("xl/worksheets/") and name.endswith(".xml")
            }
            if any(notes.hidden_rows or notes.errors for notes in seen.values()):
                found.notes = {
                    number: seen[name] for number, name in enumerate(_sheet_parts(archive)) if name in seen
                }
            if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read(
                "META-INF/manifest.xml"
            ):
                raise Unreadable(PASSWORD)
    except (
        zipfile.BadZipFile,
        OSError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        KeyError,
    ) as error:
        raise Unreadable(DAMAGED) from error
    except Exception as error:
        if type(error).__module__ in ("zlib", "lzma") or type(error).__name__ in ("error", "LZMAError"):
            raise Unreadable(DAMAGED) from error
        raise
    return found


def refuse_bombs(archive: zipfile.ZipFile, packed: int) -> None:
    """Refuse by the directory alone. A directory that lies is found out by the checksum of the first part that is read."""
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable(PASSWORD)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
        raise Unreadable(BOMB)
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * packed:
        raise Unreadable(BOMB)


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part in pieces that end with a whole row (but for the last)."""
    rest = b""
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            piece = rest + piece
            cut = piece.rfind(b"<row ")
            if cut <= 0:
                rest = piece
                if len(rest) > _WIDEST_ROW:
                    raise Unreadable(TOO_WIDE)
                continue
            yield piece[:cut]
            rest = piece[cut:]
    yield rest


def _look_through(archive: zipfile.ZipFile, name: str) -> SheetNotes:
    """Hidden rows and error cells of a sheet; Unreadable if its cells lie too far apart."""
    notes = SheetNotes()
    last, far = 0, False
    for piece in _pieces(archive, name):
        if b"hidden=" in piece:
            notes.hidden_rows += [int(number) for number in _HIDDEN_ROW.findall(piece)]
        if b't="e"' in piece:
            for letters, row, text in _ERROR.findall(piece):
                notes.errors[int(row), _column(letters)] = text.decode("ascii", "replace")
        far = far or _FAR.search(piece) is not None
        last = _last_row(piece) or last
    # Only where the block could be too large at all is its width looked at, and exactly only if it must be.
    suspect = far or (last * _LAST_NARROW > MAX_CELLS and _block(archive, name, True) > MAX_CELLS)
    if suspect and _block(archive, name, False) > MAX_CELLS:
        raise Unreadable(TOO_WIDE)
    return notes


def _last_row(piece: bytes) -> int:
    start = piece.rfind(b"<row ")
    found = _ROW_NUMBER.search(piece, start) if start >= 0 else None
    return int(found[1]) if found else 0


def _block(archive: zipfile.ZipFile, name: str, rough: bool) -> int:
    """Cells from A1 to the farthest filled one: the block a reader would reserve (``rough``: at most so many)."""
    depth = width = 0
    for piece in _pieces(archive, name):
        if not _FILLED.search(piece):
            continue  # a million styled rows without content cost nothing
        if rough and (bound := next((w for w, wider in _BEYOND if not wider.search(piece)), _LAST_NARROW)):
            depth, width = max(depth, _last_row(piece)), max(width, bound)
            continue
        for letters, row in _FILLED.findall(piece):
            depth, width = max(depth, int(row)), max(width, _column(letters) + 1)
    return depth * width


def _column(letters: bytes) -> int:
    """A → 0, ZZ → 701."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _sheet_parts(archive: zipfile.ZipFile) -> list[str]:
    """The part of each sheet in the order of the workbook; empty where the workbook does not say it plainly."""
    try:
        book = archive.read("xl/workbook.xml")
        relations = archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return []
    attributes = lambda found: dict(_ATTRIBUTE.findall(found.decode("utf-8", "replace")))
    targets = {a.get("Id", ""): a.get("Target", "") for a in map(attributes, _RELATION.findall(relations))}
    parts = []
    for sheet in map(attributes, _SHEET.findall(book)):
        target = targets.get(next((value for key, value in sheet.items() if key.endswith(":id")), ""), "")
        parts.append(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
    return parts
