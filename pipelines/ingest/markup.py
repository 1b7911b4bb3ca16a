"""HTML and SpreadsheetML tables that some systems save under the name .xls."""

from html.parser import HTMLParser
from typing import Any

from pipelines.ingest.cells import normal_cell


_ROW = {"tr", "row"}
_CELL = {"td", "th", "cell"}
_TABLE = {"table", "worksheet"}


class _TableParser(HTMLParser):
    """Collects rows of cells; element names of HTML and SpreadsheetML do not clash."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[str, list[list[Any]]]] = []
        self._row: list[Any] | None = None
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = tag.removeprefix("ss:")
        values = {name.removeprefix("ss:"): value or "" for name, value in attrs}
        if tag == "worksheet" or (tag == "table" and not (self.tables and self._named)):
            self.tables.append((values.get("name", "") if tag == "worksheet" else "", []))
        elif tag in _ROW:
            self._end_row()
            self._row = []
            self._pad_rows(values.get("index", ""))
        elif tag in _CELL and self._row is not None:
            self._end_cell()
            self._cell = []
            if values.get("index", "").isdigit():
                self._row.extend([None] * (min(int(values["index"]), 16384) - 1 - len(self._row)))
            span = values.get("colspan", "1")
            self._span = min(int(span), 1000) if span.isdigit() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    @property
    def _named(self) -> bool:
        """SpreadsheetML has a Table inside each Worksheet; the worksheet has already been opened."""
        return bool(self.tables[-1][0]) and not self.tables[-1][1]

    def _pad_rows(self, index: str) -> None:
        if self.tables and index.isdigit():
            rows = self.tables[-1][1]
            rows.extend([] for _ in range(min(int(index), 1_048_576) - 1 - len(rows)))

    def handle_endtag(self, tag: str) -> None:
        tag = tag.removeprefix("ss:")
        if tag in _CELL:
            self._end_cell()
        elif tag in _ROW or tag in _TABLE:
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._row.append(normal_cell("".join(self._cell).strip()))
            self._row.extend([None] * (self._span - 1))
        self._cell, self._span = None, 1

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None and self.tables:
            self.tables[-1][1].append(self._row)
        self._row = None


def read_markup(text: str) -> list[tuple[str, list[list[Any]]]]:
    """(sheet name, rows) of every table in an HTML page or SpreadsheetML workbook; cells are text."""
    parser = _TableParser()
    parser.feed(text)
    parser.close()
    return [(name, rows) for name, rows in parser.tables if rows]
