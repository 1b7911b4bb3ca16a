"""Plain bodies written directly are what pandoc writes, character by character; the rest is left to pandoc."""

import random
from html import escape

import numpy as np
import pypdfium2
import pytest

from pipelines import charts, markup
from pipelines.render import body, pdf, plaintypst, tree
from pipelines.render.meta import ReportMeta


ALPHABET = [
    *"景芝镇甲乙（）—–’‘“”·，。；：、…％\u3000\u00a0",
    *"abXY0123456789",
    "XS-7F3K2Q9A",
    "KL-",
    "，",
    "abcdefghijklmnopqrst_uvw-012",
    *"  +-/=.,:;!?()[]{}<>#$%&*@\\^_`~|'\"•①℃≥",
]
TABLE = (
    "<div class='scroll'><table class='data'><caption>{0}</caption><thead><tr><th>{0}</th><th>乙</th></tr></thead>"
    "<tbody><tr><td class='text'>{0}</td><td class='num' data-pad='0.5'>{0}</td></tr></tbody></table></div>"
)
CONTEXTS = [
    "<h1 class='title'>{}</h1>",
    "<h2>{}</h2>",
    "<p>{}</p>",
    "<div class='note'><p>{}</p></div>",
    "<section class='box'><p>甲<span class='light red'>● 乙</span>{}</p></section>",
    "<p><span class='light green'>{}</span>后</p>",
    "<p>前<span class='ref'>{}</span>后</p>",
    "<p>前<a class='def' href='#指标'>{}</a>后</p>",
    "<ul><li>{}</li></ul><p>间</p>",
    "<figure class='chart'><img src='figure-1.svg' alt='文'/><figcaption>{}</figcaption></figure>",
    "<figure class='chart'><img src='figure-1.svg' alt=\"{}\"/><figcaption>题</figcaption></figure>",
    TABLE,
]  # fmt: skip


def plain(html: str) -> str | None:
    """What is written directly, every cell spelled out, as pandoc does it."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(plaintypst, "_names", lambda _: {})
        try:
            return plaintypst.write(pdf._prepared(body.Body(tree.parse(html), {}, [], [])))
        except plaintypst.NotPlain:
            return None


def by_pandoc(html: str) -> str:
    return pdf.by_pandoc(tree.serialise(pdf._prepared(body.Body(tree.parse(html), {}, [], []))))


def texts(count: int) -> list[str]:
    chance = random.Random(6)
    return ["".join(chance.choices(ALPHABET, k=chance.randint(1, 9))) for _ in range(count)]


@pytest.mark.parametrize("context", CONTEXTS)
def test_any_text_is_escaped_as_pandoc_does_it(context):
    pieces = [context.format(escape(text)) for text in texts(400)]
    kept = [piece for piece in pieces if plain(piece) is not None]
    assert len(kept) > len(pieces) / 3, "nearly everything is left to pandoc"
    whole = "".join(kept)
    ours, theirs = plain(whole), by_pandoc(whole)
    assert ours is not None
    for number, (mine, other) in enumerate(zip(ours.split("\n"), theirs.split("\n"), strict=False)):
        assert mine == other, number
    assert ours == theirs


def test_what_reports_show_is_plain_and_the_same(rendered, tools):
    import pandas as pd

    frame = pd.DataFrame(
        {"学校": ["甲小学", "乙（分校）"], "人数": [1009, None], "率": ["50.0%", "3/9"], "评价": [markup.Light("red", "未达标")] * 2}
    )  # fmt: skip
    chart = markup.chart(charts.figure_svg(charts.stock_flow(5, 4, 3, 6)), "变动", "说明", frame)
    node = tools.notebook(
        tools.shown(markup.box(markup.heading("摘要"), markup.bullets(["一", "二"]), markup.paragraph("注", "note"))),
        tools.shown(markup.table(frame, "表题", [40, 20, 20, 20], "sortable")),
        tools.shown(markup.table(frame, "矩阵", None, "sortable matrix", headed=True)),
        tools.shown(chart),
    )  # fmt: skip
    for content in (body.build(node), body.build(rendered.notebook)):
        assert plain(content.html) == by_pandoc(content.html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>甲<strong>乙</strong></p>",
        "<ul><li>甲<ul><li>乙</li></ul></li></ul>",
        "<ul><li>甲</li></ul><ul><li>乙</li></ul>",
        "<p>甲<br/>乙</p>",
        "<pre>甲</pre>",
        "<blockquote><p>甲</p></blockquote>",
        "<div class='other'><p>甲</p></div>",
        "<p>阿\u0301拉\u0627</p>",
        "散的字",
        "<div class='scroll'><table><thead><tr><th>甲</th></tr></thead><tbody><tr><td class='text' rowspan='2'>1</td></tr></tbody></table></div>",
        "<div class='scroll'><table><thead><tr><th>甲</th></tr></thead><tbody><tr><td class='text'><p>1</p></td></tr></tbody></table></div>",
        "<div class='scroll'><table><tbody><tr><td>1</td></tr></tbody></table></div>",
        "<figure class='chart'><img src='a.svg' alt='文'/></figure>",
    ],
)
def test_everything_else_is_left_to_pandoc(html):
    assert plain(html) is None
    assert pdf.to_typst(body.Body(tree.parse(html), {}, [], []))


def test_a_name_for_equal_cells_changes_nothing_on_the_page(tools, monkeypatch):
    import pandas as pd

    lights = [markup.Light("red", "未达标"), markup.Light("green", "达标")]
    frame = pd.DataFrame(
        {
            "学校": ["甲小学", "（分校）", "#c0 c1", "长" * 70] * 9,
            "人数": [1, 12, None, 1009] * 9,
            "率": ["50.0%", "50.0%", "—", "7%"] * 9,
            "评价": lights * 18,
        }
    )
    node = tools.notebook(
        tools.shown(markup.box(markup.table(frame[:8], "一"))), tools.shown(markup.table(frame, "二"))
    )
    meta = ReportMeta.of(node)
    content = body.build(node, meta)
    assert "#let (c0, c1," in pdf.to_typst(content)
    named = pdf.compile_pdf(content, meta)
    monkeypatch.setattr(plaintypst, "_names", lambda _: {})
    assert "#let" not in pdf.to_typst(content)
    spelled = pdf.compile_pdf(content, meta)
    pages = [pypdfium2.PdfDocument(made) for made in (named, spelled)]
    assert len(pages[0]) == len(pages[1]) > 1
    for one, other in zip(*pages, strict=True):
        assert np.array_equal(*(page.render(scale=1.5, grayscale=True).to_numpy() for page in (one, other)))
        assert one.get_textpage().get_text_range() == other.get_textpage().get_text_range()
