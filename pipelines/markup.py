"""The HTML a report is made of. Every text that comes from data passes through ``escape`` exactly once, here.

Both outputs, the HTML page and the PDF, are made from this markup; its classes are styled in
``render/templates``.
"""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from numbers import Real

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


def box(*parts: str) -> str:
    """A framed section of ready markup."""
    return '<section class="box">' + "".join(parts) + "</section>"


def cell_text(value: object) -> str:
    """A table cell as printed: unknown is 缺报, whole numbers get separators, dates are ISO."""
    if pd.isna(value):  # type: ignore[call-overload]
        return formatting.MISSING
    if isinstance(value, bool | np.bool_):
        return "是" if value else "否"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, Real) and float(value).is_integer():  # numpy's numbers included
        return formatting.count(float(value))
    return str(value)


def table(frame: pd.DataFrame, caption: str, widths: Sequence[int] | None = None) -> str:
    """A table of the frame's columns as they stand; columns of numbers are right-aligned.

    ``widths`` are percentages, one per column. Cells are text: nothing in them is read as markup.
    """
    kinds = ["num" if _is_numeric(frame[name]) else "text" for name in frame.columns]
    colgroup = ""
    if widths:
        colgroup = "<colgroup>" + "".join(f'<col style="width:{w}%">' for w in widths) + "</colgroup>"
    head = "".join(
        f'<th scope="col" class="{kind}">{escape(str(name))}</th>'
        for name, kind in zip(frame.columns, kinds, strict=True)
    )
    rows = []
    for record in frame.itertuples(index=False):
        cells = zip(record, kinds, strict=True)
        rows.append(
            "<tr>"
            + "".join(f'<td class="{kind}">{escape(cell_text(value))}</td>' for value, kind in cells)
            + "</tr>"
        )
    return (
        f'<table class="data"><caption>{escape(caption)}</caption>{colgroup}'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _is_numeric(column: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return True
    shown = [cell_text(value) for value in column]
    return bool(shown) and all(_number_like(text) for text in shown)


def _number_like(text: str) -> bool:
    marks = {formatting.MISSING, formatting.NOT_APPLICABLE, formatting.SUPPRESSED}
    return text in marks or all(c in "0123456789,.%+-/ 人元次％" for c in text)


def chart(svg: str, caption: str, alt: str) -> str:
    """A figure from SVG text with its caption and the text that stands for it when it cannot be seen."""
    encoded = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return (
        f'<figure class="chart"><img alt="{escape(alt)}" src="data:image/svg+xml;base64,{encoded}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
