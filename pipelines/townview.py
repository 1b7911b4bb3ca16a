"""All that one town's reports may say: the town's slice of what the indicator stage wrote.

A notebook sees nothing else (but the clean tables it asks for by name), so its hash decides whether a report has
to be made again, and a town's report never touches another town's rows.
"""

import json
from copy import deepcopy
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines import provenance, store
from pipelines.errors import UsageError
from pipelines.periods import Period
from pipelines.plan import stage
from pipelines.settings import Settings
from pipelines.towns import COUNTY_CODE, Town


INDICATORS = "indicators.json"
AUTUMN = "aid_previous_semester"  # the aid figures of the closing autumn semester, in the first quarter only
WORKLIST = "worklist"
INTERNAL = "internal"
SCHOOLS = "schools"
MATCHES = "matches"
TREND_QUARTERS = 8


@dataclass(frozen=True)
class TownView:
    """One town's figures, worklist, schools, comparison values, inputs and data quality.

    ``indicators`` is the list of contract.md section 3 with ``previous`` and ``year_ago``; ``county`` the same for
    the whole county; ``autumn`` the aid figures of the closing autumn semester (Q1, else empty); ``trend`` maps an indicator id to its values over up to eight quarters, oldest first.
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
    autumn: list[dict[str, Any]] = field(default_factory=list)
    # the unit's part of the plan (pipelines/plan/stage.py, view); empty without a plan
    plan: dict[str, Any] = field(default_factory=dict)
    # per town code {"indicators": […], "trend": {…}} for the county overview; empty for a town
    towns: dict[str, dict[str, Any]] = field(default_factory=dict)
    # 一码通 complaints as published, by town code; the county's public edition only (pipelines/disclosure/complaints.py)
    complaints: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    reconciliation: list[dict[str, Any]] = field(
        default_factory=list
    )  # rows read by table, file, sheet, of the town

    def parts(self) -> dict[str, str]:
        """SHA-256 per kind of thing a report can be made from; stamps use them to say what changed.

        ``view`` is the town's own; ``sources``, ``quality`` and ``refused`` are about the whole county's data, as
        printed under 数据说明; every county figure that is printed beside the town's stands for itself, as
        ``county:A15``. The hashes of the received files are left out: a file holds the rows of many towns.
        """
        return dict(self._parts)

    @cached_property
    def _parts(self) -> dict[str, str]:
        # each of a town's reports asks for them twice, and nothing in a view ever changes
        shared = {"county", "inputs", "quality", "refused"}
        own = {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name not in shared}
        sources = [{k: v for k, v in entry.items() if k != "sha256"} for entry in self.inputs]
        named = {"view": own, "sources": sources, "quality": self.quality, "refused": self.refused}
        named |= {f"county:{entry['id']}": entry for entry in self.county}
        return {name: provenance.sha256_json(content) for name, content in named.items()}

    def digest(self) -> str:
        """SHA-256 over everything a report can be made from."""
        return provenance.sha256_json(self.parts())


def _plain(value: Any) -> Any:
    """A field as JSON can hold it."""
    if isinstance(value, pd.DataFrame):
        return value.to_json(orient="split", date_format="iso")
    if isinstance(value, Town):
        return [value.code, value.name, value.kind]
    return str(value) if isinstance(value, Period) else value


def load_view(settings: Settings, dataset: str, period: Period, town: Town, edition: str) -> TownView:
    """Read one town's slice from data/clean; UsageError if the figures of the period are not there yet.

    The public edition's view is made from what was released, and nothing else is read.
    """
    if edition == "public":
        from pipelines.publicview import load_public_view

        return load_public_view(settings, dataset, period, town)
    stored = read_indicators(settings, dataset, period)
    if stored is None:
        raise UsageError(
            f"{dataset} 数据集 {period} 的指标还没有计算。",
            f"请先运行 make report TOWN={town.name} PERIOD={period}。",
        )
    series = _series(settings, dataset, period)
    manifest = store.manifest(settings, dataset, period) or {"files": [], "tables": {}}
    rows = [row for row in manifest.get("reconciliation", []) if row.get("town") == town.code]
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
        inputs=_inputs(manifest),
        quality=_quality(settings, dataset, period),
        refused=dict(stored["refused"]),
        autumn=_autumn(stored, series, period, town.code),
        # true counts of towns: nothing of it is for the public (docs/plan.md)
        plan=stage.view(settings, dataset, period, town, stored["refused"]) if edition == INTERNAL else {},
        reconciliation=rows,
        towns=_all_towns(stored, series, period) if town.is_county else {},
    )


def read_indicators(settings: Settings, dataset: str, period: Period) -> dict[str, Any] | None:
    """The figures of all towns as the indicator stage wrote them; None if it has not run for the period."""
    file = settings.paths.clean(dataset, period) / INDICATORS
    try:
        found = file.stat()
    except OSError:
        return None
    return _figures(file, (found.st_ino, found.st_mtime_ns, found.st_size)) if file.is_file() else None


@lru_cache(maxsize=TREND_QUARTERS)
def _figures(file: Path, state: tuple[int, ...]) -> dict[str, Any]:
    """A file of figures, parsed once as long as it stays as it is: the views of all towns are cut from the same few.

    What goes into a view is a copy: nothing that is done to a view may show in the next one.
    """
    return json.loads(file.read_text(encoding="utf-8"))


def _series(settings: Settings, dataset: str, period: Period) -> dict[Period, dict[str, Any]]:
    """The stored figures of earlier periods; one that was refused by a blocking check counts as absent."""
    current = read_indicators(settings, dataset, period) or {"refused": {}}
    earlier = [period.shift(-n) for n in range(1, TREND_QUARTERS)]
    found = {p: read_indicators(settings, dataset, p) for p in earlier if str(p) not in current["refused"]}
    return {p: content for p, content in found.items() if content is not None}


def _by_id(stored: dict[str, Any] | None, town: str, table: str = "towns") -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in (stored or {}).get(table, {}).get(town, [])}


def _with_comparisons(
    stored: dict[str, Any], series: dict[Period, dict[str, Any]], period: Period, town: str
) -> list[dict[str, Any]]:
    """Each indicator with the values of the quarter before and of a year ago, as computed at their own d."""
    before = _by_id(series.get(period.previous), town)
    year_ago = _by_id(series.get(period.year_ago), town)
    return [
        {
            **deepcopy(entry),
            "previous": before.get(entry["id"], {}).get("value"),
            "year_ago": year_ago.get(entry["id"], {}).get("value"),
        }
        for entry in stored["towns"].get(town, [])
    ]


def _autumn(
    stored: dict[str, Any], series: dict[Period, dict[str, Any]], period: Period, town: str
) -> list[dict[str, Any]]:
    """The figures of the closing autumn semester with those of the autumn a year before."""
    year_ago = _by_id(series.get(period.year_ago), town, AUTUMN)
    return [
        {**deepcopy(entry), "previous": None, "year_ago": year_ago.get(entry["id"], {}).get("value")}
        for entry in stored.get(AUTUMN, {}).get(town, [])
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


def _all_towns(
    stored: dict[str, Any], series: dict[Period, dict[str, Any]], period: Period
) -> dict[str, dict[str, Any]]:
    """What the county overview compares: every town's figures and their quarters."""
    return {
        code: {
            "indicators": _with_comparisons(stored, series, period, code),
            "trend": _trend(stored, series, period, code),
        }
        for code in sorted(stored["towns"])
        if code != COUNTY_CODE
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
