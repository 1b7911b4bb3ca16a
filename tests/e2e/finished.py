"""What the finished files of a public edition say, read as a reader would: pages, drawings, downloads, PDF, JSON, index."""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pypdfium2
from bs4 import BeautifulSoup


NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
MARKS = {"＜10", "—", "＊", "缺报"}
# Where figures end and definitions begin, which are the same for every town.
NOTES = "五、数据说明"
WORDS = re.compile(
    r"20\d\d\s*年\s*第|20\d\d\s*Q[1-4]|20\d\d-\d\d-\d\d|20\d\d\s*[-‐–]\s*20\d\d|[DAL]\d\d(?!\d)|[＜于足]\s*10|[表图]\s*\d+"
    r"|— \d+ —|目标(?:均为)?\s*[\d.]+%?|报告编号\s*[0-9a-f]{12}|程序\s*[\d.]+|90\s*天|\d+\s*月\s*\d+\s*日|\d+\s*张数据表"
)


def figures(file: Path) -> dict[str, dict[str, Any]]:
    """{indicator: entry} of an indicators.json."""
    return {entry["id"]: entry for entry in json.loads(file.read_text(encoding="utf-8"))["indicators"]}


def page(file: Path) -> BeautifulSoup:
    """A page without its styles and scripts."""
    soup = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
    for tag in soup(["style", "script"]):
        tag.decompose()
    return soup


def indicator_table(soup: BeautifulSoup) -> dict[str, dict[str, str]]:
    """{indicator: {heading: text}} of the table of indicators."""
    for table in soup.select("table"):
        heads = [th.get_text(strip=True) for th in table.select("thead th")]
        if heads[:3] == ["编号", "指标", "本季度"]:
            rows = (
                [cell.get_text(strip=True) for cell in row.find_all(["td", "th"])]
                for row in table.select("tbody tr")
            )
            return {row[0]: dict(zip(heads, row, strict=True)) for row in rows}
    raise AssertionError("no table of indicators")


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """(where, text) of everything in a folder that says figures: pages, alternative texts, downloads, PDFs."""
    for file in sorted(folder.glob("*.html")):
        soup = page(file)
        yield (
            f"{file.name} attributes",
            "\n".join(str(t.get("alt") or t.get("aria-label") or "") for t in soup.find_all(True)),
        )
        for link in soup.select('a[href^="data:"]'):
            kind, _, data = str(link["href"]).partition(",")
            text = base64.b64decode(data).decode("utf-8-sig") if ";base64" in kind else unquote(data)
            yield f"{file.name} download", text
        yield f"{file.name} drawings", "\n".join(t.get_text(" ") for t in soup.find_all("svg"))
        yield f"{file.name} text", soup.get_text("\n").partition("\n" + NOTES + "\n#")[0]
    for file in sorted(folder.glob("*.pdf")):
        with pypdfium2.PdfDocument(file) as document:
            pages = [document[n].get_textpage().get_text_bounded() for n in range(len(document))]
        yield f"{file.name} text", "".join(pages).partition(NOTES)[0]


def unexplained(text: str, allowed: set[str]) -> set[str]:
    """The numbers of a text that are not allowed; a number torn by a line break or by a drawing's labels is one number."""
    plain = WORDS.sub(" ", re.sub(r"(20\d?)\s+(\d+Q[1-4])", r"\1\2", text))
    whole_again = re.sub(r"(?<=[\d.,])\s+(?=[\d.,])", "", plain)
    apart, joined = (Counter(_plain(found) for found in NUMBER.findall(t)) for t in (plain, whole_again))
    mended = {number for number in joined if joined[number] > apart[number] and number in allowed}
    return {
        found
        for found in apart.keys() - allowed
        if set(found) != {"0"} and not any(found in number for number in mended)
    }


def _plain(number: str) -> str:
    return number.replace(",", "").rstrip(".")


def sayable(entries: list[dict[str, Any]]) -> set[str]:
    """Every number that may be said of published entries: values, bases, remainders, rates, changes."""
    found: set[str] = set()
    for entry in entries:
        now = entry["value"]
        if entry["denominator"] is None:
            found |= {f"{now:g}"} if now is not None else set()
        else:
            num, den = entry["numerator"], entry["denominator"]
            found |= {str(num), str(den), str(den - num)}
            if den:
                found |= {f"{num / den * 100:.{d}f}" for d in (0, 1, 2)}
        for before in (entry["previous"], entry["year_ago"]):
            if before is not None:
                found |= {f"{before:g}", f"{before * 100:.1f}", f"{before * 100:.2f}"}
                change = abs((now if now is not None else before) - before)
                found |= {
                    f"{change:g}",
                    f"{change * 100:.1f}",
                    *([f"{change / before * 100:.1f}"] if before else []),
                }
    return found
