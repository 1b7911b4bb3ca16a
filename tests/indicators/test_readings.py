"""The indicators that docs/indicator-readings.md reads, worked by hand. q0 = 1 July, d = 30 September 2026."""

import pandas as pd

from pipelines.periods import Period
from tests.indicators.builders import (
    COUNTY,
    DISABLED,
    JINGZHI,
    Q3,
    S2,
    S3,
    XINAN,
    everything,
    facts,
    figures,
    last_quarter,
    numbers,
    table,
)


def cases(*rows: dict) -> pd.DataFrame:
    return table("dropout_case", *({"p": f"c{n}", "case_id": f"CX-{n}", **row} for n, row in enumerate(rows)))


def pupils(*rows: dict) -> pd.DataFrame:
    return table("student_roll", *({"p": f"c{n}", **row} for n, row in enumerate(rows)))


CONFIRMED = {"reported_date": "2026-05-01", "verdict": "辍学", "verified_date": "2026-05-10"}


def test_d02_one_class_for_each_pupil() -> None:
    roll = pupils(
        {},  # 0 suspected, and absent: 疑似待核 comes first
        {},  # 1 confirmed
        {"roll_status": "休学"},  # 2
        {},  # 3 absent without leave for three school days
        {},  # 4 absent without leave for two: not yet
        {},  # 5 suspended
        {},  # 6 ill all month
        {},  # 7 ill, but not all month
        {"study_mode": "送教上门"},  # 8 taught at home
        {"stage": "高中", "school_id": S2},  # 9 not compulsory
        {},  # 10 absent in August only
        {},  # 11 at school
    )
    case = cases({}, CONFIRMED)
    rows = [
        (0, "未请假", 9),
        (3, "未请假", 3),
        (4, "未请假", 2),
        (5, "停课", 3),
        (6, "病假", 21),
        (7, "事假", 20),
    ]
    rows += [(8, "病假", 21), (9, "未请假", 21)]
    absent = [{"p": f"c{n}", "leave_type": kind, "consecutive_days": days} for n, kind, days in rows]
    absent.append({"p": "c10", "month": "2026-08"})
    entry = figures(facts(student_roll=roll, dropout_case=case, absence=table("absence", *absent)))["D02"]
    assert entry["value"] == 6
    assert entry["breakdown"] == {
        "class": {"疑似待核": 1, "确认辍学": 1, "休学": 1, "未请假": 1, "停课": 1, "长期病事假": 1}
    }


def test_d02_is_unknown_without_the_return_of_the_last_month() -> None:
    tables = {**everything(), "absence": table("absence", {"p": "a", "month": "2026-08"})}
    entry = figures(facts(**tables))["D02"]
    assert (entry["state"], entry["value"]) == ("missing", None)


def test_d04_false_alarms_and_all_closings_by_class_and_month() -> None:
    given = cases(
        {"close_date": "2026-07-01", "close_type": "21", "verdict": "误报"},
        {"close_date": "2026-09-30", "close_type": "24"},
        {"close_date": "2026-08-15", "close_type": "31", "verdict": "休学"},
        {"close_date": "2026-08-15"},  # no type
        {"close_date": "2026-06-30", "close_type": "21"},  # before q
        {"close_date": "2026-08-20", "close_type": "22", **CONFIRMED},  # was confirmed: no suspicion
        {"close_date": "2026-08-20", "close_type": "11", **CONFIRMED},
        {"close_date": "2026-08-21", "close_type": "51", **CONFIRMED},
    )
    entry = figures(facts(dropout_case=given))["D04"]
    assert (entry["numerator"], entry["denominator"]) == (2, 4)
    assert entry["breakdown"]["closings"] == {"复学": 1, "误报": 3, "应排除": 1, "未结": 1, "其他": 1}
    assert entry["breakdown"]["month"]["2026-08"] == {"复学": 1, "误报": 1, "应排除": 1, "未结": 1, "其他": 1}
    assert [sum(part.values()) for part in entry["breakdown"]["month"].values()] == [1, 5, 1]


def test_d05_tells_causes_for_the_county_only() -> None:
    given = cases(
        {**CONFIRMED, "cause_main": "01"},
        {**CONFIRMED, "p": "c0", "cause_main": "05", "reported_date": "2026-05-02"},  # the same child, later
        {**CONFIRMED, "cause_main": "04", "school_id": S3},
        CONFIRMED,
    )
    entry = figures(facts(dropout_case=given), COUNTY)["D05"]
    assert entry["value"] == 3
    assert entry["breakdown"]["cause"] == {"厌学": 1, "外出务工或务农": 1, "未填": 1}
    assert "cause" not in figures(facts(dropout_case=given), JINGZHI)["D05"]["breakdown"]


def test_d07_of_a_town_without_pupils_in_autumn_has_no_rate() -> None:
    dropped = cases({**CONFIRMED, "verified_date": "2026-09-10", "school_id": S3})
    entry = figures(facts(dropout_case=dropped, student_roll=pupils({})), XINAN)["D07"]
    assert (entry["numerator"], entry["denominator"], entry["value"]) == (0, 0, None)
    assert entry["state"] == "not_applicable"
    assert entry["breakdown"]["stage"]["小学"] == {"value": None, "numerator": 0, "denominator": 0}


def test_d09_who_came_back_last_quarter_is_still_there() -> None:
    back = {**CONFIRMED, "return_date": "2026-05-20"}
    given = cases(
        back,  # 0 on the roll
        {**back, "retained_90d": "否"},  # 1 on the roll, but the check says no
        {**back, "retained_90d": "是"},  # 2 not on the roll here, the check says yes
        back,  # 3 on the roll as 休学
        back,  # 4 on the roll, and suspected again (case 8)
        {**CONFIRMED, "close_date": "2026-06-30", "close_type": "15"},  # 5 closed as returned; on no roll
        {**back, "return_date": "2026-07-01"},  # 6 this quarter
        {**back, "verdict": "误报"},  # 7 no dropout
        {"p": "c4"},  # 8
    )
    roll = pupils({}, {}, {"p": "other"}, {"roll_status": "休学"}, {})
    assert numbers(facts(dropout_case=given, student_roll=roll), "D09", JINGZHI) == [(2, 6)]


def test_d13_papers_of_leave_in_force() -> None:
    leave = {"event_type": "休学", "event_date": "2026-03-01"}
    papers = {"has_approval_no": True, "expected_return": "2027-03-01"}
    events = table(
        "roll_event",
        {"p": "c0", **leave, **papers},
        {"p": "c1", **leave, "has_approval_no": True},  # no end date
        {"p": "c2", **leave, "expected_return": "2027-03-01", "from_school": None},  # 新安街道 by the roll
        {"p": "c3", **leave, **papers},  # came back
        {"p": "c3", "event_type": "复学", "event_date": "2026-09-01"},
        {"p": "c4", **leave, "status": "退回"},
        {"p": "c5", **leave, "event_date": "2026-10-01"},
        {"p": "c6", **leave, **papers},  # at 高中
        {"p": "c7", **leave, **papers},  # came back before, and left again
        {"p": "c7", "event_type": "复学", "event_date": "2026-02-01"},
    )
    roll = pupils({}, {}, {"school_id": S3}, {}, {}, {}, {"stage": "高中"}, {})
    assert numbers(facts(roll_event=events, student_roll=roll), "D13") == [(2, 3), (0, 1), (2, 4)]


def test_d15_disabled_children_by_their_town() -> None:
    listed = table(
        "dept_list",
        {"p": "c0", **DISABLED, "status": "不享受"},  # on the roll; aid does not matter
        {"p": "c0", **DISABLED},  # the same child
        {"p": "c1", **DISABLED},  # nowhere
        {"p": "c2", **DISABLED, "town": XINAN},  # at a school elsewhere, verified
        {"p": "c3", **DISABLED},  # certified unable
        {"p": "c4", **DISABLED, "birth_date": "2020-09-01"},  # too young by a day
        {"p": "c5", **DISABLED, "birth_date": "2020-08-31"},  # in the kindergarten only
        {"p": "c6", **DISABLED, "birth_date": "2011-09-01"},  # the oldest; on the roll
        {"p": "c7", **DISABLED, "birth_date": "2011-08-31"},
        {"p": "c8", **DISABLED, "category": "残疾人子女"},
        {"p": "c9", **DISABLED, "valid_to": "2026-09-30"},
        {"p": "cx", **DISABLED, "birth_date": None},
        {"p": "cy"},  # another department
    )
    roll = table(
        "student_roll",
        {"p": "c0", "study_mode": "送教上门"},
        {"p": "c5", "stage": "学前"},
        {"p": "c6", "stage": "特教", "roll_status": "休学"},
    )
    closed = table(
        "dropout_case",
        {"p": "c2", "case_id": "CX-1", "close_date": "2026-08-01", "close_type": "24"},
        {"p": "c3", "case_id": "CX-2", "close_date": "2026-08-01", "close_type": "33"},
    )
    given = facts(dept_list=listed, student_roll=roll, dropout_case=closed)
    assert numbers(given, "D15") == [(2, 4), (1, 1), (3, 5)]
    others = facts(dept_list=table("dept_list", {"p": "cy"}), student_roll=roll, dropout_case=closed)
    assert figures(others)["D15"]["state"] == "missing"


def test_d17_key_groups_in_the_county_edition_only() -> None:
    given = cases(
        {**CONFIRMED, "group_flags": "留守;困境"},
        CONFIRMED,  # in L01
        CONFIRMED,  # disabled, by the list
        {**CONFIRMED, "group_flags": "孤儿", "return_date": "2026-06-01"},  # back
        CONFIRMED,  # in no group
        {"group_flags": "随迁"},  # suspected
    )
    children = table("left_behind", {"p": "c0", "child_id": "LS-0"}, {"p": "c1", "child_id": "LS-1"})
    listed = table(
        "dept_list",
        {"p": "c2", **DISABLED},
        {"p": "c4", "source_dept": "乡村振兴(农业农村)", "status": "风险已消除"},
    )
    made = facts(dropout_case=given, left_behind=children, dept_list=listed)
    entry = figures(made, COUNTY)["D17"]
    assert entry["value"] == 3
    groups = {"孤儿": 0, "事实无人抚养": 0, "残疾": 1, "留守": 2, "困境": 1, "随迁": 0, "监测对象": 0}
    assert entry["breakdown"] == {"group": groups}
    town = figures(made)["D17"]
    assert (town["state"], town["value"], town["numerator"], town["breakdown"]) == (
        "not_applicable",
        None,
        None,
        {},
    )


def test_d18_needs_three_years_and_is_the_countys() -> None:
    given = facts(**everything(), history=last_quarter())
    entry = figures(given, COUNTY)["D18"]
    assert (entry["numerator"], entry["denominator"], entry["status"]) == (1, 2, "未达标")
    assert figures(given)["D18"]["state"] == "not_applicable"
    short = {Q3.previous: last_quarter()[Q3.previous]}
    assert figures(facts(**everything(), history=short), COUNTY)["D18"]["state"] == "missing"
    spring = figures(facts(Period(2026, 2), **everything()), COUNTY)["D18"]
    assert spring["state"] == "not_applicable"


def test_a12_judges_each_new_child_once() -> None:
    listed = table(
        "dept_list",
        {"p": "c0", "valid_from": "2026-06-01"},  # 30 days end on 1 July, the first day of q
        {"p": "c1", "valid_from": "2026-08-31"},  # end on 30 September
        {"p": "c2", "valid_from": "2026-09-01"},  # end in the next quarter
        {"p": "c3", "valid_from": "2026-05-31"},  # ended before
        {"p": "c4", "valid_from": None, "list_date": "2026-08-01"},
        {"p": "c5", "valid_from": "2026-08-01"},  # not on the roll
        {"p": "c6", "valid_from": "2026-08-01", "status": "不享受"},
        {"p": "c7", "valid_from": "2026-08-01"},
        {"p": "c7", "valid_from": "2025-01-01"},  # on another list long before: nothing new
    )
    roll = table("student_roll", *({"p": f"c{n}"} for n in (0, 1, 2, 3, 4, 6, 7)))
    identified = table(
        "aid_identification",
        {"p": "c0", "school_year": "2025-2026", "identified_date": "2026-07-01"},  # on the last day
        {"p": "c1", "identified_date": "2026-10-01"},  # a day late
        {"p": "c4", "school_year": "2024-2025", "identified_date": "2025-03-01"},  # of an old year
    )
    given = facts(dept_list=listed, student_roll=roll, aid_identification=identified)
    assert numbers(given, "A12", JINGZHI) == [(1, 3)]


def test_a13_counts_rows_of_three_to_eighteen_by_their_town() -> None:
    listed = table(
        "dept_list",
        {"p": "c0"},
        {"p": "c0", "status": "不享受", "town": XINAN},  # rows, not persons; any status
        {"p": "c1"},  # graduated
        {"p": "c2"},  # on no roll
        {"p": "c3", "birth_date": "2023-09-30"},  # three today
        {"p": "c4", "birth_date": "2023-10-01"},  # three tomorrow
        {"p": "c5", "birth_date": "2007-10-01"},  # eighteen
        {"p": "c6", "birth_date": "2007-09-30"},  # nineteen today
        {"p": "c7", "birth_date": None},
        {"p": "c0", "name_key": "OTHER"},  # 乙: the name differs
    )
    roll = table(
        "student_roll", *({"p": f"c{n}"} for n in (0, 3, 4, 5, 6, 7)), {"p": "c1", "roll_status": "毕业"}
    )
    assert numbers(facts(dept_list=listed, student_roll=roll), "A13") == [(4, 6), (1, 1), (5, 7)]


def test_a14_who_is_listed_and_nowhere() -> None:
    listed = table("dept_list", *({"p": f"c{n}"} for n in range(9)), {"p": "c9", "birth_date": "2010-01-01"})
    closed = {"close_date": "2026-08-01"}
    case = table(
        "dropout_case",
        {"p": "c1", "case_id": "CX-1", "close_type": "41", **closed},
        {"p": "c2", "case_id": "CX-2", "close_type": "21", **closed},  # an error tells nothing
        {"p": "c3", "case_id": "CX-3", "verdict": "在外就读", "verified_date": "2026-08-01"},
    )
    events = table(
        "roll_event",
        {"p": "c4", "matched": "是", "event_date": "2026-03-01"},
        {"p": "c5", "matched": "否", "event_date": "2026-03-01"},  # not matched
        {"p": "c6", "event_type": "死亡", "event_date": "2026-03-01"},
    )
    cohort = table("hukou_cohort", {"p": "c7", "status": "在外就读已核实"}, {"p": "c8"})
    given = facts(
        dept_list=listed,
        student_roll=table("student_roll", {"p": "c0"}),
        dropout_case=case,
        roll_event=events,
        hukou_cohort=cohort,
    )
    assert numbers(given, "A14") == [(3, None), (0, None), (3, None)]  # c2, c5, c8


def test_l11_referrals_within_seven_days() -> None:
    screening = {"care_type": "心理筛查", "outcome": "预警"}
    log = table(
        "care_log",
        {"child_id": "LS-0", "care_date": "2026-06-24", **screening},  # ends on 1 July
        {"child_id": "LS-0", "care_date": "2026-07-01", "care_type": "转介"},  # in time, on the last day
        {"child_id": "LS-1", "care_date": "2026-09-01", **screening},
        {"child_id": "LS-1", "care_date": "2026-09-09", "care_type": "转介"},  # a day late
        {"child_id": "LS-2", "care_date": "2026-09-01", **screening},
        {"child_id": "LS-2", "care_date": "2026-09-02", "care_type": "心理辅导"},  # no referral
        {"child_id": "LS-2", "care_date": "2026-08-31", "care_type": "转介"},  # before the alert
        {"child_id": "LS-3", "care_date": "2026-09-24", **screening},  # ends in the next quarter
        {"child_id": "LS-4", "care_date": "2026-08-01", "care_type": "心理筛查", "outcome": "正常"},
        {"child_id": "LS-0", "care_date": "2026-06-24", **screening},  # the same alert again
    )
    given = facts(care_log=log)
    assert numbers(given, "L11", COUNTY) == [(1, 3)]
    assert figures(given)["L11"]["state"] == "not_applicable"
