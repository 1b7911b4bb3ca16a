"""Tables on paper: what stays together, what may be broken, and no second line for want of half a point."""

import pandas as pd
import pypdfium2
import pytest
from lxml import html

from pipelines import markup
from pipelines.render import columns
from pipelines.render.pdf import render_pdf


def laid_out(frame: pd.DataFrame, kind: str = ""):
    table = html.fromstring(markup.table(frame, "表", kind=kind))
    columns.prepare(table)
    return table


def rows(count: int) -> pd.DataFrame:
    return pd.DataFrame({"编号": [f"第{n}行" for n in range(1, count + 1)], "情况": ["待核"] * count})


def test_only_a_table_of_at_most_a_fifth_of_a_page_is_kept_whole():
    assert laid_out(rows(4)).get("data-whole") == "true"
    assert laid_out(rows(12)).get("data-whole") == "false"
    few_but_tall = pd.DataFrame({"口径": ["长" * 400] * 3, "依据": ["文" * 80] * 3})
    assert laid_out(few_but_tall).get("data-whole") == "false"


def pages(tools, lines: int, count: int) -> list[str]:
    """The text of each page: so many lines, then a table of so many rows."""
    pdf = render_pdf(tools.notebook(tools.shown("<p>行</p>" * lines + markup.table(rows(count), "名单"))))
    return ["".join(p.get_textpage().get_text_range().split()) for p in pypdfium2.PdfDocument(pdf)]


@pytest.mark.parametrize("lines", range(20, 32))
def test_a_broken_table_begins_with_its_caption_its_heading_and_two_rows(tools, lines):
    found = pages(tools, lines, 14)
    first = next(text for text in found if "名单" in text)
    assert "编号情况第1行待核第2行" in first
    if found.index(first):  # moved to the next page: hardly any room was left before it
        assert lines >= 24
    assert all("编号情况" in text for text in found if "行待核" in text)


def test_the_type_is_a_step_smaller_before_a_cell_needs_a_second_line():
    frame = pd.DataFrame(
        {
            "镇街区": ["石埠子镇"], "事项": ["委托照护确认书没有或已过期的"], "涉及": ["12 人"],
            "时限": ["10 月 30 日前"], "责任人": ["镇街区包保责任人会同学校"],
        }
    )  # fmt: skip
    table = html.fromstring(markup.table(frame, "表"))
    rows = columns.read(table)
    natural, least = columns._needs(rows)
    found = columns.layout(table, rows, (natural, least))
    room = columns.CORE - 2 * columns.inset(found.size) * 5
    assert found.size == 9.5 and sum(n + 1 for n in natural) * found.size / 2 <= room


def test_wished_widths_do_not_break_short_cells():
    frame = pd.DataFrame(
        {"编号": ["CX-2026Q3-004"], "学校、年级": ["景芝第二初级中学　七年级"], "情况": ["缺佐证" * 20]}
    )
    table = html.fromstring(markup.table(frame, "表", widths=[20, 20, 60]))
    rows = columns.read(table)
    found = columns.layout(table, rows, columns._needs(rows))
    room = found.shares[1] * columns.CORE - 2 * columns.inset(found.size)
    assert columns.width("景芝第二初级中学　七年级") * found.size / 2 <= room


@pytest.mark.parametrize("deadline", ["10月30日前", "2026年10月8日"])
def test_a_deadline_stays_in_one_line(tools, deadline):
    # figures and characters have air between them on paper, which the widths of the texts do not count
    frame = pd.DataFrame(
        {
            "事项和要求": ["委托照护确认书没有或已过期：上门指导签订或续签"],
            "涉及（学校、编号）": ["4人。新安实验小学：LS-002-0001；新安中心小学：LS-002-0010；新安育新小学：LS-002-0024"],
            "责任人": ["村居儿童主任、监护人"], "时限": [deadline], "依据": ["未成年人保护法第二十二条、第二十三条"],
        }
    )  # fmt: skip
    notebook = tools.notebook(tools.shown(markup.box(markup.table(frame, "须办事项", [22, 34, 16, 12, 16]))))
    lines = pypdfium2.PdfDocument(render_pdf(notebook))[0].get_textpage().get_text_range().splitlines()
    assert any(deadline in line.replace(" ", "") for line in lines)
