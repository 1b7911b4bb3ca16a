"""Small clean tables that meet every shipped expectation, to be spoiled one cell at a time by the tests."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.clean.issues import issue_frame
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.store import write_frame
from pipelines.tables.contract import Column, load_contract


ROOT = Path(__file__).resolve().parents[1]
PERIOD = Period(2026, 3)
DATASET = "sample"
SECRET = "SECRETPERSON"  # in every pseudonym: must never be printed
DATES = {
    "birth_date": "2015-03-05",
    "first_absent_date": "2026-09-01",
    "reported_date": "2026-09-03",
    "verified_date": "2026-09-05",
    "in_date": "2026-07-02",
    "away_since": "2026-07-01",
    "open_date": "2001-09-01",
    "agreement_until": "2027-01-01",
    "due": "2026-12-31",
    "expected_return": "2026-12-01",
}
# A list holds a value for each row.
VALUES: dict[tuple[str, str], Any] = {
    ("school", "school_type"): "小学",
    ("student_roll", "stage"): "小学",
    ("student_roll", "grade"): "五年级",
    ("roll_event", "event_type"): "转出",
    ("dropout_case", "verdict"): "辍学",
    ("left_behind", "father_away"): "是",
    ("task_ledger", "task_no"): 3,
    ("task_ledger", "sub_item"): ["3.1", "3.2"],
    ("inspection", "semester"): "秋",
    ("inspection", "problem_kind"): "校园安全",
    ("mentor_coverage", "as_of"): ["2026-09-10", "2026-09-11"],
    ("school_network", "as_of"): ["2026-09-10", "2026-09-11"],
    ("kindergarten", "as_of"): ["2026-09-10", "2026-09-11"],
    ("principal_age", "age_band"): ["35周岁及以下", "36-45周岁"],
    ("absence", "consecutive_days"): 5,
    ("aid_payment", "semester"): "秋",
    ("aid_identification", "semester"): "秋",
    ("aid_payment", "boarding"): "住校",
    ("student_roll", "entry_ym"): "2022-09",
}
EMPTY = {
    "close_date",
    "merged_into",
    "close_type",
    "return_date",
    "out_date",
    "out_reason",
    "valid_to",
    "cancelled_date",
}


def _cell(table: str, column: Column, number: int) -> Any:
    if column.name in EMPTY:
        return None
    if (table, column.name) in VALUES:
        value = VALUES[table, column.name]
        return value[number] if isinstance(value, list) else value
    if column.kind == "date":
        return DATES.get(column.name, "2026-09-10")
    if column.name == "school_year":
        return "2026-2027"
    if column.name in ("case_id", "child_id"):
        return f"{column.name}-{number}"
    plain = {
        "school": "3707840001",
        "town": "370784122",
        "yearmonth": "2026-09",
        "text10": f"370784000{number + 1}",
    }
    if column.kind in plain:
        return plain[column.kind]
    if column.kind in ("int", "number", "money"):
        return 20
    allowed = list(load_contract(ROOT / "data/reference").allowed(column).values()) if column.codes else []
    return allowed[0] if allowed else f"文字{number}"


def good_frame(name: str, rows: int = 2) -> pd.DataFrame:
    """A clean table of the contract; school has one row, since every open school needs pupils."""
    data: dict[str, list[Any]] = {}
    numbers = range(1 if name == "school" else rows)
    for column in load_contract(ROOT / "data/reference").tables[name].columns:
        cells = [_cell(name, column, n) for n in numbers]
        if column.privacy == "key":
            data[f"{column.name.removesuffix('_no')}_key"] = [f"{SECRET}{column.name}{n}" for n in numbers]
            if column.name == "id_no":
                data["id_state"] = ["ok" for _ in numbers]
        elif column.privacy == "flag":
            data[f"has_{column.name}"] = [True for _ in numbers]
        elif column.privacy == "home_town":
            data["home_town"] = ["370784122" for _ in numbers]
        elif column.kind == "money":
            data[f"{column.name}_fen"] = [50000 for _ in numbers]
        elif column.privacy == "fact":
            data[column.name] = cells
    frame = pd.DataFrame(data)
    for column in load_contract(ROOT / "data/reference").tables[name].columns:
        if column.name in frame and column.kind == "date":
            frame[column.name] = pd.to_datetime(frame[column.name])
        elif column.name in frame and column.kind == "int":
            frame[column.name] = frame[column.name].astype("Int64")
        elif column.name in frame and column.kind == "number":
            frame[column.name] = frame[column.name].astype("float64")
        elif column.name in frame:
            frame[column.name] = frame[column.name].astype("str")
    if name == "school":
        frame["school_id"] = "3707840001"
    return frame.assign(
        row_id=list(numbers),
        source_file=f"{name}.xlsx",
        source_sheet="表一",
        source_row=[n + 3 for n in numbers],
    )


def good_tables() -> dict[str, pd.DataFrame]:
    """All tables of the contract, all expectations met."""
    return {name: good_frame(name) for name in load_contract(ROOT / "data/reference").tables}


def make_root(tmp_path: Path) -> Settings:
    """A project folder with the shipped settings, reference data and suites."""
    shutil.copy(ROOT / "monitoring.toml", tmp_path)
    shutil.copytree(ROOT / "data/reference", tmp_path / "data/reference", dirs_exist_ok=True)
    shutil.copytree(ROOT / "expectations", tmp_path / "expectations", dirs_exist_ok=True)
    return Settings.load(tmp_path)


def store_clean(
    settings: Settings, tables: dict[str, pd.DataFrame], counts: dict[str, dict[str, int]] | None = None
) -> None:
    """Write the tables as the clean stage would, with a manifest that fits (or ``counts`` instead)."""
    folder = settings.paths.clean(DATASET, PERIOD)
    shutil.rmtree(folder, ignore_errors=True)
    for name, frame in tables.items():
        write_frame(folder / f"{name}.parquet", frame)
    for name in ("set_aside", "findings"):
        write_frame(folder / f"{name}.parquet", issue_frame([]))
    _store_previous(settings)
    each = {
        name: {"read": len(f), "used": len(f), "warned": 0, "set_aside": 0, "as_of": "2026-09-30"}
        | (counts or {}).get(name, {})
        for name, f in tables.items()
    }
    files = [{"file": f"{n}.xlsx", "tables": [{"table": n, **each[n]}], "problem": None} for n in tables]
    (folder / "manifest.json").write_text(json.dumps({"files": files, "tables": each}), encoding="utf-8")


def _store_previous(settings: Settings) -> None:
    """The good tables as the previous period's, which the checks compare volumes with."""
    folder = settings.paths.clean(DATASET, PERIOD.previous)
    if folder.is_dir():
        return
    frames = good_tables()
    for name in ("school", "student_roll"):
        write_frame(folder / f"{name}.parquet", frames[name])
    counts = {name: {"used": len(frame)} for name, frame in frames.items()}
    (folder / "manifest.json").write_text(json.dumps({"files": [], "tables": counts}), encoding="utf-8")
