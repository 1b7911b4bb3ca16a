"""What only the page has: links to headings, and every chart's and school table's data as a download.

All of it is made here from the cleaned body, so that nothing in a notebook's output can add a link of this kind.
"""

import base64
import csv
import io
import re

from bs4 import BeautifulSoup, Tag

from pipelines.render.body import FOLDED


_NUMBER = re.compile(r"[+-]?[\d,]+(\.\d+)?[%％]?")


def csv_text(table: Tag) -> str:
    """The rows of a table as CSV; a cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in table.find_all("tr"):
        writer.writerow([_plain(cell.get_text(" ", strip=True)) for cell in row.find_all(["th", "td"])])
    return buffer.getvalue()


def _plain(text: str) -> str:
    if text.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) and not _NUMBER.fullmatch(
        text
    ):
        return "'" + text
    return text


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9\u4e00-\u9fff]+", "_", text).strip("_")[:60] or "数据"


def _download(soup: BeautifulSoup, table: Tag, title: str) -> Tag:
    # the mark in front makes spreadsheet programs read the file as UTF-8
    data = base64.b64encode(("\ufeff" + csv_text(table)).encode("utf-8")).decode("ascii")
    link = soup.new_tag("a", attrs={"class": "download", "download": f"{_file_name(title)}.csv"})
    link["href"] = f"data:text/csv;charset=utf-8;base64,{data}"
    link.string = "下载数据（CSV）"
    # the same words at every table say nothing when read out one after another
    link["aria-label"] = f"下载数据（CSV）：{title}"
    return link


def add_downloads(soup: BeautifulSoup) -> None:
    """A link below every sortable table and inside the folded table of every chart."""
    for table in soup.select(f"table.sortable, details.{FOLDED} table"):
        title = table.caption.get_text(" ", strip=True) if table.caption else "数据"
        holder = table.find_parent("div", class_="scroll") or table
        line = soup.new_tag("p", attrs={"class": "links"})
        line.append(_download(soup, table, title))
        holder.insert_after(line)
    for details in soup.select(f"details.{FOLDED}"):
        figure = details.find_previous_sibling("figure")
        if figure and figure.figcaption and details.summary:
            # several disclosures called 图中数据 could not be told apart by ear
            details.summary.string = f"图中数据：{figure.figcaption.get_text(' ', strip=True)}"


def add_anchors(soup: BeautifulSoup) -> None:
    """A link to itself at every heading below the title, for sharing."""
    for heading in soup.select("h2[id], h3[id]"):
        name = heading.get_text(" ", strip=True)
        link = soup.new_tag(
            "a", attrs={"class": "anchor", "href": f"#{heading['id']}", "aria-label": f"本节链接：{name}"}
        )
        link.string = "#"
        heading.append(link)
