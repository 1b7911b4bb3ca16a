"""SVG charts made safe and placed inline: only drawing elements stay, and ids are unique in the page.

Charts carry real text (``svg.fonttype: none``); inline, the page's own embedded fonts apply to it.
"""

import re
import xml.etree.ElementTree as ET
from functools import lru_cache


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
_LOCAL_URL = re.compile(r"url\(\s*(['\"]?)#([^)'\"]+)\1\s*\)")
_ANY_URL = re.compile(r"url\(|@import|expression\(|javascript:", re.IGNORECASE)

ET.register_namespace("", _NS)
ET.register_namespace("xlink", _XLINK)


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
    value = _LOCAL_URL.sub(lambda match: f"url(#{prefix}{match[2]})", value)
    return None if _ANY_URL.search(value.replace(f"url(#{prefix}", "")) else value


def _clean(element: ET.Element, prefix: str) -> None:
    for child in list(element):
        if (
            not isinstance(child.tag, str)
            or _local(child.tag) not in _TAGS
            or not child.tag.startswith(f"{{{_NS}}}")
        ):
            element.remove(child)
            continue
        if _local(child.tag) == "style" and (_ANY_URL.search(child.text or "") or "<" in (child.text or "")):
            element.remove(child)
            continue
        if _local(child.tag) == "style":
            # A style element inside an inline SVG styles the whole page: keep it to the figure.
            child.text = re.sub(r"(^|\})\s*\*", rf"\1 #{prefix}fig *", child.text or "")
        _clean(child, prefix)
    for key in list(element.attrib):
        value = _safe_value(_local(key), element.attrib[key], prefix)
        del element.attrib[key]
        if value is not None:
            element.attrib[key] = value


def parse(content: str, prefix: str) -> ET.Element | None:
    """The cleaned ``<svg>`` element, every id with ``prefix``; None if this is no SVG or declares entities."""
    if "<!ENTITY" in content:
        return None
    try:
        root = ET.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", content))
    except ET.ParseError:
        return None
    if root.tag != f"{{{_NS}}}svg":
        return None
    _clean(root, prefix)
    return root


def inline(content: str, prefix: str, label: str) -> str | None:
    """The SVG as markup for a page, named ``label`` for screen readers; None if it is no SVG."""
    root = parse(content, prefix)
    if root is None:
        return None
    if "viewBox" in root.attrib:
        # Without fixed sizes the drawing follows the width of its column; the style keeps its natural size as a limit.
        width = root.attrib.pop("width", "")
        root.attrib.pop("height", None)
        if re.fullmatch(r"[\d.]+(pt|px)?", width):
            root.set("style", f"max-width:{width if width[-1].isalpha() else width + 'px'}")
    root.set("id", f"{prefix}fig")
    root.set("role", "img")
    root.set("aria-label", label)
    return ET.tostring(root, encoding="unicode")


def text_of(content: str, between: str = "") -> str:
    """All text of an SVG, for choosing the characters of the embedded fonts; style rules are no text."""
    return between.join(_texts(content) or ())


def readable(content: str) -> bool:
    """Whether this is an SVG that can be shown."""
    return _texts(content) is not None


@lru_cache(maxsize=16)
def _texts(content: str) -> tuple[str, ...] | None:
    """The pieces of text of an SVG, None if it is none; kept for the drawings of one report."""
    root = parse(content, "")
    if root is None:
        return None
    return tuple(
        part for node in root.iter() if _local(node.tag) != "style" for part in (node.text, node.tail) if part
    )
