"""Student aid, worked by hand. Autumn semester 2026-2027, d = 30 September 2026."""

from pipelines.periods import Period
from tests.indicators.builders import COUNTY, JINGZHI, Q3, S2, S3, XINAN, facts, figures, numbers, table


def roll(*names: str, **more: object):
    return table("student_roll", *({"p": n, **more} for n in names))


NO_FORMS = table("aid_identification")
NO_MONEY = table("aid_payment")


def test_a01_needs_a_place_on_the_roll_and_a_valid_row() -> None:
    listed = table(
        "dept_list",
        {"p": "a"},
        {"p": "a", "category": "孤儿"},  # two lists, one child
        {"p": "b", "status": "新增", "valid_from": "2026-09-30"},
        {"p": "c", "valid_from": "2026-10-01"},  # from tomorrow
        {"p": "d", "status": "风险已消除"},
        {"p": "e", "valid_to": "2026-08-31"},  # left before the semester
        {"p": "f", "valid_to": "2026-09-01"},  # left on its first day
        {"p": "g", "list_date": "2026-10-01"},  # no 生效日期: the list's date counts
        {"p": "stranger"},
    )
    given = facts(student_roll=roll(*"abcdefg"), dept_list=listed)
    assert numbers(given, "A01") == [(3, None), (0, None), (3, None)]


def test_a02_counts_persons_on_the_roll_or_by_the_paying_school() -> None:
    paid = table(
        "aid_payment",
        {"p": "a", "school_id": S3},  # on the roll in 景芝镇, whoever pays
        {"p": "a", "batch": "2"},
        {"p": "off", "school_id": S3},
        {"p": "b", "paid_date": "2026-10-01"},
        {"p": "c", "pay_status": "待发", "paid_date": None},
        {"p": "d", "semester": "春", "school_year": "2025-2026"},
    )
    given = facts(student_roll=roll(*"abcd"), aid_payment=paid)
    assert numbers(given, "A02") == [(1, None), (1, None), (2, None)]


def coverage_tables() -> dict:
    names = ["paid", "waived", "bounced", "pending", "later", "form", "nothing"]
    return {
        "student_roll": roll(*names, "form only", "unclear"),
        "dept_list": table("dept_list", *({"p": n} for n in names)),
        "aid_identification": table(
            "aid_identification",
            {"p": "waived", "waiver": "有"},
            {"p": "form"},
            {"p": "form only", "cancelled_date": "2026-10-01"},
            {"p": "unclear", "cancelled_date": "2026-09-30"},  # cancelled on d: no longer identified
            {"p": "nothing", "semester": "春", "school_year": "2025-2026"},
        ),
        "aid_payment": table(
            "aid_payment",
            {"p": "paid"},
            {"p": "bounced", "pay_status": "失败"},
            {"p": "bounced", "pay_status": "退回"},
            {"p": "pending", "pay_status": "退回"},
            {"p": "pending", "pay_status": "待发", "paid_date": None},
            {"p": "later", "paid_date": "2026-10-01"},  # a success after d is still to come
            {"p": "form only"},
            {"p": "unclear"},
        ),
    }


def test_a03_a04_a05() -> None:
    entry = figures(facts(**coverage_tables()))
    assert (entry["A01"]["value"], entry["A02"]["value"]) == (7, 3)
    assert (entry["A03"]["numerator"], entry["A03"]["denominator"], entry["A03"]["value"]) == (1, 6, 1 / 6)
    assert entry["A04"]["value"] == 5
    assert entry["A04"]["breakdown"] == {"reason": {"退回": 1, "待发": 2, "未发放": 1, "未认定": 1}}
    assert entry["A05"]["value"] == 1


def test_a11_shows_the_worst_category_and_leaves_out_empty_ones() -> None:
    listed = table(
        "dept_list",
        *({"p": n} for n in "abc"),
        *({"p": n, "category": "孤儿"} for n in "ad"),
        {"p": "off the roll", "category": "烈士子女"},
    )
    given = facts(
        student_roll=roll(*"abcd"),
        dept_list=listed,
        aid_identification=NO_FORMS,
        aid_payment=table("aid_payment", {"p": "a"}, {"p": "b"}),
    )
    entry = figures(given)["A11"]
    assert (entry["numerator"], entry["denominator"], entry["value"]) == (1, 2, 0.5)
    assert set(entry["breakdown"]["category"]) == {"农村低保", "孤儿"}
    assert entry["breakdown"]["category"]["农村低保"] == {"value": 2 / 3, "numerator": 2, "denominator": 3}


def test_a06_counts_repeats_but_no_reissues() -> None:
    paid = table(
        "aid_payment",
        *[{"p": "thrice"}] * 3,
        {"p": "reissued"},
        {"p": "reissued", "reissue_of": "B1"},
        {"p": "two towns"},
        {"p": "two towns", "school_id": S3},
        {"p": "two kinds"},
        {"p": "two kinds", "programme": "其他"},
    )
    given = facts(student_roll=roll("thrice"), aid_payment=paid)
    assert numbers(given, "A06") == [(2, None), (0, None), (3, None)]


def test_a07_and_a08_add_up_the_rows_of_a_grant() -> None:
    old = {Q3.previous: {"student_roll": roll("leaver")}}
    paid = table(
        "aid_payment",
        {"p": "full"},
        {"p": "halves", "paid": 15625},
        {"p": "halves", "paid": 15625},
        {"p": "short", "paid": 30000},  # 12.50 元 short
        {"p": "boarder", "boarding": "住校"},  # 312.50 of 625.00
        {"p": "moved in", "paid": 31250},  # day pupil, then boarder: the higher standard counts
        {"p": "moved in", "paid": 31250, "boarding": "住校"},
        {"p": "leaver"},  # stage of the earlier roll
        {"p": "unknown"},  # on no roll: no standard
        {"p": "full", "programme": "其他"},  # no standard
        {"p": "full", "programme": "义务教育生活补助", "paid": 5, "paid_date": "2026-10-01"},  # after d
    )
    names = ["full", "halves", "short", "boarder", "moved in"]
    given = facts(student_roll=roll(*names), aid_payment=paid, history=old)
    assert numbers(given, "A07", JINGZHI, COUNTY) == [(4, 6), (4, 6)]
    assert numbers(given, "A08", JINGZHI) == [(325, None)]


def test_a08_keeps_half_a_yuan_and_adds_towns_only_in_the_county() -> None:
    paid = table("aid_payment", {"p": "a", "paid": 10000}, {"p": "a", "paid": 21200, "school_id": S3})
    given = facts(student_roll=roll("a"), aid_payment=paid)
    assert numbers(given, "A08") == [(212.5, None), (100.5, None), (0.5, None)]


def test_a_named_band_goes_before_any_band() -> None:
    high = {"stage": "高中", "grade": "高一", "school_id": S2}
    paid = table(
        "aid_payment",
        {"p": "a", "programme": "普通高中国家助学金", "band": "二档", "paid": 75000},
        {"p": "b", "programme": "普通高中国家助学金", "band": "一档", "paid": 75000},
    )
    given = facts(student_roll=roll("a", "b", **high), aid_payment=paid)
    assert numbers(given, "A07", JINGZHI) == [(1, 2)]
    assert numbers(given, "A08", JINGZHI) == [(400, None)]


def test_a09_is_due_on_25_september_in_the_test_standards() -> None:
    paid = table(
        "aid_payment",
        {"p": "a", "paid_date": "2026-09-25"},
        {"p": "b", "paid_date": "2026-09-26"},
        {"p": "c", "pay_status": "待发", "paid_date": None},
        {"p": "d", "programme": "其他"},  # no row in T8
        {"p": "e", "semester": "春", "school_year": "2025-2026"},
    )
    given = facts(student_roll=roll(*"abcd"), aid_payment=paid)
    assert numbers(given, "A09", JINGZHI, XINAN) == [(1, 3), (0, 0)]


def test_a10_forgives_what_was_paid_later() -> None:
    paid = table(
        "aid_payment",
        {"p": "a", "pay_status": "失败", "paid_date": "2026-09-10"},
        {"p": "a", "paid_date": "2026-09-20", "school_id": S3},  # paid later, by whichever school
        {"p": "b", "pay_status": "退回", "paid_date": "2026-09-10"},
        {"p": "b", "paid_date": "2026-09-09"},  # before the return
        {"p": "c", "pay_status": "失败", "paid_date": "2026-09-10"},
        {"p": "c", "paid_date": "2026-09-20", "programme": "其他"},
    )
    given = facts(student_roll=roll(*"abc"), aid_payment=paid)
    assert numbers(given, "A10") == [(2, 5), (0, 1), (2, 6)]


def test_a15_goes_by_the_date_of_payment_not_by_the_semester() -> None:
    paid = table(
        "aid_payment",
        {"p": "a", "paid": 10050, "paid_date": "2026-07-01", "semester": "春", "school_year": "2025-2026"},
        {"p": "a", "paid": 20000, "paid_date": "2026-09-30"},
        {"p": "a", "paid": 40000, "paid_date": "2026-06-30"},
        {"p": "a", "paid": 80000, "pay_status": "退回"},
    )
    given = facts(student_roll=roll("a"), aid_payment=paid)
    assert numbers(given, "A15") == [(300.5, None), (0, None), (300.5, None)]
    whole = facts(student_roll=roll("a"), aid_payment=table("aid_payment", {"p": "a", "paid": 20000}))
    assert isinstance(figures(whole)["A15"]["value"], int)


def test_january_money_belongs_to_its_own_semester() -> None:
    paid = table("aid_payment", {"p": "a", "paid_date": "2027-01-15"})
    tables = {
        "student_roll": roll("a"),
        "dept_list": table("dept_list", {"p": "a"}),
        "aid_identification": NO_FORMS,
    }
    first = facts(Period(2027, 1), aid_payment=paid, **tables)
    assert numbers(first, "A03", JINGZHI) == [(0, 1)]  # spring: not yet
    assert numbers(first, "A15", JINGZHI) == [(312.5, None)]
