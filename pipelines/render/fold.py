"""Tables too wide even for a turned page are folded on paper: the same rows again with the next columns.

The first column, which names the rows, is repeated in every part. The page (HTML) scrolls such a table instead.
"""

import copy
from collections.abc import Sequence

from lxml.html import HtmlElement

from pipelines.render import tree


CONTINUED = "（续）"


def parts_of(widths: Sequence[float], room: float) -> list[list[int]]:
    """Which columns stand in which part, the first in all of them; every part takes as many as fit (at least one)."""
    parts: list[list[int]] = []
    used = 0.0
    for place in range(1, len(widths)):
        if parts and used + widths[place] <= room:
            parts[-1].append(place)
        else:
            parts.append([0, place])
            used = widths[0]
        used += widths[place]
    return parts


def fold(table: HtmlElement, parts: Sequence[Sequence[int]]) -> list[HtmlElement]:
    """Replace the table by one table for each part; a table with spanning cells is left as it is."""
    if len(parts) < 2 or table.xpath(".//*[@colspan or @rowspan]"):
        return [table]
    made = []
    for number, places in enumerate(parts):
        part = copy.deepcopy(table)
        part.tail = None
        for row in part.iter("tr"):
            for place, cell in enumerate(row.xpath("./td | ./th")):
                if place not in places:
                    cell.drop_tree()
        for group in list(part.iter("colgroup")):
            group.drop_tree()
        caption = part.find(".//caption")
        if number and caption is not None:
            tree.add_text(caption, CONTINUED)
        made.append(part)
    last = table
    for part in made:
        tree.put_after(last, part)
        last = part
    table.drop_tree()
    return made
