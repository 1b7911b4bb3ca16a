"""The HTML page: one self-contained file with embedded fonts, no network, no code cells, no scripts of outputs.

The only script is the template's own (``report.js``); the page's security policy names its hash, so that no other
could run even if one got in.
"""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from nbconvert.exporters import Exporter, HTMLExporter
from traitlets import default

from pipelines.render import extras, fonts, svg
from pipelines.render.body import Body, build
from pipelines.render.meta import ReportMeta


TEMPLATES = Path(__file__).parent / "templates"
_MIME = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "svg": "image/svg+xml"}


def _inline_images(body: Body) -> str:
    """The body with every image in the page itself: SVG as elements, others as data addresses."""
    soup = BeautifulSoup(body.html, "html.parser")
    extras.add_downloads(soup)
    extras.add_anchors(soup)
    drawings: dict[str, str] = {}
    for number, img in enumerate(soup.find_all("img"), 1):
        name = str(img["src"])
        content = body.images[name]
        if name.endswith(".svg"):
            drawing = svg.inline(content.decode("utf-8", "replace"), f"f{number}-", str(img["alt"]))
            if drawing is None:
                img.replace_with("（图不能显示：不是有效的 SVG）")
                continue
            # The HTML parser would lower-case viewBox and the like, so drawings go in after serialising.
            # NUL cannot occur in parsed text, so the mark cannot be forged.
            mark = f"\x00{number}\x00"
            drawings[mark] = drawing
            img.replace_with(mark)
            continue
        img["src"] = (
            f"data:{_MIME[name.rpartition('.')[2]]};base64,{base64.b64encode(content).decode('ascii')}"
        )
    for title in soup.select("h1.title"):
        for text in list(title.find_all(string=re.compile("季度."))):
            # The one good place to break a long title: 景芝镇2026年第三季度 | 控辍保学监测报告.
            before, mark, after = str(text).partition("季度")
            text.replace_with(before + mark, soup.new_tag("wbr"), after)
    page = str(soup)
    for mark, drawing in drawings.items():
        page = page.replace(mark, drawing)
    return page


def _font_css(body: Body, meta: ReportMeta) -> str:
    """The two faces, each cut to the characters set in it; the fallback only for characters both lack."""
    soup = BeautifulSoup(body.html, "html.parser")
    furniture = meta.title + meta.running + "".join(name + value for name, value in meta.facts) + FURNITURE
    drawn = "".join(
        svg.text_of(data.decode("utf-8", "replace"))
        for name, data in body.images.items()
        if name.endswith(".svg")
    )
    everything = soup.get_text() + drawn + furniture
    serif = "".join(tag.get_text() for tag in soup.select("h1.title, p, li, dd, blockquote"))
    latin = "".join(map(chr, range(0x20, 0x7F))) + "，。；：、“”（）《》—·％%"
    sans_text = _without_serif(soup) + drawn + furniture + latin
    faces = [
        fonts.font_face(fonts.SERIF, serif + latin),
        fonts.font_face(fonts.SANS, sans_text),
        fonts.font_face(fonts.FALLBACK, "".join(sorted(fonts.missing(everything)))),
    ]
    return "\n".join(face for face in faces if face)


def _without_serif(soup: BeautifulSoup) -> str:
    """Text set in the sans face: headings, tables, captions, notes, emphasis, code."""
    return "".join(
        tag.get_text()
        for tag in soup.select(
            "h1, h2, h3, h4, h5, h6, table, figcaption, strong, b, em, i, pre, code, .light, .note, .subtitle"
        )
    )


# Characters the template itself prints in the sans face.
FURNITURE = (
    "演示数据目录报告说明本报告由演示数据生成，不反映任何真实学校、学生的情况。数据与编制说明：跳到正文〓"
    "图中数据下载（CSV）：本节链接#筛选学校等文字共显示行，●▲✓？0123456789"
)


def script() -> str:
    """The page's own script."""
    return (TEMPLATES / "edureport" / "report.js").read_text(encoding="utf-8")


def script_hash(text: str) -> str:
    """The script's name in a Content-Security-Policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


class ReportHTMLExporter(HTMLExporter):
    """nbconvert exporter ``edureport-html``; executes nothing and shows no code."""

    export_from_notebook = "监测报告 HTML"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "edureport"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(TEMPLATES)]

    @default("template_file")
    def _template_file_default(self) -> str:
        return "index.html.j2"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """The page and nbconvert's resources; ``resources["edureport_warnings"]`` lists what to look at."""
        # The preprocessors come first: with them nbconvert executes a notebook before it is shown.
        prepared, resources = Exporter.from_notebook_node(self, nb, resources, **kw)
        meta = ReportMeta.of(prepared)
        body = build(prepared, meta)
        resources["edureport"] = {
            "meta": meta,
            "body": _inline_images(body),
            "headings": body.headings,
            "fonts": _font_css(body, meta),
            "css": (TEMPLATES / "edureport" / "report.css").read_text(encoding="utf-8"),
        }
        own = script()
        resources["edureport"] |= {"script": own, "script_hash": script_hash(own)}
        resources["edureport_warnings"] = body.warnings
        # HTMLExporter's own method parses the page again to add English alternative texts: it has them already.
        page = self.template.render(nb=prepared, resources=resources)
        del resources["edureport"]
        return page, resources


@lru_cache(maxsize=1)
def _exporter() -> ReportHTMLExporter:
    return ReportHTMLExporter()


def render_html(notebook: Any) -> str:
    """The page of an executed notebook."""
    page, _ = _exporter().from_notebook_node(notebook)
    return page
