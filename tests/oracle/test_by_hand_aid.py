"""A indicators worked out by hand, so that the oracle, too, can be wrong in a visible way."""

import datetime as dt
from typing import Any

from pipelines.periods import Period

from . import autumn
from .hand import (
    EAST,
    IDS,
    WEST,
    D,
    case,
    county_of,
    day,
    event,
    fraction,
    listed,
    mark,
    paid,
    pupil,
    values,
    work,
)
from .view import COUNTY, Row
from .world import id_number


def test_aid_sets() -> None:
    entries = [
        listed(1), listed(1, category="持证残疾人"),  # aided
        listed(2, valid_to=day("9-1")),  # returned payment
        listed(3, list_date=day("10-1"), valid_from=D),  # pending payment
        listed(4), listed(5),  # 4 identified, unpaid; 5 unknown to the schools
        listed(6),  # waived
        listed(7, valid_to=day("8-31")), listed(8, status="不享受"), listed(9, valid_from=day("10-1")),  # not entitled
        listed(12),  # not on the roll
    ]  # fmt: skip
    money = [
        paid(1, 312.5), paid(2, 312.5, pay_status="退回"), paid(3, 312.5, paid_date=day("10-1")),
        paid(7, 312.5), paid(10, 312.5), paid(11, 312.5, "w"), paid(1, 100, semester="春", school_year="2025-2026"),
    ]  # fmt: skip
    marks = [mark(4), mark(6, waiver="有"), mark(7, cancelled_date=D)]
    marks.append(mark(10, cancelled_date=D + dt.timedelta(days=1)))
    roll = [pupil(n) for n in range(1, 11)]
    results = work(student_roll=roll, dept_list=entries, aid_payment=money, aid_identification=marks)
    assert values(results, "A01") == (6, 0, 6)  # 1 to 6
    assert values(results, "A02") == (3, 1, 4)  # 1, 7, 10; 11 is on no roll: where she was paid
    assert values(results, "A03") == (0.2, None, 0.2)  # 1 of 1 to 5
    assert results[COUNTY]["A04"]["breakdown"] == {"reason": {"退回": 1, "待发": 1, "未发放": 1, "未认定": 1}}
    assert values(results, "A05") == (1, 1, 2)  # 7, 11
    assert results[COUNTY]["A11"]["value"] == 0.2
    assert results[COUNTY]["A11"]["breakdown"]["category"]["持证残疾人"]["value"] == 1.0
    assert values(results, "A15") == (
        1037.5,
        312.5,
        1350.0,
    )  # 312.5 × 4 and the spring 100, both inside the quarter


def test_full_amount_double_payment_and_bounces() -> None:
    money = [
        paid(1, 156.25), paid(1, 156.25),  # two halves are full
        paid(2, 312.49), paid(3, 600, boarding="住校"),  # short by 0.01; short by 25
        paid(4, 312.5), paid(4, 312.5, "w"),  # twice, in two towns
        paid(5, 312.5, pay_status="失败", paid_date=day("9-10")), paid(5, 312.5, reissue_of="P1"),
        paid(6, 50, programme="其他"),  # no standard
    ]  # fmt: skip
    results = work(student_roll=[pupil(n) for n in range(1, 6)], aid_payment=money)
    assert [results[COUNTY]["A07"][k] for k in ("numerator", "denominator")] == [3, 5]
    assert results[COUNTY]["A08"]["value"] == 25.01
    assert values(results, "A06") == (1, 0, 2)  # person 1 twice in one town; person 4 only in the county
    assert [results[COUNTY]["A10"][k] for k in ("numerator", "denominator")] == [0, 9]
    assert results[COUNTY]["A09"]["state"] == "not_applicable"  # autumn is due on 30 November


def test_the_band_of_the_standard_and_the_later_due_date() -> None:
    money = [
        paid(1, 1150, programme="普通高中国家助学金", semester="春", school_year="2024-2025"),
        paid(2, 1000, programme="普通高中国家助学金", semester="春", school_year="2024-2025"),
    ]
    roll = [pupil(n, stage="高中", grade="高一") for n in (1, 2)]
    late = [p | {"paid_date": dt.date(2025, 6, 1)} for p in money[:1]] + [
        money[1] | {"paid_date": dt.date(2025, 5, 31)}
    ]
    results = work(Period(2025, 2), student_roll=roll, aid_payment=late)
    assert fraction(results, "A07") == (1, 2)  # 1 150 a semester from spring 2025
    assert results[COUNTY]["A08"]["value"] == 150
    assert fraction(results, "A09") == (1, 2)  # due on 31 May


def test_a_bounced_payment_and_its_reissue_on_the_same_day() -> None:
    bounced: Row = {"pay_status": "退回", "paid_date": day("9-20")}
    money = [
        paid(1, 312.5, **bounced), paid(1, 312.5, reissue_of="P1"),  # the same day, as a reissue: paid
        paid(2, 312.5, **bounced), paid(2, 312.5),  # the same day, not a reissue: nobody can say
        paid(3, 312.5, **bounced), paid(3, 312.5, paid_date=day("9-21")),
        paid(4, 312.5, **{**bounced, "paid_date": None}), paid(4, 312.5, paid_date=day("3-1")),
        paid(5, 312.5, **bounced), paid(5, 312.5, paid_date=day("10-1")),  # paid only after d
    ]  # fmt: skip
    assert fraction(work(aid_payment=money), "A10") == (2, 10)  # 2 and 5


def test_lowest_category_of_equal_ones_is_the_larger() -> None:
    rows = [
        listed(1, category="低收入人口"),
        listed(2, category="城乡特困"),
        listed(3, category="低收入人口"),
    ]
    rows += [listed(4, category="农村低保")]
    result = work(student_roll=[pupil(n) for n in (1, 2, 3, 4)], dept_list=rows, aid_payment=[paid(4, 312.5)])
    assert fraction(result, "A11") == (0, 2)
    assert list(result[COUNTY]["A11"]["breakdown"]["category"]) == ["农村低保", "城乡特困", "低收入人口"]


def test_new_on_a_list_and_identified_in_time() -> None:
    first, last = day("6-1"), day("8-31")  # 1 June + 30 days = 1 July; 31 August + 30 = 30 September
    rows = [
        listed(1, list_date=first), listed(2, list_date=last), listed(3, list_date=first - dt.timedelta(days=1)),
        listed(4, list_date=last + dt.timedelta(days=1)), listed(5, valid_from=day("8-1")),
        listed(5, list_date=day("8-20")), listed(6, list_date=day("8-1"), status="不享受"), listed(7, list_date=day("8-1")),
        listed(8, list_date=day("8-1")), listed(9, list_date=day("8-1")), listed(10, list_date=day("8-1")),
        listed(11, list_date=day("8-20")), listed(11, list_date=day("3-1")),
    ]  # fmt: skip
    old = {"school_year": "2025-2026", "semester": "春"}
    marks = [
        mark(1, **old, identified_date=day("7-1")),  # on her last day
        mark(2, identified_date=day("10-1")),  # a day late
        mark(5, identified_date=day("9-1")),  # her last day was 31 August
        mark(7, **old, identified_date=day("3-1")),  # identified before, the same school year
        mark(8, identified_date=day("8-15"), cancelled_date=day("8-31")),  # cancelled on the last day
        mark(9, identified_date=day("8-15"), cancelled_date=day("9-1"), waiver="有"),
        mark(10, school_year="2024-2025", identified_date=day("8-15")),
    ]  # fmt: skip
    results = work(
        student_roll=[pupil(n) for n in range(1, 12) if n != 9], dept_list=rows, aid_identification=marks
    )
    assert fraction(results, "A12") == (
        2,
        6,
    )  # 1, 7 of 1, 2, 5, 7, 8, 10; 9 is on no roll, 11 was due in spring


def test_list_rows_matched_to_the_roll() -> None:
    def aged(n: int, birth: dt.date, **more: Any) -> Row:
        return listed(n, id_no=id_number(birth, n), **more)

    rows = [
        aged(1, dt.date(2016, 5, 1)), aged(1, dt.date(2016, 5, 1), status="不享受"), aged(2, dt.date(2023, 9, 30)),
        aged(3, dt.date(2023, 10, 1)), aged(4, dt.date(2007, 10, 1)), aged(5, dt.date(2007, 9, 30), town=WEST),
        listed(6, id_no="E40000001"), aged(7, dt.date(2016, 5, 1), list_date=day("12-1"), town=WEST),
    ]  # fmt: skip
    roll = [pupil(1), pupil(2), pupil(7, id_no=None)]
    payments = [paid(7, 1, id_no=IDS[7])]  # tells whose 学籍号 it is
    results = work(student_roll=roll, dept_list=rows, aid_payment=payments)
    assert fraction(results, "A13") == (
        3,
        5,
    )  # 1, 1, 2, 4, 7 are 3 to 18; 1, 1, 7 are on the roll (2 is another child)
    assert fraction(results, "A13", WEST) == (1, 1)


def test_listed_children_of_whom_nothing_is_known() -> None:
    first = day("9-1")
    rows = [
        listed(1), listed(1, town=WEST), listed(2), listed(3), listed(4), listed(5), listed(6), listed(7), listed(8),
        listed(9, valid_to=first), listed(10, valid_to=first - dt.timedelta(days=1)), listed(11, status="风险已消除"),
        listed(12, valid_from=day("10-1")), listed(13, id_no=id_number(dt.date(2011, 8, 31), 13)),
        listed(14), listed(15),
    ]  # fmt: skip
    cases = [
        case(3, "3-1", verdict="在外就读", verified_date=D),
        case(4, "3-1", close_type="41", close_date=D),
    ]
    cases += [case(5, "3-1", close_type="51", close_date=D), case(15, "3-1", close_type="21", close_date=D)]
    events = [
        event(6, "转出", D, matched="是", id_no=IDS[6]),
        event(7, "转出", D, matched="否", id_no=IDS[7]),
    ]
    events += [event(14, "死亡", D, id_no=IDS[14])]
    cohort = [{"id_no": IDS[8], "birth_date": dt.date(2016, 5, 1), "town": EAST, "status": "延缓入学"}]
    results = work(
        student_roll=[pupil(2, stage="学前")],
        dept_list=rows,
        dropout_case=cases,
        roll_event=events,
        hukou_cohort=cohort,
    )
    # 1, 5 (lost is no explanation), 7 (not taken up), 9, 15 (a false alarm); 2 is on a roll, 13 is too old
    assert values(results, "A14") == (5, 1, 5)


def test_the_closing_autumn_semester_in_the_first_quarter() -> None:
    late = dt.date(2027, 1, 15)
    rows = [
        listed(1), listed(2, list_date=dt.date(2027, 2, 28)), listed(3, list_date=dt.date(2027, 3, 1)), listed(4),
        listed(5, valid_to=day("9-1")),
    ]  # fmt: skip
    money = [
        paid(1, 312.5, paid_date=late), paid(4, 300, paid_date=dt.date(2027, 4, 1)), paid(5, 312.5),
        paid(2, 312.5, semester="春", paid_date=late),
    ]  # fmt: skip
    roll = [pupil(n) for n in range(1, 6)]
    county = county_of(Period(2027, 1), student_roll=roll, dept_list=rows, aid_payment=money)
    result = autumn.compute(county)
    assert values(result, "A01") == (4, 0, 4)  # 1, 2, 4, 5; 3 came after February
    assert fraction(result, "A03") == (2, 4)  # 1 and 5; 2 was paid for spring, 4 only in April
    assert values(result, "A15") == (625, 0, 625)
    assert fraction(result, "A09") == (1, 3)  # by 30 November: 5
    assert result[COUNTY]["A13"]["state"] == "not_applicable"
