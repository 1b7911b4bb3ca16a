import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipelines import formatting


def figure(**changes: object) -> dict:
    base = {"state": "ok", "value": 2, "numerator": 2, "denominator": None, "unit": "人", "previous": None}
    return base | changes


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 2))
def test_a_rate_never_rounds_onto_nothing_or_all(numerator: int, denominator: int, decimals: int) -> None:
    assume(numerator <= denominator)
    shown = float(formatting.percent(numerator, denominator, decimals).rstrip("%"))
    assert (shown == 0) == (numerator == 0)
    assert (shown == 100) == (numerator == denominator)
    assert abs(shown - 100 * numerator / denominator) <= 10**-decimals


@pytest.mark.parametrize(
    ("numerator", "denominator", "decimals", "shown"),
    [
        (1, 3, 1, "33.3%"),
        (9997, 10000, 1, "99.9%"),
        (3, 10000, 2, "0.03%"),
        (1, 100000, 2, "0.01%"),
        (1, 8, 1, "12.5%"),
    ],
)
def test_percentages(numerator: int, denominator: int, decimals: int, shown: str) -> None:
    assert formatting.percent(numerator, denominator, decimals) == shown


def test_missing_zero_and_not_applicable_look_different() -> None:
    shown = {
        formatting.indicator_value(figure(value=None, state="missing")),
        formatting.indicator_value(figure(value=0)),
        formatting.indicator_value(
            figure(value=None, numerator=0, denominator=0, state="not_applicable", unit="%")
        ),
        formatting.indicator_value(figure(value=None, state="suppressed")),
    }
    assert shown == {"缺报", "0人", "—", "＜10"}


@pytest.mark.parametrize(
    ("value", "shown"), [(1250, "1,250"), (312.5, "312.50"), (0, "0"), (0.1 + 0.2, "0.30")]
)
def test_money(value: float, shown: str) -> None:
    assert formatting.money(value) == shown


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("正文第三部分(一),(二)", "正文第三部分（一），（二）"),
        ("附件第1项,正文第1、2项", "附件第1项，正文第1、2项"),
        ("正文第1,2项;附件", "正文第1，2项；附件"),
        ("组织保障(正文,不在清单内)", "组织保障（正文，不在清单内）"),
        ("牵头单位:市教体局(第18项)", "牵头单位：市教体局（第18项）"),
        ("1,000人、12,345,678元", "1,000人、12,345,678元"),
        ("ISO (A4), 8:30", "ISO (A4), 8:30"),
        ("（一），（二）", "（一），（二）"),
        ("", ""),
    ],
)
def test_marks_beside_chinese_are_full_width(read: str, printed: str) -> None:
    assert formatting.chinese_marks(read) == printed
