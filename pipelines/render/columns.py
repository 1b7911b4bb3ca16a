"""Type size and column widths of a table on paper: nothing may overflow, and no date or number may break.

HTML pages lay tables out themselves; Typst divides crowded columns evenly, which squeezes long school names. So
widths are worked out here from the text, in half characters (a Chinese character counts two).
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from lxml.html import HtmlElement

from pipelines.render import fold, oneline, tokens, tree


CORE, CORE_IN_BOX, CORE_TURNED = 442.0, 422.0, 632.0  # points: 156 mm, less the box's inset, and landscape
LONGEST_TOKEN = tokens.RUN - 1  # longer runs of letters and digits may be broken
PAGE = 420.0  # points of height a row may surely take; 225 mm less headings, or a turned page
# A table not taller than this moves to the next page whole; a taller one would leave more than a fifth of a page empty,
# so it is broken between rows, and its heading is repeated.
FIFTH = 127.0
# A table is broken only after its caption, its heading and two rows, or one tall row: so much room.
TOP, TOP_ROOM = 3, 80.0
# half characters that a column may get whole, whatever widths were wished, if the table gets shorter
ONE_LINE = 29
STEP = 0.5  # points of type size given up so that no cell needs a second line
HEADING = 6  # half characters a heading's column has at least
# half characters, on the high side: Noto Sans is 0.5 to 0.9 em wide there
_CAPITALS = dict.fromkeys("ABCDEGHKLNOPQRSTUVXYZ", 1.35) | dict.fromkeys("MW", 1.85)
_DATE = re.compile(r"(?:\d{4}年)?\d{1,2}月\d{1,2}日前?")  # a deadline is read as one word: 10月30日前
_TOKEN = re.compile(r"[A-Za-z0-9.,:%‰/_+\-−≥≤＜<>()]+|.", re.DOTALL)


@dataclass(frozen=True)
class Layout:
    """Type size in points, column shares of the width (they add up to 1), and whether the page is turned."""

    size: float
    shares: list[float]
    turned: bool


@lru_cache(maxsize=8192)
def width(text: str) -> float:
    """Half characters of a text; capitals are wider than other letters and digits (XS-WY754WYU)."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else _CAPITALS.get(c, 1) for c in text)


@lru_cache(maxsize=8192)
def _longest_token(text: str) -> float:
    longest = max((width(token) for token in _TOKEN.findall(text)), default=0.0)
    # with the air between its figures and characters
    return max([longest, *(2 * oneline.most(date) for date in _DATE.findall(text))])


def inset(size: float) -> float:
    """Horizontal padding of a cell on each side, in points (functions.typ uses the same)."""
    return 4.0 if size >= 9 else 2.4


# natural and least widths of the columns, in half characters
Needs = tuple[list[float], list[float]]


@dataclass(frozen=True)
class Row:
    """One row of a table: its cells and the text of each."""

    heading: bool
    cells: list[HtmlElement]
    texts: list[str]


def read(table: HtmlElement) -> list[Row]:
    """The rows of a table, the heading first."""
    made = []
    for row in table.iter("tr"):
        cells = list(row.iter("td", "th"))
        made.append(Row(tree.inside(row, "thead") is not None, cells, list(map(tree.text, cells))))
    return made


def _span(cell: HtmlElement) -> int:
    return int(cell.get("colspan") or 1)


def _needs(rows: list[Row]) -> Needs:
    """Per column the width of its longest line and of its longest unbreakable part."""
    count = max((sum(map(_span, row.cells)) for row in rows), default=1)
    natural, least = [2.0] * count, [2.0] * count
    for row in rows:
        place = 0
        for cell, text in zip(row.cells, row.texts, strict=True):
            span = _span(cell)
            if span == 1 and place < count:
                whole, token = _cell_needs(cell, text.strip(), row.heading)
                natural[place] = max(natural[place], whole)
                least[place] = max(least[place], token)
            place += span
    return natural, least


def _cell_needs(cell: HtmlElement, text: str, heading: bool) -> tuple[float, float]:
    names = tree.classes(cell)
    marks = cell.iter() if len(cell) else (cell,) if "light" in names else ()
    mark = next((node for node in marks if "light" in tree.classes(node)), None)
    # A heading may take two lines; a status mark has padding of its own.
    # So has a number whose tail is shorter than that of its column (decimals.py).
    room = 2 * float(cell.get("data-pad") or 0)
    own = width(text)
    whole = own + (2 if mark is not None else 0) + room
    if heading:
        token = max(_longest_token(text), min(own, HEADING))  # no heading of one character a line
    elif "num" in names:
        token = own  # a number stays with its unit
    else:
        token = _longest_token(text)
    if mark is not None:
        token = max(token, width(tree.text(mark)) + 2)
    return whole / 2 if heading and whole > 12 else whole, min(token, LONGEST_TOKEN) + room


def _given(table: HtmlElement, count: int) -> list[float] | None:
    found = [
        re.search(r"width:\s*([\d.]+)%", col.get("style", "")) for col in table.xpath(".//colgroup//col")
    ]
    if len(found) != count or not all(found):
        return None
    values = [float(match[1]) for match in found if match]
    return [value / sum(values) for value in values] if sum(values) > 0 else None


def _fill(natural: list[float], least: list[float], room: float) -> list[float]:
    """Widths that add up to ``room``: short columns whole, the longest share what is left."""
    if sum(natural) <= room:
        return [want * room / sum(natural) for want in natural]
    low, high = 0.0, max(natural)
    for _ in range(40):
        level = (low + high) / 2
        if sum(max(a, min(b, level)) for a, b in zip(least, natural, strict=True)) > room:
            high = level
        else:
            low = level
    return [max(a, min(b, low)) for a, b in zip(least, natural, strict=True)]


def _shares(natural: list[float], floors: list[float], given: list[float] | None, room: float) -> list[float]:
    if given is None:
        return _fill(natural, floors, room)
    wanted = [max(share * room, floor) for share, floor in zip(given, floors, strict=True)]
    over = sum(wanted) - room
    spare = [want - floor for want, floor in zip(wanted, floors, strict=True)]
    return [want - over * free / (sum(spare) or 1) for want, free in zip(wanted, spare, strict=True)]


def layout(table: HtmlElement, rows: list[Row], needs: Needs) -> Layout:
    """The layout of one table of the body; the type gets smaller, then the page is turned, then it is forced."""
    natural, least = needs
    count = len(natural)
    # Half a character of play: real glyphs are not exactly half or full width.
    natural, least = [n + 1 for n in natural], [w + 1 for w in least]
    given = _given(table, count)
    start = 10.0 if count <= 5 else 9.0 if count <= 8 else 8.0
    sizes = [size / 2 for size in range(int(start * 2), 13, -1)]
    places = [(CORE_IN_BOX, False)] if _boxed(table) else [(CORE, False), (CORE_TURNED, True)]
    # What the author wished holds for long columns; a short one may need more to stay in one line.
    whole = [n if n <= ONE_LINE else w for n, w in zip(natural, least, strict=True)]
    for core, turned in places:
        rooms = {size: (core - 2 * inset(size) * count) / (size / 2) for size in sizes}
        fits = [size for size in sizes if sum(least) <= rooms[size]]
        if not fits:
            continue
        # One step smaller is less bad than a last character on a line of its own in every other row.
        smooth = [size for size in fits if size >= fits[0] - STEP and sum(natural) <= rooms[size]]
        size = (smooth or fits)[0]
        room = rooms[size]
        choices = [_shares(natural, floors, given, room) for floors in (whole, least) if sum(floors) <= room]
        if given:
            choices.append(_fill(natural, least, room))
        made = []
        for shares in choices:
            points = [share * size / 2 + 2 * inset(size) for share in shares]
            made.append(Layout(size, [p / sum(points) for p in points], turned))
        if len(made) == 1:
            return made[0]
        widths = _widths(rows)
        return min(made, key=lambda found: sum(_heights(widths, found)))
    return Layout(6.0, [w / sum(least) for w in least], places[-1][1])


def _widths(rows: list[Row]) -> list[list[float]]:
    """Half characters of every cell."""
    return [list(map(width, row.texts)) for row in rows]


def _heights(widths: list[list[float]], found: Layout) -> list[float]:
    """Height of every row in points, estimated from the widths of its texts."""
    core = CORE_TURNED if found.turned else CORE_IN_BOX
    rooms = [max(share * core - 2 * inset(found.size), found.size) for share in found.shares]
    made = []
    for row in widths:
        lines = 1
        for room, wide in zip(rooms, row, strict=False):
            if wide * found.size / 2 > room:
                lines = max(lines, math.ceil(wide * found.size / 2 / room))
        made.append(lines * found.size * 1.5 + 5)
    return made


def prepare(table: HtmlElement) -> None:
    """Write the layout into the table, as column widths and ``data-`` attributes for the pandoc filter.

    A table too wide for a turned page becomes several, one below the other (fold.py).
    """
    rows = read(table)
    needs = _needs(rows)
    for part in fold.fold(table, _parts(table, needs[1])):
        if part is not table:
            rows = read(part)
            needs = _needs(rows)
        _write(part, layout(part, rows, needs), rows)
        tokens.mark(part)


def _parts(table: HtmlElement, least: list[float]) -> list[list[int]]:
    """The columns of each part; one part if everything fits on a page, turned if need be."""
    size, core = 7.0, CORE_IN_BOX if _boxed(table) else CORE_TURNED
    widths = [(w + 1) * size / 2 + 2 * inset(size) for w in least]
    if sum(widths) <= core:
        return [[*range(len(widths))]]
    size = 8.0
    widths = [(w + 1) * size / 2 + 2 * inset(size) for w in least]
    return fold.parts_of(widths, CORE_IN_BOX if _boxed(table) else CORE)


def _boxed(table: HtmlElement) -> bool:
    return tree.inside(table, "section", "blockquote", "li", "details") is not None


def _write(table: HtmlElement, found: Layout, rows: list[Row]) -> None:
    for old in list(table.iter("colgroup")):
        old.drop_tree()
    group = tree.element("colgroup")
    group.extend(tree.element("col", style=f"width:{share * 100:.2f}%") for share in found.shares)
    caption = table.find(".//caption")
    if caption is None:
        group.tail, table.text = table.text, None
        table.insert(0, group)
    else:
        tree.put_after(caption, group)
    # not data-size: pandoc keeps the prefix of names that HTML knows, and filter.lua would not find it
    table.set("data-type-size", f"{found.size:g}")
    table.set("data-turned", "true" if found.turned else "false")
    heights = _heights(_widths(rows), found)
    table.set("data-split", "true" if max(heights, default=0.0) > PAGE else "false")
    table.set("data-whole", "true" if sum(heights) <= FIFTH else "false")
    # Room that the first rows need; in the box of page one nothing is moved.
    top = 0.0 if _boxed(table) else min(sum(heights[:TOP]) + 20, TOP_ROOM)
    table.set("data-top", f"{top:.0f}")
    table.set("data-one-line", _one_line(table, found, rows))


def _one_line(table: HtmlElement, found: Layout, rows: list[Row]) -> str:
    """oneline.py's word on the rows; none where Typst may get them in another order or in another width."""
    parts = [part.tag for part in table if part.tag not in ("caption", "colgroup")]
    # text in a list or a quotation is indented by what only Typst knows
    if (
        parts not in (["thead", "tbody"], ["tbody"])
        or tree.inside(table, "blockquote", "li", "details") is not None
    ):
        return ""
    core = CORE_TURNED if found.turned else CORE_IN_BOX if _boxed(table) else CORE
    cells = [(row.cells, row.texts) for row in rows]
    return oneline.known(cells, found.shares, found.size, core, inset(found.size))
