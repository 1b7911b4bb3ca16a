"""The tables of data/reference/plan → a Plan, every slip told with file, row and how to mend it."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from pipelines.errors import ConfigError
from pipelines.formatting import chinese_marks
from pipelines.indicators.catalogue import load_catalogue
from pipelines.plan import model
from pipelines.plan.model import Deadline, Item, Plan, Task
from pipelines.tables.contract import read_rows


T = TypeVar("T")
PLAN, TASKS, ITEMS, DECISIONS = "plan/plan.csv", "plan/tasks.csv", "plan/items.csv", "plan/decisions.csv"
# Headers that tell the tables apart, wherever they lie (pipelines/reference.py).
REQUIRED = {
    PLAN: ("规划名称", "文号", "印发日期", "规划期末"),
    TASKS: ("任务序号", "任务名称", "时限原文", "牵头单位", "镇街区职责", "任务依据"),
    ITEMS: ("子项编号", "任务序号", "子指标", "类型", "目标", "数据来源", "子项依据"),
    DECISIONS: ("子项编号", "决定目标", "决定日期", "决定文号"),
}
# Measures other tables give; kept beside the code that computes them (measures.py).
MEASURES = (
    "public_kindergarten", "inclusive_kindergarten", "young_principals", "rotated_principals", "gigabit_school",
    "class_network", "recording_room", "mentor", "weak_pupil_file", "inspection",
)  # fmt: skip
_TOWN_KINDS = ("镇", "街道", "开发区")
Tables = Mapping[str, tuple[pd.DataFrame, str] | None]


def read_plan(tables: Tables) -> Plan | None:
    """The plan of the four tables (frame of text with ``_row``, file name); None if there is none at all.

    Raises ConfigError naming file and row.
    """
    present = {name: tables[name] for name in (PLAN, TASKS, ITEMS) if tables.get(name) is not None}
    if not present:
        return None
    if len(present) < 3:
        absent = "、".join(sorted({PLAN, TASKS, ITEMS} - set(present)))
        raise ConfigError(
            f"规划的数据不全，缺 {absent}。", "规划概况、任务和子项三张表要一并提供，写法见 docs/plan.md。"
        )
    head, file = _table(tables, PLAN)
    if len(head) != 1:
        raise ConfigError(f"{file} 应当只有一行规划概况，现有 {len(head)} 行。", "请只保留一行。")
    row = head[0]
    issued = _cell(file, row, "印发日期", lambda text: Deadline.parse(text).day)
    ends = _cell(file, row, "规划期末", Deadline.parse)
    tasks = _tasks(*_table(tables, TASKS))
    items = _items(*_table(tables, ITEMS), tasks, issued)
    if tables.get(DECISIONS) is not None:
        items = _decided(*_table(tables, DECISIONS), items)
    return Plan(
        chinese_marks(row["规划名称"]), chinese_marks(row["文号"]), issued, ends,
        chinese_marks(row.get("任务总称", "")) or "重点任务清单", chinese_marks(row.get("来源", "")),
        tasks, tuple(items), chinese_marks(row.get("说明", "")),
    )  # fmt: skip


def read_folder(folder: Path) -> Plan | None:
    """The plan whose tables lie in a folder as plan.csv, tasks.csv, items.csv, decisions.csv; None if there is none."""
    tables: dict[str, tuple[pd.DataFrame, str] | None] = {}
    for name in REQUIRED:
        file = folder / Path(name).name
        if file.is_file():
            rows = [row | {"_row": number} for number, row in enumerate(read_rows(file), 2)]
            tables[name] = (pd.DataFrame(rows), file.name)
    return read_plan(tables)


def _table(tables: Tables, name: str) -> tuple[list[dict[str, Any]], str]:
    found = tables[name]
    assert found is not None
    frame, file = found
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")], file


def _cell(file: str, row: Mapping[str, Any], name: str, read: Callable[[str], T]) -> T:
    text = str(row.get(name) or "")
    try:
        return read(text)
    except ValueError:
        raise ConfigError(
            f"{file} 第{row['_row']}行的“{name}”写作“{text}”，读不懂。", HINTS.get(name, "请改正这一格。")
        ) from None


HINTS = {
    "印发日期": "请写成 2023-12-07 的样子。",
    "规划期末": "请写成 2027年、2027年底前 或 2027-12-31 的样子。",
    "时限原文": "请照抄文件的写法，如 2025年、2025年底前、2025年6月底前、2025-06-30。",
    "时限": "请写成 2025年、2025年底前、2025-06-30 的样子；与任务时限相同的留空。",
    "任务序号": "请写整数。",
    "目标": "请写数字；70%写 0.7；没有数字的留空，类型写 未量化。",
    "基期": "请写数字，没有的留空。",
    "类型": f"可用：{'、'.join(model.KINDS)}。",
    "方向": f"可用：{model.AT_LEAST}、{model.AT_MOST}。",
    "周期": "可用：每年、每学期、保持，没有的留空。",
    "镇街区范围": f"可用：全部，或 {'、'.join(_TOWN_KINDS)}（几类用分号隔开）；镇街区没有职责的留空或写 无。",
    "镇街区职责": "可用：有、无。",
    "基数": f"可用：{'、'.join(b for b in model.BASES if b)}，没有的留空。",
    "数据来源": "可用：台账、指标:指标编号（如 指标:L12）、测算:名称（名称见 docs/plan.md）。",
    "决定日期": "请写成 2024-03-01 的样子。",
    "决定目标": "请写数字。",
}


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(text)
        return text

    return read


def _number(text: str) -> float | None:
    if not text:
        return None
    number = float(text.removesuffix("%").replace(",", ""))
    if not 0 <= number < float("inf"):
        raise ValueError(text)
    return number / 100 if text.endswith("%") else number


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("；", ";").split(";") if part.strip())


def _scope(text: str) -> tuple[str, ...]:
    if text in ("", "无"):
        return ()
    if text == "全部":
        return _TOWN_KINDS
    parts = _parts(text)
    if not set(parts) <= set(_TOWN_KINDS):
        raise ValueError(text)
    return parts


def _origin(text: str) -> tuple[str, str]:
    kind, _, named = text.replace("：", ":").partition(":")
    known = {model.LEDGER: ("",), model.INDICATOR: load_catalogue().ids, model.MEASURE: MEASURES}
    if kind not in known or named not in known[kind]:
        raise ValueError(text)
    return kind, named


def _tasks(rows: Sequence[Mapping[str, Any]], file: str) -> dict[int, Task]:
    tasks: dict[int, Task] = {}
    for row in rows:
        number = _cell(file, row, "任务序号", int)
        if number in tasks:
            raise ConfigError(f"{file} 第{row['_row']}行的任务序号 {number} 重复。", "每项任务只写一行。")
        duty = _cell(file, row, "镇街区职责", _one_of("有", "无"))
        tasks[number] = Task(
            number, chinese_marks(row["任务名称"]), _cell(file, row, "时限原文", Deadline.parse),
            chinese_marks(row["牵头单位"]), tuple(map(chinese_marks, _parts(row.get("配合单位", "")))), duty == "有",
            chinese_marks(row["任务依据"]),
        )  # fmt: skip
    return tasks


def _items(
    rows: Sequence[Mapping[str, Any]], file: str, tasks: Mapping[int, Task], issued: dt.date
) -> list[Item]:
    items: list[Item] = []
    seen: set[str] = set()
    words: dict[tuple[int, str], str] = {}
    for row in rows:
        item = _item(row, file, tasks, issued)
        if item.id in seen or not item.id:
            raise ConfigError(
                f"{file} 第{row['_row']}行的子项编号“{item.id}”为空或重复。", "每个子项用不同的编号。"
            )
        seen.add(item.id)
        for word in {model.fold(w) for w in (item.id, item.name, *item.aliases)}:
            other = words.setdefault((item.task, word), item.id)
            if other != item.id:
                raise ConfigError(
                    f"{file} 第{row['_row']}行的名称或别名与子项 {other} 相同，台账的行无法分清属于哪一项。",
                    "请改用不同的名称或别名。",
                )
        items.append(item)
    return items


def _item(row: Mapping[str, Any], file: str, tasks: Mapping[int, Task], issued: dt.date) -> Item:
    number = _cell(file, row, "任务序号", int)
    if number not in tasks:
        raise ConfigError(
            f"{file} 第{row['_row']}行的任务序号 {number} 不在任务表里。", "请先在任务表补上这项任务。"
        )
    kind = _cell(file, row, "类型", _one_of(*model.KINDS))
    target = _cell(file, row, "目标", _number)
    if (target is None) != (kind not in (model.COUNT, model.RATE)):
        raise ConfigError(
            f"{file} 第{row['_row']}行的类型“{kind}”与目标“{row['目标']}”不符。",
            "数量和比率要写目标数；全部、是否、未量化的目标留空。",
        )
    deadline = _cell(file, row, "时限", lambda text: Deadline.parse(text) if text else tasks[number].deadline)
    origin, named = _cell(file, row, "数据来源", _origin)
    baseline = _cell(file, row, "基期", _number) or 0.0
    return Item(
        row["子项编号"], number, chinese_marks(row["子指标"]), chinese_marks(row.get("原文要点", "")), kind,
        _cell(file, row, "方向", _one_of("", model.AT_LEAST, model.AT_MOST)) or model.AT_LEAST,
        target, row.get("单位", ""), _cell(file, row, "周期", _one_of(*model.CYCLES)), baseline, deadline, issued,
        _cell(file, row, "镇街区范围", _scope), _cell(file, row, "基数", _one_of(*model.BASES)), origin, named,
        _parts(row.get("别名", "")), chinese_marks(row["子项依据"]),
    )  # fmt: skip


def _decided(rows: Sequence[Mapping[str, Any]], file: str, items: list[Item]) -> list[Item]:
    """The bureau's own dated numbers for texts without one (domain.md E.3)."""
    by_id = {item.id: item for item in items}
    for row in rows:
        name = row["子项编号"]
        item = by_id.get(name)
        if item is None or item.kind != model.OPEN:
            raise ConfigError(
                f"{file} 第{row['_row']}行的子项“{name}”不是未量化的子项。",
                "只有类型为 未量化 的子项可以由市局另定数字；其他子项的目标在子项表里改。",
            )
        target = _cell(file, row, "决定目标", _number)
        day = _cell(file, row, "决定日期", lambda text: Deadline.parse(text).day)
        if target is None or not row["决定文号"]:
            raise ConfigError(
                f"{file} 第{row['_row']}行没有目标数或文号。", "市局另定的数字要写明数、日期和文号。"
            )
        unit = row.get("决定单位", "") or item.unit
        note = f"{chinese_marks(row['决定文号'])}，{day.isoformat()}"
        by_id[name] = replace(item, kind=model.COUNT, target=target, unit=unit, decision=note)
    return [by_id[item.id] for item in items]
