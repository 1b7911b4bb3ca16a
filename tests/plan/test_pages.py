"""What the pages say of an item, without building a report."""

from types import SimpleNamespace

import pytest

from pipelines import themes
from pipelines.errors import UsageError
from pipelines.markup import Light
from pipelines.plan import county, words
from pipelines.plan.page import PlanPage
from pipelines.settings import Settings


def entry(**cells: object) -> dict:
    base = {
        "state": "ok", "kind": "数量", "done": 3, "target": 4, "unit": "所", "status": "滞后", "pace": 0.5, "days_left": 10,
        "reason": "", "late_since": "2026Q1", "due": "2026-12-31", "task": 2, "lacks": [],
    }  # fmt: skip
    return base | cells


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({}, "3/4所"),
        ({"state": "missing"}, "缺报"),
        ({"state": "not_applicable"}, "—"),
        ({"kind": "未量化", "done": None, "target": None}, "未量化"),
        ({"kind": "比率", "done": 0.699, "target": 0.7}, "69.9%（目标70%）"),
        ({"kind": "比率", "done": 0.6996, "target": 0.7}, "69.96%（目标70%）"),
        ({"kind": "比率", "done": 0.7, "target": 0.7}, "70.0%（目标70%）"),
        ({"kind": "比率", "done": 0.996, "target": 1}, "99.6%（目标100%）"),  # never rounded onto 100 %
        ({"kind": "是否", "done": 0, "target": 1}, "否"),
        ({"kind": "是否", "done": 1, "target": 1}, "是"),
        ({"kind": "是否", "done": 9, "target": 12}, "9/12个镇街区"),
        ({"done": 2, "target": 0, "unit": "人"}, "2人（目标0）"),
    ],
)
def test_progress_in_words(cells: dict, said: str) -> None:
    assert words.progress(entry(**cells)) == said


def test_pace_or_days_left() -> None:
    assert words.pace(entry()) == "50%"
    assert words.pace(entry(pace=None)) == "剩10天"
    assert words.pace(entry(pace=None, days_left=0)) == "已到期"
    assert words.pace(entry(state="missing")) == "—"


def test_since_when() -> None:
    assert words.since(entry()) == "2026年第一季度起"
    assert words.since(entry(status="到期未完成")) == "2026-12-31到期"


def test_a_cell_of_the_matrix_shows_the_worst_state() -> None:
    closed, late = entry(status="已销号"), entry(status="到期未完成")
    assert county.cell([closed, late, late, entry(status="未量化")]) == Light("red", "2/3")
    assert county.cell([closed, closed]) == Light("green", "2/2")
    assert county.cell([closed, entry(state="missing", status=None)]) == Light("grey", "1/2")
    assert county.cell([entry(status="未量化")]) == "未量化"
    assert county.cell([entry(state="not_applicable", status=None, reason="no_base")]) == "—"


def test_no_duty_is_never_a_number() -> None:
    city = entry(state="not_applicable", status=None, reason="city_led")
    assert county.cell([city, city]) == "——"


def test_plan_and_notice_are_internal_only(settings: Settings) -> None:
    known = themes.load_themes(settings)
    public = {theme.name for theme in themes.choose(known, themes.ALL, edition="public")}
    assert {"plan", "notice"}.isdisjoint(public) and "dropout" in public
    with pytest.raises(UsageError, match="只有内部版"):
        themes.choose(known, "plan", edition="public")
    assert themes.choose(known, "plan", edition="internal")


def test_the_notice_is_no_monitoring_report(settings: Settings) -> None:
    theme = themes.choose(themes.load_themes(settings), "notice")[0]
    assert theme.county_only and theme.document == "通报"


@pytest.mark.parametrize(
    ("met", "short", "said"),
    [
        (0, ["甲小学", "乙小学"], "责任督学到校1次；2所学校都还没有达到每学期2次。"),
        (1, ["乙小学"], "责任督学到校1次；2所学校中1所已达到每学期2次，其余：乙小学。"),
        (2, [], "责任督学到校1次；2所学校中2所已达到每学期2次。"),
    ],
)
def test_schools_short_of_two_visits(met: int, short: list[str], said: str, settings: Settings) -> None:
    wordings = words.load_words(settings.paths.reference)
    texts: list[str] = []
    page = SimpleNamespace(
        view={"inspections": {"semester": "秋季学期", "visits": 1, "schools": 2, "met": met, "short": short,
                              "kinds": [], "open": []}},
        say=lambda section, case, **values: wordings[section][case].format(**values),
        report=SimpleNamespace(text=lambda *said: texts.extend(said)),
    )  # fmt: skip
    PlanPage.inspections(page)  # type: ignore[arg-type]
    assert texts[0] == f"秋季学期到本季度末，{said}"
