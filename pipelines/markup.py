"""The HTML a report is made of. Every text that comes from data passes through ``escape`` exactly once, here.

Both outputs, the HTML page and the PDF, are made from this markup; its classes are styled in
``render/templates``.
"""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipelines import formatting


LIGHTS = {"red": "●", "yellow": "▲", "green": "✓", "grey": "？"}


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text."""
    attribute = f' class="{escape(kind)}"' if kind else ""
    return f"<p{attribute}>{escape(text)}</p>"


def heading(text: str, level: int = 2) -> str:
    """A heading of plain text."""
    return f"<h{level}>{escape(text)}</h{level}>"


def bullets(items: Iterable[str]) -> str:
    """A list of plain texts."""
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def light(colour: str, word: str) -> str:
    """A status word with a mark that does not rely on its colour (red, yellow, green, grey)."""
    return f'<span class="light {escape(colour)}">{LIGHTS[colour]} {escape(word)}</span>'


class Light(NamedTuple):
    """A table cell that shows a status: its colour, and the word that says the same without it."""

    colour: str
    word: str


def box(*parts: str) -> str:
    """A framed section of ready markup."""
    return '<section class="box">' + "".join(parts) + "</section>"


def cell_text(value: object) -> str:
    """A table cell as printed: unknown is 缺报, whole numbers get separators, dates are ISO."""
    if isinstance(value, Light):
        return value.word
    if pd.isna(value):  # type: ignore[call-overload]
        return formatting.MISSING
    if isinstance(value, bool | np.bool_):
        return "是" if value else "否"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, Real) and float(value).is_integer():  # numpy's numbers included
        return formatting.count(float(value))
    return str(value)


def table(
    frame: pd.DataFrame,
    caption: str,
    widths: Sequence[int] | None = None,
    kind: str = "",
    headed: bool = False,
) -> str:
    """A table of the frame's columns as they stand; columns of numbers are right-aligned.

    ``widths`` are percentages, one per column; ``kind`` is a further class (``sortable``, ``matrix``); ``headed`` makes
    the first column the heading of its row. Cells are text: nothing in them is read as markup.
    """
    kinds = ["num" if _is_numeric(frame[name]) else "text" for name in frame.columns]
    colgroup = ""
    if widths:
        colgroup = "<colgroup>" + "".join(f'<col style="width:{w}%">' for w in widths) + "</colgroup>"
    head = "".join(
        f'<th scope="col" class="{align}">{escape(str(name))}</th>'
        for name, align in zip(frame.columns, kinds, strict=True)
    )
    rows = []
    for record in frame.itertuples(index=False):
        cells = [_cell(value, align) for value, align in zip(record, kinds, strict=True)]
        if headed:
            cells[0] = f'<th scope="row" class="text">{escape(cell_text(record[0]))}</th>'
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<table class="{escape(f"data {kind}".strip())}"><caption>{escape(caption)}</caption>{colgroup}'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _cell(value: object, align: str) -> str:
    shown = light(*value) if isinstance(value, Light) else escape(cell_text(value))
    return f'<td class="{align}">{shown}</td>'


def _is_numeric(column: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return True
    shown = [cell_text(value) for value in column]
    # a column of dashes alone may be one of words
    return any(text != formatting.NOT_APPLICABLE for text in shown) and all(map(_number_like, shown))


def _number_like(text: str) -> bool:
    marks = {formatting.MISSING, formatting.NOT_APPLICABLE, formatting.SUPPRESSED, "＊"}
    return text in marks or all(c in "0123456789,.%+-/ 人元次所％✓" for c in text)


def chart(svg: str, caption: str, alt: str, data: pd.DataFrame | None = None) -> str:
    """A figure from SVG text with its caption and the text that stands for it when it cannot be seen.

    ``data`` is what the chart shows, as a table: the page offers it below the chart, folded, and as a download. On
    paper it is left out, because every value stands in the chart itself.
    """
    encoded = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    figure = (
        f'<figure class="chart"><img alt="{escape(alt)}" src="data:image/svg+xml;base64,{encoded}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
    if data is None or data.empty:
        return figure
    shown = table(data, caption)
    return f'{figure}<details class="chart-data"><summary>图中数据</summary>{shown}</details>'
