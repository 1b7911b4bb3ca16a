"""Rows of a table on paper that surely take one line: their height is known, so Typst need not find it out.

Typst sets every cell of a row twice: once to see how tall it gets, once in the height of the row. Where the height is
known beforehand it sets them once. A row is only told to be one line tall if that is certain: widths here are upper
bounds, made of the font's own advances, and whatever is out of the ordinary is left to Typst.
"""

from functools import lru_cache
from itertools import pairwise, repeat

import uharfbuzz
from lxml.html import HtmlElement

from pipelines.render import fonts, tree


# Typst's own: a quarter of an em between Chinese and other characters.
AIR = 0.25
DOTS = 0.2  # three points become one sign of a full em
LIGHT = 7.0  # points: the insets of a status mark (functions.typ)
SLACK = 1.0  # points, for kerning that pushes letters apart (a few thousandths of an em)
Cells = tuple[list[HtmlElement], list[str]]  # of a row, and the text of each
_MARKS = frozenset(["span", "a"])
_SPANS = frozenset(["colspan", "rowspan"])


@lru_cache(maxsize=1)
def _advances() -> tuple[uharfbuzz.Font, int]:
    face = fonts.face(fonts.SANS)
    return uharfbuzz.Font(face), face.upem


@lru_cache(maxsize=8192)
def _advance(character: str) -> float:
    """Width in em, at least one for what is not ASCII: its form may be another one in Chinese text (the dash)."""
    font, upem = _advances()
    glyph = font.get_nominal_glyph(ord(character))
    if not glyph:
        return float("inf")  # from another font, of another height
    width = font.get_glyph_h_advance(glyph) / upem
    return width if character.isascii() else max(width, 1.0)


@lru_cache(maxsize=8192)
def most(text: str) -> float:
    """An upper bound of the width of a text in em, infinite if a character is not in the font; 0 for no text."""
    narrow = [character.isascii() for character in text]
    seams = sum(one != other for one, other in pairwise(narrow))
    return sum(map(_advance, text)) + AIR * seams + DOTS * text.count("...")


def _certain(cell: HtmlElement, text: str, room: float, size: float) -> bool:
    """Whether a cell surely fits into one line of ``room`` points, set in type of ``size`` points."""
    air = SLACK
    if len(cell):
        for node in cell.iterdescendants():
            if node.tag not in _MARKS:
                return False
            if "light" in tree.classes(node):
                air += LIGHT
    return (most(text) + float(cell.get("data-pad") or 0)) * size + air <= room


def known(rows: list[Cells], shares: list[float], size: float, core: float, inset: float) -> str:
    """A digit a row, the heading first: 1 if it surely takes one line, else 0.

    ``rows`` holds the cells of each and their texts, ``shares`` the columns' shares of ``core`` points, ``inset`` the
    padding of a cell on each side, in points. Empty if a row has other cells than the table has columns.
    """
    rooms = [share * core - 2 * inset for share in shares]
    made = ""
    for cells, texts in rows:
        if len(cells) != len(rooms) or not all(_SPANS.isdisjoint(cell.keys()) for cell in cells):
            return ""
        one = all(map(_certain, cells, texts, rooms, repeat(size)))
        made += "1" if one and any(map(str.strip, texts)) else "0"
    return made
