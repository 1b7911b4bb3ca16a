"""Read a finished report back and compare it with what was asked.

The worst failure known in this field is that every report shows the last town's figures. So the town, period,
edition and title are read out of the bytes themselves, the way a reader would, before a report is issued.
"""

import unicodedata
from contextlib import ExitStack, closing
from typing import Any

import lxml.html
import pypdfium2

from pipelines.errors import ReportFailed
from pipelines.render import tree


def _flat(text: str) -> str:
    """Text without white space, widths and compatibility forms folded: PDF text comes back with extra spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _says(page: lxml.html.HtmlElement, words: str) -> bool:
    """Whether a page has the words; folding all of its text, fonts included, only if no piece of it has them as they are."""
    return any(words in piece for piece in page.itertext()) or words in _flat(tree.text(page))


def _expected(meta: dict[str, Any]) -> dict[str, str]:
    return {
        "镇街区": str((meta.get("town") or {}).get("name", "")),
        "季度": str(meta.get("period_label", "")),
        "版本": str(meta.get("edition_label", "")),
        "标题": str(meta.get("title", "")),
    }


def _compare(kind: str, found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    return [
        f"{kind}中的{name}是“{found.get(name, '') or '（空）'}”，应为“{value}”"
        for name, value in wanted.items()
        if value and _flat(value) not in _flat(found.get(name, ""))
    ]


def _html_problems(html: str, meta: dict[str, Any], wanted: dict[str, str]) -> list[str]:
    page = lxml.html.document_fromstring(html)
    lines = [
        node
        for header in tree.having(page, "header", "page")
        for node in header.iter()
        if "running" in tree.classes(node)
    ]
    titles = [node for main in page.iter("main") for node in tree.having(main, "h1", "title")]
    running = tree.text(lines[0]) if lines else ""
    shown = {
        "镇街区": running,
        "季度": running,
        "版本": running,
        "标题": tree.text(titles[0]) if titles else "",
    }
    problems = _compare("HTML", shown, wanted)
    pairs = {
        "town": wanted["镇街区"], "town-code": str((meta.get("town") or {}).get("code", "")),
        "period": str(meta.get("period", "")), "edition": str(meta.get("edition", "")),
    }  # fmt: skip
    for name, value in pairs.items():
        got = next(
            (t.get("content", "") for t in page.iter("meta") if t.get("name") == f"edureport:{name}"), ""
        )
        if value and got != value:
            problems.append(f"HTML 的 {name} 是“{got or '（空）'}”，应为“{value}”")
    if meta.get("demo") and not _says(page, "演示数据"):
        problems.append("HTML 没有标明演示数据")
    return problems


def _texts(document: pypdfium2.PdfDocument) -> list[str]:
    """The text of every page.

    All pages stay open until the last is read: the reader forgets the fonts of a page that is closed, and would read them
    again for the next. Then all are closed here: what is left to the garbage collector is closed by whichever thread it
    happens to run in, and two threads in pdfium at once end the process (a batch's worker has a thread for its messages).
    """
    with ExitStack() as opened:
        texts = []
        for number in range(len(document)):
            page = opened.enter_context(closing(document[number]))
            text = opened.enter_context(closing(page.get_textpage()))
            texts.append(text.get_text_range())
        return texts


def _pdf_problems(pdf: bytes, meta: dict[str, Any], wanted: dict[str, str]) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        info = document.get_metadata_dict()
        pages = _texts(document)
    finally:
        document.close()
    problems = _compare("PDF 文档属性", {"标题": info.get("Title", "")}, {"标题": wanted["标题"]})
    if pages:
        problems += _compare("PDF 首页", {"标题": pages[0]}, {"标题": wanted["标题"]})
    running = {name: value for name, value in wanted.items() if name != "标题"}
    # The running header has all three in one line; searching for the joined line keeps another town's name in a
    # table from passing for this report's.
    line = "·".join(value for value in running.values() if value)
    header = _flat(line)
    for number, text in enumerate(pages, 1):
        flat = _flat(text)
        if header not in flat:
            first = " ".join(text.split())[:60]
            problems.append(f"PDF 第 {number} 页的页眉不是“{line}”（读到：{first}）")
        if meta.get("demo") and "演示数据" not in flat:
            problems.append(f"PDF 第 {number} 页没有标明演示数据")
    return problems


def verify(html: str, pdf: bytes, meta: dict[str, Any]) -> None:
    """ReportFailed if town, period, edition or title in the finished HTML or PDF differ from ``meta``.

    ``meta`` is what was asked for, in the form of the notebook's ``edureport`` metadata; it must come from the
    caller, not from the notebook that was rendered.
    """
    wanted = _expected(meta)
    problems = [*_html_problems(html, meta, wanted), *_pdf_problems(pdf, meta, wanted)]
    if problems:
        town = wanted["镇街区"] or "报告"
        raise ReportFailed(
            f"{town}的报告与要求不符，未发布：{'；'.join(problems)}。",
            "请重新生成；仍不符时联系系统维护人员。",
        )
