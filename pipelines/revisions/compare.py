"""What a new edition would change in an issued report: its figures, one by one, and its list of cases."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines import formatting, provenance
from pipelines.errors import ReportFailed, UsageError
from pipelines.indicators.catalogue import load_catalogue
from pipelines.revisions import basis as bases
from pipelines.revisions.records import Document, Issued, label
from pipelines.tables.contract import load_contract
from pipelines.townview import TownView


# What makes a figure another one; texts of the catalogue and comparisons with earlier quarters do not.
_COMPARED = ("value", "numerator", "denominator", "state", "breakdown")
# Where a row of the worklist came from may move without the case being another.
_PLACES = ("source_file", "source_row", "row_id")


@dataclass(frozen=True)
class Change:
    """One changed figure as printed: indicator, value before and after, classes of reason."""

    id: str
    name: str
    before: str
    after: str
    classes: list[str]


@dataclass(frozen=True)
class Correction:
    """What an edition says on its first page about the one before it."""

    number: int
    previous_on: str
    reason: str
    classes: list[str]
    tables: list[str]
    changes: list[Change] = field(default_factory=list)
    cases: tuple[int, int] | None = None  # cases listed before and after, if the list is another

    @property
    def label(self) -> str:
        """第二版"""
        return label(self.number)

    @property
    def previous(self) -> str:
        """第一版"""
        return label(self.number - 1)

    @property
    def why(self) -> str:
        """What calls for this edition, beside the one before it: 与第二版相比，D01、个案清单有变化"""
        found = [change.id for change in self.changes] + (["个案清单"] if self.cases else [])
        if not found:
            return "写明了更正原因"
        return f"与{self.previous}相比，{'、'.join(found[:8])}{' 等' if len(found) > 8 else ''}有变化"

    def facts(self) -> dict[str, Any]:
        """The correction as it is hashed and written into manifest.json."""
        return asdict(self)


def own_ids(theme: str) -> set[str]:
    """The indicators a report is about: those of its theme, or all if the catalogue knows no such theme."""
    catalogue = load_catalogue()
    return {entry.id for entry in catalogue if entry.theme == theme} or set(catalogue.ids)


def work_of(view: TownView, theme: str) -> dict[str, Any]:
    """The report's list of cases: how many, and a hash that does not depend on where the rows stood."""
    if view.edition != "internal":
        return {
            "rows": 0,
            "sha256": "",
        }  # nothing of the cases goes into a public manifest, not even their hash
    frame = view.worklist
    if "theme" in frame and theme in {entry.theme for entry in load_catalogue()}:
        frame = frame[frame["theme"] == theme]
    frame = frame[[name for name in frame.columns if name not in _PLACES]]
    rows = json.loads(pd.DataFrame(frame).to_json(orient="values", date_format="iso"))
    return {"rows": len(rows), "sha256": provenance.sha256_json(sorted(rows, key=str))}


def figures_hash(figures: list[dict[str, Any]]) -> str:
    """SHA-256 over what makes the figures what they are."""
    return provenance.sha256_json({entry["id"]: _essence(entry) for entry in figures})


def _essence(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry.get(name) for name in _COMPARED}


def _stored_figures(folder: Path, issued: Issued) -> dict[str, dict[str, Any]]:
    """The figures of an issued edition; ReportFailed if its file is gone or altered."""
    try:
        content = json.loads((folder / issued.figures).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportFailed(
            f"{folder.name} 已印发的指标数据 {issued.figures} 不在或读不了，无法说明更正了什么。",
            "请从备份恢复该文件后重试。",
        ) from error
    if figures_hash(content["indicators"]) != issued.notes.get("figures"):
        raise ReportFailed(
            f"{folder.name} 已印发的指标数据 {issued.figures} 在印发之后被改动过。",
            "请从备份恢复该文件后重试。",
        )
    return {entry["id"]: entry for entry in content["indicators"]}


def _shown(entry: dict[str, Any]) -> str:
    base = formatting.base_text(entry)
    text = formatting.indicator_value(entry, load_catalogue().decimals(entry["id"]))
    return f"{text}（{base}）" if base and entry["state"] == "ok" else text


def _changes(folder: Path, issued: Issued, view: TownView, theme: str, new: dict[str, Any]) -> list[Change]:
    before = _stored_figures(folder, issued)
    wanted, found = own_ids(theme), []
    for entry in view.indicators:
        old = before.get(entry["id"])
        if old is None or entry["id"] not in wanted or _essence(old) == _essence(entry):
            continue
        texts = [_shown(old), _shown(entry)]
        if texts[0] == texts[1]:
            texts[1] += "（分项有变化）"
        tables = load_catalogue().entry(entry["id"]).tables
        reasons = bases.classes(issued.notes["basis"], new, tables) or [bases.DATA]
        found.append(Change(entry["id"], entry["name"], texts[0], texts[1], reasons))
    return found


def correction(
    folder: Path, document: Document, view: TownView, theme: str, new: dict[str, Any], reference: Path
) -> Correction | None:
    """What the next edition would say; None if nothing in the report's own figures and cases changed.

    ``new`` is the present basis. A reason the office gave makes a next edition also where no figure changed. A county
    figure beside the town's does not: the office would not call back twelve towns' reports for the thirteenth's.
    """
    issued = document.last
    assert issued is not None
    changes = _changes(folder, issued, view, theme, new)
    work, before = work_of(view, theme), issued.notes["work"]
    cases = (before["rows"], work["rows"]) if work["sha256"] != before["sha256"] else None
    reason = document.reason(issued.number + 1)
    if not (changes or cases or reason):
        return None
    if view.edition != "internal":
        raise UsageError(
            "公开版的更正版还不能生成：两版之间的差也可能透露人数。",
            "请用 EDITION=internal 生成内部版的更正版。",
        )
    titles = {name: table.title for name, table in load_contract(reference).tables.items()}
    tables = [
        f"{titles.get(t, t)}（{period}）" for period, t in bases.changed_tables(issued.notes["basis"], new)
    ]
    return Correction(
        issued.number + 1, issued.issued_on, reason, bases.classes(issued.notes["basis"], new), tables, changes, cases
    )  # fmt: skip
