import pandas as pd
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from pipelines import markup


NASTY = '<script>alert(1)</script> & "引号" #read("x") $x$ *粗* @a'


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40))
def test_any_text_stays_text_everywhere(text: str) -> None:
    frame = pd.DataFrame({"列": [text]})
    for html in (
        markup.paragraph(text),
        markup.heading(text),
        markup.bullets([text]),
        markup.table(frame, text),
    ):
        soup = BeautifulSoup(html, "html.parser")
        assert not soup.find("script")
        assert text in soup.get_text() or text in [node.get_text() for node in soup.find_all(True)]


def test_markup_in_names_is_not_read_as_markup() -> None:
    html = markup.table(pd.DataFrame({NASTY: [NASTY]}), NASTY)
    soup = BeautifulSoup(html, "html.parser")
    assert soup.find("td").get_text() == NASTY
    assert soup.find("th").get_text() == NASTY
    assert soup.find("caption").get_text() == NASTY


def test_numbers_go_right_and_unknown_is_not_zero() -> None:
    frame = pd.DataFrame({"学校": ["甲", "乙"], "人数": pd.array([1200, None], dtype="Int64")})
    soup = BeautifulSoup(markup.table(frame, "表"), "html.parser")
    cells = [(cell["class"][0], cell.get_text()) for cell in soup.find_all("td")]
    assert cells == [("text", "甲"), ("num", "1,200"), ("text", "乙"), ("num", "缺报")]


def test_flags_and_dates_as_people_write_them() -> None:
    frame = pd.DataFrame({"启用": [True, False], "日期": pd.to_datetime(["2026-09-01", None])})
    cells = [
        cell.get_text() for cell in BeautifulSoup(markup.table(frame, "表"), "html.parser").find_all("td")
    ]
    assert cells == ["是", "2026-09-01", "否", "缺报"]


def test_a_chart_always_has_its_words() -> None:
    soup = BeautifulSoup(markup.chart("<svg/>", "说明", '甲"乙<丙'), "html.parser")
    assert soup.find("img")["alt"] == '甲"乙<丙'
    assert soup.find("figcaption").get_text() == "说明"


def test_a_light_does_not_rely_on_its_colour() -> None:
    shown = {BeautifulSoup(markup.light(colour, "词"), "html.parser").get_text() for colour in markup.LIGHTS}
    assert len(shown) == len(markup.LIGHTS)
