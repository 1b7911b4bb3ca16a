"""Numbers in Chinese characters: read in one way or not at all."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.clean.chinese import number_of
from pipelines.clean.dates import from_1904, named_quarter, parse_date, parse_month, parse_school_year
from pipelines.clean.numbers import parse_int, parse_money


PLAIN, FORMAL = "零一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"


def written(number: int, digits: str = PLAIN, units: str = "十百千") -> str:
    """A number below ten thousand as it is written out."""
    text, gap = "", False
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit:
            text += (digits[0] if gap and text else "") + digits[digit] + (units[power - 1] if power else "")
        gap = not digit
    return text or digits[0]


@given(st.integers(0, 9999))
def test_numbers_come_back(number: int) -> None:
    assert number_of(written(number)) == number
    assert number_of(written(number, FORMAL, "拾佰仟")) == number
    assert parse_int(written(number) + "人").value == number
    assert parse_money(written(number, FORMAL, "拾佰仟") + "元整").value == number * 100


@pytest.mark.parametrize(("text", "number"), [("十", 10), ("十二", 12), ("两百", 200), ("一万零五十", 10050)])
def test_shorter_ways_to_write(text: str, number: int) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    "text", ["六百五", "一万五", "百", "一一", "十百", "五五百", "零零", "三十上下", "", "六百元"]
)
def test_what_is_not_certain_is_refused(text: str) -> None:
    assert number_of(text) is None


@given(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)), st.sampled_from("〇零○"))
def test_dates_come_back(day: dt.date, zero: str) -> None:
    year = "".join(PLAIN[int(digit)] for digit in str(day.year)).replace("零", zero)
    month, date = (
        written(n).removeprefix("一") if 10 <= n < 20 else written(n) for n in (day.month, day.day)
    )
    assert parse_date(f"{year}年{month}月{date}日").value == day
    assert parse_month(f"{year}年{month}月").value == f"{day:%Y-%m}"


def test_dates_that_do_not_exist() -> None:
    assert parse_date("二〇二六年二月三十日").rule == "bad_date"
    assert parse_date("二〇二六年十三月一日").rule == "bad_date"
    assert parse_school_year("二〇二五—二〇二六学年").value == "2025-2026"


@given(st.dates(dt.date(1935, 1, 1), dt.date(2099, 12, 31)))
def test_serials_of_the_1904_epoch(day: dt.date) -> None:
    serial = (day - dt.date(1904, 1, 1)).days
    assert parse_date(from_1904(float(serial))).value == day
    assert parse_date(from_1904(str(serial))).value == day
    for other in (f"{day:%Y-%m-%d}", int(f"{day:%Y%m%d}"), "空", None, dt.datetime(2026, 9, 1)):
        assert from_1904(other) == other


def test_quarters_named_in_a_title() -> None:
    assert named_quarter("安丘市 2026年第三季度 学籍表") == (2026, 3)
    assert named_quarter("2026年2季度") == (2026, 2)
    assert named_quarter("2025年四季度与2026年一季度对比") is None
    assert named_quarter("学籍表") is None


CELLS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="〇一二三十百千万年月日元0123456789./-：,，¥%eE+ \u3000\u200b'=\"", max_size=14),
    st.floats(allow_nan=False),
    st.integers(-(10**20), 10**20),
    st.datetimes(),
)


@settings(max_examples=300, derandomize=True)
@given(CELLS)
def test_no_cell_crashes_a_parser(cell: object) -> None:
    for parse in (parse_date, parse_month, parse_school_year, parse_int, parse_money):
        outcome = parse(from_1904(cell))
        assert (outcome.value is None) == (outcome.rule is not None)
