import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import UsageError
from pipelines.periods import Period, SchoolYear, Semester


periods = st.builds(Period, st.integers(1990, 2090), st.integers(1, 4))


@given(periods)
def test_written_form_round_trips(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(periods)
def test_quarters_follow_each_other_without_gap(period: Period) -> None:
    assert period.shift(1).start == period.end + dt.timedelta(days=1)
    assert period.shift(1).previous == period
    assert period.shift(4).year_ago == period


@pytest.mark.parametrize("text", ["2026q3", " 2026Q3 ", "２０２６Ｑ３"])
def test_forgiving_forms(text: str) -> None:
    assert Period.parse(text) == Period(2026, 3)


@pytest.mark.parametrize("text", ["2026Q5", "2026-3", "", "2026Q33", "../2026Q3", "26Q3"])
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Period.parse(text)
    assert "2026Q3" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "school_year", "semester"),
    [
        ("2026Q1", "2025-2026", "2025-2026春"),
        ("2026Q2", "2025-2026", "2025-2026春"),
        ("2026Q3", "2026-2027", "2026-2027秋"),
        ("2026Q4", "2026-2027", "2026-2027秋"),
    ],
)
def test_school_year_and_semester_of_the_contract(text: str, school_year: str, semester: str) -> None:
    period = Period.parse(text)
    assert str(period.school_year) == school_year
    assert str(period.semester) == semester


def test_days_of_2026q3() -> None:
    period = Period.parse("2026Q3")
    assert (period.start, period.end) == (dt.date(2026, 7, 1), dt.date(2026, 9, 30))
    assert period.school_year.base_period == Period(2026, 3)
    assert Period(2026, 2).school_year.base_period == Period(2025, 3)


def test_autumn_comes_before_spring_of_a_school_year() -> None:
    autumn, spring = Semester.parse("2023-2024秋"), Semester.parse("2023-2024春")
    assert autumn < spring < Semester.parse("2024-2025秋")
    assert autumn.first_day == dt.date(2023, 9, 1)
    assert spring.first_day == dt.date(2024, 3, 1)


def test_due_dates_fall_into_the_semesters_own_year() -> None:
    assert Semester.parse("2025-2026秋").due_date("11-30") == dt.date(2025, 11, 30)
    assert Semester.parse("2025-2026秋").due_date("01-15") == dt.date(2026, 1, 15)
    assert Semester.parse("2025-2026春").due_date("05-31") == dt.date(2026, 5, 31)


@pytest.mark.parametrize("text", ["2023-2025秋", "2023秋", "2023-2024冬"])
def test_no_such_semester(text: str) -> None:
    with pytest.raises(ValueError, match="not a semester"):
        Semester.parse(text)


def test_school_year_turns_on_1_september() -> None:
    assert SchoolYear.of(dt.date(2026, 8, 31)) == SchoolYear(2025)
    assert SchoolYear.of(dt.date(2026, 9, 1)) == SchoolYear(2026)
