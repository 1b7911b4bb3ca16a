"""Whether the population behind a figure is whole: only then may a zero be printed (contract.md section 6)."""

from dataclasses import dataclass
from typing import Any

from pipelines import store
from pipelines.disclosure import complaints
from pipelines.indicators.catalogue import load_catalogue
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.towns import COUNTY_CODE


@dataclass(frozen=True)
class Wholeness:
    """Which tables a quarter has, and in which towns rows of them were set aside ("" where the town is unknown)."""

    tables: dict[str, str]
    gaps: dict[str, frozenset[str]]

    @classmethod
    def load(cls, settings: Settings, dataset: str, period: Period) -> "Wholeness":
        """From the manifest of the clean stage."""
        manifest: dict[str, Any] = store.manifest(settings, dataset, period) or {"tables": {}}
        gaps: dict[str, set[str]] = {}
        for row in manifest.get("reconciliation", []):
            if row["set_aside"]:
                gaps.setdefault(row["table"], set()).add(row["town"] or "")
        dates = {name: table["as_of"] for name, table in manifest["tables"].items()}
        return cls(dates, {name: frozenset(codes) for name, codes in gaps.items()})

    def __call__(self, code: str, indicator: str) -> bool:
        """No row that may belong to the area was set aside in any table that the indicator needs."""
        named = complaints.TABLE if indicator.startswith(complaints.RECEIVED) else ""
        for table in (named,) if named else load_catalogue().entry(indicator).tables:
            gaps = self.gaps.get(table, frozenset())
            if gaps & {code, ""} or (gaps and code == COUNTY_CODE):
                return False
        return True

    def inputs(self) -> list[dict[str, str]]:
        """The tables with their data dates: what a public edition may say of its sources."""
        return [{"table": name, "as_of": date} for name, date in sorted(self.tables.items())]
