"""Tables of data/reference as people edit them: CSV with a header, comment lines that begin with # allowed.

UTF-8, or GB18030 as Excel saves "CSV" on a Chinese Windows.

A cell holds no line break, so a row is a line and every message can name it as the editor shows it.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.configcheck.finding import Finding


COMMENT = "#"


@dataclass(frozen=True)
class Table:
    """Header and rows (line in the file, cells by header) of a CSV file, and what is wrong with its form."""

    file: str
    headers: list[str]
    rows: list[tuple[int, dict[str, str]]]
    findings: list[Finding]


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def read_table(file: Path) -> Table:
    """Read a table; never raises for what the file holds. A row of another width is a finding and no row."""
    name, found = file.name, []
    try:
        text = _decoded(file.read_bytes())
    except OSError:
        return Table(
            name, [], [], [Finding(name, 0, "", "读不了这个文件。", "请确认文件存在、没有被其他程序占用。")]
        )
    except UnicodeDecodeError:
        return Table(name, [], [], [Finding(name, 0, "", "文字编码不认识。", "请另存为“CSV UTF-8”。")])
    headers: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    for line, written in enumerate(text.splitlines(), 1):
        if not written.strip(" ,\t") or written.startswith(COMMENT):
            continue
        if written.count('"') % 2:
            found.append(Finding(name, line, "", "引号不成对。", "单元格里不要换行；引号成对写。"))
            continue
        cells = [cell.strip() for cell in next(csv.reader([written]))]
        if not headers:
            headers = cells
        elif len(cells) < len(headers) or any(cells[len(headers) :]):
            what = f"有{len(cells)}格，表头有{len(headers)}格。"
            found.append(
                Finding(name, line, "", what, "请核对逗号：少了的补上，单元格里的逗号用中文逗号或加引号。")
            )
        else:
            rows.append((line, dict(zip(headers, cells, strict=False))))
    if not headers:
        found.append(Finding(name, 0, "", "没有表头。", "第一行应是表头。"))
    return Table(name, headers, rows, found)


def check_table(table: Table, rules: dict[str, Any]) -> list[Finding]:
    """Findings about the form of a table: headers, empty cells, values outside a list or pattern, repeated keys.

    ``rules`` is the file's section of tables.toml (``headers``, ``required``, ``unique``, ``choices``, ``patterns``).
    """
    found = list(table.findings)
    missing = [header for header in rules["headers"] if header not in table.headers]
    if table.headers and missing:
        what = f"表头缺少“{'、'.join(missing)}”。"
        return [*found, Finding(table.file, 0, "", what, f"表头应为：{'、'.join(rules['headers'])}。")]
    seen: dict[tuple[str, ...], int] = {}
    for line, row in table.rows:
        found += _cells(table.file, line, row, rules)
        key = tuple(row[name] for name in rules.get("unique", []))
        if key and seen.setdefault(key, line) != line:
            what = f"与第{seen[key]}行重复（{'、'.join(rules['unique'])}相同）。"
            found.append(Finding(table.file, line, rules["unique"][-1], what, "请只保留一行。"))
    return found


def _cells(file: str, line: int, row: dict[str, str], rules: dict[str, Any]) -> list[Finding]:
    found = []
    for name in rules.get("required", []):
        if not row[name]:
            found.append(Finding(file, line, name, "空着。", "请填上。"))
    for name, allowed in rules.get("choices", {}).items():
        if row[name] and row[name] not in allowed:
            found.append(Finding(file, line, name, f"“{row[name]}”不认识。", f"可写：{'、'.join(allowed)}。"))
    for name, pattern in rules.get("patterns", {}).items():
        if row[name] and not re.fullmatch(pattern["regex"], row[name]):
            found.append(Finding(file, line, name, f"“{row[name]}”写法不对。", pattern["mend"]))
    return found
