"""Raw rows → typed clean tables with pseudonyms, rows set aside, findings, and the manifest."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pipelines.clean import persons
from pipelines.clean.columns import Context
from pipelines.clean.issues import Quoter
from pipelines.clean.output import build_manifest, is_usable, write_period
from pipelines.clean.rows import CleanTable, clean_table
from pipelines.clean.schools import SchoolRegister
from pipelines.clean.words import says_nothing
from pipelines.ingest import Intake, RawTable, ingest_period
from pipelines.ingest.cells import squeeze
from pipelines.periods import Period
from pipelines.pseudonym import Pseudonymiser
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.tables.contract import Contract, load_contract


__all__ = ["CleanResult", "clean_period"]


@dataclass(frozen=True)
class CleanResult:
    """What cleaning did: manifest as written, and its counts per table (rows)."""

    dataset: str
    period: Period
    manifest: dict[str, Any]

    @property
    def tables(self) -> dict[str, dict[str, Any]]:
        """Per table: read, used, warned, set_aside (rows) and as_of."""
        return self.manifest["tables"]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(file, problem) of every file that was not or not wholly used."""
        return [(entry["file"], entry["problem"]) for entry in self.manifest["files"] if entry["problem"]]


def clean_period(settings: Settings, dataset: str, period: Period) -> CleanResult:
    """Ingest and clean one period and write everything under data/clean/<dataset>/<period>/.

    Every input row is in exactly one of used and set aside. Raises UsageError without a data folder, ConfigError
    for broken settings, reference data or key file.
    """
    with _without_collection():
        return _clean(settings, dataset, period)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Millions of cells come and go here and none refers back: looking for cycles would cost a tenth of the time."""
    active = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if active:
            gc.enable()


def _clean(settings: Settings, dataset: str, period: Period) -> CleanResult:
    contract = load_contract(settings.paths.reference)
    intake = ingest_period(settings, dataset, period)
    reference = load_reference(settings, dataset)
    pseudonyms = Pseudonymiser.load(settings, dataset)
    sheets: dict[str, list[RawTable]] = {}
    for sheet in intake.tables:
        sheets.setdefault(sheet.table, []).append(sheet)
    named = _names(intake)
    quoter = Quoter(_vocabulary(contract), named)
    words = reference.plan.words if reference.plan else frozenset()
    context = Context(
        contract,
        reference.towns,
        settings.code_edition(dataset),
        SchoolRegister(None),
        pseudonyms,
        period,
        words,
    )
    cleaned: dict[str, CleanTable] = {}
    # Schools first: the other tables look their schools up in them.
    for name in sorted(sheets, key=lambda name: (name != "school", list(contract.tables).index(name))):
        cleaned[name] = clean_table(contract.tables[name], sheets[name], context, quoter)
        if name == "school" and is_usable(cleaned[name]):
            refused = frozenset(row["school_id"] for row in cleaned[name].set_aside if row["school_id"])
            register = SchoolRegister(cleaned[name].clean, refused)
            context = replace(context, schools=register)
    manifest = build_manifest(intake, cleaned, sheets, pseudonyms)
    names = persons.signs(intake.tables, contract, pseudonyms, named)
    write_period(settings, intake, cleaned, manifest, list(contract.tables), names)
    return CleanResult(dataset, period, manifest)


def _vocabulary(contract: Contract) -> frozenset[str]:
    """Every word of the code lists: such a value in the wrong column may be shown, it is no name."""

    def texts() -> Iterable[str]:
        for table in contract.tables.values():
            for column in table.columns:
                if column.kind in ("enum", "code", "codes", "multi"):
                    yield from contract.allowed(column)
        for aliases in contract.value_aliases.values():
            yield from aliases

    return frozenset(squeeze(text) for text in texts())


def _names(intake: Intake) -> frozenset[str]:
    """Every name in the name columns of the period, never to be quoted."""
    cells: set[Any] = set()
    for sheet in intake.tables:
        cells.update(sheet.columns.get("name", ()))
    return frozenset(name for name in map(squeeze, cells) if len(name) > 1 and not says_nothing(name))
