"""Left-behind children, worked by hand. q0 = 1 July, d = 30 September 2026 (a Wednesday)."""

import pandas as pd

from pipelines.periods import Period
from tests.indicators.builders import COUNTY, JINGZHI, S1, S2, S3, XINAN, facts, figures, numbers, table


def children(*rows: dict) -> pd.DataFrame:
    return table("left_behind", *({"p": f"k{n}", "child_id": f"LS-{n}", **row} for n, row in enumerate(rows)))


def log(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return table("care_log", *({"child_id": c, "care_type": t, "care_date": day} for c, t, day in rows))


def test_l01_reads_the_parents() -> None:
    one_away = {"father_away": "是", "mother_away": "否"}
    given = children(
        {},  # both away
        one_away,  # mother at home; capacity 不适用
        {**one_away, "remaining_capacity": "有"},
        {**one_away, "remaining_capacity": "无"},  # counts
        {"father_away": "已故", "mother_away": "是"},  # counts
        {"father_away": "是", "mother_away": "服刑"},  # counts
        {"father_away": "失联", "mother_away": "已故"},  # nobody is away for work
    )
    assert numbers(facts(left_behind=given), "L01") == [(4, None), (0, None), (4, None)]


def test_l01_dates_and_age() -> None:
    given = children(
        {"in_date": "2026-09-30"},
        {"in_date": "2026-10-01"},
        {"out_date": "2026-09-30"},
        {"out_date": "2026-10-01"},
        {"birth_date": "2010-09-30"},  # 16 on d
        {"birth_date": "2010-10-01"},  # 16 tomorrow
        {"p": "k0", "town": XINAN},  # the first child, also registered in 新安街道
    )
    assert numbers(facts(left_behind=given), "L01") == [(3, None), (1, None), (3, None)]


def test_l02_flows() -> None:
    out = {"out_date": "2026-08-10", "out_reason": "父母返乡"}
    given = children(
        {"in_date": "2026-07-01"},
        {"in_date": "2026-09-30"},
        {"in_date": "2026-06-30"},
        out,
        {**out, "birth_date": "2010-08-10"},  # the birthday wins the tie
        {**out, "birth_date": "2010-08-11"},  # left the day before
        {"birth_date": "2010-07-01"},  # aged out, nobody wrote it down
        {"birth_date": "2010-06-30"},  # aged out before
        {**out, "birth_date": "2010-06-30"},  # was out already
        {"in_date": "2026-08-01", "birth_date": "2010-05-01"},  # too old to come in
        {**out, "mother_away": "否"},  # does not meet the definition
    )
    entry = figures(facts(left_behind=given))["L02"]
    assert entry["value"] == 2
    assert entry["breakdown"] == {"in": 2, "out": {"父母返乡": 2, "满16周岁": 2, "迁出": 0, "其他": 0}}


def test_a_child_of_29_february_is_sixteen_on_1_march() -> None:
    given = facts(
        Period(2024, 1), left_behind=children({"birth_date": "2008-02-29", "in_date": "2020-01-01"})
    )
    assert figures(given)["L02"]["breakdown"]["out"]["满16周岁"] == 1
    common = children({"birth_date": "2004-02-29", "in_date": "2015-01-01"})
    assert figures(facts(Period(2020, 1), left_behind=common))["L02"]["breakdown"]["out"]["满16周岁"] == 1


def pupils(*rows: dict) -> pd.DataFrame:
    return table("student_roll", *({"p": f"k{n}", **row} for n, row in enumerate(rows)))


def test_l03_and_l04() -> None:
    roll = pupils(
        {"left_behind_edu": "非留守"},  # A: registered, flagged no
        {"left_behind_edu": "双亲留守"},  # registered and flagged
        {"left_behind_edu": "双亲留守"},  # B
        {"left_behind_edu": "双亲留守", "school_id": S3},  # not a rural school
        {"left_behind_edu": "双亲留守", "birth_date": "2010-09-30"},  # 16
        {"left_behind_edu": "单亲留守"},
        {"left_behind_edu": "双亲留守", "stage": "高中", "school_id": S2},  # not compulsory
        {"left_behind_edu": "非留守", "birth_date": "2020-10-01"},  # 5 years old
    )
    registered = children({"town": XINAN}, {}, {"p": "x"})
    registered = pd.concat([registered, children({"p": "k7", "birth_date": "2020-10-01"}).assign(row_id=3)])
    given = facts(student_roll=roll, left_behind=registered)
    entry = figures(given)
    assert entry["L03"]["value"] == 4
    assert entry["L03"]["breakdown"] == {"kind": {"单亲留守": 1, "双亲留守": 3}}
    assert entry["L04"]["breakdown"] == {"kind": {"A": 0, "B": 1}}
    assert numbers(given, "L04") == [(1, None), (1, None), (2, None)]


def test_l05_and_l06() -> None:
    given = children(
        {},
        {"agreement_until": "2026-09-30"},
        {"agreement_until": "2026-09-29"},  # ran out yesterday
        {"agreement": "过期"},
        {"agreement": "无", "carer_rel": "无"},
        {"carer_age": "未成年"},
        {"carer_rel": "无", "mother_away": "否"},  # not in L01
    )
    entry = figures(facts(left_behind=given))
    assert (entry["L05"]["numerator"], entry["L05"]["denominator"]) == (3, 6)
    assert entry["L06"]["value"] == 2


def test_l07_and_l10_look_at_children_on_the_roll() -> None:
    given = children({"has_mentor_post": True}, {"has_mentor_post": False}, {"has_mentor_post": True}, {})
    roll = pupils({}, {}, {"stage": "学前"}, {"school_id": S3})
    screening = log(
        ("LS-0", "心理筛查", "2026-08-31"),  # the school year before
        ("LS-1", "心理筛查", "2026-09-01"),
        ("LS-3", "心理筛查", "2026-10-01"),  # after d
        ("LS-3", "心理辅导", "2026-09-10"),
    )
    entry = figures(facts(left_behind=given, student_roll=roll, care_log=screening))
    assert (entry["L07"]["numerator"], entry["L07"]["denominator"]) == (1, 3)
    assert (entry["L10"]["numerator"], entry["L10"]["denominator"]) == (1, 3)


def test_l08_visits_by_risk() -> None:
    given = children(
        {"risk": "高"},
        {"risk": "高"},
        {"risk": "中"},
        {"risk": "中"},
        {"risk": "低"},
        {"risk": "低"},
        {"risk": "低"},
    )
    visits = [("LS-0", x) for x in ("2026-07-01", "2026-08-01", "2026-09-30")]
    visits += [("LS-1", x) for x in ("2026-06-30", "2026-08-01", "2026-09-30")]  # two in q
    visits += [("LS-2", "2026-07-01"), ("LS-3", "2026-06-30")]
    visits += [("LS-4", "2026-04-01"), ("LS-5", "2026-03-31")]
    rows = [(child, "家访", day) for child, day in visits] + [("LS-6", "电话", "2026-08-01")]
    assert numbers(facts(left_behind=given, care_log=log(*rows)), "L08", JINGZHI) == [(3, 7)]


def test_l09_weeks_by_their_thursday() -> None:
    # Thursdays from 2 July to 24 September: 13 weeks, of which 12 are 92 %, 11 are 85 %.
    thursdays = pd.date_range("2026-07-02", "2026-09-24", freq="7D")
    assert len(thursdays) == 13
    rows = [("LS-0", "电话", str(x.date())) for x in thursdays[1:]]
    rows += [("LS-1", "亲情视频", str(x.date())) for x in thursdays[2:]]
    # Monday 29 June belongs to the first week of the quarter, though it is not a day of it.
    rows += [("LS-2", "电话", str(x.date())) for x in thursdays[2:]] + [("LS-2", "电话", "2026-06-29")]
    rows += [("LS-3", "电话", str(x.date())) for x in thursdays[-2:]]  # came in September
    rows += [("LS-4", "电话", "2026-09-30")]  # came after the last Thursday: no week of hers
    rows += [("LS-5", "电话", "2026-06-29")]  # no day of the quarter, but a week of it: in the base
    rows += [("LS-6", "家访", "2026-08-01")]
    rows += [("LS-7", "电话", "2026-09-28")]  # its Thursday, 1 October, is of the next quarter: outside
    given = children({}, {}, {}, {"in_date": "2026-09-17"}, {"in_date": "2026-09-25"}, {}, {}, {})
    assert numbers(facts(left_behind=given, care_log=log(*rows)), "L09", JINGZHI) == [(3, 5)]


def test_l12_rooms_of_open_rural_schools() -> None:
    rural = {"town": JINGZHI, "urban_rural": "乡村"}
    school = table(
        "school",
        {"school_id": S1, "school_name": "甲小学", **rural},
        {"school_id": S2, "school_name": "乙教学点", "school_type": "教学点", **rural},
        {"school_id": S3, "school_name": "丙小学", "close_date": "2026-09-30", "merged_into": S2, **rural},
        {"school_id": "1000000004", "school_name": "丁小学", "open_date": "2026-10-01", **rural},
        {"school_id": "1000000005", "school_name": "戊幼儿园", "school_type": "幼儿园", **rural},
        {"school_id": "1000000006", "school_name": "己小学", "town": JINGZHI, "urban_rural": "镇区"},
        {"school_id": "1000000007", "school_name": "庚初中", "school_type": "初中", **rural},
        {"school_id": "1000000008", "school_name": "辛小学", "close_date": "2026-10-01", **rural},
    )
    rooms = table(
        "care_facility",
        {"place": "甲 小学"},
        {"place": "丙小学"},  # a room stays where it was built
        {"place": "1000000007"},
        {"place": "辛小学", "in_use": "闲置"},
        {"place": "辛小学", "facility": "心理室"},
    )
    assert numbers(facts(school=school, care_facility=rooms), "L12", JINGZHI, XINAN) == [(2, 4), (0, 0)]


def test_l13_of_a_town_and_of_the_county() -> None:
    centre = {"facility": "特教资源中心", "place": "中心"}
    rooms = table(
        "care_facility", centre, {**centre, "town": XINAN}, {**centre, "town": "370784104", "in_use": "在建"}
    )
    given = facts(care_facility=rooms)
    assert numbers(given, "L13", JINGZHI, "370784104", COUNTY) == [(1, 1), (0, 1), (1, 9)]
    street = figures(given, XINAN)["L13"]
    assert (street["state"], street["numerator"], street["denominator"]) == ("not_applicable", None, None)


def test_l14_and_l15() -> None:
    given = children({}, {}, {}, {"mother_away": "否"})
    case = {
        "case_id": "CX-1",
        "reported_date": "2026-06-01",
        "verdict": "辍学",
        "verified_date": "2026-06-02",
    }
    entry = figures(
        facts(
            left_behind=given,
            student_roll=pupils({}, {}, {}, {"left_behind_edu": "单亲留守"}, {}),
            dropout_case=table("dropout_case", {"p": "k0", **case}, {"p": "k3", **case}),
            hukou_cohort=table("hukou_cohort", {"p": "k0"}, {"p": "k2"}),
            dept_list=table("dept_list", {"p": "k1"}, {"p": "k2"}, {"p": "k3"}, {"p": "k4"}),
            aid_identification=table("aid_identification"),
            aid_payment=table("aid_payment", {"p": "k3"}, {"p": "k4"}),
        )
    )
    assert entry["L14"]["value"] == 1
    assert (entry["L15"]["numerator"], entry["L15"]["denominator"]) == (1, 3)
