"""``edureport report`` from raw workbooks to finished files."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pypdfium2
import pytest
from bs4 import BeautifulSoup

from pipelines.demo import write_demo
from tests.conftest import make_root
from tests.e2e.conftest import SCALE, run, run_python


pytestmark = pytest.mark.e2e

THEMES = ("控辍保学", "学生资助", "留守儿童关爱", "重点任务进展")
Issued = tuple[Path, subprocess.CompletedProcess[str]]


def folder(root: Path, town: str = "景芝镇", period: str = "2026Q3", dataset: str = "demo") -> Path:
    return root / "reports" / dataset / period / "internal" / town


def sums(where: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(where.iterdir())}


def figures(where: Path) -> dict[str, dict]:
    content = json.loads((where / "indicators.json").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in content["indicators"]}


def pdf_text(file: Path) -> list[str]:
    document = pypdfium2.PdfDocument(file)
    return [page.get_textpage().get_text_bounded() for page in document]


def test_four_reports_where_the_contract_says(issued: Issued) -> None:
    root, done = issued
    expected = {f"景芝镇_2026Q3_{theme}.{kind}" for theme in THEMES for kind in ("html", "pdf")}
    assert set(sums(folder(root))) == expected | {"indicators.json", "manifest.json"}
    for name in expected:
        assert f"reports/demo/2026Q3/internal/景芝镇/{name}" in done.stdout
    assert done.stderr == ""


def test_every_page_says_demo_town_and_page_number(issued: Issued) -> None:
    root, _ = issued
    for theme in THEMES:
        pages = pdf_text(folder(root) / f"景芝镇_2026Q3_{theme}.pdf")
        assert len(pages) >= 2
        for number, page in enumerate(pages, 1):
            assert "演示数据" in page, (theme, number)
            assert "景芝镇" in page
            assert f"— {number} —" in page


def test_the_plan_prints_on_one_sheet(issued: Issued) -> None:
    root, _ = issued
    pages = pdf_text(folder(root) / "景芝镇_2026Q3_重点任务进展.pdf")
    assert len(pages) == 2
    assert "本季度须办事项" in "".join(pages[0].split())


def test_page_one_has_the_summary_and_what_to_do(issued: Issued) -> None:
    root, _ = issued
    first = "".join(pdf_text(folder(root) / "景芝镇_2026Q3_控辍保学.pdf")[0].split())
    for words in ("摘要", "本季度须办事项", "责任人", "时限", "依据"):
        assert words in first


def test_no_heading_or_caption_ends_a_page_and_none_is_nearly_empty(issued: Issued) -> None:
    root, _ = issued
    for theme in THEMES[:3]:
        pages = pdf_text(folder(root) / f"景芝镇_2026Q3_{theme}.pdf")
        for number, page in enumerate(pages[:-1], 1):
            lines = [line.strip() for line in page.splitlines() if line.strip()]
            lines = [line for line in lines if line != f"— {number} —"]
            # a heading or caption is one short line without a full stop or what follows it
            alone = re.fullmatch(r"([一二三四五]、|（[一二三四五]）|表 ?\d+)[^•。；]{0,30}", lines[-1])
            assert not alone, (theme, number, lines[-1])
            assert sum(map(len, lines)) > 150, (theme, number)


def test_html_is_one_offline_chinese_page_without_code(issued: Issued) -> None:
    root, _ = issued
    for theme in THEMES:
        page = (folder(root) / f"景芝镇_2026Q3_{theme}.html").read_text(encoding="utf-8")
        soup = BeautifulSoup(page, "html.parser")
        assert soup.html["lang"] == "zh-CN"
        assert "Report.open" not in page
        for tag, attribute in (("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src")):
            for node in soup.find_all(tag):
                assert not str(node.get(attribute, "")).startswith(("http", "//")), node
        for heading in ("一、基本情况", "二、监测结果", "三、重点问题", "四、下一步措施", "五、数据说明"):
            assert heading in soup.get_text()


def test_figures_in_html_are_those_of_the_json(issued: Issued) -> None:
    root, _ = issued
    soup = BeautifulSoup(
        (folder(root) / "景芝镇_2026Q3_控辍保学.html").read_text(encoding="utf-8"), "html.parser"
    )
    rows = {}
    for row in soup.find_all("tr"):
        cells = [cell.get_text() for cell in row.find_all("td")]
        if len(cells) == 7:
            rows[cells[0]] = cells
    shown = figures(folder(root))
    for wanted in ("D01", "D03", "D05", "D06", "D14", "D19"):
        assert rows[wanted][2].replace(",", "") == f"{shown[wanted]['value']}人"


def test_json_has_the_shape_of_the_contract(issued: Issued) -> None:
    root, _ = issued
    content = json.loads((folder(root) / "indicators.json").read_text(encoding="utf-8"))
    assert content["schema"] == 1
    assert content["demo"] is True
    assert content["town"] == {"code": "370784122", "name": "景芝镇"}
    for entry in content["indicators"]:
        assert set(entry) == {
            "id", "name", "value", "numerator", "denominator", "unit", "target", "status", "state", "previous",
            "year_ago", "breakdown",
        }  # fmt: skip
    assert {i["table"] for i in content["inputs"]} >= {
        "school",
        "student_roll",
        "dropout_case",
        "aid_payment",
    }
    assert all(len(i["files"]) == len(i["sha256"]) for i in content["inputs"])
    assert set(content["provenance"]) == {"code", "settings", "lock"}


def test_previous_is_the_value_of_that_quarter(issued: Issued, tmp_path: Path) -> None:
    root, _ = issued
    now = figures(folder(root))
    before = json.loads((root / "data/clean/demo/2026Q2/indicators.json").read_text(encoding="utf-8"))
    then = {entry["id"]: entry["value"] for entry in before["towns"]["370784122"]}
    assert {i: e["previous"] for i, e in now.items()} == {i: then[i] for i in now}
    assert now["D01"]["year_ago"] is not None


def test_planted_values_are_found_in_every_town(issued: Issued) -> None:
    root, _ = issued
    planted = json.loads((root / "data/raw/demo/planted.json").read_text(encoding="utf-8"))
    compared = 0
    for period, indicators in planted["expected"].items():
        stored = json.loads((root / f"data/clean/demo/{period}/indicators.json").read_text(encoding="utf-8"))
        for wanted, towns in indicators.items():
            for code, value in towns.items():
                found = next((e for e in stored["towns"][code] if e["id"] == wanted), None)
                if found is not None:
                    assert found["value"] == value, (period, wanted, code)
                    compared += 1
    assert compared > 500


def test_second_run_redoes_nothing_and_changes_no_byte(issued: Issued) -> None:
    root, _ = issued
    before = sums(folder(root))
    times = {p: p.stat().st_mtime_ns for p in folder(root).iterdir() if p.suffix != ".json"}
    again = run(root, "report", "--town", "jingzhi")
    assert again.returncode == 0
    assert again.stdout.count("未变化，沿用") == 4
    assert "清洗" not in again.stdout
    assert sums(folder(root)) == before
    assert {p: p.stat().st_mtime_ns for p in times} == times


def test_another_folder_clock_and_zone_give_the_same_bytes(issued: Issued, tmp_path: Path) -> None:
    root, _ = issued
    other = make_root(tmp_path / "别的 文件夹")
    write_demo(other / "data" / "raw" / "demo", scale=SCALE)
    done = run(other, "report", "--town", "景芝镇", TZ="America/New_York", LC_ALL="C", PYTHONHASHSEED="7")
    assert done.returncode == 0, done.stderr
    assert sums(folder(other)) == sums(folder(root))


def test_only_what_changed_is_made_again(copied: Path) -> None:
    notebook = copied / "notebooks" / "aid.ipynb"
    notebook.write_text(
        notebook.read_text(encoding="utf-8").replace("发放质量", "发放质量情况"), encoding="utf-8"
    )
    done = run(copied, "report", "--town", "景芝镇")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("未变化，沿用") == 3
    assert "学生资助　已生成（笔记本有变化）" in done.stdout
    assert "发放质量情况" in (folder(copied) / "景芝镇_2026Q3_学生资助.html").read_text(encoding="utf-8")


def test_with_clean_data_neither_the_command_nor_a_notebook_imports_great_expectations(copied: Path) -> None:
    """It takes longer to import than the reports to be made (issue 6)."""
    notebook = copied / "notebooks" / "aid.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8"))
    last = [cell for cell in content["cells"] if cell["cell_type"] == "code"][-1]
    last["source"] = [*last["source"], "\nimport sys\nassert 'great_expectations' not in sys.modules"]
    notebook.write_text(json.dumps(content), encoding="utf-8")
    words = ("report", "--town", "景芝镇", "--theme", "aid")
    command = f"import sys\nfrom pipelines.cli import main\ncode = main({words!r})\n"
    done = run_python(copied, "-c", command + "sys.exit(code or 'great_expectations' in sys.modules)")
    assert done.returncode == 0, done.stderr
    assert "学生资助　已生成（笔记本有变化）" in done.stdout and "数据检查" not in done.stdout


def test_a_missing_table_is_said_and_never_counted_as_zero(copied: Path) -> None:
    planted = json.loads((copied / "data/clean/demo/2026Q3/manifest.json").read_text(encoding="utf-8"))
    for entry in planted["files"]:
        if any(part["table"] == "dropout_case" for part in entry["tables"]):
            (copied / "data/raw/demo/2026Q3" / entry["file"]).unlink()
    done = run(copied, "report", "--town", "景芝镇", "--theme", "dropout")
    assert done.returncode == 0, done.stderr
    shown = figures(folder(copied))
    for wanted in ("D03", "D05", "D06", "D08", "D11"):
        assert (shown[wanted]["state"], shown[wanted]["value"], shown[wanted]["status"]) == (
            "missing",
            None,
            "—",
        )
    page = BeautifulSoup(
        (folder(copied) / "景芝镇_2026Q3_控辍保学.html").read_text("utf-8"), "html.parser"
    ).get_text()
    assert "不能视为零" in page
    assert "缺报" in page
    assert "指标均达标" not in page


def test_one_failing_notebook_does_not_stop_the_others(copied: Path) -> None:
    notebook = copied / "notebooks" / "aid.ipynb"
    text = notebook.read_text(encoding="utf-8").replace("report.title(", "report.titel(")
    notebook.write_text(text, encoding="utf-8")
    done = run(copied, "report", "--town", "景芝镇")
    assert done.returncode == 4
    assert "aid.ipynb" in done.stderr
    assert "titel" in done.stderr
    assert "make report TOWN=景芝镇 PERIOD=2026Q3 DATASET=demo THEME=aid" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.count("未变化，沿用") == 3


def test_a_character_without_a_glyph_is_named_when_the_report_is_made(copied: Path) -> None:
    notebook = copied / "notebooks" / "left_behind.ipynb"
    text = notebook.read_text(encoding="utf-8").replace(
        '两种口径的留守儿童"', '两种口径\U0001f600的留守儿童"', 1
    )
    notebook.write_text(text, encoding="utf-8")
    done = run(copied, "report", "--town", "景芝镇", "--theme", "left_behind")
    assert done.returncode == 0, done.stderr
    assert "提示：" in done.stdout and "U+1F600" in done.stdout and "〓" in done.stdout


@pytest.mark.parametrize(
    "town", ["../../x", "景之镇", "<b>景芝镇</b>", "$(touch x)", "'; rm -rf /", '#read("x")', ""]
)
def test_an_unknown_town_stops_before_anything_happens(issued: Issued, town: str) -> None:
    root, _ = issued
    done = run(root, "report", "--town", town)
    assert done.returncode == 2
    assert "景芝镇" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--period", "2030Q1"), "2026Q3"),
        (("--period", "abc"), "2026Q3"),
        (("--dataset", "anqiu"), "data/raw"),
        (("--dataset", "../demo"), "不能使用"),
        (("--theme", "sport"), "dropout"),
        (("--edition", "secret"), "公开版"),
        (("--twon", "x"), "--help"),
    ],
)
def test_wrong_options_say_what_there_is(issued: Issued, words: tuple[str, ...], said: str) -> None:
    root, _ = issued
    done = run(root, "report", "--town", "景芝镇", *words)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_town_without_pupils_gets_a_readable_report(copied: Path) -> None:
    """A thirteenth unit that the dataset's own register adds, and in which there is no school."""
    register = (copied / "data/reference/towns.csv").read_text(encoding="utf-8")
    zone = "370784999,,安丘经济开发区,经开区,开发区,安丘市,,,,,,\n"
    own = copied / "data/raw/demo/reference/towns.csv"
    own.parent.mkdir()
    own.write_text(register + zone, encoding="utf-8")
    done = run(copied, "report", "--town", "经开区")
    assert done.returncode == 0, done.stderr
    shown = figures(folder(copied, "安丘经济开发区"))
    assert (shown["D01"]["value"], shown["D01"]["state"]) == (0, "ok")
    assert (shown["A03"]["value"], shown["A03"]["denominator"], shown["A03"]["state"]) == (
        None,
        0,
        "not_applicable",
    )
    page = folder(copied, "安丘经济开发区") / "安丘经济开发区_2026Q3_控辍保学.html"
    assert "没有属于本镇街区的学校" in page.read_text(encoding="utf-8")
