"""A later edition on paper: its name in the title and on every page, and a framed word on what changed and why."""

from typing import Any

import nbformat
import pandas as pd

from pipelines import markup, provenance
from pipelines.errors import ReportFailed
from pipelines.revisions.compare import Correction
from pipelines.sentences import load_sentences
from pipelines.settings import Settings


FIRST_PAGE_ROWS = 6  # more would push the summary off the first page; the whole table then stands at the end


def revised(metadata: dict[str, Any], correction: Correction) -> dict[str, Any]:
    """The masthead of the edition: its name in title and running header, and a report number of its own."""
    return metadata | {
        "title": f"{metadata['title']}（{correction.label}）",
        "edition_label": f"{metadata['edition_label']} · {correction.label}",
        "revision": correction.number,
        "run_id": provenance.sha256_json([metadata["run_id"], correction.facts()])[:12],
    }


def mark(notebook: Any, metadata: dict[str, Any], correction: Correction, settings: Settings) -> None:
    """Put the edition into an executed notebook: title, report number, box after the title, whole table at the end.

    It is done here and not in the notebooks, so that an analyst's own notebook has it too. ReportFailed if the
    notebook shows no title.
    """
    texts = load_sentences(settings.paths.reference)["correction"]
    for cell in notebook.cells:
        for place, output in enumerate(cell.get("outputs", [])):
            if _is_title(output):
                _retitle(output, metadata, correction)
                cell["outputs"].insert(place + 1, _output(_box(correction, texts)))
                if len(correction.changes) > FIRST_PAGE_ROWS:
                    notebook.cells.append(_closing(correction, texts))
                return
    raise ReportFailed("笔记本没有显示报告题目，不能标明版次。", "请在笔记本里保留 report.title(…)。")


def _is_title(output: Any) -> bool:
    page = (output.get("data") or {}).get("text/html", "")
    return 'class="title"' in ("".join(page) if isinstance(page, list) else page)


def _retitle(output: Any, metadata: dict[str, Any], correction: Correction) -> None:
    page = output["data"]["text/html"]
    before, mark, after = ("".join(page) if isinstance(page, list) else page).partition("</h1>")
    text = f"{before}（{correction.label}）{mark}{after}"
    shown = output.get("metadata", {}).get("edureport", {})
    if number := shown.get("run_id"):
        text = text.replace(number, metadata["run_id"])
    output["data"]["text/html"] = text
    output["metadata"] = {**output.get("metadata", {}), "edureport": metadata}


def _output(text: str) -> Any:
    return nbformat.v4.new_output("display_data", data={"text/html": text})


def _closing(correction: Correction, texts: dict[str, str]) -> Any:
    """A cell behind the last with the whole table."""
    cell = nbformat.v4.new_code_cell("", outputs=[_output(_whole(correction, texts))])
    cell["id"] = "correction"  # new_code_cell would make one up
    return cell


def _whole(correction: Correction, texts: dict[str, str]) -> str:
    return markup.heading(texts["annex"]) + _table(correction, len(correction.changes), texts["caption_all"])


def _box(correction: Correction, texts: dict[str, str]) -> str:
    said = [texts["replaces" if correction.previous_on else "replaces_undated"]]
    said.append(texts["reason"] if correction.reason else texts["reason_unsaid"])
    if correction.classes:
        said.append(texts["sources_tables" if correction.tables else "sources"])
    if correction.cases:
        said.append(texts["cases"])
    if correction.others:
        said.append(texts["others"])
    if not correction.changes:
        said.append(texts["no_figures"])
    hidden = len(correction.changes) - FIRST_PAGE_ROWS
    if hidden > 0:
        said.append(texts["more"])
    values = {
        "label": correction.label,
        "previous": correction.previous,
        "issued_on": correction.previous_on,
        "reason": correction.reason,
        "classes": "、".join(correction.classes),
        "tables": "、".join(correction.tables[:4]) + (" 等" if len(correction.tables) > 4 else ""),
        "before": correction.cases[0] if correction.cases else "",
        "after": correction.cases[1] if correction.cases else "",
        "others": "；".join(correction.others),
        "count": len(correction.changes),
        "shown": FIRST_PAGE_ROWS,
    }
    parts = [markup.heading(texts["heading"].format(**values))]
    parts.append(markup.paragraph("".join(text.format(**values) for text in said)))
    if correction.changes:
        parts.append(_table(correction, FIRST_PAGE_ROWS, texts["caption"]))
    return markup.box(*parts)


def _table(correction: Correction, rows: int, caption: str) -> str:
    shown = correction.changes[:rows]
    frame = pd.DataFrame(
        {
            "指标": [f"{change.name}（{change.id}）" for change in shown],
            correction.previous: [change.before for change in shown],
            correction.label: [change.after for change in shown],
            "原因类别": ["、".join(change.classes) for change in shown],
        }
    )
    return markup.table(frame, caption, widths=[34, 23, 23, 20])
