"""Columns and parameters computed for the checks, so that plain expectations are enough.

Columns are added to a copy of the clean table and never stored. ``DERIVED`` is the list an analyst may use in
expectations/*.json, with the Chinese header printed and the other inputs needed; a column whose input is absent
is not added, and the expectations on it are recorded as skipped with the reason.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from pipelines.checks import ledgers, pupils, tasks
from pipelines.checks.inputs import PREVIOUS_ROLL, WHOLE_ROLL, Inputs
from pipelines.settings import Settings
from pipelines.tables.contract import Table


NOT_HANDED_IN = "缺报：所需的其他表未上报"


@dataclass(frozen=True)
class Derived:
    """A derived column: its Chinese name, the inputs it needs beyond its own table, and how it is computed."""

    header: str
    needs: tuple[str, ...]
    compute: Callable[[pd.DataFrame, Inputs], pd.Series]


def _doubt(table: str, rule: str, header: str) -> Derived:
    return Derived(header, ("doubts",), partial(pupils.doubted, table=table, rule=rule))


_AGE = Derived("期末周岁", (), pupils.age_at_end)
_PERSON = Derived("人员（证件号，无则学籍号）", (), pupils.person)
_KNOWN = Derived("本季度或上季度学籍表中有此人", (WHOLE_ROLL,), pupils.pupil_known)
_SEMESTER = Derived("是否本学期", (), ledgers.this_semester)
DERIVED: dict[str, dict[str, Derived]] = {
    "school": {
        "pupils": Derived("本期在籍学生数", ("student_roll",), pupils.pupils_of_school),
        "open_at_end": Derived("期末是否在办", (), pupils.open_at_end),
    },
    "student_roll": {
        "age_at_end": _AGE,
        "age_grade_gap": Derived("年龄与年级之差（岁）", (), pupils.age_grade_gap),
        "entry_grade_gap": Derived("入学年数与年级之差（年）", (), pupils.years_since_entry_gap),
        "person": _PERSON,
        "roll_numbers": Derived("同一证件号的在籍学籍号个数", (), pupils.roll_numbers),
        "schools_of_person": Derived("同一证件号在籍的学校数", (), pupils.towns_of_person),
        "doubt_roll_format": _doubt("student_roll", "roll_format", "学籍号写法存疑"),
        "doubt_id_birth": _doubt("student_roll", "id_birth_differs", "出生日期与证件号不一致"),
        "doubt_id_sex": _doubt("student_roll", "id_sex_differs", "性别与证件号不一致"),
    },
    "roll_event": {
        "compulsory": Derived("是否义务教育阶段", ("student_roll", "school"), pupils.compulsory),
        # who graduates or moves away is on the previous roll alone
        "pupil_known": Derived(_KNOWN.header, (*_KNOWN.needs, PREVIOUS_ROLL), pupils.pupil_known),
        "in_period": Derived("异动是否在本季度", (), ledgers.in_period),
    },
    "absence": {
        "month_start": Derived("月份", (), ledgers.month_start),
        "month_end": Derived("月末", (), ledgers.month_end),
        "pupil_known": _KNOWN,
    },
    "dropout_case": {
        "days_reported_after_absent": Derived("报告距首次缺勤天数", (), ledgers.days_reported_after_absent),
        "person": _PERSON,
        "case_open": Derived("期末是否未结", (), ledgers.case_open),
    },
    "aid_identification": {"person": _PERSON, "pupil_known": _KNOWN, "this_semester": _SEMESTER},
    "aid_payment": {
        "person": _PERSON,
        "this_semester": _SEMESTER,
        "pupil_known": _KNOWN,
        "over_standard_fen": Derived(
            "超出资助标准", ("student_roll", "standards"), ledgers.over_standard_fen
        ),
        "successes": Derived("同一学期同一项目发放成功次数（不含补发）", (), ledgers.successes),
    },
    "dept_list": {"list_age_days": Derived("最近一份名单距期末天数", (), ledgers.list_age_days)},
    "left_behind": {
        "age_at_end": _AGE,
        "pupil_known": _KNOWN,
        "doubt_id_birth": _doubt("left_behind", "id_birth_differs", "出生日期与证件号不一致"),
    },
    "task_ledger": {"item_known": Derived("子指标是否在规划内", ("plan",), tasks.item_known)},
    "inspection": {"semester_agrees": Derived("学期是否与日期相符", (), tasks.semester_agrees)},
    "hukou_cohort": {
        "age_at_end": _AGE,
        "doubt_id_birth": _doubt("hukou_cohort", "id_birth_differs", "出生日期与证件号不一致"),
    },
}


def clean_names(table: Table) -> dict[str, str]:
    """Every column of the clean table → the header an analyst knows (docs/architecture.md, Clean tables)."""
    headers = {"row_id": "行号", "source_file": "文件", "source_sheet": "工作表", "source_row": "行"}
    for column in table.columns:
        if column.privacy == "key":
            headers[f"{column.name.removesuffix('_no')}_key"] = column.header
            if column.name == "id_no":
                headers["id_state"] = column.header
        elif column.privacy == "flag":
            headers[f"has_{column.name}"] = column.header
        elif column.privacy == "home_town":
            headers["home_town"] = column.header
        elif column.kind == "money":
            headers[f"{column.name}_fen"] = column.header
        elif column.privacy == "fact":
            headers[column.name] = column.header
    return headers


def add_derived(table: str, frame: pd.DataFrame, inputs: Inputs) -> tuple[pd.DataFrame, dict[str, str]]:
    """A copy of the frame with every derived column that can be computed, and why the others cannot (Chinese)."""
    ready: dict[str, pd.Series] = {}
    reasons: dict[str, str] = {}
    for name, column in DERIVED.get(table, {}).items():
        if not all(inputs.has(need) for need in column.needs):
            reasons[name] = NOT_HANDED_IN
            continue
        try:
            ready[name] = column.compute(frame, inputs)
        except KeyError as error:
            # A clean table without a column of the contract: said in words, and blocking checks on it block.
            reasons[name] = f"缺列：{'、'.join(_names(error, table, inputs))}"
    return frame.assign(**ready), reasons


def _names(error: KeyError, table: str, inputs: Inputs) -> list[str]:
    """The columns of the contract named in a KeyError of pandas."""
    known = {*clean_names(inputs.contract.tables[table]), *DERIVED.get(table, {})}
    return sorted(known & set(re.findall(r"\w+", str(error)))) or ["所需的列"]


# Parameters that hold the values of a column of another table: name → (table, column)
REFERENCES = {
    "school_ids": ("school", "school_id"),
    "case_ids": ("dropout_case", "case_id"),
    "child_ids": ("left_behind", "child_id"),
    "batches": ("aid_payment", "batch"),
}
TASK_NUMBERS = "task_numbers"  # those of the plan (data/reference/plan, or the dataset's own)
DATES = ("period_start", "period_end", "school_year_start")


def parameter_names(settings: Settings) -> set[str]:
    """Every name that ``{"$PARAMETER": …}`` may take: dates, value sets, and thresholds of monitoring.toml."""
    return {*DATES, *REFERENCES, TASK_NUMBERS, *settings.content.get("thresholds", {})}


def parameters(inputs: Inputs) -> dict[str, Any]:
    """Values of the parameters; a value set whose table or column is absent is left out."""
    period, settings = inputs.period, inputs.settings
    days = (period.start, period.end, period.school_year.start)
    values: dict[str, Any] = {name: pd.Timestamp(day) for name, day in zip(DATES, days, strict=True)}
    values |= {name: settings.threshold(name).value for name in settings.content.get("thresholds", {})}
    for name, (table, column) in REFERENCES.items():
        frame = inputs.tables.get(table)
        if frame is not None and column in frame:
            values[name] = sorted(frame[column].dropna().unique())
    if inputs.plan is not None:
        values[TASK_NUMBERS] = sorted(inputs.plan.tasks)
    return values
