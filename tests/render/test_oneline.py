"""Rows told to be one line tall: the page is the same as if Typst had measured them, and no claim is a guess."""

import numpy as np
import pandas as pd
import pypdfium2
import pytest
import uharfbuzz
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines import markup
from pipelines.render import columns, fonts, oneline, pdf, tree
from pipelines.render.body import build
from pipelines.render.meta import ReportMeta


WORDS = st.text(
    alphabet=[*"景芝镇学校名单户籍，。（）：、·—％①", *"AVTWMLYafilmw0123456789 .-/%()"], max_size=40
)


def known(frame: pd.DataFrame, widths: list[int] | None = None) -> str:
    table = tree.parse(markup.table(frame, "表", widths)).find(".//table")
    columns.prepare(table)
    return table.get("data-one-line")


def pictures(notebook) -> list[np.ndarray]:
    meta = ReportMeta.of(notebook)
    document = pypdfium2.PdfDocument(pdf.compile_pdf(build(notebook, meta), meta))
    return [page.render(scale=1.5, grayscale=True).to_numpy() for page in document]


def same_as_measured(notebook, monkeypatch) -> None:
    ours = pictures(notebook)
    with monkeypatch.context() as changed:
        changed.setattr(oneline, "known", lambda *_: "")
        measured = pictures(notebook)
    assert len(ours) == len(measured)
    assert all(map(np.array_equal, ours, measured))


@settings(max_examples=300, deadline=None)
@given(WORDS)
@example("..." * 12)
def test_the_bound_is_never_below_what_harfbuzz_sets(text):
    face = fonts.face(fonts.SANS)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text.replace("...", "…"))  # as Typst does
    buffer.guess_segment_properties()
    buffer.language = "zh-cn"
    uharfbuzz.shape(uharfbuzz.Font(face), buffer)
    set_width = sum(place.x_advance for place in buffer.glyph_positions or ()) / face.upem
    # at the largest type of a table, 10 points
    assert set_width * 10 <= oneline.most(text) * 10 + oneline.SLACK


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(WORDS, WORDS, st.integers(0, 99999)), min_size=1, max_size=12),
    boxed=st.booleans(),
)
def test_any_table_looks_as_if_it_had_been_measured(tools, rows, boxed):
    frame = pd.DataFrame(rows, columns=["学校或村（社区）名称", "情况", "人数"])
    shown = markup.table(frame, "名单", [35, 35, 30])
    with pytest.MonkeyPatch.context() as patch:
        same_as_measured(tools.notebook(tools.shown(markup.box(shown) if boxed else shown)), patch)


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("boxed", [False, True])
@pytest.mark.parametrize("count", [2, 30, 70])
def test_marks_numbers_and_page_breaks_too(tools, monkeypatch, compact, boxed, count):
    states = [markup.Light("red", "未达标"), markup.Light("green", "达标"), "—"]
    frame = pd.DataFrame(
        {
            "编号": [f"CX-2026Q3-{n:03}" for n in range(count)],
            "名称": ["景芝镇第一小学" * (1 + (n % 7 == 3) * 6) for n in range(count)],
            "率": [f"{n}.5%" if n % 3 else "＜10" for n in range(count)],
            "评价": [states[n % 3] for n in range(count)],
        }
    )
    shown = markup.table(frame, "名单")
    same_as_measured(
        tools.notebook(tools.shown(markup.box(shown) if boxed else shown), compact=compact), monkeypatch
    )
    claimed = known(frame)
    assert len(claimed) == count + 1 and claimed[1:3] == "11"
    assert count < 4 or claimed[4] == "0", "a row of several lines was told to take one"


def test_near_the_edge_nothing_is_claimed():
    room = columns.CORE * 0.5 - 2 * columns.inset(10)
    fits = int((room - oneline.SLACK) / 10)
    texts = ["字" * fits, "字" * (fits + 1), "", "字" * (fits - 1) + "00"]
    frame = pd.DataFrame({"甲": texts, "乙": texts})
    # of the last, the digits fit but not the air before it
    assert known(frame, [50, 50]) == "11000"


@pytest.mark.parametrize("odd", ["𠮷", "\u0627", "\U0001f600"])
def test_what_is_set_in_another_font_is_left_to_typst(odd):
    assert oneline.most(odd) == float("inf")


def test_merged_cells_lists_and_rows_in_another_order_are_left_to_typst():
    table = markup.table(pd.DataFrame({"甲": ["一"], "乙": ["二"]}), "表")
    merged = table.replace("<td", '<td colspan="2"', 1)
    # the last row of the page stands first in the source
    footed = table.replace("<tbody>", "<tfoot><tr><td>合计</td><td>很长</td></tr></tfoot><tbody>")
    assert footed != table != merged
    for html in (f"<ul><li>{table}</li></ul>", merged, footed):
        found = tree.parse(html).find(".//table")
        columns.prepare(found)
        assert not found.get("data-one-line")
