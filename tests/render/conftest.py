"""A small finished report, rendered once for all tests of the folder."""

import base64
from dataclasses import dataclass
from html import escape

import nbformat
import pytest
from nbformat import v4

from pipelines import charts
from pipelines.render.html import render_html
from pipelines.render.pdf import render_pdf


HOSTILE = '#read("meta.json") *a* _b_ $c$ @d <b>e</b> \\ `f` {g}'


def metadata(town: str = "景芝镇", **changes) -> dict:
    """What the pipeline writes into ``metadata.edureport``."""
    return {
        "title": f"{town}2026年第三季度控辍保学监测报告",
        "town": {"code": "370784122", "name": town},
        "period": "2026Q3",
        "period_label": "2026年第三季度",
        "theme": "dropout",
        "edition": "internal",
        "edition_label": "内部资料 注意保管",
        "dataset": "demo",
        "demo": True,
        "bureau": "安丘市教育和体育局",
        "county": "安丘市",
        "as_of": "2026-09-30",
        "run_id": "0123456789ab",
        "provenance": {"code": "uncommitted", "settings": "a" * 64},
    } | changes


def shown(html: str):
    """A code cell that displayed this HTML."""
    cell = v4.new_code_cell("secret_source_code = 1")
    cell.outputs = [v4.new_output("display_data", data={"text/html": html, "text/plain": "plain"})]
    return cell


def figure(svg: str, alt: str, caption: str = "") -> str:
    """A chart as report/showing.py emits it."""
    data = base64.b64encode(svg.encode()).decode()
    return (
        f'<figure class="chart"><img alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}"/>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def table(rows: list[list[str]], header: list[str], caption: str = "") -> str:
    """A data table with escaped cells."""
    head = "".join(f"<th>{escape(text)}</th>" for text in header)
    body = "".join(
        "<tr>" + "".join(f'<td class="text">{escape(text)}</td>' for text in row) + "</tr>" for row in rows
    )
    return (
        f'<table class="data"><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def notebook(*cells, town: str = "景芝镇", **changes):
    """An executed notebook of a town."""
    meta = metadata(town, **changes)
    node = v4.new_notebook(cells=[shown(f'<h1 class="title">{escape(meta["title"])}</h1>'), *cells])
    node.metadata["edureport"] = meta
    return node


@dataclass(frozen=True)
class Rendered:
    """A notebook with its two renderings."""

    notebook: nbformat.NotebookNode
    html: str
    pdf: bytes


@pytest.fixture(scope="session")
def rendered() -> Rendered:
    """One report with a box, tables, a chart and hostile text."""
    chart = charts.figure_svg(charts.stock_flow(5, 4, 3, 6))
    node = notebook(
        shown(
            '<section class="box"><h2>摘要</h2><p>状态 <span class="light red">未达标</span></p></section>'
        ),
        v4.new_markdown_cell("## 一、基本情况\n\n正文。\n\n#### 跳级的标题\n\n文字"),
        shown(table([[HOSTILE, "2"], ["景芝镇第一小学", "0"]], ["学校", "人数"], f"表题 {HOSTILE}")),
        shown(figure(chart, '个案"进出"', "疑似辍学个案进出")),
    )
    return Rendered(node, render_html(node), render_pdf(node))


@pytest.fixture
def tools(tools_of_session):
    """The builders of this file, for tests (test folders are no packages)."""
    return tools_of_session


@pytest.fixture(scope="session")
def tools_of_session():
    """The same for fixtures that live longer than a test."""
    from types import SimpleNamespace

    return SimpleNamespace(
        notebook=notebook, shown=shown, table=table, figure=figure, metadata=metadata, hostile=HOSTILE
    )
