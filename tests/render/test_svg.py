"""Drawings from notebooks: what is shown, what is taken out, and what is no drawing at all."""

import pytest
from bs4 import BeautifulSoup

from pipelines.render import svg


def drawing(inner: str, prefix: str = "f1-", attributes: str = "") -> str:
    whole = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"{attributes}>{inner}</svg>'
    made = svg.inline(whole, prefix, "甲")
    assert made is not None
    return made


@pytest.mark.parametrize(
    "inner",
    [
        "<script>x()</script>",
        '<x:script xmlns:x="http://www.w3.org/2000/svg">x()</x:script>',
        '<script xmlns="http://www.w3.org/1999/xhtml">x()</script>',
        "<foreignObject><g><rect onclick='x()'/></g></foreignObject>",
        "<g><a href='javascript:x()'><text>x()</text></a></g>",
        "<rect onload='x()'/>",
        "<image href='https://e.example/x()'/>",
        "<image xlink:href='https://e.example/x()'/>",
        "<use href='https://e.example/#x()'/>",
        "<rect style='fill:url(https://e.example/x())'/>",
        "<rect style='fill:url( &quot;https://e.example/x()&quot; )'/>",
        "<style>@import 'x()';</style>",
        "<style>rect{fill:url(x())}</style>",
        "<style>&lt;script>x()</style>",
        "<style><![CDATA[</style><script>x()</script>]]></style>",
        "<!-- x() --><?x x()?>",
        "<metadata>x()</metadata>",
    ],
)
def test_nothing_loads_or_runs(inner):
    made = drawing(f"{inner}<rect id='a' width='3'/>", attributes=" onload='x()'")
    page = BeautifulSoup(made, "html.parser")
    assert "x()" not in made and "e.example" not in made
    assert page.svg.rect is not None or page.svg.select_one("[id='f1-a']")
    assert page.svg["aria-label"] == "甲" and page.svg["role"] == "img"


def test_ids_and_what_refers_to_them_get_the_prefix():
    made = drawing(
        "<defs><clipPath id='c'/></defs><g clip-path='url(#c)'/><use xlink:href='#c'/><use href='#c'/>"
        "<rect style='fill:url(&quot;#c&quot;)'/><style>* {stroke: red} rect{}</style>",
        "f2-",
    )
    assert 'id="f2-c"' in made and made.count("#f2-c") == 4 and '"#c' not in made and "(#c" not in made
    assert "#f2-fig * {stroke: red}" in made


def test_the_drawing_follows_its_column_up_to_its_own_width():
    made = drawing("<rect/>", attributes=' width="300pt" height="200pt"')
    assert 'style="max-width:300pt"' in made and "height=" not in made


def test_elements_with_a_prefix_are_drawings_in_a_page_too():
    whole = '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:g><s:text x="1">文<s:tspan>字</s:tspan>后</s:text></s:g></s:svg>'
    made = svg.inline(whole, "f1-", "甲")
    assert made is not None and '<text x="1">文<tspan>字</tspan>后</text>' in made and "s:" not in made
    assert svg.text_of(whole) == "文字后"


def test_its_text_without_rules_and_what_was_taken_out():
    content = drawing(
        "<style>rect{}</style><text>一</text><foreignObject>二</foreignObject><g><text>三</text></g>"
    )
    assert svg.text_of(content, "|") == "一|三"


@pytest.mark.parametrize("declared", ["utf-8", "GBK", "utf-16"])
def test_the_declared_encoding_is_not_asked(declared):
    # the notebook holds text: whatever the file was written in, it has been decoded
    content = f'<?xml version="1.0" encoding="{declared}"?><svg xmlns="http://www.w3.org/2000/svg"><text>安丘</text></svg>'
    assert svg.text_of(content) == "安丘"


@pytest.mark.parametrize(
    "content",
    [
        "", "文字", "<svg/>", "<svg xmlns='http://www.w3.org/2000/svg'>", "<p xmlns='http://www.w3.org/2000/svg'/>",
        "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>", "\ud800", "\x00",
    ],
)  # fmt: skip
def test_anything_else_is_no_drawing(content):
    assert not svg.readable(content)
    assert svg.inline(content, "f1-", "甲") is None and svg.text_of(content) == ""


def test_a_large_bitmap_inside_is_kept():
    data = "data:image/png;base64," + "A" * (11 << 20)
    assert data in drawing(f'<image href="{data}"/>')
