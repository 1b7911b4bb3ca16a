"""The HTML page: one self-contained file with embedded fonts, no network, no code cells, no scripts of outputs.

The only script is the template's own (``report.js``); the page's security policy names its hash, so that no other
could run even if one got in.
"""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement
from nbconvert.exporters import Exporter, HTMLExporter
from traitlets import default

from pipelines.render import extras, fonts, svg, tree, webfonts
from pipelines.render.body import Body, build
from pipelines.render.meta import ReportMeta


TEMPLATES = Path(__file__).parent / "templates"
_MIME = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "svg": "image/svg+xml"}


def _inline_images(root: HtmlElement, body: Body) -> str:
    """The body with every image in the page itself: SVG as elements, others as data addresses."""
    extras.add_downloads(root)
    extras.add_anchors(root)
    # The HTML parser would lower-case viewBox and the like, so drawings go in when the tree is written.
    drawings: dict[HtmlElement, str] = {}
    for number, img in enumerate(root.iter("img"), 1):
        name = img.get("src", "")
        content = body.images[name]
        if name.endswith(".svg"):
            drawing = svg.inline(content.decode("utf-8", "replace"), f"f{number}-", img.get("alt", ""))
            drawings[img] = drawing or "（图不能显示：不是有效的 SVG）"
            if (chart := tree.inside(img, "figure")) is not None:
                chart.set("tabindex", "0")  # on a phone it scrolls, with the keyboard too
            continue
        data = base64.b64encode(content).decode("ascii")
        img.set("src", f"data:{_MIME[name.rpartition('.')[2]]};base64,{data}")
    for title in tree.having(root, "h1", "title"):
        _break_title(title)
    return tree.serialise(root, drawings)


def _break_title(title: HtmlElement) -> None:
    """The one good place to break a long title: 景芝镇2026年第三季度 | 控辍保学监测报告."""
    for node in list(title.iter()):
        for place in ("text", "tail"):
            before, mark, after = (getattr(node, place) or "").partition("季度")
            if not after or (node is title and place == "tail"):
                continue
            setattr(node, place, before + mark)
            pause = tree.element("wbr")
            if place == "text":
                node.insert(0, pause)
                pause.tail = after
            else:
                tree.put_after(node, pause)
                node.tail, pause.tail = before + mark, after


def _font_css(root: HtmlElement, body: Body, meta: ReportMeta) -> str:
    """The two faces, each cut to the characters set in it; the fallback only for characters both lack."""
    furniture = meta.title + meta.running + "".join(name + value for name, value in meta.facts) + FURNITURE
    drawn = "".join(
        svg.text_of(data.decode("utf-8", "replace"))
        for name, data in body.images.items()
        if name.endswith(".svg")
    )
    latin = "".join(map(chr, range(0x20, 0x7F))) + "，。；：、“”（）《》—·％%"
    serif = "".join(map(tree.text, [*tree.having(root, "h1", "title"), *root.iter(*_SERIF_TAGS)]))
    sans = "".join(map(tree.text, [*root.iter(*_SANS_TAGS), *filter(_sans, _CLASSED(root))]))
    sans += drawn + furniture
    faces = [
        webfonts.font_face(fonts.SERIF, serif + latin),
        webfonts.font_face(fonts.SANS, sans + latin),
        webfonts.font_face(fonts.FALLBACK, "".join(fonts.missing(tree.text(root) + drawn + furniture))),
    ]
    return "\n".join(face for face in faces if face)


# What report.css sets in which face: in sans headings, tables, captions, notes, emphasis, code.
_SERIF_TAGS = ("p", "li", "dd", "blockquote")
_SANS_TAGS = (
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "figcaption"),
    *("strong", "b", "em", "i", "pre", "code"),
)
_SANS_CLASSES = ("light", "note", "subtitle")
_CLASSED = XPath(f".//*[{' or '.join(f'contains(@class, {name!r})' for name in _SANS_CLASSES)}]")


def _sans(node: HtmlElement) -> bool:
    return not frozenset(_SANS_CLASSES).isdisjoint(tree.classes(node))


# Characters the template itself prints in the sans face.
FURNITURE = (
    "演示数据目录报告说明本报告由演示数据生成，不反映任何真实学校、学生的情况。数据与编制说明：跳到正文〓"
    "图中数据下载（CSV）：本节链接#筛选学校等文字共显示行，●▲✓？0123456789"
)


@lru_cache
def _template_text(name: str) -> str:
    return (TEMPLATES / "edureport" / name).read_text(encoding="utf-8")


def script() -> str:
    """The page's own script."""
    return _template_text("report.js")


def script_hash(text: str) -> str:
    """The script's name in a Content-Security-Policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


class ReportHTMLExporter(HTMLExporter):
    """nbconvert exporter ``edureport_html``; executes nothing and shows no code."""

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
        resources["edureport_warnings"] = body.warnings
        # HTMLExporter's own method parses the page again to add English alternative texts: it has them already.
        return self.page(body, meta, prepared, resources), resources

    def page(self, body: Body, meta: ReportMeta, nb: Any = None, resources: Any = None) -> str:
        """The page of a body; the notebook and nbconvert's resources are there for templates that ask for them."""
        own = _template_text("report.js")
        root = body.copy()
        css = _font_css(root, body, meta)  # before the tree is changed
        content = {
            "meta": meta,
            "body": _inline_images(root, body),
            "headings": body.headings,
            "fonts": css,
            "css": _template_text("report.css"),
            "script": own,
            "script_hash": script_hash(own),
        }
        return self.template.render(nb=nb, resources={**(resources or {}), "edureport": content})


@lru_cache(maxsize=1)
def _exporter() -> ReportHTMLExporter:
    return ReportHTMLExporter()


def page(body: Body, meta: ReportMeta) -> str:
    """The page of a body."""
    return _exporter().page(body, meta)


def render_html(notebook: Any) -> str:
    """The page of an executed notebook."""
    meta = ReportMeta.of(notebook)
    return page(build(notebook, meta), meta)
