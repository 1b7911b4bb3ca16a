"""Analysts' HTML reduced to an allow-list: nothing in a report may run, load or restyle the page.

Names of schools and people come from spreadsheets and may hold anything, so the outputs of a notebook are
treated as hostile. What is left is serialised again with every text and attribute escaped.
"""

import re

from lxml.html import HtmlElement

from pipelines.render import tree


_COMMON = {"class", "id", "title", "lang"}
_PLAIN = frozenset(
    [
        "p",
        "div",
        "span",
        "section",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "dl",
        "dt",
        "dd",
        "strong",
        "em",
        "b",
        "i",
        "s",
        "del",
        "sub",
        "sup",
        "small",
        "br",
        "hr",
        "pre",
        "code",
        "blockquote",
        "figure",
        "figcaption",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "colgroup",
        "mark",
        "details",
        "summary",
    ]
)
_TAGS: dict[str, set[str]] = {
    **{name: set() for name in _PLAIN},
    "a": {"href"},
    "ol": {"start"},
    "li": {"value"},
    "table": set(),
    "col": {"style", "span"},
    "th": {"colspan", "rowspan", "scope", "style"},
    "td": {"colspan", "rowspan", "style"},
    "img": {"alt", "src"},
}
# Elements whose content is no text for the reader; all other unknown elements only lose their tags.
_DROP = frozenset(
    [
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "template",
        "noscript",
        "svg",
        "math",
        "form",
        "input",
        "button",
        "select",
        "textarea",
        "link",
        "meta",
        "base",
        "title",
        "head",
        "frame",
        "frameset",
        "applet",
        "audio",
        "video",
        "canvas",
        "noembed",
        "noframes",
        "plaintext",
        "xmp",
    ]
)
_STYLE = re.compile(
    r"\s*(width\s*:\s*\d{1,3}(\.\d+)?%|text-align\s*:\s*(left|right|center))\s*;?\s*", re.IGNORECASE
)
_HREF = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
_SRC = re.compile(r"data:image/(svg\+xml|png|jpeg|gif);base64,", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9_\-\u4e00-\u9fff]+")


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The value to keep, or None."""
    if name == "class":
        return value
    if name not in _COMMON and name not in _TAGS[tag]:
        return None
    if name == "style":
        return value.strip() if _STYLE.fullmatch(value) else None
    if name == "href":
        return value if _HREF.match(value) else None
    if name == "src":
        return value if _SRC.match(value) else None
    if name in ("colspan", "rowspan", "span", "start", "value"):
        return value if re.fullmatch(r"\d{1,3}", value) else None
    if name == "id":
        return value if _TOKEN.fullmatch(value) else None
    return value


def clean(html: str) -> HtmlElement:
    """The allowed part of ``html`` as a tree."""
    root = tree.parse(html)
    for node in list(root.iter(*_DROP)):
        node.drop_tree()
    for node in list(root.iterdescendants()):
        if node.tag not in _TAGS:
            node.drop_tag()
            continue
        for name, value in node.items():
            good = _attribute(node.tag, name, value)
            if good is None:
                del node.attrib[name]
            elif good != value:
                node.set(name, good)
    return root
