"""Case numbers in the tables on paper stay in one piece; long runs of letters may be broken."""

import pytest

from pipelines.render import pdf, tokens, tree
from pipelines.render.body import Body
from pipelines.render.meta import ReportMeta


def marked(cell: str) -> str:
    root = tree.parse(f"<table><tr><td>{cell}</td></tr></table>")
    tokens.mark(root.find(".//table"))
    return tree.serialise(root.find(".//td")).replace(tokens.BREAK, "|").replace('span class="whole"', "w")


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("甲XS-ABC12、乙", "甲<w>XS-ABC12、</span>乙"),
        ("XS-ABC12XS-DEF，（甲）", "<w>XS-ABC12XS-DEF，</span>（甲）"),
        ('<span class="ref">CX-2026Q2-004</span>；后', "<w>CX-2026Q2-004；</span>后"),
        ("<b>XS-ABC</b>和KL-234。", "<b><w>XS-ABC</span></b>和<w>KL-234。</span>"),
        ("XS-AB、2026-09-30", "XS-AB、2026-09-30"),
        ("a" * 17, "a" * 17),
        ("a" * 18, "|".join(["a" * 6] * 3)),
        ("甲" + "a" * 20 + "乙", "甲" + "|".join(["a" * 6] * 3) + "|aa乙"),
        # a number at the start of a longer run is one all the same; behind other letters it is part of the run
        ("XS-ABCDEFGHIJKLMNOPQRS", "<w>XS-ABCDEFGHIJKLMN</span>OPQRS"),
        ("12XS-ABCDEFGHIJKLMNOPQRS", "12XS-A|BCDEFG|HIJKLM|NOPQRS"),
    ],
)
def test_a_cell_is_marked(cell, wanted):
    assert marked(cell) == wanted


def test_captions_and_headings_are_marked_and_what_stands_around_the_table_is_not():
    html = "<div class='scroll'><table><caption>XS-ABC</caption><thead><tr><th>XS-ABC</th></tr></thead><tbody><tr><td class='text'>1</td></tr></tbody></table></div>"
    assert (
        pdf.to_typst(Body(tree.parse(f"<p>XS-ABC</p>{html}<p>XS-ABC</p>"), {}, [], [])).count("#box[XS-ABC];")
        == 2
    )


def test_the_mark_ends_where_the_number_ends():
    # without the semicolon .docx would be taken for a field and ( for arguments, and the report would fail
    root = "<table class='data'><caption>题</caption><thead><tr><th>甲</th></tr></thead><tbody>{}</tbody></table>"
    rows = "".join(
        f"<tr><td class='text'>XS-ABC{text}</td></tr>" for text in (".docx", "(见附件)", "[1]", ";;")
    )
    body = Body(tree.parse(root.format(rows)), {}, [], [])
    assert pdf.to_typst(body).count("#box[XS-ABC];") == 4
    assert pdf.compile_pdf(body, ReportMeta())
