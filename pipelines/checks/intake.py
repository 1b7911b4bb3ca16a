"""What the clean stage reported: its row counts as a frame to check, and its own findings as counts."""

from typing import Any

import pandas as pd

from pipelines.checks.inputs import Inputs
from pipelines.indicators.school_days import covers, school_days
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.store import read_frame


RECONCILIATION = "reconciliation"
RECONCILIATION_COLUMNS = {
    "table": "表",
    "kind": "报送方式",
    "read": "读到行数",
    "used": "使用行数",
    "warned": "存疑行数",
    "set_aside": "搁置行数",
    "accounted": "使用与搁置之和",
    "rows": "清洗表行数",
    "set_aside_share": "搁置行占比",
    "sheet_share_max": "搁置最多的一张工作表的搁置行占比",
    "age_days": "数据日期早于期末的天数",
    "rows_ratio": "使用行数与上季度之比",
    "months_missing": "没有数据的月份数",
}
_LOST_ROWS = 10  # a sheet of a few rows may be bad without a town looking empty
_PLACE = ["source_file", "source_sheet", "source_row"]


def reconciliation(
    manifest: dict[str, Any], inputs: Inputs, before: dict[str, Any] | None = None
) -> pd.DataFrame:
    """One row per table read: counts of manifest.json, rows of the clean table, age, volume, months.

    ``before`` is the previous period's manifest (rows_ratio is null without it). ``source_file`` names the table's
    files, so that a finding can say where; ``source_row`` is 0: the whole table.
    """
    files: dict[str, list[str]] = {}
    worst: dict[str, tuple[float, str]] = {}
    for file in manifest["files"]:
        for part in file["tables"]:
            files.setdefault(part["table"], []).append(file["file"])
            if part.get("set_aside", 0) >= _LOST_ROWS:
                share = part["set_aside"] / part["read"]
                worst[part["table"]] = max(worst.get(part["table"], (0.0, "")), (share, file["file"]))
    rows = []
    for table, counts in sorted(manifest["tables"].items()):
        frame = inputs.tables.get(table)
        old = ((before or {}).get("tables", {}).get(table) or {}).get("used")
        rows.append(
            {
                "table": table,
                "kind": inputs.contract.tables[table].kind,
                **{name: int(counts[name]) for name in ("read", "used", "warned", "set_aside")},
                "accounted": int(counts["used"]) + int(counts["set_aside"]),
                "rows": 0 if frame is None else len(frame),
                "set_aside_share": counts["set_aside"] / counts["read"] if counts["read"] else 0.0,
                # one town's sheet that is lost makes that town look empty, however small its share of the county
                "sheet_share_max": worst.get(table, (0.0, ""))[0],
                "age_days": (inputs.end - pd.Timestamp(counts["as_of"])).days if counts.get("as_of") else 0,
                "rows_ratio": counts["used"] / old if old else None,
                "months_missing": len(missing_months(table, frame, inputs)),
                "source_file": worst[table][1]
                if worst.get(table, (0.0, ""))[0] > 0.5
                else "、".join(sorted(set(files.get(table, [])))) or table,
                "source_sheet": table,
                "source_row": 0,
            }
        )
    return pd.DataFrame(rows, columns=[*RECONCILIATION_COLUMNS, *_PLACE]).astype({"rows_ratio": "float64"})


def missing_months(table: str, frame: pd.DataFrame | None, inputs: Inputs) -> list[str]:
    """Months of the period without one row; only of a monthly return (月报).

    Months with fewer school days (T15) than the threshold ``monthly_school_days`` are not asked for.
    """
    if frame is None or inputs.contract.tables[table].kind != "月报" or "month" not in frame:
        return []
    start, end = pd.Timestamp(inputs.period.start), inputs.end
    wanted = {str(day)[:7] for day in pd.date_range(start, end, freq="MS")}
    if covers(inputs.calendar, start, end):
        assert inputs.calendar is not None
        days = school_days(inputs.calendar)
        taught = (
            pd.Series(1, index=days[(days >= start) & (days <= end)]).groupby(lambda day: str(day)[:7]).sum()
        )
        wanted = set(taught[taught >= inputs.settings.threshold("monthly_school_days").value].index)
    return sorted(wanted - set(frame["month"].dropna()))


def clean_stage_counts(settings: Settings, dataset: str, period: Period) -> dict[str, list[dict[str, Any]]]:
    """Rows of findings.parquet and set_aside.parquet counted by table, rule and severity."""
    summary: dict[str, list[dict[str, Any]]] = {}
    for name in ("findings", "set_aside"):
        path = settings.paths.clean(dataset, period) / f"{name}.parquet"
        keys = ["table", "rule", "severity"]
        summary[name] = []
        if path.exists():
            frame = read_frame(path, keys).fillna("").astype(str)
            counts = frame.groupby(keys, sort=True).size().reset_index(name="count")
            summary[name] = [
                {"table": r["table"], "rule": r["rule"], "severity": r["severity"], "count": int(r["count"])}
                for r in counts.to_dict("records")
            ]
    return summary


def unreadable_files(manifest: dict[str, Any]) -> list[dict[str, str]]:
    """Files that matched no table or could not be read, each with the clean stage's reason."""
    return [
        {"file": file["file"], "problem": file["problem"]}
        for file in sorted(manifest["files"], key=lambda f: f["file"])
        if file.get("problem")
    ]
