"""make diff: both values, why as far as the files tell, and cases by number that came, went and stayed."""

import json

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from pipelines import markup, themes
from pipelines.errors import UsageError
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.revisions.records import edition_name
from pipelines.settings import Settings
from pipelines.workbench import difference, diffpage, issued


Q2, Q3 = Period(2026, 2), Period(2026, 3)


def figure(wanted: str, value: float | None, state: str = "ok", base: int | None = None) -> dict:
    numerator = None if value is None else (round(value * base) if base else value)
    return {
        "id": wanted, "name": {"D05": "确认辍学期末存量", "D11": "一人一案建档率", "D14": "转出未接续"}[wanted], "value": value,
        "numerator": numerator, "denominator": base, "unit": "%" if base else "人", "target": 0, "state": state,
        "status": "—" if value is None else "达标" if value == 0 else "未达标",
    }  # fmt: skip


def page(cases: list[tuple[str, str, str]], caption: str = "确认辍学未返校的个案") -> str:
    frame = pd.DataFrame(cases, columns=["编号", "时限", "情况"]).assign(**{"学校、年级": "甲小学　六年级"})
    other = markup.table(pd.DataFrame({"编号": ["D05"], "指标": ["x"]}), "主要指标")
    return f"<html><body>{other}{markup.table(frame, caption) if cases else ''}</body></html>"


def issue(
    project: Settings, period: Period, figures: list[dict], cases: list, number: int = 1, **changed: str
) -> None:
    folder = project.paths.report("demo", period, "internal", "景芝镇")
    folder.mkdir(parents=True, exist_ok=True)
    inputs = [{"table": "dropout_case", "files": ["a.xlsx"], "sha256": [changed.pop("sha", "0")], "rows": 1}]
    source = {"code": "c", "settings": "s", "lock": "l"} | changed
    content = {"indicators": figures, "inputs": inputs, "provenance": source}
    name = edition_name("indicators", number, ".json")
    (folder / name).write_text(json.dumps(content), encoding="utf-8")
    stem = themes.file_stem("景芝镇", period, "控辍保学")
    (folder / edition_name(stem, number, ".html")).write_text(page(cases), encoding="utf-8")


def compare(
    settings: Settings, after: tuple[Period, int], before: tuple[Period, int]
) -> tuple[BeautifulSoup, list[str]]:
    town = load_reference(settings, "demo").towns.resolve("景芝镇")
    file, lines = diffpage.compare(
        settings, "demo", "internal", themes.load_themes(settings), [town], after, before, True
    )
    assert file.parent == settings.root / "reports/demo/2026Q3/changes/internal"
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser"), lines


def rows(soup: BeautifulSoup, word: str) -> list[list[str]]:
    table = next(t for t in soup.select("table.data") if word in t.caption.get_text())
    return [
        [c.get_text(" ", strip=True).replace("\u3000", " ") for c in row.find_all(["td", "th"])]
        for row in table.select("tbody tr")
    ]


def test_units_without_both_reports_are_named(settings: Settings) -> None:
    issue(settings, Q2, [figure("D05", 2)], [])
    issue(settings, Q3, [figure("D05", 3)], [])
    register = load_reference(settings, "demo").towns
    towns = [register.resolve(name) for name in ("景芝镇", "官庄镇", "石埠子镇")]
    file, lines = diffpage.compare(
        settings, "demo", "internal", themes.load_themes(settings), towns, (Q3, 0), (Q2, 0), False
    )
    assert lines[-1].endswith("：官庄镇、石埠子镇") and "没有比较" in lines[-1]
    assert lines[-1] in file.read_text(encoding="utf-8")


def test_two_quarters(settings: Settings) -> None:
    issue(settings, Q2, [figure("D05", 2), figure("D11", None, "missing"), figure("D14", 0)],
          [("CX-1", "7月7日前", "劝返1次"), ("CX-2", "7月7日前", "劝返1次")])  # fmt: skip
    issue(settings, Q3, [figure("D05", 2), figure("D11", 0.5, base=4), figure("D14", 3)],
          [("CX-2", "10月7日前", "劝返2次"), ("CX-3", "10月7日前", "劝返0次")], settings="other")  # fmt: skip
    soup, lines = compare(settings, (Q3, 0), (Q2, 0))
    found = {row[0]: row[1:] for row in rows(soup, "有变化的指标")}
    assert set(found) == {
        "D11",
        "D14",
    }  # two cases before and after: the figure is the same, the cases are not
    assert found["D11"][1:4] == ["缺报", "50.0%（2 / 4）", "— → 未达标"]
    assert "缺报变为有数" in found["D11"][4] and "设置（阈值等）有变化" in found["D11"][4]
    assert found["D14"][1:3] == ["0人", "3人"] and "新一季度的数据" in found["D14"][4]
    assert [row[0] for row in rows(soup, "新增的个案")] == ["CX-3"]
    assert [row[0] for row in rows(soup, "销去的个案")] == ["CX-1"]
    assert rows(soup, "时限或情况有变")[0] == [
        "CX-2",
        "确认辍学未返校的个案",
        "7月7日前 劝返1次",
        "10月7日前 劝返2次",
    ]
    assert lines == ["景芝镇：指标变化 2 项（评价改变 2 项）；个案新增 1、销去 1、仍在 1"]
    text = soup.get_text()
    assert "演示数据" in text and "内部资料" in text and "不等于复学" in text


def test_two_editions_of_one_report(settings: Settings) -> None:
    issue(settings, Q3, [figure("D05", 2)], [("CX-1", "7月7日前", "a"), ("CX-2", "7月7日前", "a")])
    issue(settings, Q3, [figure("D05", 1)], [("CX-1", "7月7日前", "a")], number=2, sha="1")
    soup, lines = compare(settings, (Q3, 0), issued.parse("第一版", Q3))
    row = rows(soup, "有变化的指标")[0]
    assert row[2:4] == ["2人", "1人"]
    assert row[5] == "个案新增0件、销去1件；数据更正（疑似辍学及劝返台账）"
    assert [th.get_text() for th in soup.select("table.data")[0].select("th")][2:4] == [
        "2026Q3 第一版",
        "2026Q3 第二版",
    ]
    assert "销去 1、仍在 1" in lines[0]


def test_what_was_never_issued_cannot_be_compared(settings: Settings) -> None:
    issue(settings, Q3, [figure("D05", 2)], [])
    for before in ((Q2, 0), (Q3, 2)):
        with pytest.raises(UsageError, match="没有出过报告"):
            compare(settings, (Q3, 0), before)


def test_names_of_quarters_and_editions() -> None:
    assert issued.parse("2026Q2", Q3) == (Q2, 0)
    assert issued.parse("第一版", Q3) == (Q3, 1)
    assert issued.parse("2026Q2第2版", Q3) == (Q2, 2)
    assert issued.parse("第十二版", Q3) == (Q3, 12)
    assert issued.parse("", Q3) == (Q3, 0)
    with pytest.raises(UsageError):
        issued.parse("上季度", Q3)


def test_a_case_of_two_kinds_counts_in_each() -> None:
    case = issued.Case("CX-1", "确认辍学尚未返校", "", "", "")
    other = issued.Case("CX-1", "确认辍学本月无劝返记录", "", "", "")
    moved = difference.compare_cases([case], [case, other])
    assert (moved.came, moved.went, moved.stayed) == ([other], [], [case])


def test_a_notebook_that_was_changed_is_named() -> None:
    def made(*hashes: str, number: int) -> issued.Issued:
        editions = [{"number": n, "inputs": {"notebook": digest}} for n, digest in enumerate(hashes, 1)]
        manifest = {"reports": {"dropout": {"title": "控辍保学", "editions": editions}}}
        return issued.Issued("", Q3, number, {}, manifest, {}, {})

    assert difference.notebook_changes(made("a", number=1), made("b", number=1)) == ["控辍保学"]
    assert difference.notebook_changes(made("a", "b", number=1), made("a", "b", number=2)) == ["控辍保学"]
    assert difference.notebook_changes(made("a", "a", number=1), made("a", "a", number=2)) == []
    assert difference.notebook_changes(made(number=1), made("a", number=1)) == []
