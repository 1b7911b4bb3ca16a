"""The aid figures of the closing autumn semester, shown in the first quarter. 2026Q1: d = 31 March 2026."""

from pipelines.indicators.catalogue import load_catalogue
from pipelines.indicators.compute import closing_autumn, compute
from pipelines.periods import Period
from tests.indicators.builders import JINGZHI, everything, facts, table


Q1 = Period(2026, 1)
AUTUMN = {"school_year": "2025-2026", "semester": "秋"}
SPRING = {"school_year": "2025-2026", "semester": "春"}


def given():
    return facts(
        Q1,
        student_roll=table("student_roll", *({"p": p} for p in "abcd")),
        dept_list=table(
            "dept_list",
            {"p": "a", "valid_from": "2025-09-01"},
            {"p": "b", "valid_from": "2026-02-28"},  # the last day of the autumn semester
            {"p": "c", "valid_from": "2026-03-01"},  # of the spring semester only
            {"p": "d", "valid_from": "2025-09-01", "valid_to": "2026-02-01"},  # of the autumn semester only
        ),
        aid_identification=table("aid_identification", {"p": "d", **AUTUMN, "waiver": "有"}),
        aid_payment=table(
            "aid_payment",
            {"p": "a", **AUTUMN, "paid_date": "2025-11-01", "paid": 10000},
            {"p": "b", **AUTUMN, "paid_date": "2026-01-15", "paid": 31250},  # money of the autumn, in January
            {"p": "a", **SPRING, "paid_date": "2026-03-20", "paid": 31250},
        ),
    )


def by_id(listed):
    return {entry["id"]: entry for entry in listed}


def test_autumn_and_spring_side_by_side() -> None:
    spring, autumn = by_id(compute(given())[JINGZHI]), by_id(closing_autumn(given())[JINGZHI])
    assert (spring["A01"]["value"], autumn["A01"]["value"]) == (3, 3)
    assert (spring["A03"]["numerator"], spring["A03"]["denominator"]) == (1, 3)
    assert (autumn["A03"]["numerator"], autumn["A03"]["denominator"]) == (2, 2)
    assert (spring["A15"]["value"], autumn["A15"]["value"]) == (625, 412.5)  # paid in q; paid for the autumn
    assert (spring["A07"]["numerator"], autumn["A07"]["numerator"]) == (1, 1)


def test_it_has_the_shape_of_the_list_and_leaves_out_what_has_no_semester() -> None:
    autumn = closing_autumn(given())
    aid = [entry.id for entry in load_catalogue() if entry.theme == "aid"]
    assert [entry["id"] for entry in autumn["000"]] == aid
    assert {
        i for i, e in by_id(autumn["000"]).items() if e["state"] == "not_applicable" and e["value"] is None
    } >= {
        "A12",
        "A13",
        "A14",
    }
    assert set(compute(given())[JINGZHI][0]) == set(autumn[JINGZHI][0])


def test_only_the_first_quarter_has_it() -> None:
    for quarter in (2, 3, 4):
        assert closing_autumn(facts(Period(2026, quarter), **everything())) == {}
