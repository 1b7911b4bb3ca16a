"""The tables of data/reference: their form (tables.toml beside this module) and what they say about each other."""

import datetime as dt
import itertools
import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.configcheck.csvfile import Table, check_table, read_table
from pipelines.configcheck.finding import Finding


CONTRACT = ("tables.csv", "columns.csv", "codes.csv", "header_aliases.csv", "value_aliases.csv")
REFERENCE = ("towns.csv", "aid_standards.csv", "school_calendar.csv")
_WEEKEND = 5


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("tables.toml").read_text(encoding="utf-8"))


def contract_findings(folder: Path) -> list[Finding]:
    """The data contract: tables, columns, code lists and the two alias tables."""
    tables = {name: read_table(folder / name) for name in CONTRACT}
    found = [finding for name, table in tables.items() for finding in check_table(table, _rules()[name])]
    if found:
        return found  # what follows would only repeat them
    columns = {(row["table"], row["header"]): row for _, row in tables["columns.csv"].rows}
    lists = {row["list"] for _, row in tables["codes.csv"].rows}
    found += _columns(tables["columns.csv"], {row["table"] for _, row in tables["tables.csv"].rows}, lists)
    found += _codes(tables["codes.csv"])
    found += _header_aliases(tables["header_aliases.csv"], tables["tables.csv"], set(columns))
    return found + _value_aliases(tables["value_aliases.csv"], tables["codes.csv"], tables["columns.csv"])


def _columns(table: Table, known: set[str], lists: set[str]) -> list[Finding]:
    found = []
    for line, row in table.rows:
        if row["table"] not in known:
            found.append(_unknown(table, line, "table", row["table"], known, "表的英文名见 tables.csv。"))
        if row["codes"].startswith("@") and row["codes"][1:] not in lists:
            found.append(
                _unknown(table, line, "codes", row["codes"][1:], lists, "代码表见 codes.csv 的 list 列。")
            )
        if row["type"] in ("enum", "code", "codes", "multi") and not row["codes"]:
            found.append(Finding(table.file, line, "codes", "没有可选值。", "写出可选值，或 @ 加代码表名。"))
    return found


def _codes(table: Table) -> list[Finding]:
    """A code that has lost its leading zero, as Excel does when it takes a code for a number."""
    long = {row["list"] for _, row in table.rows if row["code"].isdigit() and len(row["code"]) > 1}
    return [
        Finding(table.file, line, "code", f"“{row['code']}”可能丢了前面的 0。", f"请改为“0{row['code']}”；在 Excel 里先把这一列设为文本。")
        for line, row in table.rows
        if row["list"] in long and row["code"].isdigit() and len(row["code"]) == 1
    ]  # fmt: skip


def _header_aliases(table: Table, tables: Table, columns: set[tuple[str, str]]) -> list[Finding]:
    names = {row["title"]: row["table"] for _, row in tables.rows}
    found = []
    for line, row in table.rows:
        headers = {header for name, header in columns if name == row["table"]}
        if not headers:
            hint = (
                f"请写英文名 {names[row['table']]}。"
                if row["table"] in names
                else "表的英文名见 tables.csv 的 table 列。"
            )
            found.append(Finding(table.file, line, "table", f"表名“{row['table']}”不认识。", hint))
        elif row["header"] not in headers:
            what = f"标准表头“{row['header']}”不在表 {row['table']} 里。"
            mend = (
                _near(row["header"], headers)
                + "标准表头见 columns.csv 的 header 列；本地的写法放在 alias 列。"
            )
            found.append(Finding(table.file, line, "header", what, mend))
    return found


def _value_aliases(table: Table, codes: Table, columns: Table) -> list[Finding]:
    allowed: dict[str, set[str]] = {}
    for _, row in codes.rows:
        allowed.setdefault(f"@{row['list']}", set()).update((row["code"], row["text"]))
    for _, row in columns.rows:
        if row["codes"] and not row["codes"].startswith("@"):
            allowed[row["codes"]] = set(row["codes"].split(";" if row["type"] == "multi" else "/"))
    found = []
    for line, row in table.rows:
        if row["codes"] not in allowed:
            mend = "应与 columns.csv 的 codes 列完全一样。"
            found.append(_unknown(table, line, "codes", row["codes"], set(allowed), mend))
        elif row["value"] not in allowed[row["codes"]]:
            mend = "应是这一组可选值中的一个。"
            found.append(_unknown(table, line, "value", row["value"], allowed[row["codes"]], mend))
    return found


def _unknown(table: Table, line: int, column: str, value: str, known: set[str], mend: str) -> Finding:
    return Finding(table.file, line, column, f"“{value}”不认识。", _near(value, known) + mend)


def _near(value: str, known: set[str]) -> str:
    near = get_close_matches(value, sorted(known), 1)
    return f"最接近的是“{near[0]}”。" if near else ""


# -- towns, standards, calendar ------------------------------------------------------------------------------------


def reference_findings(folder: Path) -> list[Finding]:
    """Towns (T14), aid standards (T8) and the school calendar (T15) of the project."""
    tables = {name: read_table(folder / name) for name in REFERENCE if (folder / name).is_file()}
    found = [finding for name, table in tables.items() for finding in check_table(table, _rules()[name])]
    for name in ("towns.csv", "aid_standards.csv"):
        if name not in tables:
            found.append(Finding(name, 0, "", "没有这个文件。", "请从备份恢复。"))
    if not found:
        found = _names(tables["towns.csv"]) + _amounts(tables["aid_standards.csv"])
        found += _calendar(tables["school_calendar.csv"]) if "school_calendar.csv" in tables else []
    return found


def _names(table: Table) -> list[Finding]:
    """A name or alias that two towns bear would send a row to the first of them."""
    found: list[Finding] = []
    seen: dict[str, int] = {}
    for line, row in table.rows:
        names = [row["名称"], row["简称"], *(row.get("别名") or "").replace("；", ";").split(";")]
        for name in dict.fromkeys(filter(None, names)):
            if seen.setdefault(name, line) != line:
                what = f"“{name}”与第{seen[name]}行的镇街区同名。"
                found.append(
                    Finding(table.file, line, "别名", what, "名称、简称、别名不能与别的镇街区相同。")
                )
    return found


def _amounts(table: Table) -> list[Finding]:
    """A year is two semesters; of one kind of grant no semester has two standards."""
    found: list[Finding] = []
    kinds: dict[tuple[str, ...], list[tuple[str, str, int]]] = {}
    for line, row in table.rows:
        if round(float(row["年标准"]) * 100) != round(float(row["学期标准"]) * 200):
            found.append(Finding(table.file, line, "学期标准", "不是年标准的一半。", "请核对两个金额。"))
        first, last = _ordinal(row["起始学期"]), _ordinal(row["终止学期"]) if row["终止学期"] else "9999"
        if last < first:
            found.append(Finding(table.file, line, "终止学期", "早于起始学期。", "请核对两个学期。"))
        spans = kinds.setdefault(
            tuple(row[name] for name in ("资助项目", "学段", "就读方式", "资助档次")), []
        )
        for other, until, at in spans:
            if first <= until and other <= last:
                what = f"与第{at}行的学期重叠，同一学期有两个标准。"
                found.append(Finding(table.file, line, "起始学期", what, "给旧标准写上终止学期。"))
        spans.append((first, last, line))
        if row["发放截止日"]:
            found += [
                Finding(table.file, line, "发放截止日", f"没有 {day} 这一天。", "请改正。")
                for part in row["发放截止日"].split(";") if _day(f"2023-{(day := part[2:])}") is None
            ]  # fmt: skip
    return found


def _ordinal(semester: str) -> str:
    """A text by which semesters sort: autumn before spring of a school year."""
    return semester[:9] + ("1" if semester.endswith("春") else "0")


def _day(text: str) -> dt.date | None:
    """A day written 2026-09-01 or, as Excel likes it, 2026/9/1; None if there is no such day."""
    try:
        return dt.date(*(int(part) for part in text.replace("/", "-").split("-")))
    except (TypeError, ValueError):
        return None


def _calendar(table: Table) -> list[Finding]:
    found: list[Finding] = []
    spans: list[tuple[dt.date, dt.date, int]] = []
    for line, row in table.rows:
        first, last = _day(row["开始"]), _day(row["结束"])
        for name, day in (("开始", first), ("结束", last)):
            if day is None:
                what = f"没有“{row[name]}”这一天。"
                found.append(Finding(table.file, line, name, what, "请改正日期。"))
        if first is None or last is None:
            continue
        if last < first:
            found.append(Finding(table.file, line, "结束", "早于开始。", "请核对两个日期。"))
        if row["类型"] == "调课日" and first.weekday() < _WEEKEND:
            what = f"{row['开始']} 不是周末，平日本来就上课。"
            found.append(Finding(table.file, line, "类型", what, "调课日只写要上课的周六、周日。"))
        if row["类型"] in ("上课", "放假"):
            spans.append((first, last, line))
    spans.sort()
    for (_, end, at), (start, _, line) in itertools.pairwise(spans):
        gap = (start - end).days
        if gap != 1:
            what = f"与第{at}行之间{'重叠' if gap < 1 else f'空了{gap - 1}天'}，这些天不知道上不上课。"
            found.append(Finding(table.file, line, "开始", what, "上课和放假应一段接一段。"))
    return found
