"""Downloads, anchors and disclosures of the page."""

import base64
import csv
import io

import pandas as pd
import pypdfium2
import pytest
from bs4 import BeautifulSoup

from pipelines import charts, markup
from pipelines.render import extras, tree
from pipelines.render.html import render_html
from pipelines.render.pdf import render_pdf


def rows(link) -> list[list[str]]:
    assert link["href"].startswith("data:text/csv;charset=utf-8;base64,")
    text = base64.b64decode(link["href"].partition(",")[2]).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))


@pytest.fixture
def charted(tools):
    svg = charts.figure_svg(charts.stock_flow(5, 4, 3, 6))
    data = pd.DataFrame({"项目": ["期初", "新增"], "人数": pd.array([5, None], dtype="Int64")})
    schools = pd.DataFrame(
        {"学校": ["甲小学", "=cmd()", "@sum"], "人数": [1, -2, 3], "比率": ["+1.5%", "0", "-"]}
    )
    return tools.notebook(
        tools.shown("<h2>一、情况</h2>" + markup.chart(svg, "变动", "说明", data)),
        tools.shown(markup.table(schools, "各学校", kind="sortable")),
        tools.shown("<h2>一、情况</h2>"),
    )


def test_a_chart_offers_its_data_and_its_caption_names_them(charted):
    page = BeautifulSoup(render_html(charted), "html.parser")
    details = page.select_one("details.chart-data")
    assert details.summary.get_text() == "图中数据：图1\u3000变动"
    assert rows(details.select_one("a.download")) == [["项目", "人数"], ["期初", "5"], ["新增", "缺报"]]
    # the folded table has no number of its own: the first numbered one is that of the schools
    assert [c.get_text() for c in page.select("caption")] == ["变动", "表1\u3000各学校"]


def test_the_folded_table_is_not_on_paper_but_the_figures_are(charted):
    text = "".join(
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(render_pdf(charted))
    )
    assert "图中数据" not in text and text.count("各学校") == 1 and "期初" in text


def test_formulas_in_a_download_are_text(charted):
    page = BeautifulSoup(render_html(charted), "html.parser")
    link = next(a for a in page.select("a.download") if "各学校" in a["aria-label"])
    assert rows(link)[1:] == [["甲小学", "1", "+1.5%"], ["'=cmd()", "-2", "0"], ["'@sum", "3", "'-"]]
    assert link["download"] == "表1_各学校.csv"


def test_every_heading_has_a_link_to_itself_and_ids_stay_with_the_words(charted):
    page = BeautifulSoup(render_html(charted), "html.parser")
    assert [h["id"] for h in page.select("main h2")] == ["一-情况", "一-情况-2"]
    for anchor in page.select("a.anchor"):
        assert page.find(id=anchor["href"][1:]) is anchor.parent


def test_a_notebook_cannot_add_a_download_of_its_own(tools):
    evil = '<a download="x.csv" href="data:text/html,<script>1</script>">甲</a><table class="data sortable"></table>'
    page = BeautifulSoup(render_html(tools.notebook(tools.shown(evil))), "html.parser")
    assert not [a for a in page.select("main a") if "text/html" in a.get("href", "")]


def test_csv_of_a_table_without_rows():
    assert extras.csv_text(tree.parse("<table></table>")[0]) == ""
