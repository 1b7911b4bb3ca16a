"""Issued reports are never overwritten; a correction lies beside them and says on its first page what changed."""

import hashlib
import json
import stat
from pathlib import Path
from urllib.parse import unquote

import pypdfium2
import pytest
from bs4 import BeautifulSoup

from pipelines import atomic, indexpage, issue, manifest
from pipelines.errors import ReportFailed, UsageError
from pipelines.reference import load_reference
from pipelines.revisions import records
from pipelines.revisions.seal import seal
from pipelines.settings import Settings
from pipelines.themes import load_themes
from tests.batch.conftest import DATASET, EDITION, PERIOD
from tests.revisions.conftest import Make


DROPOUT, AID = "景芝镇_2026Q3_控辍保学", "景芝镇_2026Q3_学生资助"


def folder(settings: Settings) -> Path:
    return settings.paths.report(DATASET, PERIOD, EDITION, "景芝镇")


def issue_all(settings: Settings, day: str = "", theme: str = "") -> list[str]:
    town = load_reference(settings, DATASET).towns.resolve("景芝镇")
    themes = [chosen for chosen in load_themes(settings) if theme in ("", chosen.name)]
    return seal(settings, DATASET, PERIOD, EDITION, town, themes, day)


def sums(settings: Settings) -> dict[str, str]:
    skipped = (manifest.NAME, records.NAME)
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder(settings).iterdir()
        if file.name not in skipped
    }


def editions(settings: Settings, theme: str = "dropout") -> list[dict]:
    content = json.loads((folder(settings) / manifest.NAME).read_text(encoding="utf-8"))
    return content["reports"][theme]["editions"]


def test_a_draft_is_made_again_in_its_place(small: Settings, make: Make) -> None:
    make()
    names = set(sums(small))
    assert names == {f"{stem}{kind}" for stem in (DROPOUT, AID) for kind in (".html", ".pdf")} | {
        "indicators.json"
    }
    make(景芝镇=4)
    assert set(sums(small)) == names
    assert [e["number"] for e in editions(small)] == [1]
    assert not editions(small)[0]["issued"]


def test_a_correction_lies_beside_what_was_issued_and_says_what_changed(small: Settings, make: Make) -> None:
    make()
    issued = sums(small)
    assert issue_all(small, "2026年10月12日") == [
        "《控辍保学》第一版：已印发，今后不会被覆盖。",
        "《学生资助》第一版：已印发，今后不会被覆盖。",
    ]
    make(景芝镇=4, reason="石埠子镇补报一名学生。")
    now = sums(small)
    assert {name: now[name] for name in issued} == issued
    assert set(now) - set(issued) >= {
        f"{DROPOUT}_第二版.html",
        f"{DROPOUT}_第二版.pdf",
        "indicators_第二版.json",
    }

    page = BeautifulSoup((folder(small) / f"{DROPOUT}_第二版.html").read_text("utf-8"), "html.parser")
    assert page.select_one("main h1.title").get_text() == "景芝镇2026年第三季度控辍保学监测报告（第二版）"
    assert "第二版" in page.select_one("header.page .running").get_text()
    box = page.select_one("section.box").get_text()
    for words in ("替代2026年10月12日印发的第一版", "更正原因：石埠子镇补报一名学生。", "第一版原样保留"):
        assert words in box
    cells = [cell.get_text() for cell in page.select("section.box tbody td")]
    assert cells == ["在籍学生数（D01）", "3人", "4人", "原始数据更正"]

    pdf = pypdfium2.PdfDocument(folder(small) / f"{DROPOUT}_第二版.pdf")
    first = "".join(pdf[0].get_textpage().get_text_range().split())
    for words in ("监测报告（第二版）", "更正对照表", "在籍学生数（D01）", "第一版", "3人", "4人"):
        assert words in first

    both = editions(small)
    assert [(e["number"], e["label"], e["issued"]) for e in both] == [
        (1, "第一版", True),
        (2, "第二版", False),
    ]
    assert both[0]["outputs"] == {name: sha for name, sha in issued.items() if name.startswith(f"{DROPOUT}.")}
    change = both[1]["notes"]["correction"]["changes"]
    assert [(c["id"], c["before"], c["after"]) for c in change] == [("D01", "3人", "4人")]


def index_links(settings: Settings, theme: str) -> dict[str, str]:
    """The links of a report's row in the index: text → file."""
    page = BeautifulSoup(
        indexpage.write_index(settings, DATASET, PERIOD, EDITION).read_text("utf-8"), "html.parser"
    )
    row = next(row for row in page.select("tbody tr") if row["data-theme"] == theme)
    return {a.get_text(): unquote(a["href"]).rpartition("/")[2] for a in row.select("a")}


def test_the_index_links_every_edition_with_the_figures_it_was_made_with(small: Settings, make: Make) -> None:
    make()
    issue_all(small)
    make(景芝镇=4)
    assert index_links(small, "控辍保学") == {
        "第二版网页": f"{DROPOUT}_第二版.html",
        "第二版PDF": f"{DROPOUT}_第二版.pdf",
        "第二版数据": "indicators_第二版.json",
        "第一版网页": f"{DROPOUT}.html",
        "第一版PDF": f"{DROPOUT}.pdf",
        "第一版数据": "indicators.json",
    }
    # the report of the other theme was issued with the first figures
    assert index_links(small, "学生资助")["数据"] == "indicators.json"


def test_a_draft_whose_figures_were_replaced_links_none(small: Settings, make: Make) -> None:
    """Only one theme was made again: the other's draft is older than the figures that lie there now."""
    make()
    make(景芝镇=4, theme="dropout")
    assert index_links(small, "控辍保学")["数据"] == "indicators.json"
    assert "数据" not in index_links(small, "学生资助")
    with pytest.raises(ReportFailed, match="不是同一批"):
        issue_all(small)


def test_figures_are_issued_with_a_report_and_never_alone(small: Settings, make: Make) -> None:
    make()
    issue_all(small)
    make(景芝镇=4, theme="aid")  # no aid figure changed, so nothing but a draft of the figures is written
    assert (folder(small) / "indicators_第二版.json").is_file()
    assert {line.partition("：")[2] for line in issue_all(small)} == {"以前已经印发。"}
    content = json.loads((folder(small) / manifest.NAME).read_text(encoding="utf-8"))
    assert [e["issued"] for e in content["figures"]["editions"]] == [True, False]


def test_a_later_edition_is_made_because_of_what_changed_since_the_one_before(
    small: Settings, make: Make
) -> None:
    def why(**values: object) -> dict[str, str]:
        return {outcome.theme.name: outcome.reason for outcome in make(**values)}

    assert why() == {"dropout": "首次运行", "aid": "首次运行"}
    issue_all(small)
    assert why(景芝镇=4) == {"dropout": "与第一版相比，D01有变化", "aid": ""}
    issue_all(small)
    assert why(景芝镇=7) == {"dropout": "与第二版相比，D01有变化", "aid": ""}
    assert why(景芝镇=7) == {"dropout": "", "aid": ""}
    assert why(reason="更正文字")["aid"] == "写明了更正原因"


def test_only_the_report_whose_figures_changed_gets_a_second_edition(small: Settings, make: Make) -> None:
    make()
    issue_all(small)
    outcomes = {o.theme.name: o for o in make(景芝镇=4, 全市=6)}
    assert "第二版（未印发）" in outcomes["dropout"].note
    # D01 is a figure of the dropout report; the aid report has none that changed
    assert outcomes["aid"].note == "第一版已印发，数字没有变化，不另出新版"
    assert not (folder(small) / f"{AID}_第二版.html").exists()


def test_what_changes_beside_the_towns_own_figures_calls_nothing_back(small: Settings, make: Make) -> None:
    make()
    issue_all(small)
    before = sums(small)
    with (small.root / "monitoring.toml").open("a", encoding="utf-8") as handle:
        handle.write("\n# a word\n")
    make(石堆镇=9, 全市=11)
    assert sums(small) == before


def test_figures_put_back_take_the_draft_away(small: Settings, make: Make) -> None:
    make()
    issue_all(small)
    before = sums(small)
    make(景芝镇=4)
    assert len(sums(small)) > len(before)
    make(景芝镇=3)
    assert sums(small) == before
    assert [e["number"] for e in editions(small)] == [1]


def test_a_second_edition_is_a_draft_until_it_is_issued_then_comes_a_third(
    small: Settings, make: Make
) -> None:
    make()
    issue_all(small)
    make(景芝镇=4)
    make(景芝镇=5)
    assert [e["number"] for e in editions(small)] == [1, 2]
    lines = issue_all(small)
    assert lines[0] == "《控辍保学》第二版：已印发，今后不会被覆盖。"
    assert lines[1] == "《学生资助》第一版：以前已经印发。"
    second = sums(small)
    make(景芝镇=7)
    assert {name: sums(small)[name] for name in second} == second
    third = BeautifulSoup((folder(small) / f"{DROPOUT}_第三版.html").read_text("utf-8"), "html.parser")
    cells = [cell.get_text() for cell in third.select("section.box tbody td")]
    assert cells[1:3] == ["5人", "7人"]  # against the second, not the first
    assert "替代已印发的第二版" in third.select_one("section.box").get_text()


def test_a_reason_makes_an_edition_even_if_no_figure_changed(small: Settings, make: Make) -> None:
    make()
    issue_all(small)
    make(reason="更正第三部分文字")
    page = (folder(small) / f"{AID}_第二版.html").read_text(encoding="utf-8")
    assert "更正原因：更正第三部分文字。" in page
    assert "主要指标的数字没有变化。" in page


@pytest.mark.parametrize("reason", ["370784199001010000 补报", "长" * 101])
def test_a_reason_that_must_not_be_printed_is_refused(small: Settings, make: Make, reason: str) -> None:
    make()
    issue_all(small)
    with pytest.raises(UsageError, match="更正原因") as caught:
        make(reason=reason)
    assert reason not in str(caught.value)


def test_a_reason_before_anything_was_issued_is_a_misunderstanding(small: Settings, make: Make) -> None:
    make()
    with pytest.raises(UsageError, match="还没有印发"):
        make(reason="补报")


def test_a_public_correction_is_refused_before_it_is_noted(small: Settings) -> None:
    """A reason that was kept would refuse every later run of the public edition."""
    town = load_reference(small, DATASET).towns.resolve("景芝镇")
    with pytest.raises(UsageError, match="公开版不出更正版"):
        issue.note_reason(small, DATASET, PERIOD, town, "public", load_themes(small), "补报")
    assert not list(small.root.rglob("editions.json"))


def test_altered_or_outdated_reports_are_not_issued(small: Settings, make: Make) -> None:
    make()
    page = folder(small) / f"{DROPOUT}.html"
    content = page.read_text(encoding="utf-8")
    page.write_text(content + " ", encoding="utf-8")
    with pytest.raises(ReportFailed, match="被改动过"):
        issue_all(small)
    page.write_text(content, encoding="utf-8")
    figures = folder(small) / "indicators.json"
    other = json.loads(figures.read_text(encoding="utf-8"))
    other["indicators"][0]["value"] = 99
    atomic.write_json(figures, other)
    with pytest.raises(ReportFailed, match="不是同一批"):
        issue_all(small)
    assert not (folder(small) / records.NAME).exists()


def test_issued_files_may_not_be_written_by_hand(small: Settings, make: Make) -> None:
    make()
    issue_all(small)
    for name in (f"{DROPOUT}.html", f"{DROPOUT}.pdf", "indicators.json"):
        assert not stat.S_IMODE((folder(small) / name).stat().st_mode) & 0o222


def test_a_record_that_cannot_be_read_stops_the_report(small: Settings, make: Make) -> None:
    make()
    issue_all(small)
    before = sums(small)
    (folder(small) / records.NAME).write_text("{", encoding="utf-8")
    outcomes_error = None
    try:
        make(景芝镇=4)
    except ReportFailed as error:
        outcomes_error = error
    assert outcomes_error is not None and "印发记录" in str(outcomes_error)
    assert sums(small) == before


def test_figures_altered_after_issue_are_told(small: Settings, make: Make) -> None:
    make()
    issue_all(small)
    figures = folder(small) / "indicators.json"
    figures.chmod(0o644)
    atomic.write_json(figures, json.loads(figures.read_text("utf-8")) | {"indicators": []})
    outcomes = make(景芝镇=4)
    assert "在印发之后被改动过" in str(outcomes[0].error)


def test_a_lost_record_of_what_was_issued_stops_the_report(small: Settings, make: Make) -> None:
    """Without it the program would take what was issued for a draft and write over it."""
    make()
    issue_all(small)
    before = sums(small)
    record = folder(small) / records.NAME
    content = record.read_bytes()
    record.unlink()
    with pytest.raises(ReportFailed, match="不见了"):
        make(景芝镇=4)
    assert sums(small) == before
    record.write_bytes(content)
    assert not [outcome.error for outcome in make(景芝镇=4) if outcome.error]
