"""One suite over one table: the record of every expectation, the findings, and the rows behind them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pandas as pd

from pipelines.checks import engine, intake
from pipelines.checks.derived import DERIVED, NOT_HANDED_IN, add_derived
from pipelines.checks.details import detail_rows
from pipelines.checks.findings import BLOCKING, FIRST_ROWS, Finding, Position
from pipelines.checks.inputs import Inputs
from pipelines.checks.suites import (
    PSEUDO_TITLES,
    RECONCILIATION,
    Suite,
    columns_of,
    condition_columns,
    headers_of,
    parameters_of,
)
from pipelines.checks.volume import SCHOOL_VOLUME, school_volume


SHEET_LOST = "sheet_lost"  # expectations/reconciliation.json


@dataclass
class Evaluation:
    """What became of a suite: records for validations/, findings, and a record per failing row."""

    records: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    details: list[dict[str, Any]] = field(default_factory=list)


def evaluate(
    suite: Suite, inputs: Inputs, manifest: dict[str, Any], before: dict[str, Any] | None,
    values: dict[str, Any], runner: engine.Runner, progress: Callable[[str], None] | None = None,
) -> Evaluation | None:  # fmt: skip
    """Run a suite; None if its table was not handed in (or there is no previous period to compare with)."""
    frame, unready = table_frame(suite.table, inputs, manifest, before)
    if frame is None:
        return None
    if progress:
        progress(f"检查{table_title(suite.table, inputs)}")
    reasons = {
        e["meta"]["id"]: _cannot_run(e, suite.table, frame, values, unready) for e in suite.expectations
    }
    ready = [entry for entry in suite.expectations if not reasons[entry["meta"]["id"]]]
    outcomes = runner.run(suite.table, frame, ready, values) if ready else {}
    done = Evaluation()
    for entry in suite.expectations:
        name = entry["meta"]["id"]
        finding = _finding(suite.table, entry, inputs)
        record = {
            "id": name,
            "type": entry["type"],
            "columns": columns_of(entry),
            "severity": entry["severity"],
        }
        if reason := reasons[name]:
            done.records.append({**record, "state": "skipped", "reason": reason})
            # A blocking check on a column the clean stage owes but did not deliver may not pass unseen.
            if entry["severity"] == BLOCKING and reason.startswith("缺列"):
                done.findings.append(replace(finding, message=f"{finding.message}（{reason}，无法检查）"))
            continue
        outcome = outcomes[name]
        done.records.append(
            {**record, "state": "passed" if outcome.success else "failed", "elements": outcome.elements,
             "unexpected": outcome.unexpected, "missing": outcome.missing,
             "rows": [asdict(position) for position in outcome.rows]}
        )  # fmt: skip
        split = [] if outcome.success else _split(suite.table, finding, outcome, inputs)
        done.findings += split
        done.details += (
            _table_details(split)
            if suite.table == RECONCILIATION
            else detail_rows(entry, finding, outcome, frame, inputs)
        )
    return done


def table_title(table: str, inputs: Inputs) -> str:
    """The Chinese title of a table or of a frame that is none."""
    return PSEUDO_TITLES.get(table) or inputs.contract.tables[table].title


def table_frame(
    table: str, inputs: Inputs, manifest: dict[str, Any], before: dict[str, Any] | None
) -> tuple[pd.DataFrame | None, dict[str, str]]:
    """The frame a suite looks at (None if there is none) and why derived columns are absent."""
    if table == RECONCILIATION:
        return intake.reconciliation(manifest, inputs, before), {}
    if table == SCHOOL_VOLUME:
        return school_volume(inputs), {}
    frame = inputs.tables[table]
    return (None, {}) if frame is None else add_derived(table, frame, inputs)


def _cannot_run(
    entry: dict[str, Any], table: str, frame: pd.DataFrame, values: dict[str, Any], unready: dict[str, str]
) -> str:
    """Why an expectation cannot be evaluated on these data, in Chinese; "" if it can."""
    absent = [c for c in (*columns_of(entry), *condition_columns(entry)) if c not in frame.columns]
    if derived := [name for name in absent if name in DERIVED.get(table, {})]:
        return unready.get(derived[0], NOT_HANDED_IN)
    if absent:
        return f"缺列：{'、'.join(absent)}"
    if any(name not in values for name in parameters_of(entry)):
        return NOT_HANDED_IN
    return ""


def _finding(table: str, entry: dict[str, Any], inputs: Inputs) -> Finding:
    columns, meta = columns_of(entry), entry["meta"]
    headers = headers_of(table, inputs.contract)
    return Finding(
        table=table, title=table_title(table, inputs), expectation=meta["id"], column="、".join(columns),
        header="、".join(headers[column] for column in columns), severity=entry["severity"],
        message=meta["message"], mend=meta["mend"], unexpected=0, elements=0,
    )  # fmt: skip


def _split(table: str, finding: Finding, outcome: engine.Outcome, inputs: Inputs) -> list[Finding]:
    """The finding with its counts and first positions; for the intake counts, one per table concerned."""
    if table != RECONCILIATION:
        rows = outcome.rows[:FIRST_ROWS]
        return [replace(finding, unexpected=outcome.unexpected, elements=outcome.elements, rows=rows)]
    return [
        replace(
            finding,
            table=place.sheet,
            title=table_title(place.sheet, inputs),
            message=_with_columns(finding, inputs.sheets_without_columns(place.sheet).get(place.file, "")),
            rows=(Position(place.file, "", 0),),
        )
        for place in outcome.rows
    ]


def _with_columns(finding: Finding, told: str) -> str:
    """The message of a lost sheet with the columns it lacks, so that they need not be looked up in the workbook."""
    if not told or finding.expectation != SHEET_LOST:
        return finding.message
    return f"{finding.message.rstrip('。')}。{told}"


def _table_details(findings: list[Finding]) -> list[dict[str, Any]]:
    """Records about a whole table (intake counts): its files, no row."""
    return [
        {
            "table": f.table, "title": f.title, "rule": f.expectation, "severity": f.severity, "column": f.column,
            "header": f.header, "message": f.message, "mend": f.mend, "source_file": f.rows[0].file,
            "source_sheet": "", "source_row": 0, "school_id": "", "town": "", "value": "", "subject": "",
        }
        for f in findings
    ]  # fmt: skip
