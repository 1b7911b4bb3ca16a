"""What a new edition would change in an issued report: its figures, one by one, and its list of cases."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines import provenance
from pipelines.errors import ReportFailed, UsageError
from pipelines.formatting import NOT_APPLICABLE
from pipelines.reference import load_reference
from pipelines.revisions import basis as bases
from pipelines.revisions.figures import Figure, Scope, content_of, figures, figures_hash, towns_hashes
from pipelines.revisions.records import Document, Issued, label
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from pipelines.themes import Theme
from pipelines.towns import TownRegister
from pipelines.townview import TownView


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
    others: list[str] = field(default_factory=list)  # what else changed, in words

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
        found = [change.id for change in self.changes] + (["个案清单"] if self.cases else []) + self.others
        if not found:
            return "写明了更正原因"
        return f"与{self.previous}相比，{'、'.join(found[:8])}{' 等' if len(found) > 8 else ''}有变化"

    def facts(self) -> dict[str, Any]:
        """The correction as it is hashed and written into manifest.json."""
        return asdict(self)


def work_of(view: TownView, scope: Scope) -> dict[str, Any]:
    """The report's list of cases: how many, and a hash that does not depend on where the rows stood."""
    if view.edition != "internal" or not scope.cases:
        # nothing of the cases goes into a public manifest, not even their hash
        return {"rows": 0, "sha256": ""}
    frame = view.worklist
    if "theme" in frame and scope.known:
        frame = frame[frame["theme"] == scope.theme.name]
    frame = frame[[name for name in frame.columns if name not in _PLACES]]
    rows = json.loads(pd.DataFrame(frame).to_json(orient="values", date_format="iso"))
    return {"rows": len(rows), "sha256": provenance.sha256_json(sorted(rows, key=str))}


def _stored_figures(folder: Path, issued: Issued) -> dict[str, Figure]:
    """The figures of an issued edition; ReportFailed if its file is gone or altered."""
    try:
        content = json.loads((folder / issued.figures).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportFailed(
            f"{folder.name} 已印发的指标数据 {issued.figures} 不在或读不了，无法说明更正了什么。",
            "请从备份恢复该文件后重试。",
        ) from error
    if figures_hash(content) != issued.notes.get("figures"):
        raise ReportFailed(
            f"{folder.name} 已印发的指标数据 {issued.figures} 在印发之后被改动过。",
            "请从备份恢复该文件后重试。",
        )
    return figures(content)


def _changes(folder: Path, issued: Issued, view: TownView, scope: Scope, new: dict[str, Any]) -> list[Change]:
    before, after = _stored_figures(folder, issued), figures(content_of(view))
    found = []
    for key in [*after, *sorted(before.keys() - after.keys())]:
        old, now = before.get(key), after.get(key)
        if not scope.shows(key) or (old and now and old.essence == now.essence):
            continue
        texts = [figure.text if figure else NOT_APPLICABLE for figure in (old, now)]
        if texts[0] == texts[1]:
            texts[1] += "（分项有变化）"
        known = now or old
        assert known is not None
        reasons = bases.classes(issued.notes["basis"], new, known.tables) or [bases.DATA]
        found.append(Change(known.id, known.name, texts[0], texts[1], reasons))
    return found


def _others(
    issued: Issued,
    view: TownView,
    scope: Scope,
    rows: dict[str, str],
    titles: dict[str, str],
    register: TownRegister,
) -> list[str]:
    """What else of what the report shows is another: figures of towns, rows that the notebook reads itself."""
    before, now = issued.notes.get("towns", {}), towns_hashes(view, scope)
    names = [
        register.by_code[c].name if c in register.by_code else c
        for c in sorted(before.keys() | now.keys())
        if before.get(c) != now.get(c)
    ]
    read = {name: digest for name, digest in issued.inputs.items() if name.startswith("table:")}
    tables = [
        name.partition(":")[2]
        for name in sorted(read.keys() | rows.keys())
        if read.get(name) != rows.get(name)
    ]
    found = [f"{'、'.join(names)}的数字"] if names else []
    return found + ([f"{'、'.join(titles.get(t, t) for t in tables)}的行"] if tables else [])


def correction(
    settings: Settings,
    folder: Path,
    document: Document,
    view: TownView,
    theme: Theme,
    new: dict[str, Any],
    rows: dict[str, str],
) -> Correction | None:
    """What the next edition would say; None if nothing that the report itself shows changed.

    ``new`` is the present basis, ``rows`` the hashes of what the notebook reads beside its figures. A reason the office gave
    makes a next edition also where no figure changed. A county figure beside the town's does not: the office would not
    call back twelve towns' reports for the thirteenth's.
    """
    issued = document.last
    assert issued is not None
    scope = Scope(theme)
    titles = {name: table.title for name, table in load_contract(settings.paths.reference).tables.items()}
    register = load_reference(settings, view.dataset).towns
    changes = _changes(folder, issued, view, scope, new)
    others = _others(issued, view, scope, rows, titles, register)
    work, before = work_of(view, scope), issued.notes["work"]
    cases = (before["rows"], work["rows"]) if work["sha256"] != before["sha256"] else None
    reason = document.reason(issued.number + 1)
    if not (changes or others or cases or reason):
        return None
    if view.edition != "internal":
        raise UsageError(
            "公开版的更正版还不能生成：两版之间的差也可能透露人数。",
            "请用 EDITION=internal 生成内部版的更正版。",
        )
    tables = [
        f"{titles.get(t, t)}（{period}）" for period, t in bases.changed_tables(issued.notes["basis"], new)
    ]
    return Correction(
        issued.number + 1, issued.issued_on, reason, bases.classes(issued.notes["basis"], new), tables, changes, cases, others
    )  # fmt: skip
