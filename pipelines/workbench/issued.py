"""What was issued, read back from the files themselves: figures, cases by number, and what they were made from.

The pages are read rather than today's tables: after a correction only the page still says what the first edition said.
Editions after the first lie beside it as ``…_第二版`` (docs/operations.md).
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag

from pipelines.errors import ReportFailed, UsageError
from pipelines.periods import Period
from pipelines.revisions.records import edition_name, editions_of, label
from pipelines.settings import Settings
from pipelines.themes import Theme, file_stem
from pipelines.towns import Town


CASE_COLUMNS = {"时限", "情况"}  # and 编号, unless the cases are the schools themselves
MOST_EDITIONS = 99
_EDITION = re.compile(r"第([一二三四五六七八九十]{1,3}|[1-9]\d?)版")
_SECTION = re.compile(r"^(?:表\s*\d+\s*)+")


@dataclass(frozen=True)
class Case:
    """One row of a case table: its number, the table it stood in, where, by when, in what state."""

    ref: str
    item: str
    place: str
    due: str
    detail: str


@dataclass(frozen=True)
class Issued:
    """One unit's issued reports of a quarter: ``label`` as printed (2026Q3 第二版), figures by id, cases by theme title."""

    label: str
    period: Period
    number: int
    figures: dict[str, dict[str, Any]]
    manifest: dict[str, Any]
    cases: dict[str, list[Case]]
    provenance: dict[str, str]


def parse(wanted: str, period: Period) -> tuple[Period, int]:
    """``2026Q2``, ``2026Q2第一版`` or ``第一版`` (of ``period``): the quarter and edition, 0 for the latest."""
    found = _EDITION.search(wanted)
    named = {label(n): n for n in range(1, MOST_EDITIONS + 1)}
    number = (int(found[1]) if found[1].isdecimal() else named.get(found[0], 0)) if found else 0
    rest = (wanted[: found.start()] + wanted[found.end() :] if found else wanted).strip()
    return (Period.parse(rest) if rest else period), number


def latest(folder: Path, stem: str, suffix: str) -> int:
    """The number of the last edition there is; 0 if there is none."""
    return len(editions_of(folder, stem, suffix))


def load(
    settings: Settings,
    dataset: str,
    period: Period,
    edition: str,
    town: Town,
    themes: list[Theme],
    number: int = 0,
) -> Issued:
    """Read one unit's issued reports; ``number`` 0 is the latest edition. UsageError if there are none."""
    folder = settings.paths.report(dataset, period, edition, "county" if town.is_county else town.name)
    last = latest(folder, "indicators", ".json")
    wanted = number or last
    file = folder / edition_name("indicators", wanted, ".json")
    if not last or not file.is_file():
        which = f"（{label(number)}）" if number else ""
        raise UsageError(
            f"{town.name} {period} 没有出过报告{which}，无从比较。",
            f"请先运行 make report TOWN={town.name} PERIOD={period} DATASET={dataset}。",
        )
    content = _json(file)
    manifest = folder / "manifest.json"
    cases = {}
    for theme in themes:
        stem = file_stem(town.name, period, theme.title)
        # a report whose cases did not change has no later edition of its own
        own = min(wanted, latest(folder, stem, ".html"))
        if own:
            cases[theme.title] = read_cases(folder / edition_name(stem, own, ".html"))
    shown = f"{period}" + (f" {label(wanted)}" if last > 1 else "")
    return Issued(
        shown, period, wanted, {entry["id"]: entry for entry in content["indicators"]},
        _json(manifest) if manifest.is_file() else {}, cases, content.get("provenance", {}) | {"inputs": content.get("inputs", [])},
    )  # fmt: skip


def _json(file: Path) -> dict[str, Any]:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportFailed(
            f"{file.parent.name} 的 {file.name} 读不了，内容可能已损坏。", "请从备份恢复，或重新生成报告。"
        ) from error


def read_cases(file: Path) -> list[Case]:
    """The rows of a page's case tables (those with 时限 and 情况), in the order of the page."""
    soup = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
    found = []
    for table in soup.select("table.data"):
        heads = [th.get_text(" ", strip=True) for th in table.select("thead th")]
        if not set(heads) >= CASE_COLUMNS:
            continue
        caption = _SECTION.sub("", table.caption.get_text(" ", strip=True)) if table.caption else ""
        for row in table.select("tbody tr"):
            cells = dict(zip(heads, (_cell(cell) for cell in row.find_all(["td", "th"])), strict=False))
            place = next((text for name, text in cells.items() if name.startswith("学校")), "")
            item = cells.get("事项") or caption
            found.append(Case(cells.get("编号") or place, item, place, cells["时限"], cells["情况"]))
    return found


def _cell(cell: Tag) -> str:
    return cell.get_text(" ", strip=True)
