"""All files that people edit, checked at once, for ``make check``."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.configcheck.finding import Finding


if TYPE_CHECKING:
    from pipelines.settings import Settings

_NUMBERED = re.compile(r"第(\d+)行")
_ENTRY = re.compile(r"^(expectations/\S+\.json)(?: 第\d+条)?(?:（(.+?)）)?：?(.*)$", re.DOTALL)


def check_all(settings: "Settings") -> list[Finding]:
    """Everything wrong with the files that people edit, by file and line. Imports no Great Expectations."""
    from pipelines.configcheck.reference_files import contract_findings, reference_findings

    folder = settings.paths.reference
    contract = contract_findings(folder)
    found = [*_settings(settings), *contract, *reference_findings(folder), *_others(folder)]
    if not contract:  # what follows speaks of tables and columns
        found += [*_texts(settings), *_suites(settings)]
    return sorted(found)


def _others(folder: Path) -> list[Finding]:
    """Tables and texts in folders below data/reference (the plan's): their form; what they say is their reader's."""
    from pipelines.configcheck.csvfile import read_table
    from pipelines.configcheck.tomlfile import read_toml

    found: list[Finding] = []
    for file in sorted(folder.glob("*/*")):
        if file.suffix == ".csv":
            found += read_table(file).findings
        elif file.suffix == ".toml":
            found += read_toml(file, f"{file.parent.name}/{file.name}")[1]
    return found


def _settings(settings: "Settings") -> list[Finding]:
    from pipelines.configcheck.settings_file import settings_findings
    from pipelines.configcheck.tomlfile import read_toml
    from pipelines.settings import SETTINGS_FILE

    toml, found = read_toml(settings.root / SETTINGS_FILE)
    return found if toml is None else settings_findings(toml)


def _texts(settings: "Settings") -> list[Finding]:
    from pipelines.configcheck import text_files
    from pipelines.configcheck.tomlfile import read_toml
    from pipelines.indicators import actions, catalogue
    from pipelines.tables.contract import load_contract

    entries, found = read_toml(catalogue.FILE)
    work, more = read_toml(actions.FILE)
    sentences, others = read_toml(settings.paths.reference / "sentences.toml")
    found = [*found, *more, *others]
    if entries is None or work is None:
        return found
    themes = list(dict.fromkeys(str(e.get("theme")) for e in entries.content.values() if isinstance(e, dict)))
    themes = [name for name in themes if (settings.paths.notebooks / f"{name}.ipynb").is_file()] or themes
    found += text_files.catalogue_findings(entries, load_contract(settings.paths.reference).tables, themes)
    found += text_files.action_findings(work, themes, settings.content.get("deadlines", {}))
    if sentences is not None:
        thresholds = settings.content.get("thresholds", {})
        found += text_files.sentence_findings(
            sentences, list(entries.content), list(work.content), thresholds
        )
    return found


def _suites(settings: "Settings") -> list[Finding]:
    from pipelines.checks.suites import read_suite
    from pipelines.errors import ConfigError

    found = []
    for file in sorted(settings.paths.expectations.glob("*.json")):
        name = f"expectations/{file.name}"
        try:
            problems = read_suite(file, settings)[1]
        except ConfigError as error:
            line = int(match[1]) if (match := _NUMBERED.search(error.message)) else 0
            what = re.sub(r"^ ?(第\d+行)?", "", error.message.removeprefix(name)).strip()
            found.append(Finding(name, line, "", what, error.hint))
            continue
        found += [_of_suite(file, name, problem) for problem in problems]
    return found


def _of_suite(file: Path, name: str, problem: str) -> Finding:
    """A sentence about a suite, with the line in which the entry's id stands."""
    match = _ENTRY.match(problem)
    label, what = (match[2] or "", match[3]) if match else ("", problem)
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    line = next(
        (n for n, text in enumerate(lines, 1) if label and f'"{label}"' in text and '"id"' in text), 0
    )
    return Finding(name, line, label, what.strip(), "请照 expectations/README.md 改正。")
