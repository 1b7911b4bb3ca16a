"""All that one town's reports may say: the town's slice of what the indicator stage wrote.

A notebook sees nothing else (but the clean tables it asks for by name), so its hash decides whether a report has
to be made again, and a town's report never touches another town's rows.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines import provenance, store
from pipelines.errors import UsageError
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.towns import Town


INDICATORS = "indicators.json"
WORKLIST = "worklist"
SCHOOLS = "schools"
MATCHES = "matches"
TREND_QUARTERS = 8


@dataclass(frozen=True)
class TownView:
    """One town's figures, worklist, schools, comparison values, inputs and data quality.

    ``indicators`` is the list of contract.md section 3 with ``previous`` and ``year_ago``; ``county`` the same for
    the whole county; ``trend`` maps an indicator id to its values over up to eight quarters, oldest first.
    """

    dataset: str
    period: Period
    edition: str
    town: Town
    indicators: list[dict[str, Any]]
    county: list[dict[str, Any]]
    trend: dict[str, list[dict[str, Any]]]
    worklist: pd.DataFrame
    schools: pd.DataFrame
    inputs: list[dict[str, Any]]
    quality: dict[str, Any]
    refused: dict[str, str]

    def digest(self) -> str:
        """SHA-256 over everything a report can be made from."""
        frames = [frame.to_json(orient="split", date_format="iso") for frame in (self.worklist, self.schools)]
        return provenance.sha256_json(
            [self.dataset, str(self.period), self.edition, self.town.code, self.town.name, self.indicators]
            + [self.county, self.trend, frames, self.inputs, self.quality, self.refused]
        )


def load_view(settings: Settings, dataset: str, period: Period, town: Town, edition: str) -> TownView:
    """Read one town's slice from data/clean; UsageError if the figures of the period are not there yet."""
    stored = read_indicators(settings, dataset, period)
    if stored is None:
        raise UsageError(
            f"{dataset} 数据集 {period} 的指标还没有计算。",
            f"请先运行 make report TOWN={town.name} PERIOD={period}。",
        )
    series = _series(settings, dataset, period)
    return TownView(
        dataset=dataset,
        period=period,
        edition=edition,
        town=town,
        indicators=_with_comparisons(stored, series, period, town.code),
        county=_with_comparisons(stored, series, period, "000"),
        trend=_trend(stored, series, period, town.code),
        worklist=_slice(settings, dataset, period, WORKLIST, town),
        schools=_slice(settings, dataset, period, SCHOOLS, town),
        inputs=_inputs(store.manifest(settings, dataset, period) or {"files": [], "tables": {}}),
        quality=_quality(settings, dataset, period),
        refused=stored["refused"],
    )


def read_indicators(settings: Settings, dataset: str, period: Period) -> dict[str, Any] | None:
    """The figures of all towns as the indicator stage wrote them; None if it has not run for the period."""
    file = settings.paths.clean(dataset, period) / INDICATORS
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def _series(settings: Settings, dataset: str, period: Period) -> dict[Period, dict[str, Any]]:
    """The stored figures of earlier periods; one that was refused by a blocking check counts as absent."""
    current = read_indicators(settings, dataset, period) or {"refused": {}}
    earlier = [period.shift(-n) for n in range(1, TREND_QUARTERS)]
    found = {p: read_indicators(settings, dataset, p) for p in earlier if str(p) not in current["refused"]}
    return {p: content for p, content in found.items() if content is not None}


def _by_id(stored: dict[str, Any] | None, town: str) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in (stored or {"towns": {}})["towns"].get(town, [])}


def _with_comparisons(
    stored: dict[str, Any], series: dict[Period, dict[str, Any]], period: Period, town: str
) -> list[dict[str, Any]]:
    """Each indicator with the values of the quarter before and of a year ago, as computed at their own d."""
    before = _by_id(series.get(period.previous), town)
    year_ago = _by_id(series.get(period.year_ago), town)
    return [
        {
            **entry,
            "previous": before.get(entry["id"], {}).get("value"),
            "year_ago": year_ago.get(entry["id"], {}).get("value"),
        }
        for entry in stored["towns"].get(town, [])
    ]


def _trend(
    stored: dict[str, Any], series: dict[Period, dict[str, Any]], period: Period, town: str
) -> dict[str, list[dict[str, Any]]]:
    """Values over the quarters from the first one there are figures for; a gap between is None."""
    points = {**series, period: stored}
    first = min(points)
    quarters = [period.shift(-n) for n in reversed(range(TREND_QUARTERS)) if period.shift(-n) >= first]
    per_quarter = {quarter: _by_id(points.get(quarter), town) for quarter in quarters}
    ids = [entry["id"] for entry in stored["towns"].get(town, [])]
    return {
        wanted: [
            {"period": str(quarter), "value": figures.get(wanted, {}).get("value")}
            for quarter, figures in per_quarter.items()
        ]
        for wanted in ids
    }


def _slice(settings: Settings, dataset: str, period: Period, name: str, town: Town) -> pd.DataFrame:
    file: Path = settings.paths.clean(dataset, period) / f"{name}.parquet"
    filters = None if town.is_county else [("town", "==", town.code)]
    return pd.read_parquet(file, filters=filters).reset_index(drop=True)


def _inputs(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The ``inputs`` block of indicators.json: per table its files with their hashes, rows and data date."""
    found: dict[str, dict[str, str]] = {}
    for file in manifest["files"]:
        for part in file["tables"]:
            found.setdefault(part["table"], {})[file["file"]] = file["sha256"]
    return [
        {
            "table": table,
            "files": sorted(files),
            "sha256": [files[name] for name in sorted(files)],
            "rows": manifest["tables"][table]["used"],
            "as_of": manifest["tables"][table]["as_of"],
        }
        for table, files in sorted(found.items())
    ]


def _quality(settings: Settings, dataset: str, period: Period) -> dict[str, Any]:
    file = settings.paths.quality(dataset, period) / "quality.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
