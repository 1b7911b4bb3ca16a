"""The check stage: clean tables against expectations/*.json, once per data snapshot.

Writes ``reports/<dataset>/<period>/quality/quality.json`` and ``quality/validations/<table>.json``. Both hold
counts, positions and the suites' texts, never a value of a cell, and the same inputs give the same bytes.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from pipelines import store
from pipelines.atomic import write_json
from pipelines.checks import engine, intake
from pipelines.checks.derived import DERIVED, Inputs, add_derived, parameters
from pipelines.checks.findings import BLOCKING, FIRST_ROWS, SEVERITIES, CheckResult, Finding, Position
from pipelines.checks.suites import (
    RECONCILIATION,
    Suite,
    columns_of,
    condition_columns,
    headers_of,
    lint_suites,
    load_suites,
    parameters_of,
)
from pipelines.errors import UsageError
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract


__all__ = ["CheckResult", "Finding", "check_period", "lint_suites", "stored_result"]

Progress = Callable[[str], None]


def check_period(
    settings: Settings, dataset: str, period: Period, *, progress: Progress | None = None
) -> CheckResult:
    """Check one cleaned period and write the quality report; the caller decides with ``raise_if_blocked``.

    Raises UsageError if the period was never cleaned, ConfigError if a suite is wrong.
    """
    manifest = store.manifest(settings, dataset, period)
    if manifest is None:
        raise UsageError(f"{dataset} {period} 还没有清洗后的数据。", "请先运行 make data。")
    suites = load_suites(settings)
    contract = load_contract(settings.paths.reference)
    tables = {name: store.read(settings, dataset, period, name) for name in contract.tables}
    inputs = Inputs(settings, period, contract, tables)
    values, runner = parameters(inputs), engine.Runner()
    folder = settings.paths.quality(dataset, period)
    result = CheckResult(
        dataset, str(period), folder / "quality.json", settings.root,
        missing=[name for name, frame in tables.items() if frame is None],
    )  # fmt: skip
    validations: dict[str, list[dict[str, Any]]] = {}
    for name, suite in suites.items():
        frame = _frame(name, inputs, manifest)
        if frame is None:
            continue
        if progress:
            progress(f"检查{_title(name, inputs)}")
        validations[name], found = _check_table(suite, frame, inputs, values, runner)
        result.findings.extend(found)
    result.findings.sort(key=lambda f: (SEVERITIES.index(f.severity), f.table, f.expectation))
    _write_validations(settings, dataset, period, validations)
    write_json(result.path, _quality(result, inputs, manifest, suites, values, validations))
    return result


def stored_result(settings: Settings, dataset: str, period: Period) -> CheckResult:
    """The result that ``check_period`` wrote; UsageError if the period was never checked."""
    path = settings.paths.quality(dataset, period) / "quality.json"
    if not path.is_file():
        raise UsageError(f"{dataset} {period} 的数据还没有检查。", "请先运行 make data。")
    content = json.loads(path.read_text(encoding="utf-8"))
    findings = [Finding.from_json(entry) for entry in content["findings"]]
    return CheckResult(dataset, str(period), path, settings.root, findings, content["missing"])


def _title(table: str, inputs: Inputs) -> str:
    return "读入核对" if table == RECONCILIATION else inputs.contract.tables[table].title


def _frame(table: str, inputs: Inputs, manifest: dict[str, Any]) -> pd.DataFrame | None:
    """The frame a suite looks at; None if the table was not handed in."""
    if table == RECONCILIATION:
        return intake.reconciliation(manifest, inputs.tables)
    frame = inputs.tables[table]
    return None if frame is None else add_derived(table, frame, inputs)


def _check_table(
    suite: Suite, frame: pd.DataFrame, inputs: Inputs, values: dict[str, Any], runner: engine.Runner
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """The record of every expectation of a table (for validations/) and its findings."""
    reasons = {e["meta"]["id"]: _cannot_run(e, suite.table, frame, values) for e in suite.expectations}
    ready = [entry for entry in suite.expectations if not reasons[entry["meta"]["id"]]]
    outcomes = runner.run(suite.table, frame, ready, values) if ready else {}
    records, findings = [], []
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
            records.append({**record, "state": "skipped", "reason": reason})
            # A blocking check on a column the clean stage owes but did not deliver may not pass unseen.
            if entry["severity"] == BLOCKING and reason.startswith("缺列"):
                findings.append(replace(finding, message=f"{finding.message}（{reason}，无法检查）"))
            continue
        outcome = outcomes[name]
        records.append(
            {**record, "state": "passed" if outcome.success else "failed", "elements": outcome.elements,
             "unexpected": outcome.unexpected, "missing": outcome.missing,
             "rows": [asdict(position) for position in outcome.rows]}
        )  # fmt: skip
        if not outcome.success:
            findings += _split(suite.table, finding, outcome, inputs)
    return records, findings


def _cannot_run(entry: dict[str, Any], table: str, frame: pd.DataFrame, values: dict[str, Any]) -> str:
    """Why an expectation cannot be evaluated on these data, in Chinese; "" if it can."""
    absent = [c for c in (*columns_of(entry), *condition_columns(entry)) if c not in frame.columns]
    if any(name in DERIVED.get(table, {}) for name in absent):
        return "缺报：所需的其他表未上报"
    if absent:
        return f"缺列：{'、'.join(absent)}"
    if any(name not in values for name in parameters_of(entry)):
        return "缺报：所需的其他表未上报"
    return ""


def _finding(table: str, entry: dict[str, Any], inputs: Inputs) -> Finding:
    columns, meta = columns_of(entry), entry["meta"]
    headers = headers_of(table, inputs.contract)
    return Finding(
        table=table, title=_title(table, inputs), expectation=meta["id"], column="、".join(columns),
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
            finding, table=place.sheet, title=_title(place.sheet, inputs), rows=(Position(place.file, "", 0),)
        )
        for place in outcome.rows
    ]


def _write_validations(
    settings: Settings, dataset: str, period: Period, validations: dict[str, list[dict[str, Any]]]
) -> None:
    """One file a table; files of tables no longer there are removed, so that no old verdict stays."""
    folder = settings.paths.quality(dataset, period) / "validations"
    for name, records in validations.items():
        write_json(folder / f"{name}.json", {"schema": 1, "table": name, "expectations": records})
    for file in folder.glob("*.json"):
        if file.stem not in validations:
            file.unlink()


def _quality(
    result: CheckResult, inputs: Inputs, manifest: dict[str, Any], suites: dict[str, Suite],
    values: dict[str, Any], validations: dict[str, list[dict[str, Any]]],
) -> dict[str, Any]:  # fmt: skip
    """The content of quality.json."""
    settings, period = inputs.settings, inputs.period
    records = [{"table": table, **record} for table, found in validations.items() for record in found]
    states = [record["state"] for record in records]
    counts = manifest["tables"]
    none = {"read": None, "used": None, "warned": None, "set_aside": None, "as_of": None}
    return {
        "schema": 1,
        "dataset": result.dataset,
        "period": result.period,
        "blocked": bool(result.blocking),
        "totals": {severity: len(result.of(severity)) for severity in SEVERITIES},
        "expectations": {state: states.count(state) for state in ("passed", "failed", "skipped")},
        "tables": {
            name: {**none, **counts.get(name, {}), "title": table.title,
                   "state": "missing" if name in result.missing else "ok"}
            for name, table in inputs.contract.tables.items()
        },
        "missing": result.missing,
        "files_with_problems": intake.unreadable_files(manifest),
        "findings": [finding.as_json() for finding in result.findings],
        "skipped": [{k: r[k] for k in ("table", "id", "severity", "reason")} for r in records if "reason" in r],
        "clean_stage": intake.clean_stage_counts(settings, result.dataset, period),
        "great_expectations": engine.version(),
        "suites": {name: suite.sha256 for name, suite in suites.items()},
        "parameters": {name: _plain(value) for name, value in values.items() if not isinstance(value, list)},
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value
