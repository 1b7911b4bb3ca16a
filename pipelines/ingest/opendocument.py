"""What an ods says beside its cells: how far repeated cells reach, hidden rows, formula errors."""

import io
import zipfile
from xml.parsers import expat

from pipelines.ingest.archive import Archive, SheetNotes, refuse_bombs
from pipelines.ingest.problems import DAMAGED, MAX_CELLS, PASSWORD, TOO_WIDE, Unreadable


_MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"


def inspect_ods(content: bytes) -> Archive | None:
    """Look through an ods; None if the zip is something else. Unreadable if it must not be opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "content.xml" not in names or "xl/workbook.xml" in names:
                return None
            refuse_bombs(archive, len(content))
            if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read(
                "META-INF/manifest.xml"
            ):
                raise Unreadable(PASSWORD)
            scan = _Scan()
            with archive.open("content.xml") as part:
                while piece := part.read(1_000_000):
                    scan.parser.Parse(piece, False)
            scan.parser.Parse(b"", True)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(DAMAGED) from error
    return Archive(scan.notes)


class _Scan:
    """Follows tables, rows and cells; a cell that repeats counts as often as it repeats."""

    def __init__(self) -> None:
        self.notes: dict[int, SheetNotes] = {}
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        # Declared entities are how XML bombs are made; no office program writes any.
        self.parser.EntityDeclHandler = self._refuse
        self._sheet, self._row, self._column = -1, 0, 0
        self._row_repeats, self._hidden, self._width, self._depth = 1, False, 0, 0

    @staticmethod
    def _refuse(*_: object) -> None:
        raise Unreadable(DAMAGED)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._sheet += 1
            self.notes[self._sheet] = SheetNotes()
            self._row, self._width, self._depth = 0, 0, 0
        elif name == "table:table-row":
            self._row_repeats = _times(attributes, "table:number-rows-repeated")
            self._hidden = attributes.get("table:visibility", "visible") != "visible"
            self._column = 0
        elif name in ("table:table-cell", "table:covered-table-cell"):
            times = _times(attributes, "table:number-columns-repeated")
            if "office:value-type" in attributes or "calcext:value-type" in attributes:
                self._fill(times, attributes)
            self._column += times

    def _fill(self, times: int, attributes: dict[str, str]) -> None:
        self._width = max(self._width, self._column + times)
        self._depth = self._row + self._row_repeats
        if self._width * self._depth > MAX_CELLS:
            raise Unreadable(TOO_WIDE)
        notes = self.notes[self._sheet]
        if attributes.get("calcext:value-type") == "error" and self._row_repeats * times <= 1000:
            for row in range(self._row_repeats):
                for column in range(times):
                    notes.errors[self._row + row + 1, self._column + column] = "#N/A"
        if self._hidden and self._row + 1 not in notes.hidden_rows[-1:]:
            notes.hidden_rows += range(self._row + 1, self._row + 1 + min(self._row_repeats, 100_000))

    def _end(self, name: str) -> None:
        if name == "table:table-row":
            self._row += self._row_repeats


def _times(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return max(1, int(text)) if text.isdigit() and len(text) < 10 else 1
