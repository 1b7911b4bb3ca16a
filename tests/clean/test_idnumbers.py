"""ID numbers: nothing guessed, nobody lost."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.clean.idnumbers import (
    birth_date,
    birth_days,
    check_digit,
    read_id,
    read_ids,
    read_roll,
)


BIRTHS = st.dates(dt.date(1930, 1, 1), dt.date(2026, 9, 30))


@given(BIRTHS, st.integers(0, 999))
def test_a_sound_number_in_every_dress(birth: dt.date, serial: int) -> None:
    first = f"000000{birth:%Y%m%d}{serial:03d}"
    number = first + check_digit(first)
    wide = number.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"})
    spaced = f"{number[:6]} {number[6:14]} {number[14:]}"
    for cell in (number, number.lower(), f"'{number}", f'="{number}"', wide, spaced, f"\t{number}\u00a0"):
        assert read_id(cell) == (number, "ok", None)
    assert birth_date(number) == birth


@given(BIRTHS, st.integers(0, 999), st.integers(0, 9))
def test_a_wrong_check_digit_is_a_doubt_not_a_loss(birth: dt.date, serial: int, digit: int) -> None:
    first = f"000000{birth:%Y%m%d}{serial:03d}"
    if check_digit(first) != str(digit):
        assert read_id(f"{first}{digit}") == (f"{first}{digit}", "checksum", "id_checksum")


def test_known_numbers() -> None:
    assert read_id("000000201203150019").state == "ok"
    assert read_id("000000201009010020").state == "ok"
    assert read_id("000000201702290032") == ("000000201702290032", "format", "id_format")


@pytest.mark.parametrize("cell", ["3.70784E+17", 3.70784201001011e17, 370784201001011234, "1.2e+17"])
def test_lost_digits_are_never_guessed(cell) -> None:
    assert read_id(cell) == (None, "missing", "digits_lost")
    assert read_roll(cell) == (None, "digits_lost")


def test_fifteen_digits() -> None:
    number = read_id("000000900315001")
    assert number.rule == "id_15_digits" and number.state == "ok"
    assert number.text is not None and number.text.startswith("00000019900315001") and len(number.text) == 18
    assert read_id(900315001.0).state == "format"
    assert read_id("000000901315001").state == "format"


@pytest.mark.parametrize("filler", ["0", "111111", "0" * 18, "123", "不详"])
def test_fillers_stand_for_nobody(filler: str) -> None:
    assert read_id(filler) == (None, "format", "id_format")


def test_certificates_only_where_allowed() -> None:
    assert read_id("00000020120315001941", certificate=True) == ("000000201203150019", "ok", None)
    assert read_id("00000020120315001941B1", certificate=True).text == "000000201203150019"
    assert read_id("00000020120315001941").state == "format"


def test_other_documents_are_taken_as_typed() -> None:
    assert read_id("h1234567(8)", chinese=False) == ("H1234567(8)", "ok", None)


def test_roll_numbers() -> None:
    assert read_roll("g00000020120315001x") == ("G00000020120315001X", None)
    assert read_roll("000000201203150019") == ("000000201203150019", "roll_format")


LIKE_IDS = st.one_of(
    st.none(),
    st.from_regex(r"[0-9]{17}[0-9Xx]", fullmatch=True),
    st.tuples(BIRTHS, st.integers(0, 999), st.sampled_from("0123456789X")).map(
        lambda parts: f"000000{parts[0]:%Y%m%d}{parts[1]:03d}{parts[2]}"
    ),
    st.text(alphabet="0123456789Xx １:/?", min_size=15, max_size=20),
    st.floats(allow_nan=False),
)


@given(st.lists(LIKE_IDS, max_size=20), st.booleans(), st.booleans())
def test_many_at_once_as_one_by_one(cells: list, chinese: bool, certificate: bool) -> None:
    together = list(zip(*read_ids(cells, chinese, certificate), strict=True))
    for cell, found in zip(cells, together, strict=True):
        if isinstance(cell, str) and cell.strip(" /"):
            assert found == read_id(cell, chinese, certificate)
        elif cell is None:
            assert found == (None, "missing", None)


@given(st.lists(BIRTHS, max_size=5))
def test_birth_days_as_one_by_one(days: list[dt.date]) -> None:
    numbers = [f"000000{day:%Y%m%d}0018" for day in days]
    assert birth_days(numbers).tolist() == days
