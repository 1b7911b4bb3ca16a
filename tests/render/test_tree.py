"""Trees of HTML: what goes in comes out, escaped; text stays where it is when elements are moved."""

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from pipelines.render import sanitise, tree


ALLOWED = ["p", "div", "span", "b", "ul", "li", "table", "tr", "td", "h2", "br", "img", "blockquote", "pre"]


def pieces() -> st.SearchStrategy[str]:
    words = st.text("甲乙 <>&#1;\"'ab=/!-\x00\x01\n", max_size=8)
    tags = st.sampled_from([*ALLOWED, "script", "style", "svg", "body", "html", "title"])
    opened = st.builds("<{} {}='{}'>".format, tags, st.sampled_from(["class", "onclick", "href"]), words)
    closed = st.builds("</{}>".format, tags)
    return st.lists(st.one_of(words, opened, closed), max_size=12).map("".join)


@given(pieces())
def test_nothing_but_the_allowed_is_left_and_every_parser_reads_the_same_text(html):
    cleaned = sanitise.clean(html)
    written = tree.serialise(cleaned)
    soup = BeautifulSoup(written, "html.parser")
    assert {tag.name for tag in soup.find_all(True)} <= {*ALLOWED, "a", "i", "s"}
    assert not [tag for tag in soup.find_all(True) if "onclick" in tag.attrs]
    for text in (soup.get_text(), tree.text(tree.parse(written))):
        assert text.strip() == tree.text(cleaned).strip()


@pytest.mark.parametrize(
    "html, text",
    [
        ("甲</body>乙</html>丙", "甲乙丙"),
        ("半个\ud800字", "半个?字"),
        ("a&#1b&#x1f;<b title='&#2;'>c</b>", "a\ufffdb\ufffdc"),
        ("<!-- 注 -->甲<?php 乙 ?>丙", "甲丙"),
        ("<div>" * 700 + "深", "深"),
    ],
)
def test_nothing_is_lost_behind_ends_broken_characters_and_depth(html, text):
    assert tree.text(sanitise.clean(html)) == text


def test_text_behind_an_element_stays_behind_it():
    root = tree.parse("前<b>甲</b>中<i>乙</i>后")
    tree.wrap(root[0], tree.element("p", class_="note"))
    tree.put_after(root[0], tree.element("hr"))
    tree.replace(root[2], tree.element("u", "丙"))
    assert tree.serialise(root) == '前<p class="note"><b>甲</b></p><hr/>中<u>丙</u>后'


def test_raw_markup_stands_for_an_element_and_attributes_are_escaped():
    root = tree.parse("<p title='\"&amp;&lt;'>甲<img src='x'/>乙</p>")
    assert tree.serialise(root, {root[0][0]: "<svg/>"}) == '<p title="&quot;&amp;&lt;">甲<svg/>乙</p>'
