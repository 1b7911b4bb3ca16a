"""L indicators worked out by hand, so that the oracle, too, can be wrong in a visible way."""

import datetime as dt

from .hand import (
    EAST,
    IDS,
    WEST,
    D,
    case,
    child,
    confirmed,
    day,
    fraction,
    listed,
    paid,
    pupil,
    school,
    values,
    work,
)
from .view import COUNTY, Row


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


def test_in_and_out_count_children_once() -> None:
    child_16 = {"birth_date": dt.date(2010, 9, 30)}
    rows = [
        child(1, in_date=day("7-1")), child(1, in_date=D, town=WEST), child(1, in_date=day("8-1")),
        child(2, out_date=day("7-1"), out_reason="父母返乡"), child(2, town=WEST, out_date=D, out_reason="父母返乡"),
        child(3, out_date=D, out_reason=None), child(4, in_date=day("9-2"), out_date=day("9-1"), out_reason="迁出"),
        child(5, **child_16, out_date=D, out_reason="迁出"), child(6, **child_16, in_date=D),
        child(7, birth_date=dt.date(2008, 2, 29)),
    ]  # fmt: skip
    results = work(left_behind=rows)
    assert values(results, "L02") == (2, 1, 2)  # 1 and 4 in the 镇; 1 also in the 街道
    assert results[COUNTY]["L02"]["breakdown"]["out"] == {"父母返乡": 1, "其他": 1, "满16周岁": 1}  # 2; 3; 5
    assert results[WEST]["L02"]["breakdown"]["out"] == {"父母返乡": 1}


def test_alone_screened_and_out_of_school() -> None:
    rows = [child(1, carer_rel="无"), child(2, carer_age="未成年"), child(3), child(4), child(5, town=WEST)]
    log = [
        {"child_id": f"L{n}", "care_date": day(on), "care_type": "心理筛查", "outcome": "正常"}
        for n, on in ((1, "8-31"), (2, "9-1"), (3, "9-30"), (5, "9-2"))
    ]
    cohort = [{"id_no": IDS[4], "birth_date": dt.date(2016, 5, 1), "town": EAST, "status": "在册"}]
    results = work(
        student_roll=[pupil(1), pupil(2), pupil(3, stage="高中", grade="高一")],
        left_behind=rows,
        care_log=log,
        hukou_cohort=cohort,
        dropout_case=[confirmed(5, "9-1"), case(3, "9-1")],
    )
    assert values(results, "L06") == (2, 0, 2)
    assert fraction(results, "L10") == (1, 2)  # 2 of 1 and 2; 31 August is the year before
    assert values(results, "L14") == (1, 1, 2)  # 4 was never at school, 5 has left it


def test_left_behind_and_entitled() -> None:
    roll = [pupil(1), pupil(2, left_behind_edu="单亲留守"), pupil(3), pupil(4, "w")]
    results = work(
        student_roll=roll,
        left_behind=[child(1), child(4)],
        dept_list=[listed(n) for n in (1, 2, 3, 4)],
        aid_payment=[paid(1, 312.5), paid(3, 312.5)],
    )
    assert fraction(results, "L15") == (1, 3)  # 1, 2 and 4 are left behind; 1 is aided
    assert fraction(results, "L15", EAST) == (1, 2)


def test_alerts_followed_by_a_referral() -> None:
    def row(n: int, on: str, kind: str = "心理筛查", outcome: str | None = "预警") -> Row:
        return {"child_id": f"L{n}", "care_date": day(on), "care_type": kind, "outcome": outcome}

    log = [
        row(1, "6-24"), row(1, "7-1", "转介", None),  # seven days end on 1 July
        row(2, "6-23"), row(2, "6-24", "转介", None),  # they ended in June
        row(3, "9-23"), row(3, "9-23"), row(3, "9-23", "转介", None),  # written twice, referred the same day
        row(4, "9-24"),  # they end in October
        row(5, "8-1"), row(5, "8-9", "转介", None),  # a day late
        row(6, "8-1"), row(6, "8-2", "心理辅导", None), row(7, "8-1", outcome="正常"), row(8, "8-2"), row(8, "8-1", "转介"),
    ]  # fmt: skip
    results = work(care_log=log)
    assert fraction(results, "L11") == (2, 5)  # 1, 3 of 1, 3, 5, 6, 8
    assert results[EAST]["L11"]["state"] == "not_applicable"
