"""What the indicators of left-behind children must be."""

from collections.abc import Iterable

from pipelines.demo.care import RURAL_KINDS, active, sixteenth
from pipelines.demo.records import LeftBehindChild
from pipelines.demo.view import Values, View
from pipelines.demo.world import COMPULSORY


class LeftBehind(View):
    """L01, L02 in and out, L03, L04, L05 numerator, L06, L12 numerator and base."""

    def _children(self, found: Iterable[LeftBehindChild]) -> Values:
        return self.count((child.person.home, child.child_id) for child in found)

    def _left(self, child: LeftBehindChild) -> bool:
        birthday = sixteenth(child.person)
        day = min(child.out_date, birthday) if child.out_date else birthday
        return child.meets_definition() and child.in_date <= self.day and self.start <= day <= self.day

    def _only_ledger(self, children: list[LeftBehindChild]) -> Iterable[tuple[str, tuple[str, int]]]:
        """A: on the ledger, aged 6 to 15, 非留守 on the roll."""
        for child in children:
            person = child.person
            aged = person.birth.replace(year=person.birth.year + 6, day=min(person.birth.day, 28)) <= self.day
            if aged and person.pid in self.on_roll and person.left_behind == "非留守":
                yield person.home, ("A", person.pid)

    def _only_registry(self, children: list[LeftBehindChild]) -> Iterable[tuple[str, tuple[str, int]]]:
        """B: 双亲留守 in a rural school, under 16, not on the ledger."""
        listed = {child.person.pid for child in children}
        for pid, (person, spot) in self.on_roll.items():
            rural = self.world.schools.all[spot.school].area == "乡村" and spot.stage in COMPULSORY
            young = self.day < sixteenth(person)
            if rural and young and person.left_behind == "双亲留守" and pid not in listed:
                yield self.town(spot.school), ("B", pid)

    def values(self) -> dict[str, Values]:
        """All of them at d."""
        world = self.world
        children = [c for c in world.children if active(c, self.day)]
        schools = [s for s in world.schools.all.values() if s.area == "乡村" and s.kind in RURAL_KINDS]
        schools = [s for s in schools if s.opened <= self.day and not (s.closed and s.closed <= self.day)]
        rooms = {
            f.place
            for f in world.facilities
            if f.kind == "关爱室" and f.use == "使用中" and f.built and f.built <= self.day
        }
        return {
            "L01": self._children(children),
            "L02.in": self._children(
                c for c in world.children if c.meets_definition() and self.start <= c.in_date <= self.day
            ),
            "L02.out": self._children(c for c in world.children if self._left(c)),
            "L04": self.count([*self._only_ledger(children), *self._only_registry(children)]),
            "L03": self.count(
                (self.town(spot.school), pid)
                for pid, (p, spot) in self.on_roll.items()
                if spot.stage in COMPULSORY and p.left_behind != "非留守"
            ),
            "L05.numerator": self._children(
                c
                for c in children
                if c.agreement == "有" and (c.agreement_until is None or c.agreement_until >= self.day)
            ),
            "L06": self._children(c for c in children if c.carer == "无" or c.carer_age == "未成年"),
            "L12.numerator": self.count((s.town, s.school_id) for s in schools if s.school_id in rooms),
            "L12.denominator": self.count((s.town, s.school_id) for s in schools),
        }
