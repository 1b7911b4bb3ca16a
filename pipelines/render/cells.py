"""Cells as readers need them.

Case numbers in one piece, on a phone each cell of page one with its heading beside it, and from every indicator's
number a link to its definition (the page only: on paper links within a report are left out).
"""

import re

from lxml.html import HtmlElement

from pipelines.render import tree


CASE_NUMBER = re.compile(r"\b[A-Z]{2}-[A-Z0-9-]{3,14}\b")


INDICATOR = re.compile(r"[A-Z]\d{2}")
DEFINITIONS = "指标口径与依据"  # in the caption of notes.py's table


def keep_case_numbers_whole(root: HtmlElement) -> None:
    """``CX-2026Q2-004`` must not be broken after a hyphen: whoever looks it up reads it from one line."""
    for cell in root.iter("td"):
        if "-" not in tree.text(cell):
            continue
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
            for row in tree.body_rows(table):
                for head, cell in zip(heads, row, strict=False):
                    cell.set("data-label", head)


def link_definitions(root: HtmlElement) -> None:
    """From the first cell of a row, if it is an indicator's number, to the row that defines it."""
    first: dict[str, list[HtmlElement]] = {}
    taken = set(tree.ids(root))
    for table in root.iter("table"):
        caption = table.find(".//caption")
        defines = caption is not None and DEFINITIONS in tree.text(caption)
        for cell in (row[0] for row in tree.body_rows(table) if row):
            name = tree.text(cell).strip()
            if len(cell) or not INDICATOR.fullmatch(name):
                continue
            if defines and f"口径-{name}" not in taken:
                cell.getparent().set("id", f"口径-{name}")
                taken.add(f"口径-{name}")
            elif not defines:
                first.setdefault(name, []).append(cell)
    known = {row.get("id") for row in root.iter("tr") if row.get("id")}
    for name, cells in first.items():
        for cell in cells if f"口径-{name}" in known else []:
            link = tree.element("a", name, href=f"#口径-{name}", aria_label=f"{name} 的口径", class_="def")
            cell.text = None
            cell.append(link)
