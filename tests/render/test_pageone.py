"""The guess of how tall the box of page one is saves time; what comes out is the same whatever was guessed."""

import pypdfium2
import pytest

from pipelines import markup
from pipelines.render import pageone, pdf
from pipelines.render.body import build
from pipelines.render.meta import ReportMeta


def made(tools, bullets: int, compact: bool = False):
    box = markup.box(markup.heading("摘要"), markup.bullets([f"第{n}条事项需要办理" for n in range(bullets)]))
    node = tools.notebook(tools.shown(box), tools.shown(markup.paragraph("箱后文字")), compact=compact)
    meta = ReportMeta.of(node)
    return build(node, meta), meta


def page_of(content: bytes, words: str) -> int:
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]
    return next(number for number, text in enumerate(pages, 1) if words in text.replace(" ", ""))


@pytest.mark.parametrize(
    "bullets", [3, 20, 27, 29, 60]
)  # room left, overleaf, just so, smaller type, longer than a page
@pytest.mark.parametrize("compact", [False, True])
def test_a_wrong_guess_changes_nothing(tools, monkeypatch, bullets, compact):
    body, meta = made(tools, bullets, compact)
    wanted = pdf.compile_pdf(body, meta)

    def wrong(root, compact, tall=0):
        pageone_box(root, compact)
        for node in root.iter("section"):
            node.set("data-tall", str(tall))
            node.set("data-top", "300")

    pageone_box = pageone.guess
    for tall in (0, 400, 2000):
        monkeypatch.setattr(pageone, "guess", lambda root, compact, tall=tall: wrong(root, compact, tall))
        assert pdf.compile_pdf(body, meta) == wanted


def test_where_little_is_left_the_report_goes_on_overleaf(tools):
    places = [page_of(pdf.compile_pdf(*made(tools, bullets)), "箱后文字") for bullets in (3, 20, 27)]
    assert places == [1, 2, 2]


@pytest.mark.parametrize("bullets", [3, 12, 20, 27])
def test_the_guess_is_near(tools, bullets):
    body, _ = made(tools, bullets)
    root = pdf._prepared(body)
    (box,) = root.iter("section")
    # 19.0 points a bullet, a heading and the frame: measured in functions.typ
    assert float(box.get("data-tall")) == pytest.approx(19 + 9.5 + 11.4 + 8.8 + 19 * (bullets - 1), abs=8)


def test_what_was_set_before_leaves_no_trace(tools):
    one, other = made(tools, 27), made(tools, 60)
    first = pdf.compile_pdf(*one)
    pdf.compile_pdf(*other)
    assert pdf.compile_pdf(*one) == first
