"""The page and the PDF of an executed notebook, from one body."""

from typing import Any

from pipelines.render import html, pdf
from pipelines.render.body import build
from pipelines.render.meta import ReportMeta


def render(notebook: Any) -> tuple[str, bytes, list[str]]:
    """The page, the PDF, and what their maker has to look at (characters without a glyph, lost images).

    The same bytes as ``render_html`` and ``render_pdf`` give, made with half the reading.
    """
    meta = ReportMeta.of(notebook)
    body = build(notebook, meta)
    return html.page(body, meta), pdf.compile_pdf(body, meta), body.warnings
