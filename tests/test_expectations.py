"""Every shipped suite passes on good tables; every blocking expectation refuses a bad one.

Examples for warnings and hints: tests/checks/test_examples.py.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipelines.check import check_period, lint_suites
from pipelines.settings import Settings
from tests.check_samples import DATASET, PERIOD, ROOT, good_tables, make_root, store_clean


Tables = dict[str, pd.DataFrame]


def put(table: str, **cells: Any) -> Callable[[Tables], None]:
    """Spoil cells of the first row of a table."""

    def spoil(tables: Tables) -> None:
        for column, value in cells.items():
            tables[table].loc[0, column] = value

    return spoil


def double(table: str, column: str) -> Callable[[Tables], None]:
    """Give the last row the first row's value, after repeating the row where there is only one."""

    def spoil(tables: Tables) -> None:
        frame = tables[table]
        tables[table] = (
            pd.concat([frame.iloc[:1], frame.iloc[:1]], ignore_index=True) if len(frame) == 1 else frame
        )
        tables[table][column] = tables[table][column].iloc[0]

    return spoil


def empty(table: str) -> Callable[[Tables], None]:
    """Take all rows away."""

    def spoil(tables: Tables) -> None:
        tables[table] = tables[table].iloc[:0]

    return spoil


BAD: list[tuple[str, str, str, Callable[[Tables], None]]] = [
    ("school", "not_empty", "阻断", empty("school")),
    ("school", "school_id_filled", "阻断", put("school", school_id=None)),
    ("school", "school_id_unique", "阻断", double("school", "school_id")),
    ("school", "town_filled", "阻断", put("school", town=None)),
    ("student_roll", "not_empty", "阻断", empty("student_roll")),
    ("student_roll", "school_id_filled", "阻断", put("student_roll", school_id=None)),
    ("student_roll", "school_id_known", "阻断", put("student_roll", school_id="3707849999")),
    ("dropout_case", "case_id_filled", "阻断", put("dropout_case", case_id=None)),
    ("dropout_case", "case_id_unique", "阻断", double("dropout_case", "case_id")),
    ("dropout_case", "town_filled", "阻断", put("dropout_case", town=None)),
    ("left_behind", "child_id_filled", "阻断", put("left_behind", child_id=None)),
    ("left_behind", "child_id_unique", "阻断", double("left_behind", "child_id")),
    ("left_behind", "town_filled", "阻断", put("left_behind", town=None)),
]  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_root(tmp_path_factory.mktemp("root"))


def test_good_tables_meet_every_expectation(settings: Settings) -> None:
    store_clean(settings, good_tables())
    result = check_period(settings, DATASET, PERIOD)
    quality = json.loads(result.path.read_text(encoding="utf-8"))
    assert result.findings == [] and result.missing == [] and quality["skipped"] == []
    shipped = [json.loads(p.read_text(encoding="utf-8")) for p in (ROOT / "expectations").glob("*.json")]
    assert quality["expectations"] == {
        "passed": sum(len(s["expectations"]) for s in shipped),
        "failed": 0,
        "skipped": 0,
    }


@pytest.mark.parametrize(("table", "rule", "severity", "spoil"), BAD, ids=[f"{b[0]}-{b[1]}" for b in BAD])
def test_bad_table_is_found(
    settings: Settings, table: str, rule: str, severity: str, spoil: Callable[[Tables], None]
) -> None:
    tables = good_tables()
    # Only what the rule needs: the run of all suites is tested on the good tables.
    tables = {name: frame for name, frame in tables.items() if name in {table, "school", "student_roll"}}
    spoil(tables)
    store_clean(settings, tables)
    found = {(f.table, f.expectation): f for f in check_period(settings, DATASET, PERIOD).findings}
    assert (table, rule) in found
    assert found[table, rule].severity == severity
    if rule != "not_empty":
        assert found[table, rule].rows[0].row == 3 and found[table, rule].rows[0].file == f"{table}.xlsx"


@pytest.mark.parametrize(
    ("counts", "rule", "severity"),
    [
        ({"read": 5, "used": 2, "set_aside": 3}, "set_aside_block", "阻断"),
        ({"read": 12, "used": 2, "set_aside": 10}, "sheet_lost", "阻断"),
        ({"read": 10, "used": 9, "set_aside": 1}, "set_aside_warn", "警告"),
        ({"read": 5, "used": 2, "set_aside": 0}, "rows_accounted", "阻断"),
        ({"read": 3, "used": 3, "set_aside": 0}, "rows_stored", "阻断"),
        ({"warned": 9}, "warned_part_of_used", "警告"),
    ],
)
def test_intake_counts_are_checked(
    settings: Settings, counts: dict[str, int], rule: str, severity: str
) -> None:
    store_clean(settings, good_tables(), {"student_roll": counts})
    found = [f for f in check_period(settings, DATASET, PERIOD).findings if f.expectation == rule]
    assert [(f.table, f.title, f.severity) for f in found] == [("student_roll", "学籍", severity)]
    assert found[0].rows[0].file == "student_roll.xlsx"


def test_every_blocking_expectation_has_a_bad_example() -> None:
    shown = {(table, rule) for table, rule, _, _ in BAD}
    for path in (ROOT / "expectations").glob("*.json"):
        suite = json.loads(path.read_text(encoding="utf-8"))
        for entry in suite["expectations"]:
            if entry["severity"] == "阻断" and suite["table"] != "reconciliation":
                assert (suite["table"], entry["meta"]["id"]) in shown


def test_shipped_suites_are_clean(settings: Settings) -> None:
    assert lint_suites(settings) == []


def test_lint_names_file_and_entry(tmp_path: Path) -> None:
    settings = make_root(tmp_path)
    path = settings.paths.expectations / "school.json"
    suite = json.loads(path.read_text(encoding="utf-8"))
    suite["expectations"][0] |= {"severity": "严重", "kwargs": {"column": "nosuch"}}
    del suite["expectations"][1]["meta"]["mend"]
    path.write_text(json.dumps(suite), encoding="utf-8")
    (settings.paths.expectations / "absence.json").unlink()
    text = "\n".join(lint_suites(settings))
    assert "school.json 第1条（not_empty）：severity 只能是" in text and "没有列“nosuch”" in text
    assert "第2条（school_id_filled）：meta 缺少 mend" in text and "absence.json：缺少" in text
