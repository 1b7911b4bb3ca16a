"""Numbers of a column line up on the decimal point: widths of tails, and what is left alone."""

import numpy as np
import pandas as pd
import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from pipelines import markup
from pipelines.render import body, decimals, fonts, tree
from pipelines.render.pdf import render_pdf


def test_widths_are_those_of_the_font() -> None:
    with TTFont(fonts.files()[fonts.SANS], lazy=True) as font:
        names, advance, em = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
        assert {c: advance[names[ord(c)]][0] / em for c in decimals.WIDTHS} == decimals.WIDTHS
        assert all(advance[names[ord(c)]][0] == em for c in "人元次所件笔＜")


@pytest.mark.parametrize(
    ("text", "width"),
    [("1,009人", 1.0), ("50.0%", 1.754), ("● 7人", 1.0), ("12", 0.0), ("—", 0.0), ("＜10", 0.0), ("3/9", None), ("-0.5", 0.833)],
)  # fmt: skip
def test_tails(text, width) -> None:
    found = decimals.tail_width(text)
    assert found is None if width is None else found == pytest.approx(width)


def columns(html: str) -> list[list[str | None]]:
    table = tree.parse(html).find(".//table")
    return [[cell.get("data-pad") for cell in cells] for cells in decimals.columns_of(table)]


def test_shorter_tails_get_the_difference_and_the_text_stays_whole(tools) -> None:
    frame = pd.DataFrame({"指标": ["甲", "乙", "丙"], "值": ["1,009人", "50.0%", "3/9"]})
    found = body.build(tools.notebook(tools.shown(markup.table(frame, "表")))).html
    assert columns(found) == [[None, None, None], ["0.754", None, None]]
    assert ">1,009人</td>" in found


def test_equal_tails_are_left_alone(tools) -> None:
    frame = pd.DataFrame({"值": ["1.5%", "20.5%"], "人": [1, 2]})
    assert (
        columns(body.build(tools.notebook(tools.shown(markup.table(frame, "表")))).html) == [[None] * 2] * 2
    )


def test_a_bare_frame_is_aligned_too(tools) -> None:
    frame = pd.DataFrame({"校": ["甲", "乙", "丙"], "比": [1.5, np.nan, 1234.25], "号": ["01a", "2", "3"]})
    found = tree.parse(body.build(tools.notebook(tools.shown(frame.to_html()))).html).find(".//table")
    kinds = [[c.get("class") for c in cells] for cells in decimals.columns_of(found)]
    assert kinds[1:] == [[None] * 3, ["num"] * 3, [None] * 3]


def test_digits_before_the_point_end_at_one_place_on_paper(tools) -> None:
    """Read back from the PDF: the right edge of the last digit before the point or unit."""
    frame = pd.DataFrame({"指标": ["甲"] * 4, "值": [markup.Light("red", "8人"), "✓ 8人", "1,008人", "8.0%"]})
    page = pypdfium2.PdfDocument(render_pdf(tools.notebook(tools.shown(markup.table(frame, "表")))))[0]
    text = page.get_textpage()
    edges = [text.get_charbox(n)[2] for n in range(text.count_chars()) if text.get_text_range(n, 1) == "8"]
    edges = edges[:4]  # one more stands in the report's number
    assert max(edges) - min(edges) < 0.6
