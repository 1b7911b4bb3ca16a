"""The check stage: clean tables against expectations/*.json, once per data snapshot.

Writes ``reports/<dataset>/<period>/quality/quality.json``, ``quality/validations/<table>.json`` and the pages of
``quality/data_docs/``. They hold counts, positions and the suites' texts, never a value of a cell, and the same
inputs give the same bytes.
"""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd

from pipelines import store
from pipelines.atomic import write_json
from pipelines.checks import engine, intake
from pipelines.checks.block import count_unknown_codes, quality_block
from pipelines.checks.datadocs import write_data_docs
from pipelines.checks.derived import parameters
from pipelines.checks.details import DETAIL_COLUMNS
from pipelines.checks.evaluate import Evaluation, evaluate
from pipelines.checks.findings import SEVERITIES, CheckResult, Finding
from pipelines.checks.inputs import Inputs, load_inputs
from pipelines.checks.suites import Suite, lint_suites, load_suites
from pipelines.errors import UsageError
from pipelines.feedback import collect
from pipelines.periods import Period
from pipelines.settings import Settings


__all__ = ["CheckResult", "Finding", "check_period", "lint_suites", "stored_result"]

Progress = Callable[[str], None]
_STORED_ROWS = 1000  # positions kept per expectation in validations/; the workbook has them all


def check_period(
    settings: Settings, dataset: str, period: Period, *, progress: Progress | None = None
) -> CheckResult:
    """Check one cleaned period and write the quality report; the caller decides with ``raise_if_blocked``.

    Raises UsageError if the period was never cleaned, ConfigError if a suite is wrong.
    """
    manifest = store.manifest(settings, dataset, period)
    if manifest is None:
        raise UsageError(f"{dataset} {period} 还没有清洗后的数据。", "请先运行 make data。")
    suites, inputs = load_suites(settings), load_inputs(settings, dataset, period)
    before = store.manifest(settings, dataset, period.previous)
    values, runner = parameters(inputs), engine.Runner()
    folder = settings.paths.quality(dataset, period)
    result = CheckResult(
        dataset, str(period), folder / "quality.json", settings.root,
        missing=[name for name in inputs.contract.tables if inputs.tables[name] is None],
    )  # fmt: skip
    validations: dict[str, list[dict[str, Any]]] = {}
    details: list[dict[str, Any]] = []
    for name, suite in suites.items():
        done: Evaluation | None = evaluate(suite, inputs, manifest, before, values, runner, progress)
        if done is not None:
            validations[name] = done.records
            result.findings.extend(done.findings)
            details += done.details
    result.findings.sort(key=lambda f: (SEVERITIES.index(f.severity), f.table, f.expectation))
    result.details = _with_towns(pd.DataFrame(details, columns=DETAIL_COLUMNS), inputs)
    _write_validations(settings, dataset, period, validations)
    quality = _quality(result, inputs, manifest, suites, values, validations)
    write_json(result.path, quality)
    write_data_docs(folder / "data_docs", quality, validations, suites, inputs.contract)
    return result


def _with_towns(details: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """The rows behind the findings, with the town of the school where the table names none."""
    school = inputs.tables.get("school")
    if school is None or details.empty or not {"school_id", "town"} <= set(school.columns):
        return details
    known = school.dropna(subset="school_id").drop_duplicates("school_id").set_index("school_id")["town"]
    by_school = details["school_id"].map(known).astype("str").fillna("")
    return details.assign(town=details["town"].where(details["town"] != "", by_school))


def _block(
    settings: Settings, inputs: Inputs, manifest: dict[str, Any], result: CheckResult
) -> dict[str, Any]:
    """Q1–Q6 (checks/block.py), with the clean stage's own findings."""
    block = quality_block(inputs, manifest, result)
    folder = settings.paths.clean(result.dataset, result.period)
    files = [folder / f"{name}.parquet" for name in ("set_aside", "findings")]
    frames = [store.read_frame(file, ["table", "town", "rule"]) for file in files if file.is_file()]
    if frames:
        count_unknown_codes(block, frames)
    return block


def _feedback_counts(settings: Settings, result: CheckResult, period: Period) -> dict[str, Any]:
    """The lines of 问题数据反馈表 by severity, and by school (code; "" for none) and severity."""
    rows = collect(settings, result.dataset, period, result.details)
    schools = rows.groupby(["school_id", "severity"]).size()
    return {
        "totals": {severity: int((rows["severity"] == severity).sum()) for severity in SEVERITIES},
        "schools": {
            str(school): {severity: int(schools.get((school, severity), 0)) for severity in SEVERITIES}
            for school in sorted(rows["school_id"].unique())
        },
    }


def stored_result(settings: Settings, dataset: str, period: Period) -> CheckResult:
    """The result that ``check_period`` wrote; UsageError if the period was never checked."""
    path = settings.paths.quality(dataset, period) / "quality.json"
    if not path.is_file():
        raise UsageError(f"{dataset} {period} 的数据还没有检查。", "请先运行 make data。")
    content = json.loads(path.read_text(encoding="utf-8"))
    findings = [Finding.from_json(entry) for entry in content["findings"]]
    return CheckResult(dataset, str(period), path, settings.root, findings, content["missing"])


def _write_validations(
    settings: Settings, dataset: str, period: Period, validations: dict[str, list[dict[str, Any]]]
) -> None:
    """One file a table; files of tables no longer there are removed, so that no old verdict stays."""
    folder = settings.paths.quality(dataset, period) / "validations"
    for name, records in validations.items():
        kept = [{**r, "rows": r["rows"][:_STORED_ROWS]} if "rows" in r else r for r in records]
        write_json(folder / f"{name}.json", {"schema": 1, "table": name, "expectations": kept})
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
        "block": _block(settings, inputs, manifest, result),
        "feedback": _feedback_counts(settings, result, period),
        "clean_stage": intake.clean_stage_counts(settings, result.dataset, period),
        "great_expectations": engine.version(),
        "suites": {name: suite.sha256 for name, suite in suites.items()},
        "parameters": {name: _plain(value) for name, value in values.items() if not isinstance(value, list)},
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value
