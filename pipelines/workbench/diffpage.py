"""The page of ``make diff``: one file that looks like a report, made of the same markup by the same template."""

from pathlib import Path

import nbformat
import pandas as pd

from pipelines import atomic, markup, provenance
from pipelines.errors import UsageError
from pipelines.periods import Period
from pipelines.render.html import render_html
from pipelines.settings import Settings
from pipelines.themes import EDITION_LABELS, Theme
from pipelines.towns import Town
from pipelines.workbench import difference
from pipelines.workbench.issued import Case, Issued, load


KEPT = 200  # rows of one table of cases


def compare(
    settings: Settings, dataset: str, edition: str, themes: list[Theme], towns: list[Town],
    after: tuple[Period, int], before: tuple[Period, int], one: bool,
) -> tuple[Path, list[str]]:  # fmt: skip
    """Write the page; return it and the lines of the summary. ``one``: a town that was named must have both reports.

    UsageError if no unit has both.
    """
    parts: list[str] = []
    lines: list[str] = []
    absent: list[str] = []
    labels = ("", "")
    for town in towns:
        try:
            old = load(settings, dataset, before[0], edition, town, themes, before[1])
            new = load(settings, dataset, after[0], edition, town, themes, after[1])
        except UsageError:
            if one:
                raise
            absent.append(town.name)
            continue
        labels = (old.label, new.label)
        section, line = _unit(settings, town, old, new)
        parts += section
        lines.append(line)
    if not parts:
        raise UsageError(
            f"没有一个镇街区在 {before[0]} 和 {after[0]} 都出过报告。",
            "请先用 make batch PERIOD=… 生成两个季度的报告。",
        )
    if absent:  # never taken for unchanged
        lines.append(f"没有比较（两次中至少有一次没有出过报告）：{'、'.join(absent)}")
        parts.append(markup.paragraph(lines[-1] + "。"))
    unit = towns[0] if one else None
    name = unit.name if unit else settings.county_name
    title = f"{name}监测报告变化情况"
    head = markup.paragraph(f"{labels[1]} 与 {labels[0]} 相比；数字和个案取自两次的报告", "subtitle")
    body = f'<h1 class="title">{markup.escape(title)}</h1>{head}' + "".join(parts) + _notes()
    node = nbformat.v4.new_notebook()
    shown = nbformat.v4.new_output("display_data", data={"text/html": body})
    node.cells = [nbformat.v4.new_code_cell("", id="diff", outputs=[shown])]
    node.metadata["edureport"] = _head(settings, dataset, edition, unit, title, after[0], lines)
    folder = settings.root / "reports" / dataset / str(after[0]) / "changes" / edition
    stem = f"{name}_{labels[1]}_对比_{labels[0]}".replace(" ", "")
    return atomic.write_text(folder / f"{stem}.html", render_html(node)), lines


def _head(
    settings: Settings,
    dataset: str,
    edition: str,
    unit: Town | None,
    title: str,
    period: Period,
    lines: list[str],
) -> dict:
    source = provenance.provenance(settings)
    return {
        "title": title,
        "town": {"code": unit.code if unit else "000", "name": unit.name if unit else settings.county_name},
        "period": str(period), "period_label": period.label, "theme": "diff", "edition": edition,
        "edition_label": EDITION_LABELS[edition], "dataset": dataset, "demo": settings.is_demo(dataset),
        "bureau": settings.bureau, "letterhead": "", "county": settings.county_name, "as_of": period.end.isoformat(),
        "run_id": provenance.sha256_json([title, lines, source])[:12], "provenance": source,
    }  # fmt: skip


def _unit(settings: Settings, town: Town, old: Issued, new: Issued) -> tuple[list[str], str]:
    """One unit's part of the page, and its line of the summary."""
    figures = difference.figure_changes(settings, old, new)
    judged = [f for f in figures if "→" in f.verdict]
    parts = [markup.heading(town.name, 2)]
    said = f"共 {len(new.figures)} 项指标，{len(figures)} 项有变化"
    if judged:
        said += f"，其中 {len(judged)} 项评价改变：" + "、".join(f"{f.name}（{f.verdict}）" for f in judged)
    parts.append(markup.paragraph(said + "。"))
    if notebooks := difference.notebook_changes(old, new):
        parts.append(
            markup.paragraph(f"笔记本有改动的报告：{'、'.join(notebooks)}；文字和图表可能因此不同。")
        )
    if figures:
        frame = pd.DataFrame(
            {
                "编号": [f.id for f in figures],
                "指标": [f.name for f in figures],
                old.label: [f.before for f in figures],
                new.label: [f.after for f in figures],
                "评价": [f.verdict for f in figures],
                "原因": [f.why for f in figures],
            }
        )
        parts.append(markup.table(frame, f"{town.name}有变化的指标", widths=[8, 24, 16, 16, 14, 22]))
    came = went = stayed = 0
    for title in dict.fromkeys([*new.cases, *old.cases]):
        moved = difference.compare_cases(old.cases.get(title, []), new.cases.get(title, []))
        came, went, stayed = came + len(moved.came), went + len(moved.went), stayed + len(moved.stayed)
        parts += _cases(town, title, moved)
    line = f"{town.name}：指标变化 {len(figures)} 项（评价改变 {len(judged)} 项）；个案新增 {came}、销去 {went}、仍在 {stayed}"
    return parts, line


def _cases(town: Town, title: str, moved: difference.CaseChanges) -> list[str]:
    parts = [
        markup.heading(f"{town.name}：{title}的个案", 3),
        markup.paragraph(
            f"新增 {len(moved.came)} 件，销去 {len(moved.went)} 件，仍在 {len(moved.stayed)} 件"
            f"（其中时限或情况有变的 {len(moved.changed)} 件）。"
        ),
    ]
    for word, cases in (("新增", moved.came), ("销去", moved.went)):
        if cases:
            parts.append(markup.table(_frame(cases), f"{title}：{word}的个案", widths=[17, 22, 27, 12, 22]))
    if moved.changed:
        frame = pd.DataFrame(
            {
                "编号": [new.ref for _, new in moved.changed],
                "事项": [new.item for _, new in moved.changed],
                "原来": [f"{old.due}　{old.detail}" for old, _ in moved.changed],
                "现在": [f"{new.due}　{new.detail}" for _, new in moved.changed],
            }
        ).head(KEPT)
        parts.append(markup.table(frame, f"{title}：仍在而时限或情况有变的个案", widths=[17, 23, 30, 30]))
    return parts


def _frame(cases: list[Case]) -> pd.DataFrame:
    shown = cases[:KEPT]
    return pd.DataFrame(
        {
            "编号": [c.ref for c in shown],
            "事项": [c.item for c in shown],
            "学校、年级": [c.place or "—" for c in shown],
            "时限": [c.due for c in shown],
            "情况": [c.detail for c in shown],
        }
    )


def _notes() -> str:
    return markup.paragraph(
        "说明：没有列出的指标两次相同。“销去”指新报告不再列出该编号，可能已办结，也可能因数据更正，不等于复学；须查台账。"
        "“程序有变化”时，指标口径可能有调整，见 CHANGELOG.md。",
        "note",
    )
