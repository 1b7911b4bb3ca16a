"""Dropout indicators, worked by hand. The quarter is 2026Q3: q0 = 1 July, d = 30 September."""

import pandas as pd

from pipelines.indicators.school_days import covers, school_days_between
from pipelines.periods import Period
from tests.indicators.builders import (
    COUNTY,
    JINGZHI,
    Q3,
    S1,
    S2,
    S3,
    XINAN,
    facts,
    figures,
    numbers,
    reference,
    table,
)


FILED = dict.fromkeys(["has_plan_id", "has_owner_town", "has_owner_school", "has_owner_village"], True)


def cases(*rows: dict) -> pd.DataFrame:
    return table("dropout_case", *({"p": f"c{n}", "case_id": f"CX-{n}", **row} for n, row in enumerate(rows)))


def confirmed(**more: object) -> dict:
    return {"reported_date": "2026-06-01", "verdict": "辍学", "verified_date": "2026-06-10", **more}


def test_d01_counts_who_is_on_the_roll_of_a_compulsory_stage() -> None:
    statuses = ["在校", "休学", "转出中", "其他离校", "毕业"]
    rows = [{"p": s, "roll_status": s} for s in statuses]
    rows += [{"p": "t", "stage": "特教"}, {"p": "k", "stage": "学前"}, {"p": "g", "stage": "高中"}]
    entry = figures(facts(student_roll=table("student_roll", *rows)))["D01"]
    assert entry["value"] == 4
    assert entry["breakdown"]["stage"] == {"小学": 3, "初中": 0, "特教": 1}


def test_d03_at_the_edges_of_the_quarter() -> None:
    given = cases(
        {"reported_date": "2026-06-30"},  # opening, still open
        {
            "reported_date": "2026-06-30",
            "verified_date": "2026-07-01",
            "verdict": "误报",
        },  # opening, resolved
        {"reported_date": "2026-06-01", "close_date": "2026-06-30", "close_type": "21"},  # closed before q
        {"reported_date": "2026-07-01"},  # new
        {"reported_date": "2026-09-30"},  # new on the last day
        {"reported_date": "2026-07-01", "close_date": "2026-09-30", "close_type": "22"},  # new and resolved
        {"reported_date": "2026-10-01"},  # later
    )
    entry = figures(facts(dropout_case=given))["D03"]
    assert entry["value"] == 3
    assert entry["breakdown"] == {"flow": {"opening": 2, "new": 3, "resolved": 2}}


def test_d05_keeps_the_missing_open_and_counts_persons() -> None:
    given = cases(
        confirmed(),
        confirmed(p="c0"),  # the same child again
        confirmed(close_date="2026-08-01", close_type="51"),  # 失踪失联 stays open
        confirmed(close_date="2026-08-01", close_type="11"),
        confirmed(close_date="2026-08-01"),  # closed without a type is closed
        confirmed(return_date="2026-09-30"),
        confirmed(return_date="2026-10-01"),  # returns after d: still open at d
        confirmed(verified_date="2026-10-01"),  # not yet verified at d
        confirmed(verdict="误报"),
        confirmed(grade="八年级"),
    )
    entry = figures(facts(dropout_case=given))["D05"]
    assert (entry["value"], entry["numerator"], entry["denominator"]) == (4, 4, None)
    assert entry["breakdown"] == {"stage": {"小学": 3, "初中": 1}}


def test_a_case_without_a_school_belongs_to_its_town() -> None:
    given = cases(confirmed(school_id=None, town=XINAN), confirmed(school_id=S3, town=JINGZHI))
    assert numbers(facts(dropout_case=given), "D05") == [(0, None), (2, None), (2, None)]


def test_d06_and_d07() -> None:
    given = cases(
        confirmed(verified_date="2026-06-30"),
        confirmed(verified_date="2026-07-01"),  # in q, but of the school year before
        confirmed(verified_date="2026-09-01"),
        confirmed(verified_date="2026-09-30", grade="七年级", return_date="2026-09-30"),
    )
    roll = table(
        "student_roll",
        *({"p": f"p{n}"} for n in range(6)),
        *({"p": f"j{n}", "stage": "初中", "grade": "七年级"} for n in range(3)),
        {"p": "t", "stage": "特教", "grade": "二年级"},
    )
    entry = figures(facts(dropout_case=given, student_roll=roll))
    assert entry["D06"]["value"] == 3
    assert (entry["D07"]["numerator"], entry["D07"]["denominator"], entry["D07"]["value"]) == (2, 10, 0.2)
    assert entry["D07"]["breakdown"]["stage"] == {
        "小学": {"value": 1 / 7, "numerator": 1, "denominator": 7},
        "初中": {"value": 1 / 3, "numerator": 1, "denominator": 3},
    }


def test_d07_divides_by_the_roll_of_the_third_quarter() -> None:
    roll, small = table("student_roll", {"p": "a"}, {"p": "b"}), table("student_roll", {"p": "a"})
    given = cases(confirmed(verified_date="2026-11-01"))
    winter = Period(2026, 4)
    assert figures(facts(winter, dropout_case=given, student_roll=small))["D07"]["state"] == "missing"
    known = facts(winter, {Q3: {"student_roll": roll}}, dropout_case=given, student_roll=small)
    assert numbers(known, "D07", JINGZHI) == [(1, 2)]


def test_d08_counts_returns_among_open_and_new_cases() -> None:
    given = cases(
        confirmed(),  # open before, not back
        confirmed(return_date="2026-07-01"),  # back
        confirmed(return_date="2026-08-01", close_date="2026-08-02", close_type="12"),  # back
        confirmed(close_date="2026-08-02", close_type="16"),  # back, without a date of return
        confirmed(close_date="2026-08-02", close_type="42"),  # excluded, no return
        confirmed(return_date="2026-08-01", close_date="2026-08-02", close_type="43"),  # not as a return
        confirmed(return_date="2026-06-30"),  # back before q: not in the base
        confirmed(verified_date="2026-08-15", return_date="2026-09-30"),  # new and back
        confirmed(verified_date="2026-08-15", return_date="2026-10-01"),  # new, back later
    )
    assert numbers(facts(dropout_case=given), "D08", JINGZHI) == [(4, 8)]


def test_d10_counts_school_days_after_the_first_absence() -> None:
    # 1 September 2026 is a Tuesday; 20 September a Sunday taught instead of a holiday; 25–27 September are holidays.
    given = cases(
        {"first_absent_date": "2026-09-01", "reported_date": "2026-09-04"},  # 2nd, 3rd, 4th: three
        {"first_absent_date": "2026-09-01", "reported_date": "2026-09-07"},  # and Monday the 7th: four
        {"first_absent_date": "2026-09-16", "reported_date": "2026-09-20"},  # 17th, 18th, Sunday 20th: three
        {"first_absent_date": "2026-09-16", "reported_date": "2026-09-21"},  # four
        {"first_absent_date": "2026-09-23", "reported_date": "2026-09-29"},  # 24th, 28th, 29th: three
        {"first_absent_date": None, "reported_date": "2026-09-29"},  # unknown is not on time
        {"first_absent_date": "2026-06-29", "reported_date": "2026-06-30"},  # not of this quarter
    )
    assert numbers(facts(dropout_case=given), "D10", JINGZHI) == [(3, 6)]


def test_a_calendar_that_ends_before_the_quarter_does_not_count() -> None:
    calendar = reference().calendar
    assert covers(calendar, pd.Timestamp("2026-07-01"), pd.Timestamp("2026-09-30"))
    assert not covers(calendar, pd.Timestamp("2027-07-01"), pd.Timestamp("2027-09-30"))
    assert not covers(None, pd.Timestamp("2026-07-01"), pd.Timestamp("2026-09-30"))


def test_winter_holidays_are_no_school_days() -> None:
    calendar = reference().calendar
    assert calendar is not None
    start, end = pd.Series(pd.to_datetime(["2026-01-30"])), pd.Series(pd.to_datetime(["2026-03-02"]))
    assert school_days_between(calendar, start, end).tolist() == [1]


def test_d11_needs_the_plan_and_all_three_owners() -> None:
    given = cases(
        confirmed(**FILED),
        {"reported_date": "2026-08-01", **FILED},
        {"reported_date": "2026-08-01", **FILED, "has_owner_village": False},
        confirmed(**{**FILED, "has_plan_id": False}),
        confirmed(**FILED, return_date="2026-07-01"),  # closed: not in the base
    )
    assert numbers(facts(dropout_case=given), "D11", JINGZHI) == [(2, 4)]


def test_d12_asks_for_a_contact_in_every_month_since_verification() -> None:
    given = cases(
        confirmed(),  # July, August, September needed: all there
        confirmed(),  # August is lacking
        confirmed(verified_date="2026-09-30", close_date="2026-09-30", close_type="51"),  # September only
    )
    dates = {"CX-0": ["2026-07-01", "2026-08-15", "2026-09-30"], "CX-1": ["2026-07-01", "2026-09-01"]}
    dates["CX-2"] = ["2026-09-01"]
    log = table(
        "persuasion_log", *({"case_id": c, "contact_date": x} for c, days in dates.items() for x in days)
    )
    assert numbers(facts(dropout_case=given, persuasion_log=log), "D12", JINGZHI) == [(2, 3)]


def test_d14_window_and_thirty_days() -> None:
    events = table(
        "roll_event",
        {"p": "a", "event_date": "2026-04-01"},  # first day of the previous quarter
        {"p": "b", "event_date": "2026-03-31"},  # too old
        {"p": "c", "event_date": "2026-08-30"},  # 31 days
        {"p": "d", "event_date": "2026-08-31"},  # 30 days: not yet
        {"p": "e", "event_date": "2026-07-01", "matched": "是"},
        {"p": "f", "event_date": "2026-07-01", "status": "退回"},
        {"p": "g", "event_date": "2026-07-01"},  # on the roll of another school
        {"p": "h", "event_date": "2026-07-01"},  # still on the roll of the school she leaves
        {"p": "i", "event_date": "2026-07-01", "event_type": "转入"},
        {
            "p": "j",
            "event_date": "2026-07-01",
            "matched": "否",
            "from_school": None,
        },  # school of the earlier roll
    )
    roll = table("student_roll", {"p": "g", "school_id": S2}, {"p": "h", "roll_status": "转出中"})
    before = {Q3.previous: {"student_roll": table("student_roll", {"p": "j", "school_id": S3})}}
    given = facts(roll_event=events, student_roll=roll, history=before)
    assert numbers(given, "D14") == [(3, None), (1, None), (4, None)]


def test_d16_ages_status_and_rolls_of_all_time() -> None:
    # The school year 2026 began with d in September: born 1 September 2011 to 31 August 2020.
    cohort = table(
        "hukou_cohort",
        {"p": "oldest", "birth_date": "2011-09-01"},
        {"p": "too old", "birth_date": "2011-08-31"},
        {"p": "youngest", "birth_date": "2020-08-31"},
        {"p": "too young", "birth_date": "2020-09-01"},
        {"p": "elsewhere", "status": "在外就读已核实"},
        {"p": "pupil"},
        {"p": "left long ago"},
        {"p": "only kindergarten"},
    )
    roll = table("student_roll", {"p": "pupil"}, {"p": "only kindergarten", "stage": "学前"})
    past = table("student_roll", {"p": "left long ago", "roll_status": "其他离校", "stage": "初中"})
    given = facts(hukou_cohort=cohort, student_roll=roll, history={Period(2025, 3): {"student_roll": past}})
    assert numbers(given, "D16") == [(3, None), (0, None), (3, None)]


def before_and_now() -> dict:
    """One pupil for each way of leaving the roll between Q2 and Q3."""
    names = ["stays", "gone", "settled", "unsettled", "died", "ninth", "watched", "verdict", "moved", "left"]
    roll = [{"p": n, "grade": "九年级" if n == "ninth" else "三年级"} for n in names]
    roll += [{"p": "sixth", "grade": "六年级", "school_id": S3}, {"p": "kid", "stage": "学前"}]
    old = "2026-03-31"
    return {
        "history": {Q3.previous: {"student_roll": table("student_roll", *roll)}},
        "student_roll": table(
            "student_roll",
            {"p": "stays"},
            {"p": "moved", "school_id": S3},
            {"p": "left", "roll_status": "其他离校"},
        ),
        "roll_event": table(
            "roll_event",
            {"p": "settled", "event_date": "2026-04-01", "matched": "是"},
            {"p": "unsettled", "event_date": "2026-07-05", "matched": "否"},
            {"p": "died", "event_type": "死亡", "event_date": "2026-09-30"},
            {"p": "gone", "event_date": old, "matched": "是"},  # too old to explain anything
            {"p": "sixth", "event_type": "毕业", "event_date": "2026-07-01"},  # grade 6 does not graduate
        ),
        "dropout_case": cases(
            {"p": "watched", "reported_date": "2026-09-30"},
            confirmed(p="verdict"),
            {"p": "gone", "reported_date": "2026-05-01", "close_date": "2026-06-01", "close_type": "21"},
        ),
    }


def test_d19_and_d20() -> None:
    given = facts(**before_and_now())
    # gone, unsettled and left in 景芝镇; sixth in 新安街道
    assert numbers(given, "D19") == [(3, None), (1, None), (4, None)]
    assert numbers(given, "D20") == [(0, None), (1, None), (1, None)]


def test_grade_nine_graduates_only_between_the_second_and_the_third_quarter() -> None:
    roll = table("student_roll", {"p": "n", "grade": "九年级", "stage": "初中"})
    spring = Period(2026, 2)
    tables = {"student_roll": table("student_roll", {"p": "x"}), "dropout_case": cases()}
    graduation = table("roll_event", {"p": "n", "event_type": "毕业", "event_date": "2026-06-20"})
    early = facts(spring, {spring.previous: {"student_roll": roll}}, roll_event=table("roll_event"), **tables)
    done = facts(spring, {spring.previous: {"student_roll": roll}}, roll_event=graduation, **tables)
    assert numbers(early, "D19", COUNTY) == [(1, None)]
    assert numbers(done, "D19", COUNTY) == [(0, None)]


def test_a_merged_school_loses_nobody() -> None:
    school = table(
        "school",
        {
            "school_id": S1,
            "school_name": "甲",
            "town": JINGZHI,
            "close_date": "2026-08-01",
            "merged_into": S3,
        },
        {"school_id": S3, "school_name": "丙", "town": XINAN},
    )
    given = facts(**{**before_and_now(), "school": school})
    assert numbers(given, "D19") == [(0, None), (4, None), (4, None)]
