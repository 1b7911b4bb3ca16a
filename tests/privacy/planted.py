"""Marked names and numbers for every input column, and a search of every byte that is left behind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.settings import Settings
from pipelines.tables.contract import Contract, load_contract
from tests.clean.material import SCHOOL, csv_text, example_row, id_no, pupil, put


NAME = "欧阳测某"
NUMBER = id_no(77, "20140607")
ROLL = f"G{NUMBER}"
# The name, the number in any case, and the digits that identify (birth date and serial number).
# Names of institutions: other tables refer to them and reports print them, so a person's name in one stays (an ID
# number does not). docs/privacy says so.
INSTITUTIONS = {("school", "school_name"), ("care_facility", "place")}
MARKS = (NAME, NUMBER, NUMBER.lower(), NUMBER[3:17])


def rows_of(contract: Contract, table: str) -> Iterator[dict[str, Any]]:
    """A sound row, and one row for every column with the name in it, and one with the number."""
    yield {**example_row(contract, table), "name": NAME, "id_no": NUMBER, "roll_no": ROLL}
    for number, column in enumerate(contract.tables[table].columns):
        marks = (NAME, f"{NAME}，电话{NUMBER}", f"证号{NUMBER}")
        for mark in marks[2:] if (table, column.name) in INSTITUTIONS else marks:
            yield {**example_row(contract, table, number + 100), column.name: mark}


def plant(settings: Settings, dataset: str = "county", period: str = "2026Q3") -> int:
    """Write files of every table with the marks in every column; the number of marked cells."""
    contract = load_contract(settings.paths.reference)
    count = 0
    for name in contract.tables:
        rows = list(rows_of(contract, name))
        if name == "school":
            rows = [SCHOOL, *rows[1:]]
        if name == "student_roll":
            rows += [pupil(number) for number in range(500, 700)]
        count += 3 * len(contract.tables[name].columns)
        put(settings, f"{name}.csv", csv_text(contract, name, rows), dataset, period)
    return count


def left_behind(root: Path, dataset: str = "county") -> list[Path]:
    """Every file below the root but the received ones and identity/."""
    return [
        file
        for file in sorted(root.rglob("*"))
        if file.is_file() and "identity" not in file.parts and not file.is_relative_to(root / "data" / "raw")
    ]
