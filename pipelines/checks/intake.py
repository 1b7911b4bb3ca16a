"""What the clean stage reported: its row counts as a frame to check, and its own findings as counts."""

from typing import Any

import pandas as pd

from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.store import read_frame


def reconciliation(manifest: dict[str, Any], tables: dict[str, pd.DataFrame | None]) -> pd.DataFrame:
    """One row per table read: counts of manifest.json, rows of the clean table, share set aside (0–1).

    ``source_file`` names the table's files, so that a finding can say where; ``source_row`` is 0: the whole table.
    """
    files: dict[str, list[str]] = {}
    for file in manifest["files"]:
        for part in file["tables"]:
            files.setdefault(part["table"], []).append(file["file"])
    rows = []
    for table, counts in sorted(manifest["tables"].items()):
        frame = tables.get(table)
        rows.append(
            {
                "table": table,
                **{name: int(counts[name]) for name in ("read", "used", "warned", "set_aside")},
                "accounted": int(counts["used"]) + int(counts["set_aside"]),
                "rows": 0 if frame is None else len(frame),
                "set_aside_share": counts["set_aside"] / counts["read"] if counts["read"] else 0.0,
                "source_file": "、".join(sorted(set(files.get(table, [])))) or table,
                "source_sheet": table,
                "source_row": 0,
            }
        )
    names = ["table", "read", "used", "warned", "set_aside", "accounted", "rows", "set_aside_share"]
    return pd.DataFrame(rows, columns=[*names, "source_file", "source_sheet", "source_row"])


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
