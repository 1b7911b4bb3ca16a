"""The oracle on tiny counties worked out by hand: so that the oracle, too, can be wrong in a visible way."""

import datetime as dt
from typing import Any

from pipelines.periods import Period

from .counties import THRESHOLDS, id_number, read_csv
from .oracle import compute
from .view import COUNTY, County, Row


EAST, WEST = "370784122", "370784001"  # a 镇 and a 街道
TOWNS = [{"code": EAST, "name": "景芝镇", "kind": "镇"}, {"code": WEST, "name": "兴安街道", "kind": "街道"}]
Q3, Q2 = Period(2026, 3), Period(2026, 2)
D, Q0 = Q3.end, Q3.start
S = {"school_year": "2026-2027", "semester": "秋"}
IDS = {n: id_number(dt.date(2016, 5, 1), n) for n in range(1, 20)}


def day(text: str) -> dt.date:
    """A day of 2026 written 9-1."""
    month, number = text.split("-")
    return dt.date(2026, int(month), int(number))


def school(school_id: str, town: str, **more: Any) -> Row:
    row = {"school_id": school_id, "school_name": f"校{school_id}", "town": town, "school_type": "小学"}
    return {**row, "urban_rural": "乡村", "open_date": None, "close_date": None, "merged_into": None, **more}


def pupil(n: int, at: str = "e", **more: Any) -> Row:
    row: Row = {"roll_no": f"G{n}", "id_no": IDS[n], "school_id": at, "stage": "小学", "grade": "四年级"}
    row |= {"roll_status": "在校", "left_behind_edu": "非留守", "birth_date": dt.date(2016, 5, 1)}
    return {**row, **more}


def case(n: int, reported: str, **more: Any) -> Row:
    names = ("verified_date", "verdict", "return_date", "close_type", "close_date", "first_absent_date")
    posts = dict.fromkeys(("plan_id", "owner_town", "owner_school", "owner_village"), "有")
    row = {
        "case_id": f"C{n}",
        "id_no": IDS[n],
        "roll_no": None,
        "school_id": "e",
        "town": WEST,
        "grade": "四年级",
    }
    return {**row, **dict.fromkeys(names), **posts, "reported_date": day(reported), **more}


def confirmed(n: int, verified: str, **more: Any) -> Row:
    return case(n, "3-1", verified_date=day(verified), verdict="辍学", **more)


def paid(n: int, amount: float, at: str = "e", **more: Any) -> Row:
    row: Row = {
        **S,
        "batch": "P1",
        "roll_no": f"G{n}",
        "id_no": None,
        "school_id": at,
        "boarding": "走读",
        "paid": amount,
    }
    row |= {"programme": "义务教育生活补助", "band": None, "paid_date": day("9-20"), "pay_status": "成功"}
    return {**row, "reissue_of": None, **more}


def listed(n: int, **more: Any) -> Row:
    row: Row = {
        "id_no": IDS[n],
        "town": EAST,
        "category": "农村低保",
        "status": "享受",
        "list_date": day("9-1"),
    }
    return {**row, "valid_from": None, "valid_to": None, **more}


def child(n: int, **more: Any) -> Row:
    row = {
        "child_id": f"L{n}",
        "id_no": IDS[n],
        "birth_date": dt.date(2016, 5, 1),
        "town": EAST,
        "risk": "低",
    }
    row |= {"father_away": "是", "mother_away": "是", "remaining_capacity": "不适用", "carer_rel": "祖辈"}
    row |= {"carer_age": None, "agreement": "有", "agreement_until": None, "mentor_post": None}
    return {**row, "in_date": day("1-5"), "out_date": None, "out_reason": None, **more}


def work(period: Period = Q3, before: list[Row] | None = None, **tables: Any) -> dict[str, dict[str, Row]]:
    """The oracle on these tables; tables not named are empty, but known."""
    names = (
        "student_roll", "roll_event", "dropout_case", "persuasion_log", "aid_identification", "aid_payment",
        "dept_list", "left_behind", "care_log", "care_facility", "hukou_cohort",
    )  # fmt: skip
    now = {"school": [school("e", EAST), school("w", WEST)], **{name: [] for name in names}, **tables}
    data = {period: now}
    if before is not None:
        data[period.previous] = {"school": now["school"], "student_roll": before}
    return compute(County(period, data, TOWNS, read_csv("aid_standards"), THRESHOLDS))


def values(results: dict[str, dict[str, Row]], name: str) -> tuple[Any, Any, Any]:
    """The value for the 镇, the 街道 and the county."""
    return results[EAST][name]["value"], results[WEST][name]["value"], results[COUNTY][name]["value"]


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
        row = {"roll_no": f"G{n}", "id_no": None, "event_type": "转出", "event_date": on, "from_school": "e"}
        return {**row, "matched": "未核", "status": "办理中", **more}

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
    event = {"roll_no": "G3", "id_no": None, "event_date": day("8-1"), "from_school": "e", "status": "已办结"}
    events = [
        {**event, "event_type": "转出", "matched": "是"},
        {**event, "roll_no": "G4", "event_type": "毕业", "matched": "否"},
    ]
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
    mark = {**S, "id_no": None, "cancelled_date": None, "waiver": None}
    marks = [
        {**mark, "roll_no": "G4"},
        {**mark, "roll_no": "G6", "waiver": "有"},
        {**mark, "roll_no": "G7", "cancelled_date": D},
    ]
    marks.append({**mark, "roll_no": "G10", "cancelled_date": D + dt.timedelta(days=1)})
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


def test_left_behind_definition_and_age() -> None:
    sixteen = dt.date(2010, 9, 30)
    children = [
        child(1), child(2, mother_away="服刑"), child(3, mother_away="否", remaining_capacity="无"),
        child(4, mother_away="否", remaining_capacity="有"), child(5, father_away="已故", mother_away="已故"),
        child(6, birth_date=sixteen), child(7, birth_date=sixteen + dt.timedelta(days=1)),
        child(8, in_date=D, agreement_until=D - dt.timedelta(days=1)), child(9, in_date=day("10-1")),
        child(10, out_date=D, out_reason="父母返乡"), child(11, out_date=day("10-1"), out_reason="迁出"),
    ]  # fmt: skip
    results = work(
        left_behind=children,
        student_roll=[
            pupil(1),
            pupil(3, left_behind_edu="双亲留守"),
            pupil(4, "w", left_behind_edu="双亲留守"),
        ],
    )
    assert values(results, "L01") == (6, 0, 6)  # 1, 2, 3, 7, 8, 11
    assert results[COUNTY]["L02"]["breakdown"] == {"in": 1, "out": {"满16周岁": 1, "父母返乡": 1}}
    assert values(results, "L03") == (1, 1, 2)
    assert results[COUNTY]["L04"]["breakdown"] == {"kind": {"A": 1, "B": 1}}
    assert [results[COUNTY]["L05"][k] for k in ("numerator", "denominator")] == [5, 6]
    assert [results[COUNTY]["L07"][k] for k in ("numerator", "denominator")] == [0, 2]


def test_visits_calls_and_rooms() -> None:
    log = [
        {"child_id": "L1", "care_date": d, "care_type": "家访"} for d in (day("7-1"), day("8-1"), day("9-30"))
    ]
    log.append({"child_id": "L3", "care_date": day("4-1"), "care_type": "家访"})
    # 2026Q3 has the Thursdays 2 July to 24 September: 13 weeks, of which 12 are 92 %
    log += [
        {"child_id": "L1", "care_date": day("6-29") + dt.timedelta(weeks=n), "care_type": "电话"}
        for n in range(12)
    ]
    log += [
        {"child_id": "L2", "care_date": day("7-2") + dt.timedelta(weeks=n), "care_type": "电话"}
        for n in range(11)
    ]
    rooms = [
        {"town": EAST, "place": "e", "facility": "关爱室", "in_use": "使用中"},
        {"town": EAST, "place": "f", "facility": "关爱室", "in_use": "闲置"},
        {"town": EAST, "place": "某村", "facility": "特教资源中心", "in_use": "使用中"},
    ]
    schools = [
        school("e", EAST),
        school("f", EAST),
        school("g", EAST, close_date=D),
        school("w", WEST, urban_rural="城区"),
    ]
    children = [child(1, risk="高"), child(2, risk="中"), child(3)]
    results = work(school=schools, left_behind=children, care_log=log, care_facility=rooms)
    assert [results[COUNTY]["L08"][k] for k in ("numerator", "denominator")] == [2, 3]
    assert [results[COUNTY]["L09"][k] for k in ("numerator", "denominator")] == [1, 2]
    assert values(results, "L12") == (0.5, None, 0.5)
    assert values(results, "L13") == (1.0, None, 1.0)
