"""Hidden rows and merged cells of an .xls: its row records, which xlrd reads only together with all formats."""

import io
import struct


_BOF, _EOF, _SHEET, _ROW, _MERGED = 0x0809, 0x000A, 0x0085, 0x0208, 0x00E5
_HIDDEN = 0x20
Extras = dict[int, tuple[tuple[int, ...], tuple[tuple[int, int, int], ...]]]


def hidden_and_merged(content: bytes) -> Extras:
    """Sheet number → (Excel numbers of hidden rows, merged blocks); empty where the records do not say.

    Only for the report: whatever is wrong with the records, the cells have been read already.
    """
    try:
        return _by_sheet(_stream(content))
    except Exception:  # noqa: BLE001 - damage shows as anything from AssertionError to struct.error
        return {}


def _stream(content: bytes) -> bytes:
    """The workbook stream of an OLE container, or the content itself."""
    if not content.startswith(b"\xd0\xcf\x11\xe0"):
        return content
    from xlrd.compdoc import CompDoc

    container = CompDoc(content, logfile=io.StringIO())
    for name in ("Workbook", "Book"):
        memory, base, length = container.locate_named_stream(name)
        if memory:
            return bytes(memory[base : base + length])
    return b""


def _by_sheet(stream: bytes) -> Extras:
    starts: list[int] = []
    hidden: dict[int, list[int]] = {}
    merged: dict[int, list[tuple[int, int, int]]] = {}
    place, current = 0, -1
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        body = place + 4
        if kind == _BOF:
            current = place
        elif kind == _SHEET:
            starts.append(struct.unpack_from("<I", stream, body)[0])
        elif kind == _ROW and length >= 14 and stream[body + 12] & _HIDDEN:
            hidden.setdefault(current, []).append(struct.unpack_from("<H", stream, body)[0] + 1)
        elif kind == _MERGED:
            (count,) = struct.unpack_from("<H", stream, body)
            for number in range(count):
                first, last, column, _ = struct.unpack_from("<4H", stream, body + 2 + 8 * number)
                if last > first:
                    merged.setdefault(current, []).append((first, last, column))
        place = body + length
    return {
        number: (tuple(hidden.get(start, ())), tuple(merged.get(start, ())))
        for number, start in enumerate(starts)
    }
