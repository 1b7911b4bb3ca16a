"""The plain part of a body as Typst markup, written directly: the same characters that pandoc writes, much sooner.

Reports made of ``report.text``, ``report.table`` and ``report.chart`` know a dozen kinds of elements. ``write`` knows
exactly these; whatever else a notebook shows (nested lists, merged cells, code, links) raises ``NotPlain``, and pandoc
takes the whole body. Tests hold the two to equal markup, escaping included, but for the names of equal cells; a change
of filter.lua is a change here.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from lxml.html import HtmlElement

from pipelines.render import tokens, tree


class NotPlain(Exception):
    """The body holds something that only pandoc knows how to write."""


_SPACE = re.compile(r"[ \t\r\n\f]+")
_MARKS = re.compile(r"""[\\"#$'*<>@\[\]_`~\u00a0’—–]|(?<=-)-|(?<=/)/|(?<![^ ]);""")
_WRITTEN = {"\u00a0": "~", "’": "'", "—": "---", "–": "--"}
_OPENING = re.compile(r"(?!--)[+\-/=]|\d+\.(?!\S)")  # two hyphens are a dash
# Characters of scripts with marks or directions, and wide spaces beside narrow ones, are rare enough for pandoc.
_ODD = re.compile(
    "[\u3000\u00a0] | [\u3000\u00a0]|"
    "[^\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u200b\u2010-\u2027\u2030-\u205e\u20a0-\u2bff\u3000-\ufaff"
    "\uff00-\uffef\U00020000-\U0003ffff]"
)
_STARTS = re.compile(r"[(;/\-]")
_LIGHTS = ("red", "yellow", "green", "grey")
_NUMBER = re.compile(r"[\d.]+")
_CLOSING = {"#box[": "];"}
_BOXES = {"box": "report-box", "note": "report-note", "subtitle": "report-subtitle"}


def write(root: HtmlElement) -> str:
    """The markup of a prepared body (columns.py); NotPlain if it has anything out of the ordinary."""
    return "".join(_blocks(root)).rstrip("\n") + "\n"


def _blank(text: str | None) -> None:
    if text and text.strip(" \t\r\n\f"):
        raise NotPlain


def _blocks(holder: HtmlElement) -> Iterator[str]:
    _blank(holder.text)
    before = ""
    for node in holder:
        _blank(node.tail)
        kind = _KINDS.get(node.tag)
        if kind is None or (node.tag == "ul" and before == "ul"):
            raise NotPlain
        before = node.tag
        yield from kind(node)


def _title(node: HtmlElement) -> Iterator[str]:
    if tree.classes(node) != ["title"]:
        raise NotPlain
    yield f"#report-title[{_inline(node)}]\n"


def _heading(node: HtmlElement) -> Iterator[str]:
    yield f"{'=' * (int(node.tag[1]) - 1)} {_some(node)}\n"


def _paragraph(node: HtmlElement) -> Iterator[str]:
    yield f"{_line(node)}\n\n"


def _division(node: HtmlElement) -> Iterator[str]:
    names = tree.classes(node)
    if names == ["scroll"]:
        yield from _blocks(node)
    elif len(names) == 1 and names[0] in _BOXES:
        yield f"#{_BOXES[names[0]]}{_guess(node)}[\n"
        yield from _blocks(node)
        yield "]\n"
    else:
        raise NotPlain


def _guess(node: HtmlElement) -> str:
    """Where a box is guessed to begin and how tall to be (pageone.py)."""
    top, tall = node.get("data-top"), node.get("data-tall")
    return f"(top: {top}pt, tall: {tall}pt)" if top and tall else ""


def _bullets(node: HtmlElement) -> Iterator[str]:
    _blank(node.text)
    for item in node:
        _blank(item.tail)
        if item.tag != "li":
            raise NotPlain
        yield f"- {_some(item)}\n"
    yield "\n"


def _figure(node: HtmlElement) -> Iterator[str]:
    if [part.tag for part in node] != ["img", "figcaption"]:
        raise NotPlain
    image, caption = node
    for text in (node.text, image.tail, caption.tail):
        _blank(text)
    yield f"#report-figure(image({_quoted(image.get('src'))}, alt: {_quoted(image.get('alt'))}))[\n"
    yield f"{_line(caption)}\n]\n"


def _quoted(text: str) -> str:
    if _ODD.search(text) or text != _SPACE.sub(" ", text).strip():
        raise NotPlain
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _table(node: HtmlElement) -> Iterator[str]:
    caption, group, head, body = _parts(node)
    rows = [list(row) for row in body]
    widths = [float(column.get("style")[len("width:") : -1]) for column in group]
    heads = list(head[0])
    if len(head) != 1 or any(len(row) != len(widths) for row in [heads, *rows]):
        raise NotPlain
    numeric = [any("num" in tree.classes(row[place]) for row in rows) for place in range(len(widths))]
    size, turned, whole, split, top = (
        node.get(f"data-{name}") for name in ("type-size", "turned", "whole", "split", "top")
    )
    known = node.get("data-one-line") or ""
    yield f'#report-table({size}pt, turned: {turned}, whole: {whole}, split: {split}, head: {top}pt, rows: "{known}", caption: [\n'
    cells = [list(map(_cell, row, numeric)) for row in rows]
    names = _names(cells)
    defined = f"#let ({', '.join(names.values())},) = ({', '.join(names)},)\n" if names else ""
    yield f"{_line(caption)}\n])[\n{defined}#figure(\n  align(center)[#table(\n"
    yield f"    columns: ({', '.join(f'{width:g}%' for width in widths)}),\n"
    yield f"    align: ({''.join('right,' if right else 'left,' for right in numeric)}),\n"
    titles = (f"table.cell(align: center)[{_inline(_plain_cell(cell, 'th'))}]" for cell in heads)
    yield f"    table.header({', '.join(titles)},),\n    table.hline(),\n"
    for row in cells:
        yield f"    {', '.join(names.get(cell, cell) for cell in row)},\n"
    yield "  )]\n  , kind: table\n  )\n\n]\n"


def _names(cells: list[list[str]]) -> dict[str, str]:
    """Names for cells that are in a table more than once: what is one thing to Typst it sets once for a width."""
    found = Counter(cell for row in cells for cell in row)
    return {
        cell: f"c{number}" for number, cell in enumerate(cell for cell, times in found.items() if times > 1)
    }


def _parts(node: HtmlElement) -> list[HtmlElement]:
    parts = list(node)
    if [part.tag for part in parts] != ["caption", "colgroup", "thead", "tbody"]:
        raise NotPlain
    _blank(node.text)
    for part in parts:
        _blank(part.tail)
    for row in (*parts[2], *parts[3]):
        _blank(row.text)
        _blank(row.tail)
        if row.tag != "tr":
            raise NotPlain
    if not len(parts[2]) or not len(parts[3]):
        raise NotPlain
    return parts


def _plain_cell(cell: HtmlElement, *tags: str) -> HtmlElement:
    _blank(cell.tail)
    if cell.tag not in tags or not {"colspan", "rowspan"}.isdisjoint(cell.keys()):
        raise NotPlain
    return cell


def _cell(cell: HtmlElement, numeric: bool) -> str:
    """One cell; only what is aligned unlike its column says so."""
    names, content = tree.classes(cell), _inline(_plain_cell(cell, "td", "th"))
    if "num" in names:
        if not content:
            raise NotPlain
        pad = cell.get("data-pad") or ""
        room = f"#h({pad}em)" if _NUMBER.fullmatch(pad) else ""
        return f"[#num[{content.replace('#light(', '#light-num(')}{room}]]"
    if "text" in names:
        return f"table.cell(align: left)[{content}]" if numeric else f"[{content}]"
    raise NotPlain


def _some(node: HtmlElement) -> str:
    """Text that is not empty."""
    if text := _inline(node):
        return text
    raise NotPlain


def _line(node: HtmlElement) -> str:
    """Text that stands at the start of a line, where a sign could begin a list or a heading."""
    text = _some(node)
    return "\\" + text if _OPENING.match(text) else text


def _inline(node: HtmlElement) -> str:
    """Text with status marks and bare spans in it, nothing else."""
    if not len(node):
        return _bare(node.text or "")
    parts = [(node.text or "", "")]
    for mark in node:
        names, text, tail = tree.classes(mark), mark.text or "", mark.tail or ""
        inner = mark.tag == "a" and (mark.get("href") or "").startswith("#")  # paper has no place to go to
        if not (mark.tag == "span" or inner) or len(mark) or text != text.strip():
            raise NotPlain
        if "light" in names:
            colours = [name for name in names if name in _LIGHTS]
            if not colours:
                raise NotPlain
            parts += [(text, f'#light("{colours[0]}")['), (tail, "")]
        elif names == [tokens.WHOLE]:
            parts += [(text, "#box["), (tail, "")]
        elif _STARTS.match(text) or _STARTS.match(tail):
            raise NotPlain  # what a sign at a seam means depends on what stands before it
        else:
            parts[-1] = (parts[-1][0] + text + tail, "")
    texts = [_SPACE.sub(" ", text) for text, _ in parts]
    if any(map(_ODD.search, texts)):
        raise NotPlain
    texts[0] = texts[0].lstrip(" ")
    texts[-1] = texts[-1].rstrip(" ")
    return "".join(
        f"{opened}{_escape(text)}{_CLOSING.get(opened, ']')}" if opened else _escape(text)
        for text, (_, opened) in zip(texts, parts, strict=True)
    )


@lru_cache(maxsize=4096)  # many cells say the same
def _bare(text: str) -> str:
    spaced = _SPACE.sub(" ", text)
    if _ODD.search(spaced):
        raise NotPlain
    return _escape(spaced.strip(" "))


def _escape(text: str) -> str:
    escaped = _MARKS.sub(lambda found: _WRITTEN.get(found[0], "\\" + found[0]), text)
    return "\\" + escaped if escaped.startswith("(") else escaped


_KINDS = {
    "h1": _title,
    "h2": _heading,
    "h3": _heading,
    "h4": _heading,
    "p": _paragraph,
    "div": _division,
    "section": _division,
    "ul": _bullets,
    "figure": _figure,
    "table": _table,
}
