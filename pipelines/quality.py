"""The short table that ``make data`` ends with."""

import json
import unicodedata
from collections import Counter
from typing import Any

from pipelines.checks.findings import SEVERITIES
from pipelines.feedback import FILE_NAME
from pipelines.feedback.progress import read_progress
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract


_MOST_SCHOOLS = 10
_LONGEST_NAME = 20


def summary_lines(settings: Settings, dataset: str, period: Period) -> list[str]:
    """Rows read, used and set aside per table, files with problems, findings per school, and where it all lies."""
    manifest_file = settings.paths.clean(dataset, period) / "manifest.json"
    if not manifest_file.is_file():
        return []
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    lines = [f"\n{dataset} {period} 数据情况：", *_tables(settings, manifest)]
    for entry in manifest["files"]:
        if entry["problem"]:
            lines.append(f"  文件 {entry['file']}：{entry['problem']}")
    folder = settings.paths.quality(dataset, period)
    lines += _findings(folder)
    shown = folder.relative_to(settings.root).as_posix()
    lines.append(f"  逐行问题和改法：{shown}/{FILE_NAME}")
    lines.append(f"  检查结果：{shown}/quality.json，网页：{shown}/data_docs/index.html")
    return lines


def _tables(settings: Settings, manifest: dict[str, Any]) -> list[str]:
    rows = [["表", "读取", "=使用", "（有提示）", "+搁置"]]
    for name, table in load_contract(settings.paths.reference).tables.items():
        count = manifest["tables"].get(name)
        if count is None:
            rows.append([table.title, "缺报", "", "", ""])
        else:
            rows.append([table.title, *(f"{count[k]:,}" for k in ("read", "used", "warned", "set_aside"))])
    return aligned(rows)


def _findings(folder: Any) -> list[str]:
    """Findings by school and severity, most first, and what became of the last ones."""
    found = read_progress(folder)
    if found is None:
        return []
    counts: dict[str, Counter[str]] = {}
    for row in found.current:
        place = row["school_name"] or row["town_name"] or "未归属学校"
        counts.setdefault(place, Counter())[row["severity"]] += 1
    total = sum(counts.values(), Counter())
    ranked = sorted(counts, key=lambda name: ([-counts[name][s] for s in SEVERITIES], name))
    rows = [["问题（处）", *SEVERITIES]]
    rows += [[_short(name), *(str(counts[name][s]) for s in SEVERITIES)] for name in ranked[:_MOST_SCHOOLS]]
    if rest := ranked[_MOST_SCHOOLS:]:
        others = sum((counts[name] for name in rest), Counter())
        rows.append([f"其余{len(rest)}个单位", *(str(others[s]) for s in SEVERITIES)])
    rows.append(["合计", *(str(total[s]) for s in SEVERITIES)])
    lines = ["", *aligned(rows)]
    if found.before is not None:
        lines.append(
            f"  与上一次相比：已改正或不再上报{found.closed}处，未改{found.open}处，新增{found.new}处。"
        )
    return lines


def _short(name: str) -> str:
    """A name that leaves room for the numbers on a terminal of usual width."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def aligned(rows: list[list[str]]) -> list[str]:
    """Rows as lines with columns under one another: first column left, the others right; wide signs count two."""
    widths = [max(_width(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  " + row[0] + " " * (widths[0] - _width(row[0]))
        + "".join("  " + " " * (width - _width(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]  # fmt: skip


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
