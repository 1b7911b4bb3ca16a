"""D indicators worked out by hand, so that the oracle, too, can be wrong in a visible way."""

import datetime as dt
from typing import Any

from .hand import (
    EAST,
    IDS,
    Q2,
    WEST,
    D,
    case,
    confirmed,
    day,
    event,
    pupil,
    school,
    values,
    work,
)
from .view import COUNTY, Row


def test_one_pupil_in_two_towns_counts_in_each_and_once_in_the_county() -> None:
    roll = [
        pupil(1),
        pupil(1, "w"),
        pupil(2, id_no=None),
        pupil(2),
        pupil(3, roll_status="毕业"),
        pupil(4, stage="高中"),
    ]
    results = work(student_roll=roll)
    assert values(results, "D01") == (2, 1, 2)
    assert results[COUNTY]["D01"]["breakdown"] == {"stage": {"小学": 2}}


def test_a_merged_school_moves_its_pupils_on_the_day_itself() -> None:
    for closed, expected in ((D, (0, 1, 1)), (D + dt.timedelta(days=1), (1, 0, 1))):
        schools = [school("e", EAST, close_date=closed, merged_into="w"), school("w", WEST)]
        assert values(work(school=schools, student_roll=[pupil(1)]), "D01") == expected


def test_suspected_and_confirmed_cases() -> None:
    cases = [
        case(1, "6-30"),  # suspected since before q0
        case(2, "7-1"),  # suspected, new on q0
        case(3, "6-1", verified_date=day("9-30"), verdict="误报"),  # resolved on d
        case(4, "8-1", close_date=day("10-1"), close_type="21"),  # closed only tomorrow
        case(5, "10-1"),  # not yet reported
        confirmed(6, "6-1"),  # open before and after
        confirmed(7, "9-30", plan_id=None),  # confirmed on d
        confirmed(8, "7-2", return_date=day("9-30"), close_type="11", close_date=day("9-30")),  # back on d
        confirmed(9, "6-2", close_type="51", close_date=day("9-1")),  # lost: stays open
        confirmed(10, "6-2", close_type="14", close_date=day("7-1")),  # taught at home: back without a day
        confirmed(11, "6-2", close_type="43", close_date=day("8-1")),  # over age: closed, not back
        confirmed(12, "6-2", return_date=day("6-30")),  # back before q0
        confirmed(13, "6-2", school_id=None),  # its 镇街区 decides
    ]
    results = work(dropout_case=cases)
    assert values(results, "D03") == (3, 0, 3)
    assert results[COUNTY]["D03"]["breakdown"] == {
        "flow": {"opening": 4, "new": 2, "resolved": 3}
    }  # 1, 3, 7, 8 / 2, 4 / 3, 7, 8
    assert values(results, "D05") == (3, 1, 4)  # 6, 7, 9 and 13
    assert results[EAST]["D05"]["breakdown"] == {"stage": {"小学": 3}}
    assert values(results, "D06") == (2, 0, 2)  # 7, 8
    # base: open at 30 June 6, 9, 10, 11, 13, plus 7 and 8; back: 8 and 10
    assert (results[COUNTY]["D08"]["numerator"], results[COUNTY]["D08"]["denominator"]) == (2, 7)
    # open at d: 1, 2, 4 suspected; 6, 7, 9, 13 confirmed; 7 has no plan
    assert (results[COUNTY]["D11"]["numerator"], results[COUNTY]["D11"]["denominator"]) == (6, 7)


def test_yearly_rate_starts_again_on_1_september() -> None:
    cases = [confirmed(1, "8-31"), confirmed(2, "9-1"), confirmed(2, "9-15", grade="七年级")]
    result = work(student_roll=[pupil(n) for n in range(1, 5)], dropout_case=cases)[COUNTY]["D07"]
    assert (result["numerator"], result["denominator"], result["value"]) == (1, 4, 0.25)
    assert result["breakdown"]["stage"]["小学"] == {"value": 0.25, "numerator": 1, "denominator": 4}


def test_monthly_contact_from_the_month_of_verification_on() -> None:
    log = [
        {"case_id": c, "contact_date": day(d)}
        for c, d in (("C1", "7-1"), ("C1", "8-9"), ("C1", "9-30"), ("C2", "9-2"))
    ]
    cases = [confirmed(1, "6-1"), confirmed(2, "9-15"), confirmed(3, "8-15")]
    result = work(dropout_case=cases, persuasion_log=log)[COUNTY]["D12"]
    assert (result["numerator"], result["denominator"]) == (2, 3)


def test_transfers_without_a_new_place() -> None:
    def out(n: int, on: dt.date, **more: Any) -> Row:
        return event(n, "转出", on, **{"status": "办理中", **more})

    events = [
        out(1, D - dt.timedelta(days=31)), out(2, D - dt.timedelta(days=30)), out(3, day("4-1")), out(4, day("3-31")),
        out(5, day("5-1"), matched="是"), out(6, day("5-1"), status="退回"), out(7, day("5-1")), out(8, day("5-1")),
    ]  # fmt: skip
    roll = [
        pupil(7, "w"),
        pupil(8, "e", roll_status="转出中"),
    ]  # 7 arrived elsewhere, 8 still waits where she was
    assert values(work(student_roll=roll, roll_event=events), "D14") == (3, 0, 3)  # 1, 3, 8


def test_who_vanished_over_the_summer() -> None:
    before = [pupil(n) for n in range(1, 6)]
    before += [
        pupil(6, grade="六年级"),
        pupil(7, grade="九年级", stage="初中"),
        pupil(8, stage="高中"),
        pupil(9),
    ]
    roll = [pupil(1), pupil(2, roll_status="其他离校")]
    events = [event(3, "转出", day("8-1"), matched="是"), event(4, "毕业", day("8-1"), matched="否")]
    cases = [case(5, "9-20"), case(9, "10-2")]  # 9 is reported only after d
    results = work(before=before, student_roll=roll, roll_event=events, dropout_case=cases)
    assert values(results, "D19") == (4, 0, 4)  # 2, 4, 6 and 9
    assert values(results, "D20") == (1, 0, 1)
    assert work(student_roll=roll)[COUNTY]["D19"]["state"] == "missing"
    assert work(Q2, before=[])[COUNTY]["D20"]["state"] == "not_applicable"


def test_school_age_runs_from_1_september_to_31_august() -> None:
    births = {1: (2011, 9, 1), 2: (2011, 8, 31), 3: (2020, 8, 31), 4: (2020, 9, 1), 5: (2016, 1, 1)}
    cohort = [
        {"id_no": IDS[n], "birth_date": dt.date(*b), "town": EAST, "status": "在册"}
        for n, b in births.items()
    ]
    roll = [pupil(5, roll_status="其他离校"), pupil(3, stage="学前", grade="大班")]
    assert values(work(student_roll=roll, hukou_cohort=cohort), "D16") == (2, 0, 2)  # 1 and 3
