"""What the dropout indicators must be (see the package's docstring for how it is known)."""

import datetime as dt
from collections.abc import Iterable

from pipelines.demo.people import Person
from pipelines.demo.records import Case
from pipelines.demo.rows import Tables
from pipelines.demo.view import Values, View
from pipelines.demo.world import COMPULSORY, LAST_GRADE, ON_ROLL


RETURNED = ("11", "12", "13", "14", "15", "16")


class Dropout(View):
    """D01, D03, D05, D06, D08, D11, D12, D14, D16, D19, D20."""

    def values(self) -> dict[str, Values]:
        """All of them; D19 and D20 only where there is a period before."""
        cases = self.world.cases
        found = {
            "D01": self.count(self._pupils()),
            "D03": self.count((self._of(c), c.case_id) for c in cases if c.suspected_at(self.day)),
            "D05": self.count((self._of(c), c.person.pid) for c in cases if c.confirmed_at(self.day)),
            "D06": self.count((self._of(c), c.person.pid) for c in cases if self._confirmed_now(c)),
            "D14": self.count(self._unmatched()),
            "D16": self.count(
                (p.home, p.pid)
                for p, status in Tables(self.world, self.index).cohort_members()
                if status == "在册" and not self.ever(p.pid)
            ),
        }
        found |= self._rates()
        if self.index > 0:
            gone = list(self._vanished())
            found["D19"] = self.count((town, pid) for town, pid, _ in gone)
            if self.world.periods[self.index].quarter == 3:
                found["D20"] = self.count((town, pid) for town, pid, grade in gone if grade == 6)
        return found

    def _rates(self) -> dict[str, Values]:
        cases, before = self.world.cases, self.start - dt.timedelta(days=1)
        due = [c for c in cases if c.confirmed_at(before) or self._confirmed_now(c)]
        open_ = [c for c in cases if c.open_at(self.day)]
        confirmed = [c for c in cases if c.confirmed_at(self.day)]
        parts = {
            "D08": (due, [c for c in due if self._came_back(c)]),
            "D11": (open_, [c for c in open_ if c.plan and all(c.owners)]),
            "D12": (confirmed, [c for c in confirmed if self._met_every_month(c)]),
        }
        found = {}
        for name, (base, upper) in parts.items():
            found[f"{name}.denominator"] = self.count((self._of(c), c.case_id) for c in base)
            found[f"{name}.numerator"] = self.count((self._of(c), c.case_id) for c in upper)
        return found

    def _confirmed_now(self, case: Case) -> bool:
        verified = case.verified
        return case.verdict == "辍学" and verified is not None and self.start <= verified <= self.day

    def _came_back(self, case: Case) -> bool:
        closed = case.closed is not None and case.closed <= self.day
        kind = case.close_type if closed else ""
        if case.returned is not None and case.returned <= self.day:
            return self.start <= case.returned and kind in ("", *RETURNED)
        return closed and case.closed is not None and self.start <= case.closed and kind in RETURNED

    def _met_every_month(self, case: Case) -> bool:
        assert case.verified is not None  # a confirmed case has been verified
        since = max(case.verified, self.start)
        months = range(since.month, self.day.month + 1)
        met = {day.month for day, _ in case.contacts if self.start <= day <= self.day}
        return all(month in met for month in months)

    def _of(self, case: Case) -> str:
        return self.town(case.school) if case.school else case.town

    def _pupils(self) -> Iterable[tuple[str, int]]:
        for pid, (_, spot) in self.on_roll.items():
            if spot.stage in COMPULSORY:
                yield self.town(spot.school), pid
        for index, person, spot, _ in self.world.doubles:
            if index == self.index:
                yield self.town(spot.school), person.pid

    def _recent(self, day: dt.date) -> bool:
        return self.world.periods[self.index].previous.start <= day <= self.day

    def _unmatched(self) -> Iterable[tuple[str, int]]:
        for e in self.world.events:
            late = (self.day - e.day).days > 30
            open_ = e.matched != "是" and e.status != "退回" and e.person.pid not in self.on_roll
            if e.kind == "转出" and self._recent(e.day) and late and open_:
                yield self.town(e.from_school), e.person.pid

    def _vanished(self) -> Iterable[tuple[str, int, int]]:
        """(town of the place before, pid, grade before) of pupils nobody accounts for (D19)."""
        summer = self.world.periods[self.index].quarter == 3
        for pid, (person, spot) in self.world.rolls[self.index - 1].items():
            if spot.status not in ON_ROLL or spot.stage not in COMPULSORY or pid in self.on_roll:
                continue
            if (summer and spot.grade == LAST_GRADE) or self._accounted(person, spot.grade):
                continue
            yield self.town(spot.school), pid, spot.grade

    def _accounted(self, person: Person, grade: int) -> bool:
        for e in self.world.events:
            if e.person is person and self._recent(e.day):
                moved = e.kind == "转出" and e.matched == "是"
                if moved or e.kind == "死亡" or (e.kind == "毕业" and grade == LAST_GRADE):
                    return True
        return any(c.person is person and c.open_at(self.day) for c in self.world.cases)
