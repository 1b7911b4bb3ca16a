"""Small clean tables for tests: a row says only what matters, everything else has a harmless value.

``p`` stands for the person: ``p="a"`` gives the id_key ``A-ID`` and, where the table has one, the roll_key ``A-ROLL``.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.indicators.compute import compute
from pipelines.match import Facts, build_facts
from pipelines.periods import Period
from pipelines.reference import Reference
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract, read_rows
from pipelines.towns import TownRegister


ROOT = Path(__file__).resolve().parents[2]
SETTINGS = Settings.load(ROOT)
CONTRACT = load_contract(SETTINGS.paths.reference)
JINGZHI, XINAN, COUNTY = "370784122", "370784002", "000"
Q3 = Period(2026, 3)

# Two schools in 景芝镇 (one of them rural), one in 新安街道.
S1, S2, S3 = "1000000001", "1000000002", "1000000003"

_DEFAULTS: dict[str, dict[str, Any]] = {
    "school": {"school_type": "小学", "urban_rural": "乡村", "ownership": "公办"},
    "student_roll": {
        "school_id": S1,
        "stage": "小学",
        "grade": "三年级",
        "roll_status": "在校",
        "birth_date": "2017-10-01",
        "left_behind_edu": "非留守",
    },
    "roll_event": {"event_type": "转出", "from_school": S1, "status": "已办结", "matched": "未核"},
    "dropout_case": {"school_id": S1, "town": JINGZHI, "grade": "三年级", "reported_date": "2026-07-10"},
    "aid_identification": {"school_year": "2026-2027", "semester": "秋", "category": "孤儿", "waiver": "无"},
    "aid_payment": {
        "school_year": "2026-2027",
        "semester": "秋",
        "school_id": S1,
        "boarding": "走读",
        "programme": "义务教育生活补助",
        "paid": 31250,
        "paid_date": "2026-09-20",
        "pay_status": "成功",
    },
    "dept_list": {"list_date": "2026-09-05", "town": JINGZHI, "category": "农村低保", "status": "享受"},
    "absence": {
        "month": "2026-09",
        "school_id": S1,
        "first_absent_date": "2026-09-10",
        "consecutive_days": 5,
        "leave_type": "未请假",
        "school_days_in_month": 21,
    },
    "left_behind": {
        "birth_date": "2017-10-01",
        "town": JINGZHI,
        "father_away": "是",
        "mother_away": "是",
        "remaining_capacity": "不适用",
        "carer_rel": "祖辈",
        "agreement": "有",
        "risk": "低",
        "in_date": "2025-01-01",
    },
    "care_facility": {"town": JINGZHI, "facility": "关爱室", "in_use": "使用中"},
    "hukou_cohort": {"birth_date": "2017-10-01", "town": JINGZHI, "status": "在册"},
}
DISABLED = {"source_dept": "残联", "category": "持证残疾人"}
_DTYPES = {"date": "datetime64[us]", "int": "Int64", "number": "float64", "money": "Int64"}


def table(name: str, *rows: dict[str, Any]) -> pd.DataFrame:
    """A clean table of the given rows."""
    records = [{**_DEFAULTS.get(name, {}), **row} for row in rows]
    data: dict[str, pd.Series] = {}
    for column in CONTRACT.tables[name].columns:
        clean, values, dtype = (
            column.name,
            [r.get(column.name) for r in records],
            _DTYPES.get(column.kind, "str"),
        )
        if column.privacy == "identity":
            continue
        if column.privacy == "key":
            clean = column.name.removesuffix("_no") + "_key"
            suffix = clean.removesuffix("_key").upper()
            values = [r.get(clean, f"{r['p'].upper()}-{suffix}" if "p" in r else None) for r in records]
        elif column.privacy == "flag":
            clean = f"has_{column.name}"
            values, dtype = [bool(r.get(clean, False)) for r in records], "bool"
        elif column.privacy == "home_town":
            clean, values = "home_town", [r.get("home_town", JINGZHI) for r in records]
        elif column.kind == "money":
            clean = f"{column.name}_fen"
        data[clean] = pd.Series(values, dtype="str" if dtype == "str" else "object").astype(dtype)
    if name == "dept_list":
        births = [r.get("birth_date", "2017-10-01") for r in records]
        data["birth_date"] = pd.Series(births, dtype="object").astype("datetime64[us]")
    count = len(records)
    data["row_id"] = pd.Series(range(count), dtype="int64")
    data["source_file"] = pd.Series([f"{name}.xlsx"] * count, dtype="str")
    data["source_sheet"] = pd.Series(["Sheet1"] * count, dtype="str")
    data["source_row"] = pd.Series(range(2, count + 2), dtype="int64")
    return pd.DataFrame(data)


def schools() -> pd.DataFrame:
    """The three schools."""
    return table(
        "school",
        {"school_id": S1, "school_name": "景芝镇中心小学", "town": JINGZHI},
        {
            "school_id": S2,
            "school_name": "景芝镇初级中学",
            "town": JINGZHI,
            "school_type": "初中",
            "urban_rural": "镇区",
        },
        {"school_id": S3, "school_name": "新安小学", "town": XINAN, "urban_rural": "城区"},
    )


def reference(calendar: pd.DataFrame | None = None) -> Reference:
    """Towns and the school calendar of the project; two standards, of which one names a band."""
    folder = SETTINGS.paths.reference
    towns = TownRegister.from_frame(pd.DataFrame(read_rows(folder / "towns.csv")), SETTINGS.county_name)
    columns = ["programme", "stage", "boarding", "band", "amount_fen", "valid_from", "valid_to", "due_spring"]
    columns += ["due_autumn", "source"]
    rule = ["2023-2024春", None, "05-31", "09-25", "试用"]
    rows = [
        ["义务教育生活补助", "小学", "走读", None, 31250, *rule],
        ["义务教育生活补助", "小学", "住校", None, 62500, *rule],
        ["普通高中国家助学金", "高中", None, None, 115000, *rule],
        ["普通高中国家助学金", "高中", None, "二档", 75000, *rule],
    ]
    standards = pd.DataFrame(rows, columns=columns)
    if calendar is None:
        calendar = pd.DataFrame(read_rows(folder / "school_calendar.csv"))
    types = {name: "Int64" if name == "amount_fen" else "str" for name in columns}
    return Reference(towns, standards.astype(types), calendar)


def facts(
    period: Period = Q3, history: dict[Period, dict[str, pd.DataFrame]] | None = None, **tables: pd.DataFrame
) -> Facts:
    """Facts of the given tables; the three schools unless ``school`` is given."""
    return build_facts(SETTINGS, period, {"school": schools(), **tables}, history or {}, reference(), "test")


def figures(given: Facts, town: str = JINGZHI) -> dict[str, dict[str, Any]]:
    """The figures of a town by indicator id."""
    return {entry["id"]: entry for entry in compute(given)[town]}


def numbers(given: Facts, indicator: str, *towns: str) -> list[tuple[Any, Any]]:
    """(numerator, denominator) of an indicator in 景芝镇, 新安街道 and the county, or in the towns named."""
    results = compute(given)
    found = []
    for town in towns or (JINGZHI, XINAN, COUNTY):
        entry = next(e for e in results[town] if e["id"] == indicator)
        found.append((entry["numerator"], entry["denominator"]))
    return found


def everything() -> dict[str, pd.DataFrame]:
    """One row or more in every table that any indicator needs."""
    return {
        "school": schools(),
        "student_roll": table(
            "student_roll",
            {"p": "a"},
            {"p": "b", "left_behind_edu": "双亲留守"},
            {"p": "c", "school_id": S2, "stage": "初中", "grade": "八年级"},
            {"p": "d", "school_id": S3},
        ),
        "roll_event": table("roll_event", {"p": "t", "event_date": "2026-07-05"}),
        "dropout_case": table(
            "dropout_case",
            {"p": "x", "case_id": "CX-1", "first_absent_date": "2026-07-08"},
            {"p": "y", "case_id": "CX-2", "verdict": "辍学", "verified_date": "2026-07-20"},
        ),
        "absence": table("absence", {"p": "c", "school_id": S2}),
        "persuasion_log": table("persuasion_log", {"case_id": "CX-2", "contact_date": "2026-09-02"}),
        "dept_list": table(
            "dept_list", {"p": "a"}, {"p": "b"}, {"p": "d"}, {"p": "b", **DISABLED}, {"p": "m", **DISABLED}
        ),
        "aid_identification": table("aid_identification", {"p": "b"}),
        "aid_payment": table("aid_payment", {"p": "a"}, {"p": "c", "paid": 10000}),
        "left_behind": table(
            "left_behind",
            {"p": "a", "child_id": "LS-1"},
            {"p": "x", "child_id": "LS-2", "carer_rel": "无", "agreement": "无"},
        ),
        "care_log": table("care_log", {"child_id": "LS-1", "care_date": "2026-09-02", "care_type": "家访"}),
        "care_facility": table("care_facility", {"place": "景芝镇中心小学"}),
        "hukou_cohort": table("hukou_cohort", {"p": "a"}, {"p": "n"}),
    }


def last_quarter() -> dict[Period, dict[str, pd.DataFrame]]:
    """The roll of the quarter before: a, b, one pupil who has gone, one who leaves grade 9; and that of three years ago."""
    junior = {"school_id": S2, "stage": "初中"}
    leaver = {"p": "leaver", "grade": "九年级", **junior}
    roll = table("student_roll", {"p": "a"}, {"p": "b"}, {"p": "gone", "grade": "六年级"}, leaver)
    entrants = table("student_roll", *({"p": p, "grade": "七年级", **junior} for p in ("leaver", "moved")))
    return {
        Q3.previous: {"school": schools(), "student_roll": roll},
        Q3.shift(-12): {"school": schools(), "student_roll": entrants},
    }
