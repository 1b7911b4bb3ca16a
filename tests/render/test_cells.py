"""Case numbers in one piece, headings in the cards of page one, and very wide tables folded on paper."""

import pandas as pd
import pypdfium2
from bs4 import BeautifulSoup

from pipelines import markup
from pipelines.render import body, fold
from pipelines.render.html import render_html
from pipelines.render.pdf import render_pdf


def tree(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_a_case_number_is_never_broken_and_the_text_is_the_same(tools) -> None:
    text = "2人。甲小学：CX-2026Q2-004、XS-22MIAV34；乙"
    node = tools.notebook(tools.shown(markup.table(pd.DataFrame({"涉及": [text]}), "表")))
    cell = tree(body.build(node).html).td
    assert cell.get_text() == text
    assert [part.get_text() for part in cell.select("span.ref")] == ["CX-2026Q2-004", "XS-22MIAV34"]
    words = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(render_pdf(node)))
    assert "CX-2026Q2-004" in words


def test_markup_beside_a_case_number_stays_text(tools) -> None:
    hostile = "<b>甲</b>CX-1234&amp;<script>"
    node = tools.notebook(tools.shown(markup.table(pd.DataFrame({"涉及": [hostile]}), "表")))
    cell = tree(body.build(node).html).td
    assert cell.get_text() == hostile and cell.find(["b", "script"]) is None


def test_cells_of_page_one_know_their_heading_and_no_others(tools) -> None:
    table = markup.table(pd.DataFrame({"事项": ["甲"], "时限": ["10月7日前"]}), "表")
    page = tree(render_html(tools.notebook(tools.shown(markup.box(table)), tools.shown(table))))
    boxed, other = page.select("table")
    assert [cell.get("data-label") for cell in boxed.select("td")] == ["事项", "时限"]
    assert not other.select("[data-label]")


def test_parts_repeat_the_first_column_and_take_as_many_as_fit() -> None:
    assert fold.parts_of([10, 20, 20, 20, 20], 55) == [[0, 1, 2], [0, 3, 4]]
    assert fold.parts_of([10, 90, 20], 55) == [[0, 1], [0, 2]]


def test_a_table_of_forty_columns_is_folded_on_paper_and_whole_on_the_page(tools) -> None:
    frame = pd.DataFrame({"学校": ["甲小学", "乙小学"]} | {f"第{n}项指标": [n, n + 1] for n in range(40)})
    node = tools.notebook(tools.shown(markup.table(frame, "很宽的表")))
    assert len(tree(render_html(node)).select("table")) == 1
    words = "".join(
        "".join(page.get_textpage().get_text_range().split())
        for page in pypdfium2.PdfDocument(render_pdf(node))
    )
    assert words.count("甲小学") == words.count("很宽的表") > 1
    assert words.count("（续）") == words.count("甲小学") - 1
    assert all(f"第{n}项" in words for n in range(40))


def test_a_table_that_fits_is_not_folded(tools) -> None:
    frame = pd.DataFrame({"学校": ["甲小学"]} | {f"项{n}": [n] for n in range(10)})
    words = "".join(
        page.get_textpage().get_text_range()
        for page in pypdfium2.PdfDocument(render_pdf(tools.notebook(tools.shown(markup.table(frame, "表")))))
    )
    assert words.count("甲小学") == 1


def test_an_indicators_number_leads_to_its_definition_and_only_there(tools) -> None:
    figures = markup.table(pd.DataFrame({"编号": ["D01", "D02"], "值": ["1人", "2人"]}), "主要指标")
    meant = markup.table(pd.DataFrame({"编号": ["D01"], "口径": ["在籍人数"]}), "指标口径与依据")
    node = tools.notebook(tools.shown(figures), tools.shown(meant))
    page = tree(render_html(node))
    links = page.select("main a.def")
    assert [(link.get_text(), link["href"]) for link in links] == [("D01", "#口径-D01")]
    assert page.find(id="口径-D01").td.get_text() == "D01"
    assert render_pdf(node).startswith(b"%PDF")
