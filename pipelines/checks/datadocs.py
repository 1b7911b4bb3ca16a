"""quality/data_docs: the results of every expectation as plain pages for a browser.

Great Expectations' own Data Docs load scripts and styles from the network and carry run times, so the same data
would not give the same bytes and an offline office would see bare text. These pages are made from the same
validation results: no network, no clock, and no value of a cell.
"""

from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines import markup
from pipelines.atomic import write_text
from pipelines.checks.suites import PSEUDO_TITLES, Suite, headers_of
from pipelines.tables.contract import Contract


STATES = {"passed": "符合", "failed": "不符合", "skipped": "未检查"}
_STYLE = (
    "body{font-family:'Noto Sans SC','Microsoft YaHei',SimSun,sans-serif;max-width:72rem;margin:2rem auto;"
    "padding:0 1rem;line-height:1.6;color:#1c2330}table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "caption{text-align:left;font-weight:600;padding:.4rem 0}th,td{border:1px solid #b9c0cc;padding:.35rem .5rem;"
    "vertical-align:top;text-align:left}th{background:#eef1f6}td.num,th.num{text-align:right}"
    "tr:has(td.bad){background:#fdf1f0}.note{color:#4a5365}"
)
_SHOWN_ROWS = 20


def write_data_docs(
    folder: Path, quality: dict[str, Any], validations: dict[str, list[dict[str, Any]]],
    suites: dict[str, Suite], contract: Contract,
) -> list[Path]:  # fmt: skip
    """Write index.html and one page per table checked; pages of tables no longer there are removed."""
    titles = {name: table.title for name, table in contract.tables.items()} | PSEUDO_TITLES
    pages = {"index.html": _index(quality, validations, titles)}
    for name, records in validations.items():
        pages[f"{name}.html"] = _page(name, titles[name], records, suites[name], contract)
    if folder.is_dir():
        for file in folder.glob("*.html"):
            if file.name not in pages:
                file.unlink()
    return [write_text(folder / name, content) for name, content in sorted(pages.items())]


def _html(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )


def _index(
    quality: dict[str, Any], validations: dict[str, list[dict[str, Any]]], titles: dict[str, str]
) -> str:
    rows = []
    for name, records in validations.items():
        states = [record["state"] for record in records]
        counts = "".join(f'<td class="num">{states.count(state)}</td>' for state in STATES)
        rows.append(f'<tr><td><a href="{name}.html">{escape(titles[name])}</a></td>{counts}</tr>')
    head = "".join(f'<th class="num">{word}</th>' for word in STATES.values())
    absent = "、".join(titles[name] for name in quality["missing"])
    title = f"数据检查结果　{quality['dataset']}　{quality['period']}"
    totals = "，".join(f"{severity}{count}项" for severity, count in quality["totals"].items())
    return _html(
        title,
        markup.heading(title, 1)
        + markup.paragraph(f"不符合的规则：{totals}。" + (f"没有收到：{absent}。" if absent else ""))
        + f"<table><thead><tr><th>数据表</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        + markup.paragraph(
            "逐行的问题和改法见上一级文件夹的《问题数据反馈表》。本页不含单元格内容。", "note"
        ),
    )


def _page(name: str, title: str, records: list[dict[str, Any]], suite: Suite, contract: Contract) -> str:
    entries = {entry["meta"]["id"]: entry for entry in suite.expectations}
    headers = headers_of(name, contract)
    rows = [_row(record, entries[record["id"]]["meta"], headers) for record in records]
    frame = pd.DataFrame(rows).astype(str)
    body = (
        markup.heading(title, 1)
        + '<p><a href="index.html">返回总表</a></p>'
        + markup.table(frame, "检查规则与结果")
    )
    return _html(title, body)


def _row(record: dict[str, Any], meta: dict[str, str], headers: dict[str, str]) -> dict[str, str]:
    rows = record.get("rows", [])
    places = [
        f"{r['file']} {r['sheet']} 第{r['row']}行" if r["row"] else r["file"] for r in rows[:_SHOWN_ROWS]
    ]
    more = f"等{len(rows)}处" if len(rows) > _SHOWN_ROWS else ""
    return {
        "规则": record["id"],
        "列": "、".join(headers.get(column, column) for column in record["columns"]),
        "要查的问题": meta["message"],
        "轻重": record["severity"],
        "结果": STATES[record["state"]] + (f"（{record['reason']}）" if "reason" in record else ""),
        "不符": f"{record['unexpected']} / {record['elements']}" if "unexpected" in record else "—",
        "位置": "；".join(places) + more,
        "依据": meta.get("source", ""),
    }
