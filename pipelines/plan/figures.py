"""Every countable item of the plan, for every town and the county: figure, state by rule, what is lacking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import pandas as pd

from pipelines.indicators import counting as c
from pipelines.match import Facts
from pipelines.plan import measures, model, status
from pipelines.plan.ledger import Ledger, Row, read_ledger
from pipelines.plan.model import Deadline, Item, Plan
from pipelines.plan.status import MISSING, NOT_APPLICABLE, OK, Proof, Standing
from pipelines.towns import COUNTY_CODE, Town


TABLE = "task_ledger"
Indicators = Mapping[str, Sequence[Mapping[str, Any]]]
# Why a figure is unknown or does not apply; the words are in data/reference/plan/sentences.toml, [reasons].
NO_LEDGER, NO_ROW, NO_DONE, NO_TARGET, NO_TABLE, NO_BASE, NO_SHARE, CITY_LED, CONFLICT = (
    "no_ledger", "no_row", "no_done", "no_target", "no_table", "no_base", "no_share", "city_led", "conflict",
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What is known of one item in one unit: its standing if ``state`` is ok, else the reason why not."""

    state: str
    standing: Standing = field(default_factory=lambda: Standing(None, None))
    reason: str = ""
    note: str = ""


class Scorecard:
    """The items in force at d of one period, judged for every unit."""

    def __init__(self, facts: Facts, plan: Plan, indicators: Indicators):
        self.facts, self.plan, self.indicators = facts, plan, indicators
        self.day = facts.period.end
        self.units = [*facts.towns.towns, facts.towns.county]
        self.ledger = (
            read_ledger(facts.table(TABLE), plan, facts.towns, self.day) if facts.has(TABLE) else None
        )

    def items(self) -> list[Item]:
        """Every item whose time has begun: yearly ones a year each, those of a semester for the semester of d."""
        found: list[Item] = []
        for item in self.plan.items:
            if item.cycle == model.TERMLY:
                found.append(self._of_semester(item))
            else:
                found += [one for one in item.years(self.day.year) if one.start <= self.day]
        return found

    def _of_semester(self, item: Item) -> Item:
        semester, last = self.facts.semester, self.facts.semester_end.date()
        deadline = Deadline(semester.label, last, False)
        return replace(item, start=semester.first_day, deadline=deadline)

    def figures(self) -> dict[str, list[dict[str, Any]]]:
        """{town code: one dictionary per item}; the county under ``000``."""
        items = self.items()
        return {unit.code: [self._figure(item, unit) for item in items] for unit in self.units}

    def _figure(self, item: Item, unit: Town) -> dict[str, Any]:
        row = self._row(item, unit.code)
        known = self._known(item, unit)
        verdict = None
        if known.state == OK:
            verdict = status.judge(item, known.standing, row.proof if row else Proof(), self.day)
        done, target = known.standing.done, known.standing.target
        return {
            "id": item.key,
            "task": item.task,
            "name": item.label,
            "kind": item.kind,
            "unit": item.unit,
            "state": known.state,
            "reason": known.reason,
            "note": known.note,
            "status": verdict.status if verdict else None,
            "done": _plain(done),
            "target": _plain(target),
            "unreported": known.standing.unreported,
            "share": _share(item, done, target),
            "pace": None if verdict is None or verdict.pace is None else float(verdict.pace),
            "due": item.deadline.day.isoformat(),
            "due_text": item.deadline.text,
            "due_assumed": item.deadline.assumed,
            "days_left": (item.deadline.day - self.day).days,
            "lacks": verdict.lacks if verdict else [],
            "typed": row.proof.typed if row else None,
            "duty_unit": row.duty_unit if row else None,
        }

    def _row(self, item: Item, code: str) -> Row | None:
        return self.ledger.rows.get((item.key, code)) if self.ledger else None

    def _known(self, item: Item, unit: Town) -> Known:
        if not item.concerns(unit):
            return Known(NOT_APPLICABLE, reason=CITY_LED)
        if item.kind == model.OPEN:
            return Known(OK)
        if item.origin == model.INDICATOR:
            return self._from_indicator(item, unit.code)
        if item.origin == model.MEASURE:
            return self._from_measure(item, unit.code)
        if self.ledger is None:
            return Known(MISSING, reason=NO_LEDGER)
        if unit.is_county and item.scope:
            return self._county(item)
        return self._from_row(item, self._row(item, unit.code), unit.code)

    def _from_row(self, item: Item, row: Row | None, code: str) -> Known:
        if item.base and self.facts.has("school") and not self._base(item.base)[code]:
            return Known(NOT_APPLICABLE, reason=NO_BASE)  # nothing to report on, so nothing is owed
        if row is None:
            return Known(MISSING, reason=NO_ROW)
        if row.problem:
            return Known(MISSING, reason=CONFLICT, note=row.problem)
        target = self._target(item, row, code)
        if target is None:
            return Known(MISSING, reason=NO_TARGET)
        if target == 0 and item.kind in (model.COUNT, model.ALL) and item.direction == model.AT_LEAST:
            return Known(NOT_APPLICABLE, reason=NO_SHARE)
        done = row.done
        if done is None and row.proof.typed == status.NOT_STARTED:
            done = Fraction(0)
        if done is None:
            return Known(MISSING, reason=NO_DONE)
        if done > target and item.kind in (model.ALL, model.YESNO):
            note = f"完成值{float(done):g}大于应完成数{float(target):g}"
            return Known(MISSING, reason=CONFLICT, note=note)
        return Known(OK, Standing(done, target))

    def _target(self, item: Item, row: Row | None, code: str) -> Fraction | None:
        """What has to be done: the plan's number for the county, a town's share, or the schools there are."""
        if item.kind == model.YESNO:
            return Fraction(1)
        if item.base and self.facts.has("school"):
            return Fraction(int(self._base(item.base)[code]))
        if item.kind == model.RATE or (code == COUNTY_CODE and item.target is not None):
            return Fraction(str(item.target))
        return row.target if row else None

    def _base(self, name: str) -> pd.Series:
        count = lambda: c.rows(self.facts, measures.base_schools(self.facts, name))
        return self.facts.remember(f"plan_base:{name}", count)

    def _county(self, item: Item) -> Known:
        """A county figure of a duty of the towns: the sum of what they report, else the county's own row."""
        towns = [town for town in self.facts.towns.towns if item.concerns(town)]
        parts = {town.code: self._from_row(item, self._row(item, town.code), town.code) for town in towns}
        counted = [part.standing for part in parts.values() if part.state == OK]
        unknown = sum(part.state == MISSING for part in parts.values())
        own = self._row(item, COUNTY_CODE)
        if not counted:
            return self._from_row(item, own, COUNTY_CODE)
        done = sum((s.done for s in counted if s.done is not None), Fraction(0))
        total = sum((s.target for s in counted if s.target is not None), Fraction(0))
        if item.kind == model.YESNO:
            target: Fraction | None = Fraction(len(towns))
        elif item.kind == model.COUNT or item.base:
            target = self._target(item, own, COUNTY_CODE)
        else:
            target = total
        note = ""
        if own is not None and own.done is not None and not unknown and own.done != done:
            note = f"市级行填{float(own.done):g}，各镇街区合计{float(done):g}，按合计计算"
        return Known(
            OK if target else MISSING, Standing(done, target, unknown), "" if target else NO_TARGET, note
        )

    def _from_indicator(self, item: Item, code: str) -> Known:
        entry = next(e for e in self.indicators[code] if e["id"] == item.named)
        if entry["state"] != OK or entry["value"] is None:
            missing = entry["state"] == MISSING
            return Known(MISSING if missing else NOT_APPLICABLE, reason=NO_TABLE if missing else NO_BASE)
        if entry["denominator"] is None:
            target = Fraction(1) if item.kind == model.ALL else Fraction(str(item.target))
            return Known(OK, Standing(Fraction(str(entry["value"])), target))
        return self._ratio(item, int(entry["numerator"]), int(entry["denominator"]), 0)

    def _from_measure(self, item: Item, code: str) -> Known:
        rule = measures.RULES[item.named]
        if not all(self.facts.has(need) for need in rule.needs):
            return Known(MISSING, reason=NO_TABLE)
        made = self.facts.remember(f"plan:{item.named}", lambda: rule.compute(self.facts))
        return self._ratio(
            item, int(made.numerator[code]), int(made.denominator[code]), int(made.unreported[code])
        )

    def _ratio(self, item: Item, done: int, base: int, unreported: int) -> Known:
        if not base:
            return Known(MISSING, reason=NO_ROW) if unreported else Known(NOT_APPLICABLE, reason=NO_BASE)
        if done > base:
            return Known(MISSING, reason=CONFLICT, note=f"完成数{done}大于基数{base}")
        if item.kind == model.RATE:
            return Known(OK, Standing(Fraction(done, base), Fraction(str(item.target)), unreported))
        return Known(OK, Standing(Fraction(done), Fraction(base), unreported))


def _plain(number: Fraction | None) -> float | int | None:
    if number is None:
        return None
    return int(number) if number.denominator == 1 else float(number)


def _share(item: Item, done: Fraction | None, target: Fraction | None) -> float | None:
    """What is done as a share of the target; None where a share says nothing (yes or no, 不高于, no number)."""
    if done is None or not target or item.kind in (model.YESNO, model.OPEN):
        return None
    return float(done / target)


def strange_rows(ledger: Ledger | None) -> list[dict[str, Any]]:
    """Ledger rows that belong to no item of the plan or to a town without a duty, by town and reason."""
    return ledger.strange if ledger else []
