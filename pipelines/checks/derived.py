"""Columns and parameters computed for the checks, so that plain expectations are enough.

Columns are added to a copy of the clean table and never stored. ``DERIVED`` is the list an analyst may use in
expectations/*.json, with the Chinese header printed and the other tables needed; a column whose table is absent
is not added, and the expectations on it are recorded as skipped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import Contract


Tables = dict[str, pd.DataFrame | None]
ON_ROLL = ("在校", "休学", "转出中")  # contract.md section 4
COMPULSORY = ("小学", "初中", "特教")
COMPULSORY_SCHOOLS = ("小学", "教学点", "初中", "九年一贯", "特教")
AGE_OF_GRADE_ONE = 6  # 义务教育法第十一条: six years old by 31 August


@dataclass(frozen=True)
class Inputs:
    """What derived columns and parameters are computed from: the period, its clean tables, the contract."""

    settings: Settings
    period: Period
    contract: Contract
    tables: Tables


@dataclass(frozen=True)
class Derived:
    """A derived column: its Chinese name, the tables it needs beyond its own, and how it is computed."""

    header: str
    needs: tuple[str, ...]
    compute: Callable[[pd.DataFrame, Inputs], pd.Series]


def completed_years(born: pd.Series, day: pd.Timestamp) -> pd.Series:
    """Completed years of age on a day (Int64, null without a birth date)."""
    before = (born.dt.month > day.month) | ((born.dt.month == day.month) & (born.dt.day > day.day))
    return (day.year - born.dt.year - before.astype("int64")).astype("Int64")


def _age_at_end(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    return completed_years(frame["birth_date"], pd.Timestamp(inputs.period.end))


def _age_grade_gap(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Years older (+) or younger (-) than usual for the grade, on 31 August before the school year; grades 1–9."""
    grades = [e.code for e in inputs.contract.codes["grade"].values() if e.group in ("小学", "初中")]
    usual = frame["grade"].map({grade: AGE_OF_GRADE_ONE + n for n, grade in enumerate(grades)})
    eve = pd.Timestamp(inputs.period.school_year.start) - pd.Timedelta(days=1)
    return completed_years(frame["birth_date"], eve) - usual.astype("Int64")


def _person(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """The pseudonym of the ID number, else of the 学籍号; null where there is neither."""
    return frame["id_key"].fillna(frame["roll_key"]) if "roll_key" in frame else frame["id_key"]


def _pupils(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    roll = inputs.tables["student_roll"]
    assert roll is not None  # guarded by ``needs``
    counts = roll.loc[roll["roll_status"].isin(ON_ROLL), "school_id"].value_counts()
    return frame["school_id"].map(counts).fillna(0).astype("int64")


def _open_at_end(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Open on the last day of the period: 启用日期 empty or not later, 撤并日期 empty or later."""
    day = pd.Timestamp(inputs.period.end)
    opened = frame["open_date"].isna() | (frame["open_date"] <= day)
    return opened & (frame["close_date"].isna() | (frame["close_date"] > day))


def _compulsory(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """是, 否 or 不详: by the stage on the roll, else by the kind of the schools of the event."""
    roll, schools = inputs.tables["student_roll"], inputs.tables["school"]
    assert roll is not None and schools is not None  # guarded by ``needs``
    known = roll.dropna(subset=["roll_key"]).drop_duplicates("roll_key").set_index("roll_key")["stage"]
    kinds = schools.drop_duplicates("school_id").set_index("school_id")["school_type"]
    stage, kind = frame["roll_key"].map(known), frame["from_school"].map(kinds)
    kind = kind.fillna(frame["to_school"].map(kinds))
    answer = pd.Series("不详", index=frame.index, dtype="str")
    answer[kind.notna()] = "否"
    answer[kind.isin(COMPULSORY_SCHOOLS)] = "是"
    answer[stage.notna()] = "否"
    answer[stage.isin(COMPULSORY)] = "是"
    return answer


def _month_start(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    return pd.to_datetime(frame["month"], format="%Y-%m", errors="coerce")


def _days_reported_after_absent(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    return (frame["reported_date"] - frame["first_absent_date"]).dt.days.astype("Int64")


_AGE = Derived("期末周岁", (), _age_at_end)
_PERSON = Derived("人员（证件号，无则学籍号）", (), _person)
DERIVED: dict[str, dict[str, Derived]] = {
    "school": {
        "pupils": Derived("本期在籍学生数", ("student_roll",), _pupils),
        "open_at_end": Derived("期末是否在办", (), _open_at_end),
    },
    "student_roll": {
        "age_at_end": _AGE,
        "age_grade_gap": Derived("年龄与年级之差（岁）", (), _age_grade_gap),
        "person": _PERSON,
    },
    "roll_event": {"compulsory": Derived("是否义务教育阶段", ("student_roll", "school"), _compulsory)},
    "absence": {"month_start": Derived("月份", (), _month_start)},
    "dropout_case": {
        "days_reported_after_absent": Derived("报告距首次缺勤天数", (), _days_reported_after_absent),
        "person": _PERSON,
    },
    "aid_identification": {"person": _PERSON},
    "aid_payment": {"person": _PERSON},
    "left_behind": {"age_at_end": _AGE},
    "hukou_cohort": {"age_at_end": _AGE},
}


def add_derived(table: str, frame: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """A copy of the frame with every derived column whose tables are there."""
    ready = {
        name: column.compute(frame, inputs)
        for name, column in DERIVED.get(table, {}).items()
        if all(inputs.tables.get(need) is not None for need in column.needs)
    }
    return frame.assign(**ready)


# Parameters that hold the values of a column of another table: name → (table, column)
REFERENCES = {
    "school_ids": ("school", "school_id"),
    "case_ids": ("dropout_case", "case_id"),
    "child_ids": ("left_behind", "child_id"),
}
DATES = ("period_start", "period_end", "school_year_start")


def parameter_names(settings: Settings) -> set[str]:
    """Every name that ``{"$PARAMETER": …}`` may take: dates, value sets, and thresholds of monitoring.toml."""
    return {*DATES, *REFERENCES, *settings.content.get("thresholds", {})}


def parameters(inputs: Inputs) -> dict[str, Any]:
    """Values of the parameters; a value set whose table is absent is left out."""
    period, settings = inputs.period, inputs.settings
    days = (period.start, period.end, period.school_year.start)
    values: dict[str, Any] = {name: pd.Timestamp(day) for name, day in zip(DATES, days, strict=True)}
    values |= {name: settings.threshold(name).value for name in settings.content.get("thresholds", {})}
    for name, (table, column) in REFERENCES.items():
        if (frame := inputs.tables.get(table)) is not None:
            values[name] = sorted(frame[column].dropna().unique())
    return values
