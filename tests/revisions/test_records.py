"""Names of editions, and what of data, rules and program a change is put down to."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.revisions import basis, records


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "第一版"), (2, "第二版"), (10, "第十版"), (11, "第十一版"), (20, "第二十版"), (99, "第九十九版")],
)
def test_editions_are_called_as_in_print(number: int, text: str) -> None:
    assert records.label(number) == text


@given(st.integers(1, 99), st.integers(1, 99))
def test_no_two_editions_share_a_name(one: int, other: int) -> None:
    assert (records.label(one) == records.label(other)) == (one == other)


@given(st.integers(0, 12))
def test_the_editions_in_a_folder_are_found_latest_first(count: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(1, count + 1):
            (folder / records.edition_name("a_2026Q3_b", number, ".html")).touch()
        assert [n for n, _ in records.editions_of(folder, "a_2026Q3_b", ".html")] == list(range(count, 0, -1))


def a_basis(raw: str = "r", roll: str = "t", rules: str = "s", program: str = "p") -> dict:
    return {
        "raw": {"2026Q3": raw},
        "tables": {"2026Q3": {"student_roll": roll, "aid_payment": "x", "findings": roll}},
        "confirmed": "",
        "rules": {"settings": rules},
        "program": {"clean": program},
    }


@pytest.mark.parametrize(
    ("new", "tables", "found"),
    [
        (a_basis(), None, []),
        (a_basis(raw="R", roll="T"), ("student_roll",), [basis.DATA]),
        (a_basis(raw="R", roll="T", rules="S"), ("student_roll",), [basis.DATA, basis.RULES]),
        (a_basis(raw="R", roll="T", rules="S"), ("aid_payment",), [basis.RULES]),
        (a_basis(raw="R", roll="T"), ("aid_payment",), [basis.DATA]),
        (a_basis(program="P", roll="T"), ("student_roll",), [basis.PROGRAM]),  # cleaned otherwise, same files
        (a_basis(rules="S", program="P"), None, [basis.RULES, basis.PROGRAM]),
    ],
)
def test_a_change_is_put_down_to_data_rules_or_program(new: dict, tables: tuple, found: list[str]) -> None:
    assert basis.classes(a_basis(), new, tables) == found


def test_changed_tables_are_named_by_quarter_without_lists_of_problems() -> None:
    assert basis.changed_tables(a_basis(), a_basis(raw="R", roll="T")) == [("2026Q3", "student_roll")]
