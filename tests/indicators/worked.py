"""Reads docs/worked-examples.zh-CN.md: small counties in words, and what must come out, for the pipeline and the oracle.

The page is the only place where the examples stand; ``说明`` is for the reader, every other cell is data.
"""

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pandas as pd

from pipelines.match import Facts, build_facts
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.towns import TownRegister
from tests.indicators import builders
from tests.oracle import hand
from tests.oracle.view import County
from tests.oracle.world import SCHOOL_DAYS, id_number, read_csv


PAGE = builders.ROOT / "docs" / "worked-examples.zh-CN.md"
SCHOOLS = {"景芝镇中心小学": builders.S1, "景芝镇初级中学": builders.S2, "新安小学": builders.S3}
TOWNS = {"景芝镇": builders.JINGZHI, "新安街道": builders.XINAN, "全市": builders.COUNTY}
TITLES = {table.title: name for name, table in builders.CONTRACT.tables.items()}
_PERSON, _SCHOOL, _BORN, _REMARK, _RESULT = "学生", "学校", "出生日期", "说明", "结果"
_WHEN = {"上季度末": -1, "三年前第三季度末": -12}
_BIRTHDAY = "2017-10-01"
Row = dict[str, Any]


@dataclass
class Example:
    """One indicator: its tables (by quarters back and table), and the expected figures by town."""

    name: str
    period: Period = builders.Q3
    tables: dict[tuple[int, str], list[Row]] = field(default_factory=dict)
    results: dict[str, Row] = field(default_factory=dict)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


@cache
def defaults() -> dict[str, Row]:
    """What a cell that is not written holds, from the table at the head of the page."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").split("\n## 控辍保学")[0].splitlines():
        if line.startswith("|") and (title := _cells(line)[0]) in TITLES:
            found[TITLES[title]] = dict(pair.split("=") for pair in _cells(line)[1].split("；"))
    return found


def examples() -> list[Example]:
    """All examples of the page, in its order."""
    found: list[Example] = []
    target: list[Row] | None = None
    results, header = False, []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"### ([DAL]\d\d) ", line):
            found.append(Example(match[1]))
            target, results, header = None, False, []
        elif not found:
            continue
        elif match := re.match(r"季度：(\d{4}Q\d)", line):
            found[-1].period = Period.parse(match[1])
        elif (match := re.fullmatch(r"(\S+?)(?:（(\S+)）)?", line)) and match[1] in TITLES:
            back = _WHEN[match[2]] if match[2] else 0
            target, header = found[-1].tables.setdefault((back, TITLES[match[1]]), []), []
        elif line == _RESULT:
            results, header = True, []
        elif line.startswith("|") and not line.startswith("|-"):
            cells = _cells(line)
            if not header:
                header = cells
            elif results:
                found[-1].results[TOWNS[cells[0]]] = dict(zip(header[1:], cells[1:], strict=True))
            elif target is not None:
                target.append({k: v for k, v in zip(header, cells, strict=True) if v and k != _REMARK})
    return found


def _column(table: str, header: str) -> str:
    if header == _SCHOOL:
        return "school_id"
    return next(c.name for c in builders.CONTRACT.tables[table].columns if c.header == header)


def _filled(example: Example, table: str, rows: list[Row]) -> list[Row]:
    """Rows with the columns of the contract, the unwritten cells filled in; ``p`` the person."""
    born = {r[_PERSON]: r[_BORN] for t in example.tables.values() for r in t if _PERSON in r and _BORN in r}
    usual = defaults().get(table, {})
    filled = []
    for number, written in enumerate(rows):
        whole = usual | written
        person = whole.pop(_PERSON, None)
        if _BORN in whole:
            whole[_BORN] = born.get(person, whole[_BORN])
        row: Row = {
            _column(table, h): v for h, v in whole.items() if not (table == "dept_list" and h == _BORN)
        }
        for column in ("school_id", "from_school"):
            if column in row:
                row[column] = SCHOOLS[row[column]]
        if "town" in row:
            row["town"] = TOWNS[row["town"]]
        if person:
            row |= {"p": person, "birth_date": born.get(person, _BIRTHDAY)}
        if table in ("left_behind", "care_log"):
            row["child_id"] = f"LS-{person}"
        if table == "dropout_case":
            row.setdefault("case_id", f"CX-{person}-{number}")
        filled.append(row)
    return filled


def _clean(name: str, rows: list[Row]) -> pd.DataFrame:
    """The rows as the clean stage would hand them over."""
    known = {c.name: c for c in builders.CONTRACT.tables[name].columns}
    given = []
    for row in rows:
        clean = {**row, **{f"has_{c}": bool(row.get(c)) for c, k in known.items() if k.privacy == "flag"}}
        for column, kind in known.items():
            if column in clean and kind.kind == "money":
                clean[column] = round(float(clean[column]) * 100)
            elif column in clean and kind.kind == "int":
                clean[column] = int(clean[column])
        given.append(clean)
    return builders.table(name, *given)


def facts_of(example: Example) -> Facts:
    """The example for the pipeline; tables that it does not name are empty."""
    empty = {name: builders.table(name) for name in builders.CONTRACT.tables}
    frames: dict[int, dict[str, pd.DataFrame | None]] = {0: {**empty, "school": builders.schools()}}
    for (back, name), rows in example.tables.items():
        frames.setdefault(back, {"school": builders.schools()})[name] = _clean(
            name, _filled(example, name, rows)
        )
    history = {example.period.shift(back): tables for back, tables in frames.items() if back}
    reference = load_reference(builders.SETTINGS, "none")
    towns = [town for town in reference.towns.towns if town.code in TOWNS.values()]
    reference = replace(reference, towns=TownRegister(towns, builders.SETTINGS.county_name))
    return build_facts(builders.SETTINGS, example.period, frames[0], history, reference, "none")


_BASES: dict[str, Row] = {
    "student_roll": hand.pupil(1), "dropout_case": hand.case(1, "7-10"), "aid_payment": hand.paid(1, 0),
    "dept_list": hand.listed(1), "left_behind": hand.child(1), "roll_event": hand.event(1, "转出", hand.D),
    "aid_identification": hand.mark(1), "care_log": {"outcome": None},
}  # fmt: skip


def _raw(name: str, rows: list[Row]) -> list[Row]:
    """The rows as the oracle reads them: raw columns, plain values."""
    kinds = {c.name: c for c in builders.CONTRACT.tables[name].columns}
    blank = dict.fromkeys(kinds)
    found = []
    for row in rows:
        raw: Row = {**_BASES.get(name, {}), **blank}
        for column, value in row.items():
            kind = kinds[column].kind if column in kinds else ""
            raw[column] = dt.date.fromisoformat(value) if kind == "date" else value
            if kind in ("int", "money"):
                raw[column] = int(value) if kind == "int" else float(value)
        if person := raw.pop("p", None):
            birth = dt.date.fromisoformat(row["birth_date"])
            raw |= {"id_no": id_number(birth, 1 + "甲乙丙丁戊己庚".index(person)), "roll_no": f"G{person}"}
            raw["birth_date"] = birth
        found.append(raw)
    return found


def county_of(example: Example) -> County:
    """The same example for the oracle."""
    schools = [_school(row) for row in builders.schools().to_dict("records")]
    names = [name for name in builders.CONTRACT.tables if name != "school"]
    data: dict[Period, Any] = {example.period: {"school": schools, **{name: [] for name in names}}}
    for (back, name), rows in example.tables.items():
        tables = data.setdefault(example.period.shift(back), {"school": schools})
        tables[name] = _raw(name, _filled(example, name, rows))
    towns = [
        {"code": code, "name": name, "kind": "街道" if name.endswith("街道") else "镇"}
        for name, code in TOWNS.items()
    ]
    return County(example.period, data, towns[:2], read_csv("aid_standards"), hand.THRESHOLDS, SCHOOL_DAYS)


def _school(row: Row) -> Row:
    named = {name: row[name] for name in ("school_id", "school_name", "town", "school_type", "urban_rural")}
    return {**named, "open_date": None, "close_date": None, "merged_into": None}
