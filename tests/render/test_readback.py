"""A report of the wrong town, period or edition is never issued."""

import pytest
from pypdfium2.internal import bases

from pipelines.errors import ReportFailed
from pipelines.render.html import render_html
from pipelines.render.pdf import render_pdf
from pipelines.render.readback import verify


def test_right_report_passes(rendered, tools):
    verify(rendered.html, rendered.pdf, tools.metadata())


@pytest.mark.parametrize(
    "asked",
    [
        {"town": "郚山镇"},
        {"period": "2026Q2", "period_label": "2026年第二季度"},
        {"edition": "public", "edition_label": "公开版"},
        {"title": "景芝镇2026年第三季度学生资助监测报告"},
    ],
)
def test_other_report_is_caught(rendered, tools, asked):
    wanted = tools.metadata(asked["town"]) if "town" in asked else tools.metadata(**asked)
    with pytest.raises(ReportFailed) as caught:
        verify(rendered.html, rendered.pdf, wanted)
    assert "HTML" in caught.value.message and "PDF" in caught.value.message


def test_wrong_town_in_one_of_the_two_is_caught(rendered, tools):
    other = tools.notebook(town="郚山镇")
    with pytest.raises(ReportFailed, match="PDF"):
        verify(rendered.html, render_pdf(other), tools.metadata())
    with pytest.raises(ReportFailed, match="HTML"):
        verify(render_html(other), rendered.pdf, tools.metadata())


def test_missing_demo_mark_is_caught(tools):
    real = tools.notebook(demo=False)
    with pytest.raises(ReportFailed, match="演示数据"):
        verify(render_html(real), render_pdf(real), tools.metadata())


def test_long_title_is_read_back_over_its_line_break(tools):
    title = "石埠子镇2026年第三季度农村留守儿童关爱服务监测报告"
    node = tools.notebook(town="石埠子镇", title=title)
    verify(render_html(node), render_pdf(node), tools.metadata("石埠子镇", title=title))


def test_nothing_of_pdfium_is_left_to_the_garbage_collector(rendered, tools, monkeypatch):
    """It runs in any thread, and pdfium ends a process in which two threads use it at once."""
    closed = []
    close = bases._close_template

    def noted(info, owner):
        closed.append((owner.type.__name__, info.state.name))
        close(info, owner)

    monkeypatch.setattr(bases, "_close_template", noted)
    verify(rendered.html, rendered.pdf, tools.metadata())
    assert {"PdfPage", "PdfTextPage", "PdfDocument"} <= {kind for kind, _ in closed}
    assert {how for _, how in closed} == {"EXPLICIT"}


def test_demo_mark_is_found_however_it_is_broken(rendered, tools):
    assert "演示数据" in rendered.html
    verify(rendered.html.replace("演示数据", "演<b>示</b>\n数据"), rendered.pdf, tools.metadata())
