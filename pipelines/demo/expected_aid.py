"""What the aid indicators must be, for the semester of a period, to date d."""

from decimal import Decimal

from pipelines.demo.records import ListRow, Payment
from pipelines.demo.view import COUNTY, Values, View
from pipelines.demo.world import World


class Aid(View):
    """A01, A02, A03 and its parts, A04 by reason, A05, A06, A08, A10 and its parts, A15."""

    def __init__(self, world: World, index: int):
        super().__init__(world, index)
        period = world.periods[index]
        self.semester, self.first_day = str(period.semester), period.semester.first_day
        self.payments = [p for p in world.payments if p.semester == self.semester and p.seen <= self.day]
        self.entitled = {
            r.person.pid
            for r in world.list_rows
            if r.person and self._valid(r) and r.person.pid in self.on_roll
        }
        self.aided = {p.person.pid for p in self.payments if p.success(self.day)}
        seen = [i for i in world.identifications if i.semester == self.semester and i.day <= self.day]
        self.waived = {i.person.pid for i in seen if i.waiver == "有"}
        self.identified = {i.person.pid for i in seen if not (i.cancelled and i.cancelled <= self.day)}

    def _valid(self, row: ListRow) -> bool:
        begun = row.list_date <= self.day and (row.valid_from or row.list_date) <= self.day
        # An end that lies after d is not in the file yet.
        ended = row.valid_to is not None and row.valid_to <= self.day and row.valid_to < self.first_day
        return begun and not ended and row.status in ("享受", "新增")

    def values(self) -> dict[str, Values]:
        """All of them, for the semester of the period, to date d."""
        base = self.entitled - self.waived
        found = {
            "A01": self._persons(self.entitled),
            "A02": self._persons(self.aided),
            "A03.denominator": self._persons(base),
            "A03.numerator": self._persons(base & self.aided),
            "A04": self._persons(base - self.aided),
            "A05": self._persons(self.aided - self.entitled - self.identified),
            "A10.denominator": self.count((self.town(p.school), n) for n, p in enumerate(self.payments)),
            "A10.numerator": self.count(
                (self.town(p.school), n) for n, p in enumerate(self.payments) if self._stuck(p)
            ),
            "A06": self._doubles(),
            "A08": self._shortfall(),
            "A15": self._money(),
        }
        for reason in ("退回", "待发", "未发放", "未认定"):
            found[f"A04.{reason}"] = self._persons(
                {p for p in base - self.aided if self._reason(p) == reason}
            )
        return found

    def _persons(self, pids: set[int]) -> Values:
        return self.count((self._town_of(pid), pid) for pid in pids)

    def _town_of(self, pid: int) -> str:
        if pid in self.on_roll:
            return self.town(self.on_roll[pid][1].school)
        return self.town(next(p.school for p in self.payments if p.person.pid == pid and p.success(self.day)))

    def _reason(self, pid: int) -> str:
        states = {p.status(self.day) for p in self.payments if p.person.pid == pid}
        if states and states <= {"退回", "失败"}:
            return "退回"
        if states:
            return "待发"
        return "未发放" if pid in self.identified else "未认定"

    def _stuck(self, row: Payment) -> bool:
        if row.status(self.day) not in ("退回", "失败"):
            return False
        return not any(
            p.person is row.person
            and p.programme == row.programme
            and p.success(self.day)
            and p.seen > row.seen
            for p in self.payments
        )

    def _sums(self) -> Values:
        return dict.fromkeys([*self.world.plan, COUNTY], 0)

    def _doubles(self) -> Values:
        """Further successful payments of one person and programme in the semester, reissues apart."""
        rows = [p for p in self.payments if p.success(self.day) and not p.reissue_of]
        sums = self._sums()
        for town in sums:
            here = [(p.person.pid, p.programme) for p in rows if town in (COUNTY, self.town(p.school))]
            sums[town] = len(here) - len(set(here))
        return sums

    def _shortfall(self) -> Values:
        """What is missing to the standard, 元; pupils of 特教 have none. No person is paid in two towns."""
        paid: dict[tuple[int, str], Decimal] = {}
        rows = [p for p in self.payments if p.success(self.day) and self._has_standard(p)]
        for p in rows:
            key = (p.person.pid, p.programme)
            paid[key] = paid.get(key, Decimal(0)) + p.paid
        sums = self._sums()
        for key, p in {(p.person.pid, p.programme): p for p in rows}.items():
            for town in (self.town(p.school), COUNTY):
                sums[town] += float(max(Decimal(0), p.due - paid[key]))
        return sums

    def _has_standard(self, row: Payment) -> bool:
        return not row.person.special

    def _money(self) -> Values:
        sums = self._sums()
        for p in self.world.payments:
            if p.success(self.day) and p.paid_day and self.start <= p.paid_day <= self.day:
                for town in (self.town(p.school), COUNTY):
                    sums[town] += float(p.paid)
        return sums
