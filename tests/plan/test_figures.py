"""Every kind of sub-item by hand, in a town and in the county. d = 30 September 2026; S1 rural 小学, S2 镇区 初中, S3 城区."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipelines.plan.model import LEDGER
from tests.indicators.builders import COUNTY, JINGZHI, S1, S2, XINAN, schools, table
from tests.indicators.test_aid import coverage_tables
from tests.plan.material import PAPERS, PLAN, entry, rows, scorecard, told


def ledger(*records: dict) -> pd.DataFrame:
    return rows("task_ledger", *records)


ITEM = {"task_no": 2, "sub_item": "2.3"}  # 乡村书香校园, 8处, due 2025


@pytest.mark.parametrize("word", ["2.3", "乡村书香校园", "书香校园", " 乡村“书香校园” "])
def test_a_row_finds_its_item_by_number_name_or_alias(word: str) -> None:
    given = ledger({**ITEM, "sub_item": word, "target": 1, "done": 1})
    assert told("2.3", task_ledger=given) == (1, 1, "已完成待核")


def test_a_town_is_measured_by_its_share_and_the_county_by_the_plan() -> None:
    given = ledger(
        {**ITEM, "target": 2, "done": 2, **PAPERS},
        {**ITEM, "town": XINAN, "target": 1, "done": 1},
    )
    assert told("2.3", task_ledger=given) == (2, 2, "已销号")
    found = entry("2.3", COUNTY, task_ledger=given)
    # 2 + 1 of the 8 of the plan; the other ten towns said nothing
    assert (found["done"], found["target"], found["unreported"], found["status"]) == (3, 8, 10, "到期未完成")


def test_the_county_closes_with_its_own_papers() -> None:
    given = ledger({**ITEM, "target": 8, "done": 8}, {**ITEM, "town": None, "target": 8, "done": 7, **PAPERS})
    assert told("2.3", COUNTY, task_ledger=given) == (8, 8, "已销号")
    assert entry("2.3", task_ledger=given)["status"] == "已完成待核"


def test_a_contradiction_between_county_row_and_sum_is_said() -> None:
    shares = [{**ITEM, "town": t.code, "target": 1, "done": 1} for t in scorecard().facts.towns.towns]
    given = ledger(*shares, {**ITEM, "town": None, "target": 8, "done": 9})
    assert entry("2.3", COUNTY, task_ledger=given)["note"] == "市级行填9，各镇街区合计12，按合计计算"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"target": 2}, "no_done"),
        ({"done": 2}, "no_target"),
        ({"target": 0, "done": 0}, "no_share"),
        ({"target": 100, "done": 85, "unit": "%"}, "conflict"),
    ],
)
def test_what_cannot_be_judged_is_not_guessed(cells: dict, reason: str) -> None:
    found = entry("2.3", task_ledger=ledger({**ITEM, **cells}))
    assert (found["status"], found["reason"]) == (None, reason)


def test_no_row_and_no_ledger_are_unknown_not_zero() -> None:
    assert told("2.3", task_ledger=ledger({**ITEM, "town": XINAN})) == (None, None, "no_row")
    assert told("2.3") == (None, None, "no_ledger")


def test_typed_not_started_without_a_number_is_nothing_done() -> None:
    given = ledger({"task_no": 6, "sub_item": "6.3", "target": 40, "status": "未启动", "due": "2027-12-31"})
    assert told("6.3", task_ledger=given) == (0, 40, "未启动")


def test_the_latest_row_counts_and_none_of_tomorrow() -> None:
    given = ledger(
        {**ITEM, "target": 3, "done": 3, "as_of": "2026-10-01"},
        {**ITEM, "target": 3, "done": 1, "as_of": "2026-09-30"},
        {**ITEM, "target": 3, "done": 2, "as_of": "2026-06-30"},
    )
    assert told("2.3", task_ledger=given) == (1, 3, "到期未完成")


@pytest.mark.parametrize("wanted", ["1.1", "8.1", "9.2", "10.1", "11.5", "13.2"])
def test_what_the_city_leads_is_never_a_number_of_a_town(wanted: str) -> None:
    found = entry(wanted, task_ledger=ledger(ITEM))
    assert (found["state"], found["reason"], found["done"], found["share"]) == (
        "not_applicable",
        "city_led",
        None,
        None,
    )


def test_only_towns_of_the_right_kind_have_a_duty() -> None:
    # 文明校园: 9处镇驻地, so a 街道 has none
    assert entry("2.1", XINAN, task_ledger=ledger(ITEM))["reason"] == "city_led"
    assert entry("2.1", task_ledger=ledger(ITEM))["reason"] == "no_row"


def test_all_rural_schools_are_counted_in_t1() -> None:
    row = {"task_no": 2, "sub_item": "2.2", "target": 9}  # what the town believes there are
    assert told("2.2", task_ledger=ledger({**row, "done": 1})) == (1, 1, "已完成待核")
    assert told("2.2", task_ledger=ledger({**row, "done": 0})) == (0, 1, "到期未完成")
    assert told("2.2", task_ledger=ledger({**row, "done": 2}))[2] == "conflict"
    # 新安街道 has no rural school and owes no row
    assert told("2.2", XINAN, task_ledger=ledger({**row, "done": 1}))[2] == "no_base"
    assert entry("2.2", COUNTY, task_ledger=ledger({**row, "done": 1}))["unreported"] == 0


def test_all_without_a_base_of_ours_is_what_the_ledger_says() -> None:
    row = {"task_no": 6, "sub_item": "6.3", "due": "2027-12-31"}
    # 7 December 2023 to 30 September 2026 is 1029 of 1486 days, 69.2 %: of 40 teachers 27.7 are wanted
    assert told("6.3", task_ledger=ledger({**row, "target": 40, "done": 28})) == (28, 40, "序时推进")
    assert told("6.3", task_ledger=ledger({**row, "target": 40, "done": 27})) == (27, 40, "滞后")
    assert entry("6.3", task_ledger=ledger({**row, "target": 40, "done": 27}))["pace"] == pytest.approx(
        1029 / 1486
    )


def test_yes_or_no_in_a_town_and_in_the_county() -> None:
    row = {"task_no": 13, "sub_item": "寒暑假托管", "target": 1}
    given = ledger({**row, "done": 1, **PAPERS}, {**row, "town": XINAN, "done": 0})
    assert told("13.3", task_ledger=given) == (1, 1, "已销号")
    assert told("13.3", XINAN, task_ledger=given) == (0, 1, "到期未完成")
    assert told("13.3", COUNTY, task_ledger=given) == (1, 12, "到期未完成")
    assert entry("13.3", task_ledger=given)["share"] is None  # no percentage of a yes


def test_yearly_items_by_the_year_in_which_they_are_due() -> None:
    row = {"task_no": 9, "sub_item": "9.4", "town": None, "target": 15}
    given = ledger({**row, "due": "2024-12-31", "done": 15}, {**row, "due": "2025-12-31", "done": 14})
    assert told("9.4@2024", COUNTY, task_ledger=given) == (15, 15, "已完成待核")
    assert told("9.4@2025", COUNTY, task_ledger=given) == (14, 15, "到期未完成")
    assert "9.4@2026" not in {e["id"] for e in scorecard(task_ledger=given).figures()[COUNTY]}
    health = {"task_no": 6, "sub_item": "健康体检", "due": "2026-12-31", "target": 1, "done": 0}
    assert told("6.4@2026", task_ledger=ledger(health)) == (0, 1, "序时推进")


@pytest.mark.parametrize(
    "wanted", [item.id for item in PLAN.items if item.kind == "未量化" and not item.cycle]
)
def test_a_text_without_a_number_is_never_finished(wanted: str) -> None:
    item = next(i for i in PLAN.items if i.id == wanted)
    row = {"task_no": item.task, "sub_item": wanted, "target": 1, "done": 5, **PAPERS}
    town = JINGZHI if item.scope else COUNTY
    given = ledger({**row, "town": JINGZHI if item.scope else None})
    assert told(wanted, town, task_ledger=given) == (None, None, "未量化")


WORKED = pd.read_csv(Path(__file__).with_name("worked_items.csv"), comment="#", dtype={"item": "str"})


@pytest.mark.parametrize("example", list(WORKED.itertuples()), ids=lambda example: example.item)
def test_every_sub_item_of_the_ledger_by_hand(example: Any) -> None:
    item = next(i for i in PLAN.items if i.id == example.item.partition("@")[0])
    given = ledger(
        {
            "task_no": item.task, "sub_item": item.id, "town": JINGZHI if example.unit == "town" else None, "due": example.due,
            "target": example.target, "done": example.done, "status": example.typed,
            **({"has_evidence_id": True, "has_reviewer": True, "close_date": example.due} if example.papers == "yes" else {}),
        }
    )  # fmt: skip
    unit = JINGZHI if example.unit == "town" else COUNTY
    expected = (example.expected_done, example.expected_target, example.expected)
    assert told(example.item, unit, task_ledger=given) == expected


def test_no_sub_item_of_the_ledger_is_without_an_example() -> None:
    worked = {name.partition("@")[0] for name in WORKED["item"]}
    assert worked == {item.id for item in PLAN.items if item.origin == LEDGER and item.kind != "未量化"}


def test_strange_rows_are_listed_with_their_place() -> None:
    given = ledger(ITEM, {"task_no": 2, "sub_item": "没有这一项"}, {"task_no": 9, "sub_item": "骨干教师"})
    card = scorecard(task_ledger=given)
    assert card.ledger is not None
    assert [(r["town"], r["reason"], r["source_row"]) for r in card.ledger.strange] == [
        (JINGZHI, "no_item", 3),
        (JINGZHI, "no_duty", 4),
    ]


# --- figures of other tables ----------------------------------------------------------------------------------


def test_figures_of_the_catalogue_are_taken_over() -> None:
    case = table("dropout_case", {"p": "a", "case_id": "1", "verdict": "辍学", "verified_date": "2026-09-01"})
    roll = table("student_roll", {"p": "a"})
    log = table("persuasion_log", {"case_id": "1", "contact_date": "2026-09-02"})
    given = {"dropout_case": case, "student_roll": roll, "persuasion_log": log}
    assert told("12.1", **given) == (1, 0, "到期未完成")
    assert told("12.1", XINAN, **given) == (0, 0, "已完成待核")
    rooms = table("care_facility", {"place": S1}, {"place": "景芝特教中心", "facility": "特教资源中心"})
    assert told("12.3", care_facility=rooms) == (1, 1, "已完成待核")
    assert told("12.2", care_facility=rooms) == (1, 1, "已完成待核")
    assert told("12.2", COUNTY, care_facility=rooms) == (1, 9, "到期未完成")
    assert told("12.3", XINAN, care_facility=rooms)[2] == "no_base"
    assert told("12.3")[2] == "no_table"


def test_aid_and_case_files_are_those_of_the_other_reports() -> None:
    # of six entitled pupils one is paid (tests/indicators/test_aid.py, A03)
    assert told("12.6", **coverage_tables()) == (1, 6, "到期未完成")
    filed = {"verdict": "辍学", "verified_date": "2026-09-01", "has_plan_id": True}
    owners = {"has_owner_town": True, "has_owner_school": True, "has_owner_village": True}
    case = table(
        "dropout_case", {"p": "a", "case_id": "1", **filed, **owners}, {"p": "b", "case_id": "2", **filed}
    )
    assert told("12.9", dropout_case=case, student_roll=table("student_roll", {"p": "a"}, {"p": "b"})) == (
        1,
        2,
        "到期未完成",
    )


def network(*records: dict) -> pd.DataFrame:
    return rows("school_network", *records)


def test_network_and_recording_rooms() -> None:
    given = network(
        {"gigabit": "是", "classes": 6, "classes_connected": 6, "recording_room": "是"},
        {"school_id": S2, "gigabit": "否", "classes": 12, "classes_connected": 9, "recording_room": "是"},
    )
    assert told("11.1", school_network=given) == (1, 2, "到期未完成")
    assert told("11.2", school_network=given) == (15, 18, "到期未完成")
    # only S2 lies in the seat of the town
    assert told("11.3", school_network=given) == (1, 1, "已完成待核")


def test_a_school_that_handed_nothing_in_is_not_connected() -> None:
    found = entry("11.1", school_network=network({"gigabit": "是"}))
    assert (found["done"], found["target"], found["unreported"], found["status"]) == (1, 2, 1, "到期未完成")
    classes = entry("11.2", school_network=network({"classes": 6, "classes_connected": 6}))
    assert (classes["done"], classes["target"], classes["status"]) == (6, 6, "到期未完成")


def test_a_merged_school_speaks_only_where_its_successor_is_silent() -> None:
    merged = table(
        "school",
        {"school_id": S1, "school_name": "并入校", "town": JINGZHI},
        {
            "school_id": S2,
            "school_name": "撤并校",
            "town": JINGZHI,
            "close_date": "2026-08-01",
            "merged_into": S1,
        },
    )
    old = {"school_id": S2, "classes": 4, "classes_connected": 1, "gigabit": "否"}
    new = {"school_id": S1, "classes": 9, "classes_connected": 9, "gigabit": "是"}
    for order in ((old, new), (new, old)):
        assert told("11.2", school=merged, school_network=network(*order)) == (9, 9, "已完成待核")
    assert told("11.2", school=merged, school_network=network(old)) == (1, 4, "到期未完成")


def test_more_than_there_is_is_a_contradiction() -> None:
    assert told("11.2", school_network=network({"classes": 6, "classes_connected": 7}))[2] == "conflict"


def kindergartens() -> pd.DataFrame:
    own = {"town": JINGZHI, "school_type": "幼儿园"}
    return pd.concat(
        [
            schools(),
            table(
                "school",
                {**own, "school_id": "1000000004", "ownership": "公办"},
                {**own, "school_id": "1000000005", "ownership": "民办"},
            ),
        ],
        ignore_index=True,
    )


def test_kindergartens_by_children() -> None:
    given = rows(
        "kindergarten",
        {"school_id": "1000000004", "children": 60, "inclusive_recognised": "否"},
        {"school_id": "1000000005", "children": 40, "inclusive_recognised": "是"},
    )
    found = entry("4.1", school=kindergartens(), kindergarten=given)
    # 60 of 100; by 30 September 2026 69.2 % of 70 %, 48.5 %, is wanted
    assert (found["done"], found["target"], found["status"]) == (0.6, 0.7, "序时推进")
    assert told("4.2", school=kindergartens(), kindergarten=given) == (
        1,
        1,
        "序时推进",
    )  # to be kept until 2027
    less = given.assign(inclusive_recognised="否")
    assert told("4.2", school=kindergartens(), kindergarten=less) == (0.6, 1, "滞后")
    one = entry("4.2", school=kindergartens(), kindergarten=given.iloc[:1])
    assert (one["done"], one["unreported"], one["status"]) == (1, 1, "滞后")  # the other may be anything


def test_principals_of_rural_schools() -> None:
    given = rows(
        "principal_age",
        {"age_band": "36-45周岁", "persons": 1},
        {"age_band": "46-55周岁", "persons": 2, "two_terms": 2, "rotated": 1},
        {"age_band": "35周岁及以下", "persons": 5, "school_id": S2},  # not rural
    )
    found = entry("6.1", principal_age=given)
    assert found["done"] == pytest.approx(1 / 3) and found["target"] == 0.5
    assert told("6.2", principal_age=given) == (0.5, 1, "滞后")
    assert told("6.2", principal_age=given.iloc[:1])[2] == "no_base"


def test_mentors_and_files() -> None:
    given = rows(
        "mentor_coverage",
        {"pupils": 100, "mentored": 100, "weak_pupils": 10, "weak_filed": 9},
        {"school_id": S2, "pupils": 50, "mentored": 49, "weak_pupils": 0, "weak_filed": 0},
    )
    assert told("12.7", mentor_coverage=given) == (149, 150, "到期未完成")
    assert told("12.8", mentor_coverage=given) == (9, 10, "到期未完成")


def test_two_visits_a_school_and_semester() -> None:
    given = rows(
        "inspection",
        {},
        {"visit_date": "2026-09-10"},  # the same day: one visit
        {"visit_date": "2026-09-20"},
        {"visit_date": "2026-09-30"},  # a third counts no more
        {"visit_date": "2026-08-31", "school_id": S2},  # last semester
        {"visit_date": "2026-10-01", "school_id": S2},  # not yet
    )
    found = entry("0.1", inspection=given)
    # S1 two of two, S2 none: 2 of 4; 30 of 181 days of the semester have passed
    assert (found["done"], found["target"], found["status"]) == (2, 4, "序时推进")
    assert found["pace"] == pytest.approx(30 / 181) and found["due"] == "2027-02-28"
    assert told("0.1", XINAN, inspection=given) == (0, 2, "未启动")
    assert told("0.1", COUNTY, inspection=given) == (2, 6, "序时推进")


def test_every_item_has_a_figure_or_a_reason_everywhere() -> None:
    for figures in scorecard().figures().values():
        assert len({e["id"] for e in figures}) == len(figures)
        for found in figures:
            assert (found["state"] == "ok") == (found["status"] is not None) == (found["reason"] == "")
