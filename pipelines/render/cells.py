"""Cells as readers need them: case numbers in one piece, and on a phone each cell with its heading beside it."""

import re

from lxml.html import HtmlElement

from pipelines.render import tree


CASE_NUMBER = re.compile(r"\b[A-Z]{2}-[A-Z0-9-]{3,14}\b")


def keep_case_numbers_whole(root: HtmlElement) -> None:
    """``CX-2026Q2-004`` must not be broken after a hyphen: whoever looks it up reads it from one line."""
    for cell in root.iter("td"):
        for node in list(cell.iter()):
            if "ref" in tree.classes(node):
                continue
            _mark(node, node.text, None)
            if node is not cell:
                _mark(node.getparent(), node.tail, node)


def _mark(holder: HtmlElement, content: str | None, behind: HtmlElement | None) -> None:
    """Put the numbers of a text of ``holder`` (its own, or what follows its child ``behind``) into elements."""
    found = list(CASE_NUMBER.finditer(content or ""))
    if not content or not found:
        return
    ends = [*(match.start() for match in found[1:]), len(content)]
    numbers = []
    for match, end in zip(found, ends, strict=True):
        number = tree.element("span", match[0], class_="ref")
        number.tail = content[match.end() : end]
        numbers.append(number)
    place = 0 if behind is None else holder.index(behind) + 1
    if behind is None:
        holder.text = content[: found[0].start()]
    else:
        behind.tail = content[: found[0].start()]
    holder[place:place] = numbers


def label_cells(root: HtmlElement) -> None:
    """Name the heading in every cell of the tables of page one: on a phone their rows become cards (report.css)."""
    for box in tree.having(root, "section", "box"):
        for table in box.iter("table"):
            heads = [" ".join(tree.words(head).split()) for head in table.xpath(".//thead//th")]
            for row in table.xpath(".//tbody/tr"):
                for head, cell in zip(heads, row.xpath("./td | ./th"), strict=False):
                    cell.set("data-label", head)
