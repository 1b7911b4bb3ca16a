"""数据说明: what every figure means, what it is based on, where the data come from and how good they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipelines import markup
from pipelines.tables.contract import load_contract


if TYPE_CHECKING:
    from pipelines.report.wording import Wording as Report  # showing is built on top of this module

INTERNAL = "internal"
MOST_FILES = 3  # files of one table named in a town's table


def data_notes(report: "Report", ids: Sequence[str]) -> list[str]:
    """The parts of the closing section, as markup: definitions, sources, quality, reading rules."""
    if report.public:
        return _public_notes(report, ids)
    parts = [
        markup.heading("（一）指标口径", 3),
        markup.table(definition_frame(report, ids), "指标口径与依据", widths=[9, 19, 46, 26]),
        markup.heading("（二）数据来源", 3),
        markup.table(source_frame(report, ids), "所用数据表", widths=[22, 40, 12, 26]),
    ]
    if missing_titles(report, ids):
        parts.append(markup.paragraph(coverage_text(report, ids)))
    parts += [
        markup.heading("（三）数据质量", 3),
        markup.table(quality_frame(report, ids), "读取与使用情况（全市）", widths=[28, 18, 18, 18, 18]),
        *town_rows(report, ids),
        *quality_block(report, ids),
        markup.paragraph(
            "读取行数等于使用行数加搁置行数。搁置的行写明原因和所在文件、工作表、行号，"
            "见 quality 文件夹中的《问题数据反馈表》；更正后重新运行即可计入。",
            "note",
        ),
    ]
    parts.append(
        markup.paragraph(
            "符号：0 表示没有；缺报表示没有收到数据，不等于没有；— 表示不适用或没有可比数字。"
            "年龄按数据截止日的周岁计算。同一人在两个镇街区各有学籍的，各计一次，全市只计一次。",
            "note",
        )
    )
    return parts


def _public_notes(report: "Report", ids: Sequence[str]) -> list[str]:
    """Definitions, tables with their data dates, and how marks are read: no counts of rows, no names of files."""
    sources = source_frame(report, ids)[["数据表", "数据日期"]]
    parts = [
        markup.heading("（一）指标口径", 3),
        markup.table(definition_frame(report, ids), "指标口径与依据", widths=[9, 19, 46, 26]),
        markup.heading("（二）数据来源", 3),
        markup.table(sources, "所用数据表", widths=[60, 40]),
    ]
    if missing_titles(report, ids):
        parts.append(markup.paragraph(coverage_text(report, ids)))
    parts += [markup.paragraph(report.phrase("public", name), "note") for name in ("counts", "marks")]
    return parts


def _tables_of(report: "Report", ids: Sequence[str]) -> list[str]:
    wanted = {table for i in ids for table in report.catalogue.entry(i).tables}
    order = load_contract(report.settings.paths.reference).tables
    return [name for name in order if name in wanted]


def missing_titles(report: "Report", ids: Sequence[str]) -> list[str]:
    """Chinese titles of the tables that the indicators need and that no file held."""
    contract = load_contract(report.settings.paths.reference)
    present = {entry["table"] for entry in report.view.inputs}
    return [contract.tables[name].title for name in _tables_of(report, ids) if name not in present]


def coverage_text(report: "Report", ids: Sequence[str]) -> str:
    """How many of the tables behind these indicators were received, and which were not."""
    absent, count = missing_titles(report, ids), len(_tables_of(report, ids))
    values = {"all": count, "got": count - len(absent), "tables": "、".join(absent)}
    return report.phrase("basics", "missing_tables" if absent else "complete", **values)


def definition_frame(report: "Report", ids: Sequence[str]) -> pd.DataFrame:
    """One row per indicator: id, name, rule as the catalogue gives it, source."""
    entries = [report.catalogue.entry(wanted) for wanted in ids]
    return pd.DataFrame(
        {
            "编号": [entry.id for entry in entries],
            "指标": [entry.name for entry in entries],
            "口径": [entry.rule for entry in entries],
            "依据": [entry.source for entry in entries],
        }
    )


def source_frame(report: "Report", ids: Sequence[str]) -> pd.DataFrame:
    """One row per table that the indicators need: title, files, rows used, data date."""
    contract = load_contract(report.settings.paths.reference)
    inputs = {entry["table"]: entry for entry in report.view.inputs}
    rows = []
    for name in _tables_of(report, ids):
        entry = inputs.get(name)
        rows.append(
            {
                "数据表": contract.tables[name].title,
                "文件": _files(entry["files"]) if entry else None,
                "行数": entry["rows"] if entry else None,
                "数据日期": entry["as_of"] if entry else None,
            }
        )
    return pd.DataFrame(rows).astype({"行数": object})


def _files(names: Sequence[str], shown: int = 3) -> str:
    more = f" 等{len(names)}个文件" if len(names) > shown else ""
    return "、".join(names[:shown]) + more


def quality_frame(report: "Report", ids: Sequence[str]) -> pd.DataFrame:
    """One row per table: rows read, used, used with a warning, set aside (whole county: read = used + set aside)."""
    contract = load_contract(report.settings.paths.reference)
    counts = report.view.quality.get("tables", {})
    rows = []
    for name in _tables_of(report, ids):
        count = counts.get(name) or {}
        rows.append(
            {
                "数据表": contract.tables[name].title,
                "读取": count.get("read"),
                "使用": count.get("used"),
                "其中有提示": count.get("warned"),
                "搁置": count.get("set_aside"),
            }
        )
    return pd.DataFrame(rows).astype(object)


def town_rows(report: "Report", ids: Sequence[str]) -> list[str]:
    """The town's own rows by table and file: read, used, set aside; nothing where the manifest does not say."""
    rows = [
        row
        for row in report.view.reconciliation
        if row["table"] in _tables_of(report, ids) and row.get("town") == report.view.town.code
    ]
    if report.view.town.is_county or not rows or report.view.edition != INTERNAL:
        return []
    titles = {
        name: table.title for name, table in load_contract(report.settings.paths.reference).tables.items()
    }
    order = {name: number for number, name in enumerate(titles)}
    frame = pd.DataFrame(rows)
    sums = (
        frame.groupby(["table", "file"], sort=True)[["read", "used", "warned", "set_aside"]]
        .sum()
        .reset_index()
    )
    # Few files are shown each by its name; many become one line a table.
    many = set(sums["table"].value_counts().loc[lambda n: n > MOST_FILES].index)
    files = sums["table"].map(sums["table"].value_counts())
    sums["file"] = sums["file"].where(~sums["table"].isin(many), files.astype(str) + "个文件")
    sums = (
        sums.groupby(["table", "file"], sort=True)[["read", "used", "warned", "set_aside"]]
        .sum()
        .reset_index()
    )
    sums = sums.sort_values(["table", "file"], key=lambda c: c.map(order) if c.name == "table" else c)
    shown = sums.assign(table=sums["table"].map(titles)).set_axis(
        ["数据表", "文件", "读取", "使用", "其中有提示", "搁置"], axis=1
    )
    return [
        markup.table(shown, f"读取与使用情况（{report.view.town.name}）", widths=[20, 36, 11, 11, 11, 11])
    ]


def quality_block(report: "Report", ids: Sequence[str]) -> list[str]:
    """Q2–Q6 of the common data-quality block (Q1 is the table of rows), for the town or the county."""
    block = report.view.quality.get("block", {})
    county = block.get("000")
    if county is None or report.view.edition != INTERNAL:
        return []  # small numbers of a town are no matter of a public edition
    own = county if report.view.town.is_county else block.get(report.view.town.code, {})
    tables = _tables_of(report, ids)
    titles = {
        name: table.title for name, table in load_contract(report.settings.paths.reference).tables.items()
    }
    phrases = [
        _counted("证件号缺少或不合规范（行）", own.get("Q2", {}), tables, titles),
        _counted("重复的人员或记录（行）", own.get("Q3", {}), tables, titles),
        _joined(own.get("Q4", {}), tables, titles),
        _file_state(county["Q5"], tables, titles),
        _counted("代码、学校、镇街区填写不在表内（行）", own.get("Q6", {}), tables, titles),
    ]
    scope = "全市" if report.view.town.is_county else report.view.town.name
    return [markup.paragraph(f"数据质量要点（{scope}；文件情况为全市）："), markup.bullets(phrases)]


def _counted(label: str, counts: dict[str, dict[str, int]], tables: list[str], titles: dict[str, str]) -> str:
    found = {name: sum(counts[name].values()) for name in tables if name in counts}
    parts = [f"{titles[name]} {number}" for name, number in found.items() if number]
    return f"{label}：{'、'.join(parts) or '无'}。"


def _joined(counts: dict[str, dict[str, int]], tables: list[str], titles: dict[str, str]) -> str:
    parts = []
    for name in tables:
        rows = counts.get(name, {}).get("rows", 0)
        if rows:
            parts.append(f"{titles[name]} {counts[name].get('matched', 0)}/{rows}")
    return f"与本季度在籍学生对上的行数/全部行数：{'、'.join(parts) or '没有可比对的表'}。"


def _file_state(state: dict[str, Any], tables: list[str], titles: dict[str, str]) -> str:
    missing = "、".join(titles[name] for name in tables if name in state["missing"])
    old = "、".join(titles[name] for name in tables if name in state["old"])
    problems = f"{state['problems']}个" if state["problems"] else "无"
    return f"缺报的表：{missing or '无'}；数据日期早于本季度的表：{old or '无'}；不能使用的文件：{problems}。"
