"""Invented rows of every table, and the files that hold them. ID numbers use area code 000000."""

import csv
import io
from pathlib import Path
from typing import Any

from pipelines.clean.idnumbers import check_digit
from pipelines.settings import Settings
from pipelines.tables.contract import Contract


def id_no(number: int, birth: str = "20150319") -> str:
    """A valid invented ID number; odd numbers are boys."""
    first = f"000000{birth}{number:03d}"
    return first + check_digit(first)


SCHOOL = {
    "school_id": "3737000001", "school_name": "景芝镇第一小学", "town": "景芝镇", "school_type": "小学",
    "urban_rural": "乡村", "ownership": "公办",
}  # fmt: skip


def pupil(number: int, **changes: Any) -> dict[str, Any]:
    """One row of student_roll."""
    own = id_no(number)
    row = {
        "roll_no": "G" + own, "name": f"测试{'甲乙丙丁戊己庚辛壬癸'[number % 10]}", "id_type": "居民身份证",
        "id_no": own, "sex": "男" if number % 2 else "女", "birth_date": "2015-03-19", "school_id": "3737000001",
        "stage": "小学", "grade": "六年级", "class": "1班", "entry_ym": "2021-09", "roll_status": "在校",
        "study_mode": "走读", "hukou": "安丘市景芝镇某村", "left_behind_edu": "非留守", "migrant_child": "否",
        "orphan": "否", "disability": "无残疾", "inclusive": "否",
    }  # fmt: skip
    return {**row, **changes}


EXAMPLES: dict[str, Any] = {
    "date": "2026-08-15", "yearmonth": "2026-08", "int": "3", "number": "2.5", "money": "625.00",
    "text": "内容", "text9": "2026-2027", "text10": "3737000001", "school": "3737000001", "town": "景芝镇",
}  # fmt: skip


def example_row(contract: Contract, table: str, number: int = 1) -> dict[str, Any]:
    """A full valid row of any table."""
    row: dict[str, Any] = {}
    for column in contract.tables[table].columns:
        if column.privacy == "key":
            row[column.name] = {
                "id_no": id_no(number), "roll_no": "G" + id_no(number), "name": "测试甲"
            }[column.name]  # fmt: skip
        elif column.kind in ("enum", "code", "codes", "multi"):
            row[column.name] = next(iter(contract.allowed(column)))
        else:
            row[column.name] = EXAMPLES[column.kind]
    if "birth_date" in row:
        row["birth_date"] = "2015-03-19"
    if table == "student_roll":
        row["sex"] = "男" if number % 2 else "女"
    return row


def csv_text(
    contract: Contract, table: str, rows: list[dict[str, Any]], without: tuple[str, ...] = ()
) -> str:
    """Rows of a table as CSV under the canonical headers."""
    columns = [column for column in contract.tables[table].columns if column.name not in without]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([column.header for column in columns])
    writer.writerows([[row.get(column.name, "") for column in columns] for row in rows])
    return buffer.getvalue()


def put(
    settings: Settings, name: str, content: str | bytes, dataset: str = "county", period: str = "2026Q3"
) -> Path:
    """A received file."""
    path = settings.paths.raw(dataset, period) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path
