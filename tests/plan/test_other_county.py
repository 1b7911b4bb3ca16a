"""A made-up plan of another county: it loads and reports by its files alone, without a line of Python."""

import json
import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from pipelines.errors import ConfigError
from pipelines.plan.reading import read_folder
from pipelines.reference import load_reference
from pipelines.settings import Settings
from tests.conftest import make_root
from tests.e2e.conftest import run


OTHER = Path(__file__).parent / "other_county"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A project root whose dataset ``other`` brings its own towns and plan."""
    root = make_root(tmp_path / "project")
    shutil.copytree(OTHER, root / "data" / "raw" / "other")
    file = root / "monitoring.toml"
    text = file.read_text(encoding="utf-8").replace("安丘市", "清源县")
    file.write_text(text, encoding="utf-8")
    return root


def test_its_plan_replaces_ours_whole(elsewhere: Path) -> None:
    plan = load_reference(Settings.load(elsewhere), "other").plan
    assert plan is not None
    assert (plan.name, sorted(plan.tasks), [i.id for i in plan.items]) == (
        "教育强县行动方案", [1, 2, 31], ["A", "B", "C", "D"],
    )  # fmt: skip
    assert plan.items[0].deadline.day.isoformat() == "2026-06-30" and not plan.items[0].deadline.assumed
    assert plan.items[1].deadline.assumed
    assert all(not item.decision for item in plan.items)


def test_marks_of_its_texts_are_printed_full_width(elsewhere: Path) -> None:
    file = elsewhere / "data/raw/other/reference/plan/子项.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("分解表第1项", "分解表第1项（一）；（二）"), encoding="utf-8")
    plan = load_reference(Settings.load(elsewhere), "other").plan
    assert (
        plan is not None and plan.items[0].source == "分解表第1项（一）；（二）"
    )  # reading folded the widths
    ours = load_reference(Settings.load(elsewhere), "demo").plan
    assert ours is not None and ours.tasks[0].name == "组织保障（正文，不在清单内）"
    assert "（正文第18项写明），待市局确认。" in ours.note


def test_half_a_plan_is_refused(elsewhere: Path) -> None:
    (elsewhere / "data/raw/other/reference/plan/任务.csv").unlink()
    with pytest.raises(ConfigError, match="一并提供"):
        load_reference(Settings.load(elsewhere), "other")


@pytest.mark.e2e
def test_it_reports(elsewhere: Path) -> None:
    for town in ("石桥镇", "清源县"):
        done = run(elsewhere, "report", "--town", town, "--theme", "plan", "--dataset", "other")
        assert done.returncode == 0, done.stdout + done.stderr
    folder = elsewhere / "reports/other/2026Q3/internal"
    page = (folder / "石桥镇/石桥镇_2026Q3_重点任务进展.html").read_text(encoding="utf-8")
    assert "安丘" not in page and "安政办" not in page and "清政办〔2025〕3号" in page
    told = json.loads((folder / "石桥镇/indicators.json").read_text(encoding="utf-8"))["plan"]["items"]
    # 生均图书: 1 of 2 schools; 638 of 1461 days to 2028 are 43.7 %, so half is enough
    assert [(e["id"], e["done"], e["target"], e["status"], e["state"]) for e in told] == [
        ("A", 20, 25, "到期未完成", "ok"),
        ("B", 1, 2, "序时推进", "ok"),
        ("C", None, None, "未量化", "ok"),
        ("D", None, None, None, "not_applicable"),
    ]
    county = json.loads((folder / "county/indicators.json").read_text(encoding="utf-8"))["plan"]["items"]
    assert [(e["id"], e["done"], e["target"], e["status"]) for e in county] == [
        ("A", 35, 40, "到期未完成"),
        ("B", 1, 3, "滞后"),
        ("C", None, None, "未量化"),
        ("D", 2, 2, "已完成待核"),
    ]
    soup = BeautifulSoup(
        (folder / "county/清源县_2026Q3_重点任务进展.html").read_text(encoding="utf-8"), "html.parser"
    )
    matrix = soup.select_one("table.matrix")
    assert matrix is not None
    cells = {
        row.th.get_text(): [td.get_text(strip=True) for td in row.select("td")]
        for row in matrix.select("tbody tr")
    }
    assert cells["31 教师培训基地"][:3] == ["——", "——", "——"]
    assert cells["1 校园饮水工程"] == ["● 1/1", "✓ 1/1", "——", "● 1/1"]
    notice = run(elsewhere, "report", "--town", "000", "--theme", "notice", "--dataset", "other")
    assert notice.returncode == 0, notice.stderr
    text = (folder / "county/清源县_2026Q3_重点任务进展情况.html").read_text(encoding="utf-8")
    assert "石桥镇教办" in text and "分解表第1项" in text and "柳林镇教办" not in text
    opening = re.search(r"全市(\d+)个子项中，(.*?)。", BeautifulSoup(text, "html.parser").get_text())
    assert opening is not None
    assert sum(map(int, re.findall(r"(\d+)个", opening[2]))) == int(opening[1]) == 4  # no item is left unsaid


# --- slips in the tables --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("任务.csv", "2026年6月底前", "尽快", "读不懂"),
        ("任务.csv", ",有,分解表第1项", ",也许,分解表第1项", "可用：有、无"),
        ("任务.csv", "2,图书进校园", "1,图书进校园", "重复"),
        ("子项.csv", "A,1,直饮水设备", "A,7,直饮水设备", "不在任务表里"),
        ("子项.csv", "B,2,生均", "A,2,生均", "重复"),
        ("子项.csv", "数量,不低于,40", "数量,不低于,", "类型“数量”与目标"),
        ("子项.csv", "未量化,不低于,,个", "未量化,不低于,9,个", "类型“未量化”与目标"),
        ("子项.csv", "乡村学校,台账", "乡村学校,指标:X99", "指标:L12"),
        ("子项.csv", "C,2,读书角", "C,2,生均图书达标学校", "无法分清"),
        ("规划概况.csv", "2025-01-01", "去年", "印发日期"),
    ],
)
def test_a_slip_is_told_with_its_row(elsewhere: Path, file: str, old: str, new: str, said: str) -> None:
    path = elsewhere / "data/raw/other/reference/plan" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_reference(Settings.load(elsewhere), "other")
    assert said in str(caught.value) and file in str(caught.value)


def test_a_decision_gives_a_number_to_a_text_without_one(elsewhere: Path) -> None:
    folder = elsewhere / "data/reference/plan"
    (folder / "decisions.csv").write_text(
        "子项编号,决定目标,决定单位,决定日期,决定文号,说明\n1.3,5,所,2024-03-01,安教体发〔2024〕9号,\n",
        encoding="utf-8",
    )
    plan = read_folder(folder)
    assert plan is not None
    item = next(i for i in plan.items if i.id == "1.3")
    assert (item.kind, item.target, item.decision) == ("数量", 5.0, "安教体发〔2024〕9号，2024-03-01")
    (folder / "decisions.csv").write_text(
        "子项编号,决定目标,决定单位,决定日期,决定文号,说明\n2.3,5,处,2024-03-01,某文,\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="不是未量化"):
        read_folder(folder)
