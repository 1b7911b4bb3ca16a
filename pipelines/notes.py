"""数据说明: what every figure means, what it is based on, where the data come from and how good they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from pipelines import markup
from pipelines.tables.contract import load_contract


if TYPE_CHECKING:
    from pipelines.report import Report


def data_notes(report: "Report", ids: Sequence[str]) -> list[str]:
    """The parts of the closing section, as markup: definitions, sources, quality, reading rules."""
    parts = [
        markup.heading("（一）指标口径", 3),
        markup.table(definition_frame(report, ids), "指标口径与依据", widths=[9, 19, 46, 26]),
        markup.heading("（二）数据来源", 3),
        markup.table(source_frame(report, ids), "所用数据表", widths=[22, 40, 12, 26]),
    ]
    if absent := missing_titles(report, ids):
        parts.append(markup.paragraph(report.phrase("basics", "missing_tables", tables="、".join(absent))))
    parts += [
        markup.heading("（三）数据质量", 3),
        markup.table(quality_frame(report, ids), "读取与使用情况（全市）", widths=[28, 18, 18, 18, 18]),
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


def _tables_of(report: "Report", ids: Sequence[str]) -> list[str]:
    wanted = {table for i in ids for table in report.catalogue.entry(i).tables}
    order = load_contract(report.settings.paths.reference).tables
    return [name for name in order if name in wanted]


def missing_titles(report: "Report", ids: Sequence[str]) -> list[str]:
    """Chinese titles of the tables that the indicators need and that no file held."""
    contract = load_contract(report.settings.paths.reference)
    present = {entry["table"] for entry in report.view.inputs}
    return [contract.tables[name].title for name in _tables_of(report, ids) if name not in present]


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
