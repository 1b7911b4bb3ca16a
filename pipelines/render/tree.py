"""The tree of a report's content: parsed from HTML by libxml2, changed in place, written again with everything escaped.

Building a tree of Python objects for the same page takes thirty times as long. An element's text stands in ``text``,
what follows it in ``tail``; the helpers here keep the tails where they belong.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape

import lxml.html
from lxml import etree
from lxml.html import HtmlElement


_PARSER = lxml.html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
# One class for all elements: lxml's own way asks a Python function for every element it touches.
_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
# The parser ends with the document; what a notebook prints after it is content all the same.
_END = re.compile(r"</\s*(html|body)\b[^>]*>", re.IGNORECASE)
# No text of a page may hold these, and none can be put into a tree.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SPECIAL = re.compile("[&<>]").search
_QUOTE = '"'
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)


def parse(html: str) -> HtmlElement:
    """The tree of a piece of HTML, comments and instructions left out; the element returned only holds it."""
    whole = f"<html><body>{_END.sub('', html)}</body></html>"
    # half a surrogate pair is no character, and the parser would give up at it
    known = printable(whole.encode("utf-8", "replace").decode("utf-8"))
    body = lxml.html.document_fromstring(known, parser=_PARSER).find("body")
    body.attrib.clear()
    if "&#" in known:
        change_text(body, printable)  # a reference such as ``&#1;`` becomes a character only in the tree
    return body


def change_text(root: HtmlElement, change: Callable[[str], str]) -> None:
    """Change every text and every attribute of a tree."""
    for node in root.iter():
        node.text, node.tail = change(node.text or "") or None, change(node.tail or "") or None
        for name, value in node.items():
            node.set(name, change(value))


_IDS = etree.XPath(".//@id", smart_strings=False)


def ids(root: HtmlElement) -> list[str]:
    """The ids of all elements below an element."""
    return list(_IDS(root))


def printable(content: str) -> str:
    """Text with U+FFFD for every control character."""
    return _CONTROL.sub("\ufffd", content)


def element(tag: str, text: str = "", **attributes: str) -> HtmlElement:
    """A new element; an underscore at the end of a name is left out, one inside becomes a hyphen (``class_``)."""
    made: HtmlElement = lxml.html.Element(tag)
    made.text = text or None
    for name, value in attributes.items():
        made.set(name.rstrip("_").replace("_", "-"), value)
    return made


def text(node: HtmlElement) -> str:
    """All text below an element."""
    if not len(node):
        return node.text or ""
    return "".join(node.itertext())


def words(node: HtmlElement) -> str:
    """The same, every piece stripped, with a space between the pieces."""
    return " ".join(part for part in map(str.strip, node.itertext()) if part)


def classes(node: HtmlElement) -> list[str]:
    """The classes of an element."""
    return (node.get("class") or "").split()


def having(root: HtmlElement, tag: str, name: str) -> list[HtmlElement]:
    """All elements of a tag with a class, in document order."""
    return [node for node in root.iter(tag) if name in classes(node)]


def body_rows(table: HtmlElement) -> list[list[HtmlElement]]:
    """The cells of every row of a table's bodies."""
    bodies = table.iter("tbody")
    return [list(row.iterchildren("td", "th")) for body in bodies for row in body.iterchildren("tr")]


def inside(node: HtmlElement, *tags: str) -> HtmlElement | None:
    """The nearest ancestor with one of the tags."""
    return next(node.iterancestors(*tags), None)


def inside_class(node: HtmlElement, name: str) -> bool:
    """Whether an ancestor has the class."""
    return any(name in classes(parent) for parent in node.iterancestors())


def add_text(parent: HtmlElement, content: str | None) -> None:
    """Put text at the end of an element."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + (content or "")
    else:
        parent.text = (parent.text or "") + (content or "")


def adopt(parent: HtmlElement, other: HtmlElement) -> None:
    """Move everything that ``other`` holds to the end of ``parent``."""
    add_text(parent, other.text)
    parent.extend(other)


def wrap(node: HtmlElement, holder: HtmlElement) -> None:
    """Put ``holder`` where ``node`` is and ``node`` into it."""
    node.addprevious(holder)
    holder.append(node)
    holder.tail, node.tail = node.tail, None


def put_after(node: HtmlElement, new: HtmlElement) -> None:
    """Put ``new`` right behind ``node``, before the text that follows it."""
    tail, node.tail = node.tail, None
    node.addnext(new)
    new.tail = tail


def replace(node: HtmlElement, new: HtmlElement) -> None:
    """Put ``new`` where ``node`` is."""
    put_after(node, new)
    node.drop_tree()


def prepend_text(node: HtmlElement, content: str) -> None:
    """Put text at the start of an element."""
    node.text = content + (node.text or "")


def serialise(root: HtmlElement, raw: Mapping[HtmlElement, str] | None = None) -> str:
    """What ``root`` holds as HTML, attributes in the order of their names; ``raw`` stands for whole elements."""
    raw = raw or {}
    made = [_text(root.text)]
    # no recursion: a notebook may nest its elements as deep as it likes
    open_ones = [(root, iter(root))]
    while open_ones:
        holder, rest = open_ones[-1]
        for node in rest:
            tag = node.tag
            if raw and node in raw:
                made.append(raw[node])
            elif tag in _VOID:
                made.append(f"<{tag}{_attributes(node)}/>")
            elif len(node):
                made.append(f"<{tag}{_attributes(node)}>{_text(node.text)}")
                open_ones.append((node, iter(node)))
                break
            else:
                made.append(f"<{tag}{_attributes(node)}>{_text(node.text)}</{tag}>")
            if tail := node.tail:
                made.append(_text(tail))
        else:
            open_ones.pop()
            if open_ones:
                made.append(f"</{holder.tag}>{_text(holder.tail)}")
    return "".join(made)


def _text(content: str | None) -> str:
    if not content:
        return ""
    return escape(content, quote=False) if _SPECIAL(content) else content


def _attributes(node: HtmlElement) -> str:
    found = node.items()
    return _written(tuple(sorted(found) if len(found) > 1 else found)) if found else ""


@lru_cache(maxsize=256)  # most are class="num" and the like
def _written(attributes: tuple[tuple[str, str], ...]) -> str:
    return "".join(f' {name}="{_text(value).replace(_QUOTE, "&quot;")}"' for name, value in attributes)
