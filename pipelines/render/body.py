"""The content of an executed notebook as one clean HTML body: the single source of both the page and the PDF.

Code is never shown. Markdown cells and outputs become allow-listed HTML; images become files of the body, each
with an alternative text; headings get ids and steps of one; tables and figures get numbered captions.
"""

import base64
import binascii
import io
import re
from dataclasses import dataclass
from html import escape
from typing import Any

from bs4 import BeautifulSoup, NavigableString, Tag
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image

from pipelines.render import decimals, fonts, sanitise, svg
from pipelines.render.meta import ReportMeta


FOLDED = "chart-data"  # markup.chart
NO_ALT = "图：未提供文字说明"
HIDDEN_TAGS = {"remove-cell", "remove_cell", "hide-cell", "parameters", "injected-parameters"}
_IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATA_URI = re.compile(r"data:(image/[a-z+]+);base64,(.*)", re.DOTALL | re.IGNORECASE)
_OBJECT_REPR = re.compile(r"^\s*[\[({]*<[\w.]+.*( at 0x[0-9a-f…]+|\d+ Axes|objects?).*>", re.DOTALL)


@dataclass(frozen=True)
class Heading:
    """One entry of the table of contents; ``level`` 2 is the first below the title."""

    level: int
    id: str
    text: str


@dataclass(frozen=True)
class Body:
    """The report's content. ``images`` maps the ``src`` of every ``<img>`` to its bytes."""

    html: str
    images: dict[str, bytes]
    headings: list[Heading]
    warnings: list[str]

    @property
    def text(self) -> str:
        """The text a reader sees, without the text in images."""
        return BeautifulSoup(self.html, "html.parser").get_text()


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
    plain = joined.get("text/plain", "")
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
        return svg.parse(content.decode("utf-8", "replace"), "") is not None
    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.verify()
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for a damaged file
        return False
    return True


def _lift_images(soup: BeautifulSoup) -> tuple[dict[str, bytes], list[str]]:
    """Move image data out of the tree; give every image an alternative text; report what cannot be read."""
    images: dict[str, bytes] = {}
    warnings: list[str] = []
    for empty in soup.find_all("figure"):
        if not empty.find(["img", "table", "pre"]) and not empty.get_text(strip=True):
            empty.decompose()
    for img in soup.find_all("img"):
        match = _DATA_URI.fullmatch(str(img.get("src", "")))
        try:
            content = base64.b64decode(match[2], validate=True) if match else b""
        except binascii.Error:
            content = b""
        if match is None or not _readable(match[1].lower(), content):
            warnings.append(
                "有一张图片不在报告内（网址或损坏），已略去。请用 report.chart 或 plt.show 生成图片。"
            )
            img.decompose()
            continue
        if match[1].lower() == "image/svg+xml":
            text, lost = fonts.replace_missing(content.decode("utf-8", "replace"))
            content = text.encode("utf-8")
            warnings.extend(lost)
        name = f"figure-{len(images) + 1}.{_IMAGES[match[1].lower()]}"
        images[name] = content
        figure = img.find_parent("figure")
        caption = figure.figcaption.get_text(" ", strip=True) if figure and figure.figcaption else ""
        img["alt"] = str(img.get("alt", "")).strip() or caption or NO_ALT
        img["src"] = name
    return images, warnings


def _free_id(soup: BeautifulSoup, wanted: str) -> str:
    """An id made of ``wanted`` that nothing in the tree has: a link to it stays right when sections are added."""
    base = re.sub(r"[^A-Za-z0-9\u4e00-\u9fff]+", "-", wanted).strip("-")[:40] or "s"
    found, number = base, 1
    while soup.find(id=found):
        number += 1
        found = f"{base}-{number}"
    return found


def _mend_headings(soup: BeautifulSoup, meta: ReportMeta) -> list[Heading]:
    """One title; other headings with ids and never more than one level deeper than the one before."""
    ranks = ["h1", "h2", "h3", "h4", "h5", "h6"]
    for tag in soup.find_all(ranks):
        if not tag.get_text(strip=True):
            tag.decompose()
    title = soup.select_one("h1.title") or soup.find("h1")
    if title is None:
        title = soup.new_tag("h1")
        title.string = meta.title
        soup.insert(0, title)
    title.attrs = {"class": "title", "id": "top"}
    headings: list[Heading] = []
    last = 1
    for tag in soup.find_all(ranks):
        if tag is title:
            continue
        last = min(max(int(tag.name[1]), 2), last + 1)
        tag.name = f"h{last}"
        tag.attrs.pop("id", None)
        tag["id"] = _free_id(soup, tag.get_text(" ", strip=True))
        headings.append(Heading(last, str(tag["id"]), tag.get_text(" ", strip=True)))
    return headings


def _number(soup: BeautifulSoup) -> None:
    """Captions 表1, 表2 …, 图1 … in order, unless the author numbered them; the folded table of a chart has no number."""
    for name, mark in (("caption", "表"), ("figcaption", "图")):
        counted = [
            t for t in soup.find_all(name) if t.get_text(strip=True) and not t.find_parent(class_=FOLDED)
        ]
        for index, tag in enumerate(counted, 1):
            if not re.match(rf"\s*{mark}\s*\d", tag.get_text()):
                tag.insert(0, NavigableString(f"{mark}{index}\u3000"))
            if (holder := tag.find_parent(["table", "figure"])) and not holder.get("id"):
                holder["id"] = _free_id(soup, f"{mark}{index}")
        for tag in soup.find_all(name):
            if not tag.get_text(strip=True):
                tag.decompose()


def _wrap(soup: BeautifulSoup) -> None:
    """Tables scroll in a box of their own on a phone; paragraphs with a class survive pandoc as a div."""
    for table in soup.find_all("table"):
        if isinstance(table.find_parent("table"), Tag):
            table.unwrap()
            continue
        label = table.caption.get_text(" ", strip=True) if table.caption else "表格"
        if not table.find(["td", "th"]):
            # a frame without columns: no table can be drawn of it
            empty = soup.new_tag("p")
            empty.string = f"{label}：无。"
            table.replace_with(empty)
            continue
        table.wrap(
            soup.new_tag(
                "div", attrs={"class": "scroll", "tabindex": "0", "role": "region", "aria-label": label}
            )
        )
        if "data" not in (table.get("class") or []):
            table["class"] = "data plain"
        for cell in table.select("thead th:not([scope])"):
            cell["scope"] = "col"
        for cell in table.select("td"):
            if _DATE.fullmatch(cell.get_text().strip()):
                cell["class"] = " ".join(filter(None, [*cell.get_attribute_list("class"), "date"]))
    for paragraph in soup.select("p[class]"):
        name = " ".join(paragraph.get_attribute_list("class"))
        del paragraph["class"]
        paragraph.wrap(soup.new_tag("div", attrs={"class": name}))


def build(notebook: Any, meta: ReportMeta | None = None) -> Body:
    """The body of a notebook, from its markdown cells and the outputs it holds; nothing is executed."""
    meta = meta or ReportMeta.of(notebook)
    # Each piece is parsed alone, so that an unclosed tag of one cell cannot swallow the next.
    soup = BeautifulSoup("".join(str(sanitise.clean(part)) for part in _raw(notebook)), "html.parser")
    images, warnings = _lift_images(soup)
    headings = _mend_headings(soup, meta)
    _number(soup)
    _wrap(soup)
    decimals.align(soup)
    html, lost = fonts.replace_missing(str(soup))
    return Body(html, images, headings, [*dict.fromkeys([*warnings, *lost])])
