"""What a period's figures were made from, in hashes fine enough to say why one of them changed."""

import platform
from pathlib import Path
from typing import Any

from pipelines import codehash, provenance
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.stamps import Stamp


DATA, RULES, PROGRAM = "原始数据更正", "规则调整", "程序更新"
_STAGES = ("clean", "check", "indicators")


def basis(settings: Settings, dataset: str, period: Period, edition: str) -> dict[str, Any]:
    """``raw`` and ``tables`` per period (received files; clean tables, SHA-256 each), ``rules``, ``program``.

    Periods are the one asked for and the earlier ones that were cleaned: figures compare with those. Of a public edition,
    which is made from its release record alone, no data: who knows most rows of a small table, or of a quarter, could try
    the rest against a hash of all, and would see whether figures were corrected after they were published.
    """
    raw: dict[str, str] = {}
    tables: dict[str, dict[str, str]] = {}
    confirmed = ""
    cleaned = settings.paths.clean(dataset).glob("*/.stamps/clean.json") if edition != "public" else ()
    for file in sorted(cleaned):
        name = file.parents[1].name
        if name > str(period):
            continue
        stamp = Stamp(file, settings.root)
        raw[name] = stamp.inputs().get("raw", "")
        tables[name] = {
            Path(output).stem: digest
            for output, digest in stamp.outputs().items()
            if output.endswith(".parquet") and "/identity/" not in output
        }
        if name == str(period):
            figures = Stamp(file.with_name("indicators.json"), settings.root)
            confirmed = figures.inputs().get("confirmed", "")
    rules = {
        "settings": provenance.rules_hash(settings),
        "reference": provenance.reference_hash(settings, figures_only=True),
        "expectations": provenance.sha256_tree(settings.paths.expectations),
    }
    program = {stage: codehash.stage_hash(stage) for stage in _STAGES}
    program["lock"] = provenance.lock_hash(settings)
    return {"raw": raw, "tables": tables, "confirmed": confirmed, "rules": rules, "program": program}


def made_from(settings: Settings, inputs: list[dict[str, Any]]) -> dict[str, Any]:
    """The part of manifest.json that says what a report was made from; ``inputs`` are the view's."""
    return {
        "inputs": inputs,
        "code": {"version": provenance.code_version(settings.root), "sha256": provenance.code_hash()},
        "settings": provenance.settings_hash(settings),
        "lock": provenance.lock_hash(settings),
        "reference": provenance.reference_hash(settings),
        "expectations": provenance.sha256_tree(settings.paths.expectations),
        "python": platform.python_version(),
        "libraries": provenance.libraries(),
    }


def changed_tables(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str]]:
    """(period, table) of the clean tables that differ in periods whose received files differ."""
    found = []
    for name in sorted(old["raw"].keys() | new["raw"].keys()):
        if old["raw"].get(name) == new["raw"].get(name):
            continue
        before, after = old["tables"].get(name, {}), new["tables"].get(name, {})
        found += [(name, t) for t in sorted(before.keys() | after.keys()) if before.get(t) != after.get(t)]
    return [(name, table) for name, table in found if table not in ("findings", "set_aside")]


def classes(old: dict[str, Any], new: dict[str, Any], tables: tuple[str, ...] | None = None) -> list[str]:
    """What of data, rules and program changed between two bases; ``tables`` are those a figure is made from."""
    changed = {table for _, table in changed_tables(old, new)}
    data = bool(changed if tables is None else changed & set(tables)) or old["confirmed"] != new["confirmed"]
    # A figure whose own tables are the same can still follow another's rows (a person known by a later number).
    data = data or (bool(changed) and old["rules"] == new["rules"] and old["program"] == new["program"])
    found = [(DATA, data), (RULES, old["rules"] != new["rules"]), (PROGRAM, old["program"] != new["program"])]
    return [name for name, holds in found if holds]
