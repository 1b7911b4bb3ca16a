"""The county overview: register order, no ranking, small bases not judged, missing never a tick."""

from types import SimpleNamespace

import pandas as pd
import pytest

from pipelines import overview
from pipelines.errors import UsageError
from pipelines.indicators.catalogue import load_catalogue
from pipelines.indicators.worklist import load_actions
from pipelines.markup import Light
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.report.county import CountyParts
from pipelines.sentences import load_sentences
from pipelines.settings import Settings


def entry(wanted: str, value=0, numerator=0, denominator=None, state="ok", status="达标", unit="人") -> dict:
    found = load_catalogue().entry(wanted)
    return {
        "id": wanted, "name": found.name, "value": value, "numerator": numerator, "denominator": denominator,
        "state": state, "status": status, "unit": unit, "target": 0, "previous": None, "year_ago": None,
    }  # fmt: skip


@pytest.fixture
def report(settings: Settings):
    """What the overview needs of a report, with the same figures for every town unless a test changes them."""
    register = load_reference(settings, "demo").towns
    towns = {
        town.code: {
            "indicators": [
                entry("D05"), entry("L05", 0.5, 10, 20, status="未达标", unit="%"), entry("D03", None, None, state="missing", status="—"),
            ],
            "trend": {"D05": [{"period": "2026Q2", "value": None}, {"period": "2026Q3", "value": 0}]},
        }
        for town in register.towns
    }  # fmt: skip
    texts = load_sentences(settings.paths.reference)
    work = pd.DataFrame(
        [
            ("definition_gap", register.towns[0].code, "a", 3, "2026-10-30", "甲"),
            ("suspected_open", register.towns[5].code, "b", 1, "2026-10-10", "乙"),
            ("suspected_open", register.towns[1].code, "c", 1, "2026-10-10", "乙"),
            ("suspected_open", register.towns[5].code, "d", 1, "2026-10-10", "乙"),
        ],
        columns=["item", "town", "ref", "severity", "due", "who"],
    ).assign(theme="dropout")
    figures = {e["id"]: e for e in next(iter(towns.values()))["indicators"]}
    return SimpleNamespace(
        settings=settings, register=register, catalogue=load_catalogue(), actions=load_actions(),
        view=SimpleNamespace(towns=towns), period=Period.parse("2026Q3"), indicator=lambda wanted: figures[wanted], worklist=lambda *_: work,
        phrase=lambda section, case, **values: texts[section][case].format(**values),
    )  # fmt: skip


def test_every_town_in_the_registers_order_and_the_county_last(report) -> None:
    frame = overview.matrix_frame(report, ["D05", "L05"])
    assert list(frame["镇街区"]) == [town.name for town in report.register.towns] + ["全市"]


def test_marks_do_not_rely_on_colour_and_missing_is_no_tick(report) -> None:
    row = overview.matrix_frame(report, ["D05", "L05", "D03"]).iloc[0, 1:].tolist()
    assert row == ["✓ 0人", Light("red", "50.0%"), Light("grey", "缺报")]


@pytest.mark.parametrize(("base", "shown"), [(9, "3/9"), (10, Light("red", "30.0%")), (0, "—")])
def test_a_rate_on_a_small_base_is_not_judged(report, base, shown) -> None:
    state = "ok" if base else "not_applicable"
    figure = entry(
        "L05", 3 / base if base else None, 3 if base else 0, base, state, "未达标" if base else "—", "%"
    )
    assert overview.cell(report, figure) == shown


def test_the_count_of_towns_leaves_small_bases_apart(report) -> None:
    first = report.register.towns[0].code
    report.view.towns[first]["indicators"][1] = entry("L05", 1.0, 3, 3, unit="%")
    said = overview.counted(report, "L05")
    count = len(report.register.towns)
    assert f"未达标{count - 1}个" in said
    assert "基数不足10、不作评价1个" in said
    assert "缺报" in overview.counted(report, "D03")
    assert "全部达标" in overview.counted(report, "D05")


def test_tasks_go_by_urgency_and_towns_by_the_register_not_by_their_number(report) -> None:
    frame = overview.task_frame(report)
    names = [town.name for town in report.register.towns]
    assert list(frame["镇街区"]) == [names[1], names[5], names[0]]
    assert list(frame["涉及"]) == ["1人", "2人", "1人"]
    urgent = overview.urgent_frame(report)
    assert urgent.iloc[0]["镇街区"] == f"{names[1]}1人、{names[5]}2人"
    assert len(urgent) == 1, "what actions.toml keeps off page one stays off"


def test_a_towns_report_cannot_look_at_other_towns(report) -> None:
    report.view.towns = {}
    with pytest.raises(UsageError, match="全市"):
        overview.figures(report, report.register.towns[0].code, "D05")


def test_a_gap_in_a_series_stays_a_gap(report) -> None:
    assert overview.series(report, "D05")[0][1] == [("2026Q2", None), ("2026Q3", 0)]
    assert overview.series_frame(report, "D05").iloc[0].tolist()[1:] == ["缺报", "0人"]


@pytest.mark.parametrize(("state", "said"), [("missing", "缺报"), ("ok", "没有须办事项")])
def test_no_tasks_are_said_only_where_the_data_are_known(report, state, said) -> None:
    shown = []
    report.view.indicators = [entry("D05", state=state)]
    report.worklist = lambda *_: pd.DataFrame(
        columns=["theme", "item", "town", "ref", "severity", "due", "who"]
    )
    report.table = lambda frame, caption, widths, empty: shown.append(empty)
    CountyParts.tasks(report, "待办", "dropout")
    CountyParts.tasks(report, "待办", "aid")
    assert said in shown[0] and "没有须办事项" in shown[1]
