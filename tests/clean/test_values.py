"""Cells as values: dates, months, numbers, codes, in every form that exports use."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.clean.codes import CodeList
from pipelines.clean.dates import data_date, parse_date, parse_month, parse_school_year
from pipelines.clean.numbers import parse_int, parse_money, parse_number
from pipelines.clean.words import is_missing
from pipelines.ingest.cells import tidy
from pipelines.settings import Settings
from pipelines.tables.contract import Contract


DAYS = st.dates(dt.date(1927, 1, 1), dt.date(2099, 12, 31))
FULL_WIDTH = str.maketrans("0123456789-/", "０１２３４５６７８９－／")
DATE_FORMS = [
    lambda d: dt.datetime(d.year, d.month, d.day, 8, 30),
    lambda d: (d - dt.date(1899, 12, 30)).days,
    lambda d: float((d - dt.date(1899, 12, 30)).days) + 0.25,
    lambda d: str((d - dt.date(1899, 12, 30)).days),
    lambda d: int(f"{d:%Y%m%d}"),
    lambda d: float(f"{d:%Y%m%d}"),
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d:%Y-%m-%d}",
    lambda d: f"{d.year}-{d.month}-{d.day}",
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}.{d.month}.{d.day}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日",
    lambda d: f"{d:%Y-%m-%d} 00:00:00",
    lambda d: f"{d.year}/{d.month}/{d.day} 8:05",
    lambda d: f"{d:%Y-%m-%d}T08:05:00",
    lambda d: f"'{d:%Y-%m-%d}",
    lambda d: f'="{d:%Y-%m-%d}"',
    lambda d: f" {d:%Y-%m-%d}\u200b".translate(FULL_WIDTH),
]


@given(DAYS, st.sampled_from(DATE_FORMS))
def test_every_form_of_a_date_gives_the_day(day: dt.date, form) -> None:
    assert parse_date(form(day)).value == day


@pytest.mark.parametrize(
    "cell",
    ["2026-02-30", "2026-13-01", "20260231", 20261301, "2026-9", 2026.9, "26-9-1", "九月一日", "2026-9/1", "1",
     3.0, 1e18, "0000-00-00", "长期", "2026-09-01至2026-09-30"],
)  # fmt: skip
def test_what_is_no_date_is_refused(cell) -> None:
    assert parse_date(cell) == (None, "bad_date", "")


@given(DAYS, st.sampled_from(DATE_FORMS))
def test_a_date_is_taken_for_its_month(day: dt.date, form) -> None:
    assert parse_month(form(day)).value == f"{day:%Y-%m}"


@pytest.mark.parametrize(
    "cell",
    ["2026.9", 2026.9, "202609", 202609, 202609.0, "2026-09", "2026-9", "2026/9", "2026年9月", "2026年09月"],
)
def test_months(cell) -> None:
    assert parse_month(cell).value == "2026-09"


def test_october_as_a_number_is_ambiguous() -> None:
    assert parse_month(2026.1).rule == "ambiguous_month"
    assert parse_month("2026.1").value == "2026-01"
    assert parse_month("2026.10").value == "2026-10"
    assert parse_month(2026.11).value == "2026-11"
    assert parse_month("2026-13").rule == "bad_month"


@pytest.mark.parametrize(
    "cell", ["2025-2026", "2025－2026", "2025—2026学年", "2025/2026", "2025-26", " 2025 - 2026 "]
)
def test_school_years(cell: str) -> None:
    assert parse_school_year(cell).value == "2025-2026"


@pytest.mark.parametrize("cell", ["2025", "2025-2027", "2026-2025", "二〇二五"])
def test_bad_school_years(cell: str) -> None:
    assert parse_school_year(cell).rule == "bad_school_year"


@given(st.integers(0, 10**9))
def test_money_is_exact_in_fen(fen: int) -> None:
    yuan = f"{fen // 100}.{fen % 100:02d}"
    for cell in (yuan, fen / 100, f"￥{fen // 100:,}.{fen % 100:02d}", f"¥{yuan}元", f" {yuan} 元"):
        assert parse_money(cell).value == fen


@pytest.mark.parametrize(
    "cell", ["六百五", "六百上下", "1,2,3", "12.345", "1250/625", "--5", "1e3", "人数:3-资助金:100元"]
)
def test_bad_money(cell: str) -> None:
    assert parse_money(cell).rule == "bad_number"


def test_counts_and_measures() -> None:
    assert parse_int("１,０２４").value == 1024
    assert parse_int(5.0).value == 5
    assert parse_int("3天").value == 3
    assert parse_int("3.5").rule == "bad_number"
    assert parse_number("95%").value == 95.0
    assert parse_number(0.5).value == 0.5


@pytest.mark.parametrize("cell", [None, "", " ", "　", "—", "/", "NULL", "#N/A", "无", "\u200b", "－"])
def test_missing(cell) -> None:
    assert is_missing(cell)


def test_none_is_a_value_where_the_list_has_it() -> None:
    assert not is_missing("无", frozenset({"有", "无"}))
    assert not is_missing(0) and not is_missing("0")


def test_tidy() -> None:
    assert tidy("'３７０ \u200b") == "370"
    assert tidy('="00123"') == "00123"
    assert tidy(370784.0) == "370784"
    assert tidy("莒　县_x000D_") == "莒 县"


@pytest.fixture
def contract(settings: Settings) -> Contract:
    return Contract(settings.paths.reference)


@pytest.mark.parametrize(
    ("cell", "code"),
    [("51", "51"), (51.0, "51"), ("51 失踪失联", "51"), ("51失踪失联（公安证明）", "51"), ("失踪失联", "51"),
     ("失踪失联(公安证明)", "51"), ("51-失踪失联", "51"), ("11、已返原校", "11")],
)  # fmt: skip
def test_close_types(contract: Contract, cell, code: str) -> None:
    assert CodeList(contract, contract.tables["dropout_case"].column("close_type")).one(cell).value == code


def test_codes_are_never_guessed(contract: Contract) -> None:
    codes = CodeList(contract, contract.tables["dropout_case"].column("close_type"))
    assert codes.one("51 已返原校").rule == "code_contradicts"
    assert codes.one("52").rule == "unknown_code"
    assert codes.one("51 其他说明").rule == "unknown_code"
    causes = CodeList(contract, contract.tables["dropout_case"].column("cause_main"))
    assert causes.one(1.0).value == "01"


def test_several_values(contract: Contract) -> None:
    causes = CodeList(contract, contract.tables["dropout_case"].column("cause_other"))
    assert causes.many("01 厌学；08沉迷网络,01").value == "01;08"
    assert causes.many("01;77").rule == "unknown_code"
    flags = CodeList(contract, contract.tables["dropout_case"].column("group_flags"))
    assert flags.many("孤儿、残疾").value == "孤儿;残疾"


def test_every_allowed_value_and_alias_is_accepted(contract: Contract) -> None:
    seen = set()
    for table in contract.tables.values():
        for column in table.columns:
            if column.kind in ("enum", "code", "codes", "multi"):
                seen.add(column.codes)
                codes = CodeList(contract, column)
                for text, value in contract.allowed(column).items():
                    assert codes.many(text).value == value
                for alias, value in contract.value_aliases.get(column.codes, {}).items():
                    assert codes.one(alias).value == value
    assert set(contract.value_aliases) <= seen, "an alias for a code list that no column has"


def test_data_date_in_a_title() -> None:
    labels = ["数据截止日期", "填报日期"]
    assert data_date("学籍表 数据截止日期：2026年9月30日 单位：人", labels) == dt.date(2026, 9, 30)
    assert data_date("填报日期 2026-10-08", labels) == dt.date(2026, 10, 8)
    assert data_date("2026年9月 学籍表", labels) is None
