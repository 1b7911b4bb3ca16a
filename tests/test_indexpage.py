"""The index page: made from what lies there, links that work from a stick, nothing of another town."""

import base64
import io
import json
import re
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from pipelines import themes
from pipelines.errors import ReportFailed
from pipelines.indexpage import write_index
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.settings import Settings


PERIOD = Period(2026, 3)


def issue(settings: Settings, place: str, theme: str, light: str = "red", **changes: str) -> None:
    register = load_reference(settings, "demo").towns
    unit = register.resolve(place)
    chosen = next(t for t in themes.load_themes(settings) if t.name == theme)
    folder = settings.paths.report("demo", PERIOD, "internal", "county" if unit.is_county else unit.name)
    folder.mkdir(parents=True, exist_ok=True)
    head = {"town": unit.name, "period": "2026Q3", "theme": theme} | changes
    stem = themes.file_stem(unit.name, PERIOD, chosen.title)
    (folder / f"{stem}.html").write_text(
        "".join(f'<meta name="edureport:{name}" content="{value}">' for name, value in head.items())
        + f'<span class="light {light}">● 某种情况</span>',
        encoding="utf-8",
    )
    (folder / f"{stem}.pdf").write_bytes(b"%PDF")
    entries = [
        {"id": "D05", "status": "未达标", "state": "ok"},
        {"id": "D03", "status": "—", "state": "missing"},
    ]
    (folder / "indicators.json").write_text(json.dumps({"indicators": entries}), encoding="utf-8")


def page(settings: Settings) -> BeautifulSoup:
    file = write_index(settings, "demo", PERIOD, "internal")
    assert file == settings.paths.report("demo", PERIOD, "internal", "index.html")
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


def test_every_report_there_is_and_no_other(settings: Settings) -> None:
    issue(settings, "景芝镇", "dropout")
    issue(settings, "郚山镇", "aid", light="green")
    issue(settings, "安丘市", "county")
    issue(settings, "安丘市", "dropout")
    soup = page(settings)
    shown = [
        [c.get_text(" ", strip=True) for c in row.find_all(["th", "td"])][:5]
        for row in soup.select("tbody tr")
    ]
    assert ["景芝镇", "控辍保学", "● 某种情况", "1", "1"] in shown
    assert ["郚山镇", "学生资助", "✓ 某种情况", "0", "0"] in shown
    assert shown[-1][:2] == ["全市（安丘市）", "控辍保学"] and len(shown) == 3
    links = [unquote(a["href"]) for a in soup.select("tbody a, .county a")]
    assert len(links) == len({a["aria-label"] for a in soup.select("tbody a, .county a")})
    root = settings.paths.report("demo", PERIOD, "internal", "")
    assert links and all((root / link).is_file() and not link.startswith("/") for link in links)


def test_filters_offer_what_there_is_and_towns_are_found_by_any_name(settings: Settings) -> None:
    issue(settings, "景芝镇", "dropout", light="grey")
    soup = page(settings)
    assert [o.get_text() for o in soup.select("#status option")] == ["全部", "缺报，不作评价"]
    assert [o.get_text() for o in soup.select("#theme option")] == ["全部", "控辍保学"]
    assert "jingzhi" in soup.select_one("tbody tr")["data-town"]


def test_a_report_in_the_wrong_folder_is_refused(settings: Settings) -> None:
    issue(settings, "景芝镇", "dropout", town="郚山镇")
    with pytest.raises(ReportFailed, match="景芝镇_2026Q3_控辍保学"):
        write_index(settings, "demo", PERIOD, "internal")


def test_same_bytes_nothing_loaded_and_an_empty_folder(settings: Settings) -> None:
    empty = page(settings)
    assert not empty.select("tbody tr")
    issue(settings, "景芝镇", "dropout")
    first = write_index(settings, "demo", PERIOD, "internal").read_bytes()
    assert write_index(settings, "demo", PERIOD, "internal").read_bytes() == first
    assert b"http:" not in first and b"https:" not in first
    assert "演示数据" in page(settings).get_text()


def test_every_word_in_the_search_field_is_in_the_fonts_of_the_page(settings: Settings) -> None:
    issue(settings, "景芝镇", "dropout")
    issue(settings, "安丘市", "county")
    soup = page(settings)
    coded = re.search(r'"Noto Sans SC".*?base64,([^)]*)\)', str(soup.style), re.DOTALL)
    assert coded
    letters = TTFont(io.BytesIO(base64.b64decode(coded[1]))).getBestCmap()
    words = soup.find("input", id="town")["placeholder"] + "".join(
        c.get_text() for c in soup.select(".county")
    )
    assert "拼音" in words and "全市农村教育总览：" in words
    assert [c for c in words if ord(c) not in letters and not c.isspace()] == []
