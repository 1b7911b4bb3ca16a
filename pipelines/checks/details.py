"""Every row that breaks an expectation, for the workbook: place, school, town, and the cell as found.

Cells of key, identity and flag columns are never taken; of facts only those whose kind cannot hold a person's
name or number. Rows that a suite tolerates (``mostly``) are listed too, as 提示: each is still to be mended.
"""

import re
from typing import Any

import pandas as pd

from pipelines.checks.derived import DERIVED
from pipelines.checks.engine import Outcome
from pipelines.checks.findings import INFO, Finding
from pipelines.checks.inputs import SOURCE, Inputs
from pipelines.checks.suites import PSEUDO_TABLES, columns_of


DETAIL_COLUMNS = [
    "table", "title", "rule", "severity", "column", "header", "message", "mend", "source_file", "source_sheet",
    "source_row", "school_id", "town", "value", "subject",
]  # fmt: skip
LISTED_BY_CLEAN = "clean"  # meta.rows: the clean stage lists these rows itself
HIDDEN, EMPTY = "（不显示）", "（空）"
_SHOWN_KINDS = (
    "date",
    "yearmonth",
    "int",
    "number",
    "money",
    "enum",
    "code",
    "codes",
    "multi",
    "town",
    "school",
    "text9",
    "text10",
)
_PLAIN_CODE = re.compile(r"(?!.*\d{11})[A-Za-z0-9-]{1,24}")
_SUBJECTS = ("case_id", "child_id", "id_key", "roll_key", "school_id")
_SCHOOLS = ("school_id", "from_school", "to_school")


def empty_details() -> pd.DataFrame:
    """No rows, all columns."""
    return pd.DataFrame(columns=DETAIL_COLUMNS)


def detail_rows(
    entry: dict[str, Any], finding: Finding, outcome: Outcome, frame: pd.DataFrame, inputs: Inputs
) -> list[dict[str, Any]]:
    """One record per failing row; one without a row if the expectation is about the table as a whole."""
    if outcome.success and not outcome.rows:
        return []
    if entry["meta"].get("rows") == LISTED_BY_CLEAN:
        # the share is a finding of the table; the rows are among those of the clean stage
        return [] if outcome.success else [_record(finding, finding.severity, None)]
    severity = INFO if outcome.success else finding.severity
    if not outcome.rows:
        return [_record(finding, severity, None)]
    places = pd.DataFrame([(p.file, p.sheet, p.row) for p in outcome.rows], columns=SOURCE).drop_duplicates()
    rows = places.merge(frame.assign(source_sheet=frame["source_sheet"].fillna("")), on=SOURCE, how="left")
    rows = rows.drop_duplicates(SOURCE)
    rows = rows.assign(value=_values(rows, entry, finding.table, inputs))
    records: list[dict[str, Any]] = rows.to_dict("records")  # type: ignore[assignment]
    return [_record(finding, severity, row) for row in records]


def _record(finding: Finding, severity: str, row: dict[str, Any] | None) -> dict[str, Any]:
    content = {
        "table": finding.table, "title": finding.title, "rule": finding.expectation, "severity": severity,
        "column": finding.column, "header": finding.header, "message": finding.message, "mend": finding.mend,
    }  # fmt: skip
    place = {"source_file": "", "source_sheet": "", "source_row": 0}
    if row is None:
        return {**content, **place, "school_id": "", "town": "", "value": "", "subject": ""}
    subject = next((f"{name}:{row[name]}" for name in _SUBJECTS if _filled(row.get(name))), "")
    return {
        **content,
        **{name: row[name] for name in SOURCE},
        "school_id": next((row[name] for name in _SCHOOLS if _filled(row.get(name))), ""),
        "town": row["town"] if _filled(row.get("town")) else "",
        "value": row["value"],
        "subject": subject,
    }


def _filled(cell: object) -> bool:
    return isinstance(cell, str) and cell != ""


def _values(rows: pd.DataFrame, entry: dict[str, Any], table: str, inputs: Inputs) -> list[str]:
    """The cells the expectation is about, as text."""
    columns = columns_of(entry)
    shown = [_texts(rows[name], name, table, inputs) for name in columns]
    if len(columns) == 1:
        return shown[0]
    from pipelines.checks.suites import headers_of

    headers = headers_of(table, inputs.contract)
    return [
        "；".join(f"{headers[c]}：{v}" for c, v in zip(columns, cells, strict=True))
        for cells in zip(*shown, strict=True)
    ]


def _texts(cells: pd.Series, name: str, table: str, inputs: Inputs) -> list[str]:
    if name.endswith("_key") or name in ("person", "id_state"):
        return [EMPTY if pd.isna(cell) else HIDDEN for cell in cells]
    if name.startswith(("has_", "doubt_")):
        return [EMPTY if name.startswith("has_") else HIDDEN for _ in cells]
    derived = name in DERIVED.get(table, {}) or table in PSEUDO_TABLES
    kind = "" if derived else _kind(name, table, inputs)
    if derived or kind in _SHOWN_KINDS:
        return [_text(cell, name.endswith("_fen")) for cell in cells]
    return [EMPTY if pd.isna(c) else str(c) if _PLAIN_CODE.fullmatch(str(c)) else HIDDEN for c in cells]


def _kind(name: str, table: str, inputs: Inputs) -> str:
    plain = name.removesuffix("_fen")
    return next((c.kind for c in inputs.contract.tables[table].columns if c.name == plain), "")


def _text(cell: Any, fen: bool) -> str:
    if pd.isna(cell):
        return EMPTY
    if isinstance(cell, pd.Timestamp):
        return cell.date().isoformat()
    if fen:
        return f"{int(cell) / 100:.2f}元"
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return str(cell)
