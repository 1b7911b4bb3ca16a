"""Case numbers and long runs of letters in the tables on paper: where a line may be broken in them and where not.

Typst could find them itself (a show rule with a regular expression), but would then look through every text of every
cell, each time it is laid out; here they are found once.
"""

import re

from lxml.html import HtmlElement

from pipelines.render import tree


WHOLE = "whole"  # the class of what functions.typ sets in one piece
BREAK = "\u200b"  # a place where a line may be broken
RUN, STEP = 18, 6  # longer runs of letters and digits may be broken, after every so many characters
# A case number stays in one piece, with the mark after it, which must not begin a line.
_CASE = re.compile(r"[A-Z]{2}-[A-Z0-9\-]{3,14}[、；，。]?")
_RUN = re.compile(rf"[A-Za-z0-9_\-]{{{RUN},}}")


def mark(table: HtmlElement) -> None:
    """Put the case numbers of a table into elements of their own, and break points into long runs."""
    for node in list(table.iter("span")):
        # the page's own mark; the punctuation after the number belongs to it here
        if tree.classes(node) == ["ref"]:
            node.drop_tag()
    for node in list(table.iter()):
        if _suspect(node.text):
            node.text, node[0:0] = _split(node.text)
        if node is not table and _suspect(node.tail):
            node.tail, marked = _split(node.tail)
            holder = node.getparent()
            place = holder.index(node) + 1
            holder[place:place] = marked


def _suspect(text: str | None) -> bool:
    """Whether it is worth searching: most cells hold neither."""
    return text is not None and ("-" in text or len(text) >= RUN)


def _split(text: str) -> tuple[str, list[HtmlElement]]:
    """The text before the first case number, and the numbers as elements, each with what follows it."""
    head, place = "", 0
    marked: list[HtmlElement] = []
    while True:
        case, run = _CASE.search(text, place), _RUN.search(text, place)
        if case is None and run is None:
            break
        if run is not None and (case is None or run.start() < case.start()):
            pieces = [run[0][start : start + STEP] for start in range(0, len(run[0]), STEP)]
            text = text[: run.start()] + BREAK.join(pieces) + text[run.end() :]
        elif case is not None:
            before = text[place : case.start()]
            if marked:
                marked[-1].tail = before or None
            else:
                head = before
            marked.append(tree.element("span", case[0], class_=WHOLE))
            place = case.end()
    if marked:
        marked[-1].tail = text[place:] or None
    else:
        head = text
    return head, marked
