"""Numbers of a column stand with their decimal points below each other, on the page and on paper.

The cells are right-aligned; whoever has a shorter tail (decimals, unit) than the longest of the column gets the
difference as room to its right. The text itself stays in one piece, so that it is read out, copied and sorted whole.
"""

import re
from functools import lru_cache

from lxml.html import HtmlElement

from pipelines.render import tree


# Advance widths of Noto Sans SC in em; every other character of a tail is a full-width one.
WIDTHS = dict.fromkeys("0123456789", 0.555) | {".": 0.278, ",": 0.278, "%": 0.921, "/": 0.392, " ": 0.224}
_NUMBER = re.compile(r"[^\d/]*?[+\-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?P<tail>(?:\.\d+)?[^\d/]*)")
_PLAIN = re.compile(
    r"[+\-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+\-]\d+)?[%％‰]?|NaN|nan|None|NaT|缺报|—|＜10",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def tail_width(text: str) -> float | None:
    """Width in em of what follows the integer part; None for what is no single number (3/9), 0 for marks (—)."""
    if "/" in text:
        return None
    found = _NUMBER.fullmatch(text)
    return sum(WIDTHS.get(c, 1.0) for c in found["tail"]) if found else 0.0


def columns_of(table: HtmlElement) -> list[list[HtmlElement]]:
    """The cells of the table's body by column; rows with spanning cells are left out."""
    rows = [
        row for row in tree.body_rows(table) if not any(c.get("colspan") or c.get("rowspan") for c in row)
    ]
    count = max(map(len, rows), default=0)
    return [[row[place] for row in rows if place < len(row)] for place in range(count)]


def mark_plain(table: HtmlElement) -> None:
    """Columns of numbers in a table that is not ours (a bare frame) become numeric too."""
    for cells in columns_of(table):
        own = [cell for cell in cells if cell.tag == "td"]
        texts = [tree.text(cell).strip() for cell in own]
        if own and all(map(_PLAIN.fullmatch, texts)) and any(c.isdigit() for text in texts for c in text):
            for cell in own:
                cell.set("class", " ".join([*tree.classes(cell), "num"]))


def align(root: HtmlElement) -> None:
    """Give every numeric cell of the body the room that its column's longest tail needs."""
    for table in root.iter("table"):
        if "plain" in tree.classes(table):
            mark_plain(table)
        for cells in columns_of(table):
            own = [cell for cell in cells if "num" in tree.classes(cell)]
            tails = [tail_width(tree.text(cell).strip()) for cell in own]
            most = max((tail for tail in tails if tail is not None), default=0.0)
            for cell, tail in zip(own, tails, strict=True):
                if tail is not None and most - tail > 0.01:
                    cell.set("data-pad", f"{most - tail:.3f}")
                    cell.set("style", f"padding-right:calc(.6rem + {most - tail:.3f}em)")
