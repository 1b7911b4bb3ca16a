"""What only the page has: links to headings, and every chart's and school table's data as a download.

All of it is made here from the cleaned body, so that nothing in a notebook's output can add a link of this kind.
"""

import base64
import csv
import io
import re

from lxml.html import HtmlElement

from pipelines.render import tree
from pipelines.render.body import FOLDED


_NUMBER = re.compile(r"[+-]?[\d,]+(\.\d+)?[%％]?")


def csv_text(table: HtmlElement) -> str:
    """The rows of a table as CSV; a cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in table.iter("tr"):
        writer.writerow([_plain(" ".join(tree.text(cell).split())) for cell in row.iter("th", "td")])
    return buffer.getvalue()


def _plain(text: str) -> str:
    if text.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) and not _NUMBER.fullmatch(
        text
    ):
        return "'" + text
    return text


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9\u4e00-\u9fff]+", "_", text).strip("_")[:60] or "数据"


def _download(table: HtmlElement, title: str) -> HtmlElement:
    # the mark in front makes spreadsheet programs read the file as UTF-8
    data = base64.b64encode(("\ufeff" + csv_text(table)).encode("utf-8")).decode("ascii")
    link = tree.element(
        "a",
        "下载数据（CSV）",
        class_="download",
        download=f"{_file_name(title)}.csv",
        href=f"data:text/csv;charset=utf-8;base64,{data}",
        # the same words at every table say nothing when read out one after another
        aria_label=f"下载数据（CSV）：{title}",
    )
    line = tree.element("p", class_="links")
    line.append(link)
    return line


def _is_box(node: HtmlElement) -> bool:
    return node.tag == "div" and "scroll" in tree.classes(node)


def add_downloads(root: HtmlElement) -> None:
    """A link below every sortable table and inside the folded table of every chart."""
    for table in list(root.iter("table")):
        folded = any(node.tag == "details" and FOLDED in tree.classes(node) for node in table.iterancestors())
        if not folded and "sortable" not in tree.classes(table):
            continue
        caption = table.find(".//caption")
        title = "数据" if caption is None else tree.words(caption)
        holder = next((node for node in table.iterancestors("div") if _is_box(node)), table)
        tree.put_after(holder, _download(table, title))
    for details in tree.having(root, "details", FOLDED):
        captions = details.xpath("preceding-sibling::figure[1]//figcaption[1]")
        summary = details.find(".//summary")
        if captions and summary is not None:
            # several disclosures called 图中数据 could not be told apart by ear
            summary[:] = []
            summary.text = f"图中数据：{tree.words(captions[0])}"


def add_anchors(root: HtmlElement) -> None:
    """A link to itself at every heading below the title, for sharing."""
    for heading in root.iter("h2", "h3"):
        if name := heading.get("id"):
            label = f"本节链接：{tree.words(heading)}"
            heading.append(tree.element("a", "#", class_="anchor", href=f"#{name}", aria_label=label))
