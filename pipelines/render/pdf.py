"""The PDF: the report's body HTML through pandoc to Typst, and a tagged PDF/UA-1 with fonts of the package only.

The same bytes for the same notebook: the only date in the file is that of the data, never the clock.
"""

import base64
import io
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import pypandoc
import typst
from lxml.html import HtmlElement
from nbconvert.exporters import Exporter
from PIL import Image
from traitlets import default

from pipelines.atomic import to_json
from pipelines.errors import ReportFailed
from pipelines.render import columns, fonts, pageone, plaintypst, tree
from pipelines.render.body import FOLDED, Body, build
from pipelines.render.meta import ReportMeta


TEMPLATES = Path(__file__).parent / "templates"
# Archival and accessible at once: PDF/A-2a asks for the same tags as PDF/UA-1.
STANDARDS: Any = ["ua-1", "a-2a"]
# body.typ is a module of its own: it sees the template's functions only by import.
PREAMBLE = (
    '#import "functions.typ": light, light-num, num, report-box, report-figure, report-image, report-note, report-rule, report-subtitle, '
    "report-table, report-title\n"
)


# JupyterLab exports in threads; the compiler refuses a second one while it is at work ("Already borrowed").
_ONE_AT_A_TIME = Lock()


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """One compiler a process: reading the fonts costs far more than a report."""
    faces = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=fonts.folders())
    return typst.Compiler(font_paths=faces, ignore_system_fonts=True)


def _drawing(name: str, content: bytes) -> bytes:
    """An image as SVG text: the compiler's virtual files hold text only, so bitmaps travel inside an SVG."""
    if name.endswith(".svg"):
        return content
    with Image.open(io.BytesIO(content)) as picture:
        width, height = picture.size
        kind = Image.MIME[picture.format or "PNG"]
    data = base64.b64encode(content).decode("ascii")
    # Bitmaps of notebooks have 100 dots an inch: the size in points follows from that.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * 0.72:g}pt" height="{height * 0.72:g}pt" '
        f'viewBox="0 0 {width} {height}"><image width="{width}" height="{height}" href="data:{kind};base64,{data}"/></svg>'
    ).encode()


def _prepared(body: Body, compact: bool = False) -> HtmlElement:
    """The body as it stands on paper: no folded data, tables laid out."""
    root = body.copy()
    for folded in tree.having(root, "details", FOLDED):
        folded.drop_tree()
    for table in root.iter("table"):
        columns.prepare(table)
    for img in root.iter("img"):
        img.set("src", f"{img.get('src')}.svg")
    pageone.guess(root, compact)
    return root


def to_typst(body: Body, compact: bool = False) -> str:
    """The body as Typst markup, every text escaped; written directly where it is plain, else by pandoc."""
    root = _prepared(body, compact)
    try:
        return plaintypst.write(root)
    except plaintypst.NotPlain:
        return by_pandoc(tree.serialise(root))


def by_pandoc(html: str) -> str:
    """HTML as Typst markup by pandoc, which knows all of it and takes a process and a tenth of a second."""
    return pypandoc.convert_text(
        html,
        "typst",
        format="html-auto_identifiers-tex_math_dollars",
        extra_args=[f"--lua-filter={TEMPLATES / 'filter.lua'}", "--wrap=none"],
        sandbox=False,
    )


def _meta_json(meta: ReportMeta) -> bytes:
    content = {
        "title": meta.title,
        "bureau": meta.bureau,
        "running": meta.running,
        "demo": meta.demo,
        "letterhead": meta.letterhead,
        "compact": meta.compact,
        "date": [meta.timestamp.year, meta.timestamp.month, meta.timestamp.day],
        "facts": meta.facts,
        "keywords": [
            part for part in (meta.town, meta.period, meta.edition, meta.theme, meta.run_id) if part
        ],
        "description": " · ".join(part for part in (meta.running, "演示数据" if meta.demo else "") if part),
    }
    text, _ = fonts.replace_missing(to_json(content))
    return text.encode("utf-8")


def compile_pdf(body: Body, meta: ReportMeta) -> bytes:
    """The PDF of a body; ReportFailed if Typst refuses it or warns (a missing font is only a warning to Typst)."""
    sources: Any = {
        "main.typ": (TEMPLATES / "report.typ").read_bytes(),
        "functions.typ": (TEMPLATES / "functions.typ").read_bytes(),
        "body.typ": (PREAMBLE + to_typst(body, meta.compact)).encode("utf-8"),
        "meta.json": _meta_json(meta),
        **{f"{name}.svg": _drawing(name, content) for name, content in body.images.items()},
    }
    try:
        with _ONE_AT_A_TIME:
            pdf, warnings = _compiler().compile_with_warnings(
                sources, format="pdf", pdf_standards=STANDARDS, timestamp=meta.timestamp
            )
    except typst.TypstError as error:
        raise ReportFailed(f"PDF 排版失败：{error.message}", "；".join(error.hints)) from error
    if warnings:
        raise ReportFailed(
            f"PDF 排版警告：{'；'.join(str(w.message) for w in warnings)}", "请联系系统维护人员。"
        )
    assert isinstance(pdf, bytes)
    return pdf


def render_pdf(notebook: Any) -> bytes:
    """The PDF of an executed notebook."""
    meta = ReportMeta.of(notebook)
    return compile_pdf(build(notebook, meta), meta)


class ReportPDFExporter(Exporter):
    """nbconvert exporter ``edureport_pdf``; executes nothing."""

    export_from_notebook = "监测报告 PDF"
    output_mimetype = "application/pdf"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """PDF bytes and nbconvert's resources."""
        prepared, resources = super().from_notebook_node(nb, resources, **kw)
        resources["output_extension"] = ".pdf"
        return render_pdf(prepared), resources
