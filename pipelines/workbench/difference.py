"""What changed between two issued reports of one unit: figures with both values and why, cases that came, went, stayed.

*Why* is said only as far as what was stored tells: the hashes of received files, settings, program and notebooks, and
the cases listed under a figure's theme.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pipelines import formatting
from pipelines.indicators.catalogue import load_catalogue
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from pipelines.workbench.issued import Case, Issued


_ESSENCE = ("value", "numerator", "denominator", "state")
_STATE = {"missing": "缺报", "not_applicable": "没有基数", "suppressed": "隐去"}
# The kinds of cases that are the very persons of a figure, by words of their titles and captions.
_CASES_OF = {
    "D03": ("待核实",), "D05": ("未返校",), "D14": ("没有接续学籍",), "D16": ("查不到", "适龄未入学"),
    "D19": ("断档", "小升初未接续"), "A04": ("应助未助",),
}  # fmt: skip


@dataclass(frozen=True)
class FigureChange:
    """One changed figure as printed: id, name, before, after, verdicts, why."""

    id: str
    name: str
    before: str
    after: str
    verdict: str
    why: str


@dataclass(frozen=True)
class CaseChanges:
    """The cases of one theme by what became of them; ``changed`` stayed with another state or deadline."""

    came: list[Case]
    went: list[Case]
    stayed: list[Case]
    changed: list[tuple[Case, Case]]


def figure_changes(settings: Settings, before: Issued, after: Issued) -> list[FigureChange]:
    """The figures that differ, in the order of the catalogue."""
    catalogue = load_catalogue()
    found = []
    for entry in catalogue:
        old, new = before.figures.get(entry.id), after.figures.get(entry.id)
        if old is None or new is None or all(old.get(key) == new.get(key) for key in _ESSENCE):
            continue
        verdict = (
            f"{old['status']} → {new['status']}" if old["status"] != new["status"] else str(new["status"])
        )
        found.append(
            FigureChange(
                entry.id, new["name"], shown(old), shown(new), verdict,
                "；".join(_why(settings, entry.id, old, new, before, after)),
            )
        )  # fmt: skip
    return found


def shown(figure: dict[str, Any]) -> str:
    """A figure as printed, a rate with its base."""
    text = formatting.indicator_value(figure, load_catalogue().decimals(figure["id"]))
    base = formatting.base_text(figure)
    return f"{text}（{base}）" if base and figure["state"] == "ok" else text


def _why(
    settings: Settings, wanted: str, old: dict[str, Any], new: dict[str, Any], before: Issued, after: Issued
) -> list[str]:
    tables = load_catalogue().entry(wanted).tables
    titles = {name: table.title for name, table in load_contract(settings.paths.reference).tables.items()}
    reasons = []
    if old["state"] != new["state"]:
        reasons.append(f"{_STATE.get(old['state'], '有数')}变为{_STATE.get(new['state'], '有数')}")
    if wanted in _CASES_OF and "ok" == old["state"] == new["state"]:
        moved = compare_cases(_of(before, _CASES_OF[wanted]), _of(after, _CASES_OF[wanted]))
        if moved.came or moved.went:
            reasons.append(f"个案新增{len(moved.came)}件、销去{len(moved.went)}件")
    if before.period == after.period:
        changed = [
            titles[name] for name in tables if name in titles and _files(before, name) != _files(after, name)
        ]
        if changed:
            reasons.append(f"数据更正（{'、'.join(changed)}）")
    elif not reasons:
        reasons.append("新一季度的数据")
    return reasons + rule_changes(before, after)


def rule_changes(before: Issued, after: Issued) -> list[str]:
    """What else the figures were made from that is not what it was."""
    names = {"settings": "设置（阈值等）有变化", "code": "程序有变化"}
    old, new = before.provenance, after.provenance
    return [text for key, text in names.items() if old.get(key) != new.get(key)]


def notebook_changes(before: Issued, after: Issued) -> list[str]:
    """Titles of the reports whose notebook is another one."""
    reports = after.manifest.get("reports", {})
    return [
        report["title"]
        for name, report in reports.items()
        if (old := _notebook(before, name)) and (new := _notebook(after, name)) and old != new
    ]


def _notebook(issued: Issued, theme: str) -> str:
    """The hash of the notebook that a report was made with; "" where it is not recorded."""
    editions = issued.manifest.get("reports", {}).get(theme, {}).get("editions", [])
    made = [edition for edition in editions if edition["number"] <= issued.number]
    return made[-1]["inputs"].get("notebook", "") if made else ""


def _files(issued: Issued, table: str) -> list[str]:
    inputs: Iterable[dict[str, Any]] = issued.provenance.get("inputs", [])  # type: ignore[assignment]
    return next((sorted(entry["sha256"]) for entry in inputs if entry["table"] == table), [])


def _of(issued: Issued, words: tuple[str, ...]) -> list[Case]:
    """The cases of some kinds over all reports."""
    return [
        case for cases in issued.cases.values() for case in cases if any(word in case.item for word in words)
    ]


def compare_cases(before: list[Case], after: list[Case]) -> CaseChanges:
    """Cases by number and kind: a case listed under two kinds counts in each."""
    old = {(case.item, case.ref): case for case in before}
    new = {(case.item, case.ref): case for case in after}
    both = [key for key in new if key in old]
    return CaseChanges(
        came=[new[key] for key in new if key not in old],
        went=[old[key] for key in old if key not in new],
        stayed=[new[key] for key in both],
        changed=[(old[key], new[key]) for key in both if (old[key].due, old[key].detail) != (new[key].due, new[key].detail)],
    )  # fmt: skip
