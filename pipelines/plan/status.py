"""The rule that names an item's state (domain.md E.4; worked examples in docs/plan.md and tests/plan)."""

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction

from pipelines.plan import model
from pipelines.plan.model import Item


NOT_STARTED, ON_TIME, BEHIND, OVERDUE = "未启动", "序时推进", "滞后", "到期未完成"
TO_REVIEW, CLOSED, UNQUANTIFIED = "已完成待核", "已销号", "未量化"
STATUSES = (OVERDUE, BEHIND, NOT_STARTED, ON_TIME, TO_REVIEW, CLOSED, UNQUANTIFIED)
LATE = (OVERDUE, BEHIND)
OK, MISSING, NOT_APPLICABLE = "ok", "missing", "not_applicable"


@dataclass(frozen=True)
class Proof:
    """What the ledger says of an item's completion: evidence and reviewer there or not, day of closing, typed state."""

    evidence: bool = False
    reviewer: bool = False
    closed: dt.date | None = None
    typed: str = ""

    def lacking(self, day: dt.date) -> list[str]:
        """What keeps a finished item from being closed at the day, in words."""
        lacks = []
        if not self.evidence:
            lacks.append("佐证")
        if not self.reviewer:
            lacks.append("审核人")
        if self.closed is None:
            lacks.append("销号日期")
        elif self.closed > day:
            lacks.append("已到的销号日期")
        return lacks


@dataclass(frozen=True)
class Standing:
    """How far an item is: ``done`` of ``target`` (a rate: fractions), None unknown; ``unreported`` parts not told yet."""

    done: Fraction | None
    target: Fraction | None
    unreported: int = 0


@dataclass(frozen=True)
class Verdict:
    """The state of an item; ``pace`` the share that should be done by now (None where a share says nothing)."""

    status: str
    pace: Fraction | None = None
    lacks: list[str] = field(default_factory=list)


def elapsed(start: dt.date, due: dt.date, day: dt.date) -> Fraction:
    """The share of the time from the start to the deadline that has passed at the end of a day, both days included."""
    whole = (due - start).days + 1
    gone = (min(day, due) - start).days + 1
    return Fraction(max(0, gone), whole) if whole > 0 else Fraction(1)


def reached(item: Item, standing: Standing) -> bool:
    """Whether the number of the plan is met; never while a part of the base is not reported."""
    if standing.done is None or standing.target is None:
        return False
    if item.direction == model.AT_MOST:
        return standing.done <= standing.target and not standing.unreported
    whole_base = item.kind == model.COUNT or not standing.unreported
    return standing.done >= standing.target and whole_base


def judge(item: Item, standing: Standing, proof: Proof, day: dt.date) -> Verdict:
    """The state of an item whose figures are known, at the end of the day d.

    An item is due when its deadline is d or earlier: the data stand at the end of that day.
    """
    if item.kind == model.OPEN:
        return Verdict(UNQUANTIFIED)
    due = item.deadline.day
    keep = item.cycle == model.KEEP or item.direction == model.AT_MOST
    done = reached(item, standing)
    if done and not (keep and day < due):
        lacks = proof.lacking(day)
        return Verdict(TO_REVIEW if lacks else CLOSED, lacks=lacks)
    if due <= day:
        return Verdict(OVERDUE)
    if keep:
        return Verdict(ON_TIME if done else BEHIND)
    if item.kind == model.YESNO:
        # half a yes cannot be measured: the ledger's own word for how it stands counts
        return Verdict(proof.typed if proof.typed in (NOT_STARTED, BEHIND) else ON_TIME)
    return _by_pace(item, standing, day)


def _by_pace(item: Item, standing: Standing, day: dt.date) -> Verdict:
    """未启动, 序时推进 or 滞后: what is done against the elapsed share of the time, from the baseline."""
    assert standing.done is not None and standing.target is not None
    pace = elapsed(item.start, item.deadline.day, day)
    base = Fraction(str(item.baseline))
    if standing.done <= 0:
        return Verdict(NOT_STARTED, pace)
    wanted = base + pace * (standing.target - base)
    return Verdict(ON_TIME if standing.done >= wanted else BEHIND, pace)
