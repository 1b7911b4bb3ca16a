"""The check stage as a whole: verdicts, what is written, what is never written, and what is not imported."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from pipelines.check import check_period
from pipelines.checks import engine, lean
from pipelines.errors import ConfigError, DataRefused, UsageError
from pipelines.settings import Settings
from tests.check_samples import DATASET, PERIOD, ROOT, SECRET, good_tables, make_root, store_clean


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_root(tmp_path)


def written(settings: Settings) -> dict[str, bytes]:
    folder = settings.paths.quality(DATASET, PERIOD)
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def edit(settings: Settings, table: str, **changes: object) -> None:
    """Change the first expectation of a suite."""
    path = settings.paths.expectations / f"{table}.json"
    suite = json.loads(path.read_text(encoding="utf-8"))
    suite["expectations"][0] |= changes
    path.write_text(json.dumps(suite, ensure_ascii=False), encoding="utf-8")


def test_blocking_finding_refuses_the_data(settings: Settings) -> None:
    tables = good_tables()
    tables["dropout_case"]["case_id"] = "same"
    store_clean(settings, tables)
    result = check_period(settings, DATASET, PERIOD)
    with pytest.raises(DataRefused) as refused:
        result.raise_if_blocked()
    text = str(refused.value)
    assert refused.value.exit_code == 3
    for part in (
        "疑似辍学及劝返台账",
        "个案编号重复",
        "2处",
        "dropout_case.xlsx",
        "第3行",
        "一个个案一个编号",
        "quality/quality.json",
    ):
        assert part in text
    assert json.loads(result.path.read_bytes())["blocked"] is True


def test_warnings_and_infos_do_not_block(settings: Settings) -> None:
    tables = good_tables()
    tables["aid_payment"]["paid_fen"] = 60000
    tables["dropout_case"].loc[0, "first_absent_date"] = None
    store_clean(settings, tables)
    result = check_period(settings, DATASET, PERIOD)
    result.raise_if_blocked()
    assert [f.expectation for f in result.warnings] == ["paid_not_above_due"]
    assert [f.expectation for f in result.infos] == ["first_absent_date_filled"]
    assert json.loads(result.path.read_bytes())["totals"] == {"阻断": 0, "警告": 1, "提示": 1}


def test_missing_tables_are_recorded_not_passed(settings: Settings) -> None:
    store_clean(settings, good_tables())
    check_period(settings, DATASET, PERIOD)
    tables = good_tables()
    del tables["dropout_case"], tables["school"]
    store_clean(settings, tables)
    result = check_period(settings, DATASET, PERIOD)
    quality = json.loads(result.path.read_bytes())
    assert result.missing == quality["missing"] == ["school", "dropout_case"]
    assert quality["tables"]["school"]["state"] == "missing" and quality["tables"]["school"]["read"] is None
    skipped = {(s["table"], s["id"]) for s in quality["skipped"]}
    assert {("persuasion_log", "case_id_known"), ("roll_event", "no_expulsion_in_compulsory")} <= skipped
    assert "validations/school.json" not in written(settings)  # the earlier verdict is gone


def test_blocking_check_on_an_absent_column_blocks(settings: Settings) -> None:
    for table, column, rule in (
        ("left_behind", "child_id", "child_id_filled"), ("left_behind", "town", "town_filled"),
        ("school", "school_id", "school_id_filled"),
    ):  # fmt: skip
        tables = good_tables()
        tables[table] = tables[table].drop(columns=column)
        store_clean(settings, tables)
        blocking = {f.expectation: f for f in check_period(settings, DATASET, PERIOD).blocking}
        assert f"缺列：{column}" in blocking[rule].message


def test_a_derived_column_without_its_input_is_said_in_words(settings: Settings) -> None:
    tables = good_tables()
    tables["student_roll"] = tables["student_roll"].drop(columns="birth_date")
    store_clean(settings, tables)
    quality = json.loads(check_period(settings, DATASET, PERIOD).path.read_bytes())
    reasons = {s["id"]: s["reason"] for s in quality["skipped"]}
    assert reasons["age_plausible"] == "缺列：birth_date" == reasons["age_fits_grade"]


def test_same_inputs_same_bytes(settings: Settings) -> None:
    tables = good_tables()
    tables["student_roll"]["id_state"] = "checksum"
    store_clean(settings, tables)
    check_period(settings, DATASET, PERIOD)
    first = written(settings)
    check_period(settings, DATASET, PERIOD)
    assert written(settings) == first and "validations/student_roll.json" in first
    pages = {name: content for name, content in first.items() if name.startswith("data_docs/")}
    assert {"data_docs/index.html", "data_docs/student_roll.html", "data_docs/school_volume.html"} <= set(
        pages
    )
    assert all(
        b"http" not in page and b"<script" not in page for page in pages.values()
    )  # nothing from the network
    block = json.loads(first["quality.json"])["block"]
    assert (
        block["000"]["Q2"]["student_roll"]["checksum"]
        == 2
        == block["370784122"]["Q2"]["student_roll"]["checksum"]
    )
    assert block["370784122"]["Q4"]["dept_list"] == {"rows": 2, "matched": 2}


def test_no_pseudonym_is_ever_printed(settings: Settings) -> None:
    tables = good_tables()
    for frame in tables.values():
        for column in frame.columns:
            if column.endswith("_key"):
                frame[column] = SECRET
    tables["aid_payment"]["batch"] = "same"
    tables["roll_event"]["event_type"] = "开除"
    store_clean(settings, tables)
    result = check_period(settings, DATASET, PERIOD)
    assert {"person_unique", "payment_unique", "roll_no_unique"} <= {f.expectation for f in result.findings}
    assert all(SECRET.encode() not in content for content in written(settings).values())
    assert SECRET not in repr(result) + "".join(f.sentence() for f in result.findings)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"type": "expect_nothing_at_all"}, "没有“expect_nothing_at_all”这种检查"),
        (
            {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "town", "colum": 1}},
            "kwargs 写得不对",
        ),
        ({"kwargs": {"min_value": {"$PARAMETER": "now()"}}}, "没有名为“now()”的参数"),
        (
            {"type": "expect_column_values_to_be_between", "kwargs": {"column": "town", "max_value": 1}},
            "无法执行",
        ),
    ],
)
def test_broken_suite_is_explained(settings: Settings, changes: dict[str, object], said: str) -> None:
    store_clean(settings, good_tables())
    edit(settings, "school", **changes)
    with pytest.raises(ConfigError) as error:
        check_period(settings, DATASET, PERIOD)
    assert said in str(error.value) and "expectations/school.json" in str(error.value)
    assert "not_empty" in str(error.value) and "370784122" not in str(error.value)


def test_json_mistake_names_the_line(settings: Settings) -> None:
    store_clean(settings, good_tables())
    (settings.paths.expectations / "school.json").write_text(
        '{"table": "school",\n "expectations": [}', encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="school.json 第2行"):
        check_period(settings, DATASET, PERIOD)


def test_threshold_comes_from_the_settings(settings: Settings) -> None:
    store_clean(settings, good_tables(), {"student_roll": {"read": 5, "used": 2, "set_aside": 3}})
    assert check_period(settings, DATASET, PERIOD).blocking
    toml = settings.root / "monitoring.toml"
    changed = toml.read_text(encoding="utf-8").replace(
        "[thresholds.set_aside_block]\nvalue = 0.5", "[thresholds.set_aside_block]\nvalue = 0.7"
    )
    toml.write_text(changed, encoding="utf-8")
    assert not check_period(Settings.load(settings.root), DATASET, PERIOD).blocking


def test_period_never_cleaned(settings: Settings) -> None:
    with pytest.raises(UsageError, match="make data"):
        check_period(settings, DATASET, PERIOD)


def test_import_is_cheap_and_the_run_is_silent(settings: Settings, tmp_path: Path) -> None:
    store_clean(settings, good_tables())
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "import sys; import pipelines.check as c; from pipelines.settings import Settings;"
        "from pipelines.periods import Period;"
        "assert 'great_expectations' not in sys.modules;"
        f"c.check_period(Settings.load(), {DATASET!r}, Period(2026, 3));"
        "assert 'great_expectations' in sys.modules"
    )
    env = os.environ | {"HOME": str(home), "EDUREPORT_ROOT": str(settings.root), "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=home, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert list(home.iterdir()) == []


def test_shortcuts_into_the_library_change_no_result(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """lean.py keeps what Great Expectations would compute again: compared with the library left alone."""
    tables = good_tables()
    tables["student_roll"].loc[0, ["school_id", "birth_date"]] = ["3707849999", pd.Timestamp("2030-01-01")]
    tables["care_log"].loc[0, "child_id"] = "nobody"
    tables["aid_payment"].loc[0, "paid_fen"] = 0
    store_clean(settings, tables)
    result = check_period(settings, DATASET, PERIOD)
    folder = result.path.parent / "validations"
    quick = {file.name: file.read_bytes() for file in folder.glob("*.json")}
    monkeypatch.setattr(lean, "remembering", contextlib.nullcontext)
    monkeypatch.setattr(engine, "_with_memberships", lambda frame, entries, values: (frame, entries))
    monkeypatch.setattr(engine, "_comparable", lambda column: column)
    check_period(settings, DATASET, PERIOD)
    assert quick == {file.name: file.read_bytes() for file in folder.glob("*.json")}
