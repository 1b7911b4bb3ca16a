"""The content of an executed notebook as one clean HTML body: the single source of both the page and the PDF.

Code is never shown. Markdown cells and outputs become allow-listed HTML; images become files of the body, each
with an alternative text; headings get ids and steps of one; tables and figures get numbered captions.
"""

import base64
import binascii
import io
import re
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from lxml.html import HtmlElement
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image

from pipelines.render import cells, decimals, fonts, sanitise, svg, tree
from pipelines.render.meta import ReportMeta


FOLDED = "chart-data"  # markup.chart
NO_ALT = "图：未提供文字说明"
HIDDEN_TAGS = {"remove-cell", "remove_cell", "hide-cell", "parameters", "injected-parameters"}
_IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHORT = 2  # a heading of so many characters stays in one line
_DATA_URI = re.compile(r"data:(image/[a-z+]+);base64,(.*)", re.DOTALL | re.IGNORECASE)
_OBJECT_REPR = re.compile(
    r"^\s*[\[({]*(<[\w.]+.*( at 0x[0-9a-f…]+|\d+ Axes|objects?).*>|<Axes\b.*>|Text\(.*\)$)", re.DOTALL
)
_SERIES_END = re.compile(r"\n(?:(?:Name|Freq|Length): [^\n]*, )*dtype: \w+$")


@dataclass(frozen=True)
class Heading:
    """One entry of the table of contents; ``level`` 2 is the first below the title."""

    level: int
    id: str
    text: str


@dataclass(frozen=True)
class Body:
    """The report's content. ``root`` holds it and stays as it is; ``images`` maps the ``src`` of every ``<img>`` to its bytes."""

    root: HtmlElement
    images: dict[str, bytes]
    headings: list[Heading]
    warnings: list[str]

    def copy(self) -> HtmlElement:
        """The content to be changed."""
        return deepcopy(self.root)

    @cached_property
    def html(self) -> str:
        """The content as HTML."""
        return tree.serialise(self.root)

    @property
    def text(self) -> str:
        """The text a reader sees, without the text in images."""
        return tree.text(self.root)


def _markdown(source: str) -> str:
    return MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source)


def _alt(output: Any, cell: Any, kind: str) -> str:
    for place in (
        output.get("metadata", {}).get(kind, {}),
        output.get("metadata", {}),
        cell.get("metadata", {}),
    ):
        if isinstance(place, dict) and place.get("alt"):
            return str(place["alt"])
    return ""


def _image(output: Any, cell: Any, kind: str) -> str:
    data = output["data"][kind]
    content = "".join(data) if isinstance(data, list) else str(data)
    if kind == "image/svg+xml":
        content = base64.b64encode(content.encode("utf-8")).decode("ascii")
    caption = str(cell.get("metadata", {}).get("caption", "") or "")
    return (
        f'<figure class="chart"><img alt="{escape(_alt(output, cell, kind))}" '
        f'src="data:{kind};base64,{"".join(content.split())}"/>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _output(output: Any, cell: Any) -> str:
    """One output as raw HTML, not yet cleaned. Warnings on stderr are no part of a report."""
    if output.output_type == "stream":
        return f"<pre>{escape(output.text)}</pre>" if output.name == "stdout" and output.text.strip() else ""
    if output.output_type not in ("display_data", "execute_result"):
        return ""
    data = output.get("data", {})
    joined = {kind: "".join(value) if isinstance(value, list) else value for kind, value in data.items()}
    if "text/html" in joined:
        return joined["text/html"]
    for kind in _IMAGES:
        if kind in joined:
            return _image(output, cell, kind)
    if "text/markdown" in joined:
        return _markdown(joined["text/markdown"])
    plain = _SERIES_END.sub("", joined.get("text/plain", ""))  # the type says nothing to a reader
    # What matplotlib and friends return, such as [<Line2D at 0x7f…>], says nothing to a reader.
    return f"<pre>{escape(plain)}</pre>" if plain.strip() and not _OBJECT_REPR.match(plain) else ""


def _raw(notebook: Any) -> list[str]:
    parts = []
    for cell in notebook.cells:
        if HIDDEN_TAGS & set(cell.get("metadata", {}).get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            parts.append(_markdown(cell.source))
        elif cell.cell_type == "code":
            parts.extend(_output(output, cell) for output in cell.get("outputs", []))
    return [part for part in parts if part.strip()]


def _readable(kind: str, content: bytes) -> bool:
    if kind == "image/svg+xml":
        return svg.readable(content.decode("utf-8", "replace"))
    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.verify()
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for a damaged file
        return False
    return True


def _words_in(content: bytes, name: str) -> str:
    """What a drawing without an alternative text says in letters; of a bitmap nothing can be said."""
    text = svg.text_of(content.decode("utf-8", "replace"), " ") if name.endswith(".svg") else ""
    words = " ".join(part for part in text.split() if not part.isascii())
    return f"图，其中的文字：{words[:200]}" if words else NO_ALT


def _lift_images(root: HtmlElement) -> tuple[dict[str, bytes], list[str]]:
    """Move image data out of the tree; give every image an alternative text; report what cannot be read."""
    images: dict[str, bytes] = {}
    warnings: list[str] = []
    for figure in list(root.iter("figure")):
        if next(figure.iter("img", "table", "pre"), None) is None and not tree.words(figure):
            figure.drop_tree()
    for img in list(root.iter("img")):
        match = _DATA_URI.fullmatch(img.get("src", ""))
        try:
            content = base64.b64decode(match[2], validate=True) if match else b""
        except binascii.Error:
            content = b""
        if match is None or not _readable(match[1].lower(), content):
            warnings.append(
                "有一张图片不在报告内（网址或损坏），已略去。请用 report.chart 或 plt.show 生成图片。"
            )
            img.drop_tree()
            continue
        if match[1].lower() == "image/svg+xml":
            text, lost = fonts.replace_missing(content.decode("utf-8", "replace"))
            content = text.encode("utf-8")
            warnings.extend(lost)
        name = f"figure-{len(images) + 1}.{_IMAGES[match[1].lower()]}"
        images[name] = content
        img.set("alt", img.get("alt", "").strip() or _caption(img) or _words_in(content, name))
        img.set("src", name)
    return images, warnings


def _caption(img: HtmlElement) -> str:
    """The caption of the figure that an image stands in."""
    figure = tree.inside(img, "figure")
    caption = None if figure is None else figure.find(".//figcaption")
    return "" if caption is None else tree.words(caption)


class _Ids:
    """The ids of a tree: a link to a section stays right when others are added."""

    def __init__(self, root: HtmlElement):
        self._count = Counter(tree.ids(root))

    def drop(self, node: HtmlElement) -> None:
        """Take the id off an element."""
        self._count[node.attrib.pop("id", "")] -= 1

    def keep(self, node: HtmlElement, name: str) -> None:
        """Give an element this very id."""
        self._count[name] += 1
        node.set("id", name)

    def give(self, node: HtmlElement, wanted: str) -> str:
        """Give an element an id made of ``wanted`` that nothing else in the tree has."""
        base = re.sub(r"[^A-Za-z0-9\u4e00-\u9fff]+", "-", wanted).strip("-")[:40] or "s"
        found, number = base, 1
        while self._count[found] > 0:
            number += 1
            found = f"{base}-{number}"
        self.keep(node, found)
        return found


def _title(root: HtmlElement, meta: ReportMeta) -> HtmlElement:
    """The report's title: what the notebook shows as such, its first heading of the first level, or the metadata's."""
    title = next(iter(tree.having(root, "h1", "title")), None)
    if title is None:
        title = root.find(".//h1")
    if title is None:
        title = tree.element("h1", meta.title)
        title.tail, root.text = root.text, None
        root.insert(0, title)
    return title


def _mend_headings(root: HtmlElement, meta: ReportMeta, ids: _Ids) -> list[Heading]:
    """One title; other headings with ids and never more than one level deeper than the one before."""
    ranks = ["h1", "h2", "h3", "h4", "h5", "h6"]
    for node in list(root.iter(*ranks)):
        if not tree.words(node):
            node.drop_tree()
    title = _title(root, meta)
    ids.drop(title)
    title.attrib.clear()
    title.set("class", "title")
    ids.keep(title, "top")
    headings: list[Heading] = []
    last = 1
    for node in list(root.iter(*ranks)):
        if node is title:
            continue
        last = min(max(int(node.tag[1]), 2), last + 1)
        node.tag = f"h{last}"
        ids.drop(node)
        headings.append(Heading(last, ids.give(node, tree.words(node)), tree.words(node)))
    return headings


def _number(root: HtmlElement, ids: _Ids) -> None:
    """Captions 表1, 表2 …, 图1 … in order, unless the author numbered them; the folded table of a chart has no number."""
    for name, mark in (("caption", "表"), ("figcaption", "图")):
        index = 0
        for node in list(root.iter(name)):
            if not tree.words(node):
                node.drop_tree()
                continue
            if tree.inside_class(node, FOLDED):
                continue
            index += 1
            if not re.match(rf"\s*{mark}\s*\d", tree.text(node)):
                tree.prepend_text(node, f"{mark}{index}\u3000")
            holder = tree.inside(node, "table", "figure")
            if holder is not None and not holder.get("id"):
                ids.give(holder, f"{mark}{index}")


def _wrap_table(table: HtmlElement) -> None:
    """One table in a box that scrolls on a phone; its cells say what they head and hold."""
    caption = table.find(".//caption")
    label = "表格" if caption is None else " ".join(tree.words(caption).split())
    if next(table.iter("td", "th"), None) is None:
        # a frame without columns: no table can be drawn of it
        tree.replace(table, tree.element("p", f"{label}：无。"))
        return
    box = tree.element("div", class_="scroll", tabindex="0", role="region", aria_label=label)
    tree.wrap(table, box)
    if "data" not in tree.classes(table):
        table.set("class", "data plain")
    for head in table.iter("thead"):
        for cell in head.iter("th"):
            if "scope" not in cell.attrib:
                cell.set("scope", "col")
            if len(tree.text(cell).strip()) <= _SHORT:
                cell.set("class", " ".join([*tree.classes(cell), "short"]))
    for cell in table.iter("td"):
        if _DATE.fullmatch(tree.text(cell).strip()):
            cell.set("class", " ".join([*tree.classes(cell), "date"]))


def _wrap(root: HtmlElement) -> None:
    """Tables in their boxes; paragraphs with a class survive pandoc as a div."""
    for table in list(root.iter("table")):
        if tree.inside(table, "table") is not None:
            table.drop_tag()
        else:
            _wrap_table(table)
    for paragraph in list(root.iter("p")):
        if "class" in paragraph.attrib:
            tree.wrap(paragraph, tree.element("div", class_=" ".join(tree.classes(paragraph))))
            del paragraph.attrib["class"]


def build(notebook: Any, meta: ReportMeta | None = None) -> Body:
    """The body of a notebook, from its markdown cells and the outputs it holds; nothing is executed."""
    meta = meta or ReportMeta.of(notebook)
    root = tree.parse("")
    for part in _raw(notebook):
        # Each piece is parsed alone, so that an unclosed tag of one cell cannot swallow the next.
        tree.adopt(root, sanitise.clean(part))
    images, warnings = _lift_images(root)
    ids = _Ids(root)
    headings = _mend_headings(root, meta, ids)
    _number(root, ids)
    _wrap(root)
    decimals.align(root)
    cells.keep_case_numbers_whole(root)
    cells.label_cells(root)
    cells.link_definitions(root)
    lost = _replace_missing(root)
    return Body(root, images, headings, [*dict.fromkeys([*warnings, *lost])])


def _replace_missing(root: HtmlElement) -> list[str]:
    """〓 for every character of a tree that no font has; what is to be said of them."""
    said = [*root.itertext(), *(img.get("alt") or "" for img in root.iter("img"))]
    _, warnings = fonts.replace_missing("".join(said))
    if warnings:
        tree.change_text(root, lambda content: fonts.replace_missing(content)[0])
    return warnings
