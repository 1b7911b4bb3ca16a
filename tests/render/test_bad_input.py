"""What spreadsheets bring: very long names, rare characters, very many schools, markup, formulas, nothing."""

import re

import pandas as pd
import pypdfium2
import pytest

from pipelines import charts, markup
from pipelines.render import body
from pipelines.render.html import render_html
from pipelines.render.pdf import render_pdf


LONG = "安丘市景芝镇" + "中心小学附属第二教学点" * 5
RARE = "䶮㛃𬱖小学"


def boxes_stay_on_the_page(pdf: bytes) -> bool:
    for page in pypdfium2.PdfDocument(pdf):
        width, height = page.get_size()
        text = page.get_textpage()
        for n in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(n)
            if left < 0 or bottom < 0 or right > width or top > height:
                return False
    return True


def words(pdf: bytes) -> str:
    return "".join("".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(pdf)).split())


@pytest.mark.parametrize("name", [LONG[:60], RARE, "=HYPERLINK(1)", "<b>甲</b>&amp;", "#read(1) $x$ *a*"])
def test_any_name_in_tables_charts_and_captions(tools, name):
    frame = pd.DataFrame({"学校": [name] * 7, "人数": range(7)})
    chart = charts.figure_svg(charts.bars_by_school(frame, "人数", "学校", 2.0))
    node = tools.notebook(
        tools.shown(markup.table(frame, name, kind="sortable")),
        tools.shown(markup.chart(chart, name, name, frame)),
    )
    assert body.build(node).warnings == []
    pdf = render_pdf(node)
    assert boxes_stay_on_the_page(pdf)
    flat = re.sub(r"\s", "", name)
    assert words(pdf).replace("\u200b", "").count(flat) >= 8
    page = render_html(node)
    assert markup.escape(name, quote=False) in page


def test_a_glyph_that_no_font_has_is_named_in_chart_table_and_text(tools):
    frame = pd.DataFrame({"学校": ["甲\U0001f600小学"], "人数": [1]})
    chart = charts.figure_svg(charts.bars_by_school(frame, "人数", "学校"))
    node = tools.notebook(tools.shown(markup.chart(chart, "题", "文", frame)))
    warnings = body.build(node).warnings
    assert len(warnings) == 1 and "U+1F600" in warnings[0]
    assert "〓" in words(render_pdf(node)) and "\U0001f600" not in render_html(node)


def test_three_hundred_schools(tools):
    frame = pd.DataFrame({"学校": [f"第{n}号{LONG[:40]}" for n in range(300)], "人数": range(300)})
    chart = charts.figure_svg(charts.bars_by_school(frame, "人数", "学校"))
    node = tools.notebook(
        tools.shown(markup.chart(chart, "图", "图")), tools.shown(markup.table(frame, "表", kind="sortable"))
    )
    pdf = render_pdf(node)
    assert boxes_stay_on_the_page(pdf)
    assert all(f"第{n}号" in words(pdf) for n in (0, 150, 299))


def test_tables_of_no_rows_and_no_columns(tools):
    for frame in (pd.DataFrame({"学校": [], "人数": []}), pd.DataFrame()):
        node = tools.notebook(tools.shown(markup.table(frame, "空表", kind="sortable")))
        assert render_pdf(node).startswith(b"%PDF")
        assert "空表" in render_html(node)
