"""The calendar of the project against the State Council's holiday notices, written down here a second time by hand.

国办发明电〔2022〕16号, 〔2023〕7号, 〔2024〕12号, 〔2025〕7号 (docs/indicator-readings.md, section 5, says where they were read).
Term dates are the bureau's; what is held here is which days of a term are taught.
"""

import datetime as dt

import pytest

from pipelines.indicators.school_days import school_days
from pipelines.tables.contract import read_rows
from tests.indicators.builders import SETTINGS, reference


# (first, last) of each holiday, and the weekend days that are worked instead
NOTICES = {
    2023: ([("09-29", "10-06")], ["10-07", "10-08"]),
    2024: (
        [
            ("01-01", "01-01"), ("02-10", "02-17"), ("04-04", "04-06"), ("05-01", "05-05"), ("06-10", "06-10"),
            ("09-15", "09-17"), ("10-01", "10-07"),
        ],
        ["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"],
    ),
    2025: (
        [
            ("01-01", "01-01"), ("01-28", "02-04"), ("04-04", "04-06"), ("05-01", "05-05"), ("05-31", "06-02"),
            ("10-01", "10-08"),
        ],
        ["01-26", "02-08", "04-27", "09-28", "10-11"],
    ),
    2026: (
        [
            ("01-01", "01-03"), ("02-15", "02-23"), ("04-04", "04-06"), ("05-01", "05-05"), ("06-19", "06-21"),
            ("09-25", "09-27"), ("10-01", "10-07"),
        ],
        ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
    ),
}  # fmt: skip
ROWS = read_rows(SETTINGS.paths.reference / "school_calendar.csv")


def _day(year: int, text: str) -> dt.date:
    return dt.date.fromisoformat(f"{year}-{text}")


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.mark.parametrize("year", NOTICES)
def test_what_is_taught_in_term_is_what_the_notice_says(year: int) -> None:
    off = {day for pair in NOTICES[year][0] for day in _days(*(_day(year, text) for text in pair))}
    worked = {_day(year, text) for text in NOTICES[year][1]}
    calendar = reference().calendar
    assert calendar is not None
    taught = {day.date() for day in school_days(calendar)}
    terms = [
        _days(*(dt.date.fromisoformat(r[name]) for name in ("开始", "结束")))
        for r in ROWS
        if r["类型"] == "上课"
    ]
    in_term = [day for term in terms for day in term if day.year == year]
    wrong = [
        day for day in in_term if (day in taught) != (day in worked or (day.weekday() < 5 and day not in off))
    ]
    assert in_term and wrong == []
    assert not taught & {day for day in worked | off if day not in in_term}, (
        "a holiday or a break is not taught"
    )


@pytest.mark.parametrize("year", NOTICES)
def test_every_holiday_of_the_notice_is_a_row_with_its_number(year: int) -> None:
    held = {(r["开始"], r["结束"]) for r in ROWS if r["类型"] == "法定节假日" and "国办发明电" in r["来源"]}
    wanted = {tuple(f"{year}-{text}" for text in pair) for pair in NOTICES[year][0]}
    assert wanted == {pair for pair in held if pair[0].startswith(str(year))}


def test_what_no_notice_says_is_marked_as_a_suggestion() -> None:
    for row in ROWS:
        official = int(row["开始"][:4]) in NOTICES and row["类型"] in ("法定节假日", "调课日")
        assert ("国办发明电" in row["来源"]) == official, row
        assert official or "建议值" in row["来源"], row
