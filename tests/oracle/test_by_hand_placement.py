"""D02 D04 D09 D10 D13 D15 D17 D18 worked out by hand."""

import datetime as dt
from typing import Any

from pipelines.periods import Period

from .hand import (
    EAST,
    IDS,
    Q0,
    Q2,
    Q3,
    WEST,
    D,
    case,
    child,
    confirmed,
    day,
    event,
    fraction,
    listed,
    pupil,
    values,
    work,
)
from .view import COUNTY, Row


DAY = dt.timedelta(days=1)


def absence(n: int, kind: str, days: int, of: int = 21, month: str = "2026-09") -> Row:
    row = {"roll_no": f"G{n}", "school_id": "e", "month": month, "leave_type": kind}
    return {**row, "consecutive_days": days, "school_days_in_month": of}


def test_on_roll_but_not_attending() -> None:
    roll = [pupil(n) for n in range(1, 13)]
    roll[2] = pupil(3, roll_status="休学")
    roll += [pupil(13, "w", study_mode="送教上门"), pupil(14, stage="高中", grade="高一")]
    roll += [pupil(3, "w", study_mode="送教上门")]  # she is on the roll of two schools
    cases = [
        case(1, "9-1"),
        confirmed(2, "6-1"),
        case(4, "10-1"),
        case(13, "9-1"),
        case(3, "9-1", id_no=IDS[2]),
    ]
    absences = [
        absence(5, "未请假", 3), absence(6, "未请假", 2), absence(7, "停课", 3), absence(8, "病假", 20),
        absence(9, "事假", 21), absence(10, "未请假", 9, month="2026-08"), absence(7, "未请假", 1),
        absence(11, "病假", 21), absence(11, "停课", 5), absence(14, "未请假", 20), absence(15, "未请假", 20),
    ]  # fmt: skip
    results = work(student_roll=roll, dropout_case=cases, absence=absences)
    # 1 and 2 (whose second case is a suspected one) wait for a check; 3 rests; 5 is truant; 7 and 11 are sent home;
    # 9 is ill all month. 6 and 8 were back soon, 10 was away in August, 4 is reported tomorrow, 13 is taught at home,
    # 14 is above grade nine, 15 is on no roll.
    assert values(results, "D02") == (7, 1, 7)
    assert results[COUNTY]["D02"]["breakdown"]["class"] == {
        "疑似待核": 2, "确认辍学": 0, "休学": 1, "未请假": 1, "停课": 2, "长期病事假": 1,
    }  # fmt: skip
    august = [absence(5, "未请假", 3, month="2026-08")]
    assert work(student_roll=roll, absence=august)[COUNTY]["D02"]["state"] == "missing"


def test_false_alarms_among_closings() -> None:
    def closed(n: int, kind: str | None, on: str, **more: Any) -> Row:
        return case(n, "6-1", close_type=kind, close_date=day(on), **more)

    cases = [
        closed(1, "21", "7-1"), closed(2, "24", "9-30", verified_date=day("9-1"), verdict="误报"),
        closed(3, "31", "8-1"), closed(4, "51", "8-2"), closed(5, None, "8-3"), closed(6, "22", "6-30"),
        closed(7, "22", "8-1", verdict="辍学", verified_date=day("6-1")), closed(8, "11", "8-1", school_id="w"),
    ]  # fmt: skip
    results = work(dropout_case=cases)
    assert fraction(results, "D04") == (2, 6)  # 1, 2 of 1, 2, 3, 4, 5, 8
    assert fraction(results, "D04", EAST) == (2, 5)
    parts = results[COUNTY]["D04"]["breakdown"]
    assert parts["closings"] == {"复学": 1, "误报": 3, "应排除": 1, "未结": 1, "其他": 1}
    assert parts["month"]["2026-08"] == {"复学": 1, "误报": 1, "应排除": 1, "未结": 1, "其他": 1}
    assert parts["month"]["2026-07"]["误报"] == parts["month"]["2026-09"]["误报"] == 1


def test_who_came_back_and_stayed() -> None:
    cases = [
        confirmed(1, "3-10", return_date=day("4-1")),  # in class at d: stays
        confirmed(2, "3-10", return_date=day("6-30"), retained_90d="是"),  # on no roll, but confirmed
        confirmed(3, "3-10", return_date=day("5-1"), retained_90d="否"),
        confirmed(4, "3-10", return_date=day("5-1")), confirmed(4, "9-1"),  # out again
        confirmed(5, "3-10", return_date=day("5-1")),  # rests: not in class
        confirmed(6, "3-10", close_type="14", close_date=day("5-1")),  # taught at home, on roll
        confirmed(7, "3-10", return_date=day("5-1"), close_type="42"),  # no return
        confirmed(8, "3-10", return_date=day("7-1")), confirmed(9, "3-10", return_date=day("3-31")),
        case(10, "3-1", verdict="误报", verified_date=day("3-10"), return_date=day("5-1")),
    ]  # fmt: skip
    roll = [pupil(1), pupil(3), pupil(4), pupil(5, roll_status="休学"), pupil(6, "w")]
    assert fraction(work(student_roll=roll, dropout_case=cases), "D09") == (3, 6)  # 1, 2, 6 of 1 to 6


def test_reports_in_time_count_school_days() -> None:
    # 2026: 25 to 27 September is a holiday, Sunday 20 September a school day
    cases = [
        case(1, "9-29", first_absent_date=day("9-23")),  # 24, 28, 29: three
        case(2, "9-30", first_absent_date=day("9-23")),  # 24, 28, 29, 30: four
        case(3, "9-21", first_absent_date=day("9-17")),  # 18, 20, 21: three
        case(4, "9-22", first_absent_date=day("9-17")),  # four
        case(5, "9-1", first_absent_date=day("7-10")),  # only 1 September
        case(6, "9-1"), case(7, "6-30", first_absent_date=day("6-30")), case(8, "9-9", first_absent_date=day("9-10")),
    ]  # fmt: skip
    assert fraction(work(dropout_case=cases), "D10") == (4, 7)  # 1, 3, 5, 8; 6 has no first day, 7 is older


def test_papers_of_leave() -> None:
    events = [
        event(1, "休学", D), event(2, "休学", day("3-1"), approval_no=None),
        event(3, "休学", day("3-1"), expected_return=None), event(4, "休学", day("10-1")),
        event(5, "休学", day("3-1"), status="退回"), event(6, "休学", day("3-1")), event(6, "复学", day("9-1")),
        event(7, "休学", day("3-1")), event(7, "复学", day("9-1"), status="退回"),
        event(8, "休学", day("3-1")), event(8, "复学", day("3-1")), event(9, "休学", day("3-1")),
        event(10, "休学", day("3-1"), from_school=None), event(11, "休学", day("3-1"), from_school=None),
    ]  # fmt: skip
    roll = [pupil(9, stage="高中", grade="高一"), pupil(10, "w", roll_status="其他离校")]
    results = work(roll_event=events, student_roll=roll, before=[pupil(10), pupil(11)])
    # 1, 2, 3, 7 (the return was refused), 8 (a return of the same day is none), 10, 11; 2 and 3 lack a paper
    assert fraction(results, "D13") == (5, 7)
    assert fraction(results, "D13", WEST) == (1, 1)  # 10: this roll before the earlier one


def test_places_of_disabled_children() -> None:
    def disabled(n: int, **more: Any) -> Row:
        return listed(n, **{"source_dept": "残联", "category": "持证残疾人", **more})

    bad = IDS[9][:10] + "0230" + IDS[9][14:]  # 30 February: no birth date
    rows = [
        disabled(1), disabled(1, town=WEST), disabled(2, status="不享受"), disabled(3), disabled(4), disabled(5),
        disabled(6, valid_to=D), disabled(7, valid_from=D + DAY), disabled(8, category="残疾人子女"),
        disabled(9, id_no=bad), listed(10), disabled(11), disabled(12, valid_to=D + DAY),
    ]  # fmt: skip
    cases = [
        case(4, "3-1", close_type="33", close_date=D),
        case(5, "3-1", close_type="24", close_date=D),
        case(11, "3-1", close_type="11", close_date=day("4-1")), case(11, "9-1"),  # out again
    ]  # fmt: skip
    roll = [
        pupil(1, stage="特教", study_mode="送教上门"),
        pupil(2, roll_status="毕业"),
        pupil(12, stage="学前", grade="大班"),
    ]
    results = work(student_roll=roll, dept_list=rows, dropout_case=cases)
    assert fraction(results, "D15") == (2, 6)  # 1, 5 of 1, 2, 3, 5, 11, 12
    assert values(results, "D15") == (2 / 6, 1.0, 2 / 6)
    assert work(student_roll=roll, dept_list=[listed(1)])[COUNTY]["D15"]["state"] == "missing"


def test_key_groups_among_dropouts() -> None:
    cases = [
        confirmed(1, "6-1", group_flags="困境;随迁"), confirmed(2, "6-1"), confirmed(3, "6-1"), confirmed(4, "6-1"),
        confirmed(5, "6-1"), confirmed(6, "6-1", return_date=D, group_flags="孤儿"), case(7, "6-1", group_flags="留守"),
        confirmed(8, "6-1"),
    ]  # fmt: skip
    rows = [
        listed(2, source_dept="残联", category="持证残疾人"), listed(2, category="孤儿及事实无人抚养儿童"),
        listed(3, source_dept="乡村振兴(农业农村)", valid_to=D), listed(4, category="事实无人抚养儿童", status="不享受"),
        listed(8, source_dept="乡村振兴(农业农村)", valid_to=D + DAY),
    ]  # fmt: skip
    results = work(dropout_case=cases, dept_list=rows, left_behind=[child(5)])
    assert results[EAST]["D17"]["state"] == "not_applicable"
    assert results[COUNTY]["D17"]["value"] == 4  # 1, 2, 5, 8
    assert results[COUNTY]["D17"]["breakdown"]["group"] == {
        "孤儿": 1, "事实无人抚养": 0, "残疾": 1, "留守": 1, "困境": 1, "随迁": 1, "监测对象": 1,
    }  # fmt: skip


def test_three_years_of_junior_school() -> None:
    seventh = [pupil(n, stage="初中", grade="七年级") for n in (1, 2, 3, 4)]
    seventh += [
        pupil(5, stage="初中", grade="七年级", roll_status="毕业"),
        pupil(6, stage="特教", grade="七年级"),
    ]
    ninth = [pupil(n, stage="初中", grade="九年级") for n in (1, 2, 7)] + [
        pupil(3, stage="初中", grade="八年级")
    ]
    then = {Period(2023, 3): seventh}
    results = work(before=ninth, history=then)
    assert fraction(results, "D18") == (3, 4)
    assert results[EAST]["D18"]["state"] == "not_applicable"
    assert work(history=then)[COUNTY]["D18"]["state"] == "missing"
    assert work(before=ninth)[COUNTY]["D18"]["state"] == "missing"
    assert work(Q2, before=ninth)[COUNTY]["D18"]["state"] == "not_applicable"


def test_the_quarter_of_these_examples() -> None:
    assert (Q3.start, Q3.end) == (Q0, D) == (dt.date(2026, 7, 1), dt.date(2026, 9, 30))
