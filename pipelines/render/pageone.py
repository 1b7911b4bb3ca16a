"""How tall the box of page one will be, estimated from its text: a first guess, so that Typst need not measure it.

A wrong guess costs time and changes nothing: functions.typ looks at where the box ended when it was set, and sets it
again if the guess was wrong.
"""

import math

from lxml.html import HtmlElement

from pipelines.render import columns, tree


INSIDE = 424.0  # points: the width of what stands in the box
CAPS = 0.733  # height of a line in em, from the foot of the letters to the head of capitals
FRAME = 19.0  # the box's inset above and below
# Where the box begins below a title of one line, the further lines of a title, and how much a line of it holds: its
# figures are a little wider than half a character.
TOP, TITLE, TITLE_ROOM = 160.0, 29.0, 436.0


def guess(root: HtmlElement, compact: bool) -> None:
    """Write into the boxes of a prepared body where they begin and how tall they are, for functions.typ."""
    title = root.find(".//h1")
    lines = 1 if title is None else _lines(tree.text(title), 20.0 if compact else 22.0, TITLE_ROOM)
    for box in tree.having(root, "section", "box"):
        box.set("data-top", f"{TOP + (lines - 1) * TITLE:.0f}")
        box.set("data-tall", f"{_box(box, 11.0 if compact else 12.0):.0f}")


def _lines(text: str, size: float, room: float) -> int:
    return max(math.ceil(columns.width(" ".join(text.split())) * size / 2 / room), 1)


def _set(text: str, size: float, leading: float, room: float) -> float:
    """Height of a paragraph: ``leading`` em between its lines."""
    lines = _lines(text, size, room)
    return size * (lines * CAPS + (lines - 1) * leading)


def _box(box: HtmlElement, size: float) -> float:
    height, below, before = FRAME, 0.0, ""
    for node in box.iter("h2", "p", "li", "table"):
        if node.tag == "p" and tree.inside(node, "table") is not None:
            continue
        above, own, after = _block(node, size)
        if node.tag == "li" and before == "li":
            above = below = 0.85 * size
        height += own + (max(above, below) if before else 0.0)
        below, before = after, node.tag
    return height


def _block(node: HtmlElement, size: float) -> tuple[float, float, float]:
    """Room above, own height and room below."""
    if node.tag == "table":
        return 14.0, _table(node, size), 16.0
    text = tree.text(node)
    if node.tag == "h2":
        large = size * 1.08
        return large, _set(text, large, 0.85, INSIDE), 0.8 * large
    if tree.inside_class(node, "note"):
        return 11.0, _set(text, 9.0, 0.6, INSIDE), 11.0
    room = INSIDE - (3.0 * size if node.tag == "li" else 0.0)
    return 0.95 * size, _set(text + "　　" * (node.tag == "p"), size, 0.85, room), 0.95 * size


def _table(table: HtmlElement, size: float) -> float:
    """A table's height with its caption; columns.py has laid it out."""
    own = float(table.get("data-type-size") or 10) * size / 12
    widths = [float(column.get("style")[len("width:") : -1]) for column in table.iter("col")]
    air = 2 * columns.inset(own)
    height = 0.0 if table.find(".//caption") is None else 10 * CAPS + 0.6 * own
    for row in table.iter("tr"):
        lines = [
            _lines(tree.text(cell), own, share * INSIDE / 100 - air)
            for share, cell in zip(widths, row.iter("td", "th"), strict=False)
        ]
        most = max(lines, default=1)
        height += (8.4 if own >= 9 else 7.2) + own * (most * CAPS + (most - 1) * 0.5)
    return height
