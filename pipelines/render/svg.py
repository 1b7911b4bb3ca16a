"""SVG charts made safe and placed inline: only drawing elements stay, and ids are unique in the page.

Charts carry real text (``svg.fonttype: none``); inline, the page's own embedded fonts apply to it.
"""

import re
from functools import lru_cache
from typing import cast

from lxml import etree


_NS = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_TAGS = frozenset(
    [
        "svg",
        "g",
        "defs",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "textPath",
        "title",
        "desc",
        "use",
        "clipPath",
        "mask",
        "pattern",
        "marker",
        "symbol",
        "linearGradient",
        "radialGradient",
        "stop",
        "image",
        "style",
    ]
)
_KNOWN = frozenset(f"{{{_NS}}}{name}" for name in _TAGS)
_STYLE = f"{{{_NS}}}style"
_LOCAL_URL = re.compile(r"url\(\s*(['\"]?)#([^)'\"]+)\1\s*\)")
_ANY_URL = re.compile(r"url\(|@import|expression\(|javascript:", re.IGNORECASE)

# Nothing is fetched or put in for a name; a notebook may hold a large bitmap inside an SVG.
_PARSER = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    remove_comments=True,
    remove_pis=True,
    huge_tree=True,
)


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _safe_value(name: str, value: str, prefix: str) -> str | None:
    """The attribute's value with local references renamed, or None if it must go."""
    if name.lower().startswith("on"):
        return None
    if name == "href":
        if value.startswith("#"):
            return f"#{prefix}{value[1:]}"
        return value if value.startswith("data:image/png;base64,") else None
    if name == "id":
        return prefix + value
    if ":" not in value and "(" not in value and "@" not in value:
        return value
    value = _LOCAL_URL.sub(lambda match: f"url(#{prefix}{match[2]})", value)
    return None if _ANY_URL.search(value.replace(f"url(#{prefix}", "")) else value


def _drawing(element: etree._Element) -> bool:
    """Whether an element may stay."""
    if element.tag not in _KNOWN:
        return False
    rules = element.text or ""
    return element.tag != _STYLE or not (_ANY_URL.search(rules) or "<" in rules)


def _prune(root: etree._Element) -> None:
    """Take out what does not draw, with all that it holds; its tail is no part of it, and no part of a drawing."""
    for element in [node for node in root.iterdescendants() if not _drawing(node)]:
        holder = element.getparent()
        if holder is not None:  # else it went with an element around it
            holder.remove(element)


def _rename(root: etree._Element, prefix: str) -> None:
    """Give every id the prefix, and leave out attributes that could load or run something."""
    for element in root.iter():
        if element.tag == _STYLE:
            # A style element inside an inline SVG styles the whole page: keep it to the figure.
            element.text = re.sub(r"(^|\})\s*\*", rf"\1 #{prefix}fig *", element.text or "")
        for key, value in element.items():
            good = _safe_value(_local(key), value, prefix)
            if good is None:
                del element.attrib[key]
            elif good != value:
                element.set(key, good)


def parse(content: str) -> etree._Element | None:
    """The ``<svg>`` element with drawing elements only; None if this is no SVG or declares entities."""
    if "<!ENTITY" in content:
        return None
    try:
        root = etree.fromstring(
            re.sub(r"<!DOCTYPE[^>]*>", "", content).encode("utf-8", "replace"), parser=_PARSER
        )
    except etree.XMLSyntaxError:
        return None
    if root.tag != f"{{{_NS}}}svg":
        return None
    _prune(root)
    return _without_prefixes(root) if any(node.prefix for node in root.iter()) else root


def _without_prefixes(root: etree._Element) -> etree._Element:
    """The same with ``<svg:rect>`` written ``<rect>``: in a page, only that is a drawing."""
    whole = etree.Element(root.tag, dict(root.attrib), nsmap={None: _NS, "xlink": _XLINK})
    whole.text = root.text
    made = {root: whole}
    for element in root.iterdescendants():
        holder = made[cast(etree._Element, element.getparent())]
        made[element] = etree.SubElement(holder, element.tag, dict(element.attrib))
        made[element].text, made[element].tail = element.text, element.tail
    return whole


def inline(content: str, prefix: str, label: str) -> str | None:
    """The SVG as markup for a page, named ``label`` for screen readers; None if it is no SVG."""
    root = parse(content)
    if root is None:
        return None
    _rename(root, prefix)
    if "viewBox" in root.attrib:
        # Without fixed sizes the drawing follows the width of its column; the style keeps its natural size as a limit.
        width = root.attrib.pop("width", "")
        root.attrib.pop("height", None)
        if re.fullmatch(r"[\d.]+(pt|px)?", width):
            root.set("style", f"max-width:{width if width[-1].isalpha() else width + 'px'}")
    root.set("id", f"{prefix}fig")
    root.set("role", "img")
    root.set("aria-label", label)
    etree.cleanup_namespaces(root)
    return cast(str, etree.tostring(root, encoding="unicode", with_tail=False))


def text_of(content: str, between: str = "") -> str:
    """All text of an SVG, for choosing the characters of the embedded fonts; style rules are no text."""
    return between.join(_texts(content) or ())


def readable(content: str) -> bool:
    """Whether this is an SVG that can be shown."""
    return _texts(content) is not None


@lru_cache(maxsize=16)
def _texts(content: str) -> tuple[str, ...] | None:
    """The pieces of text of an SVG, None if it is none; kept for the drawings of one report."""
    root = parse(content)
    if root is None:
        return None
    return tuple(
        part for node in root.iter() if node.tag != _STYLE for part in (node.text, node.tail) if part
    )
