"""Planted stories: what is wrong in the dataset, and what only looks wrong, each written down with its place.

Every story has a person of its own, made for it, so that it is there at any scale and seed. The kinds, what is to be
expected of each, and the indicator that must show it are data (kinds.csv).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from pipelines.demo.people import Person
from pipelines.demo.records import Case
from pipelines.demo.world import World, data_rows


JINGZHI = "370784122"


@dataclass(slots=True)
class Note:
    """One planted case: where it can be seen. ``ref`` is a number, or empty to be found by ``person`` in ``table``."""

    kind: str
    town: str
    index: int
    table: str
    ref: str
    person: Person | None
    seen_at: int  # index of the period whose file shows the row (a vanished pupil stands in the one before)


@dataclass(slots=True)
class BadRow:
    """A row that intake must set aside or warn about: raw cell values by column name."""

    index: int
    table: str
    values: dict[str, object]
    rule: str
    why: str
    town: str = JINGZHI


class Planter:
    """Helpers shared by the planting modules."""

    def __init__(self, world: World):
        self.world = world
        self.notes: list[Note] = []
        self.bad_rows: list[BadRow] = []
        self.mistyped: list[tuple[Person, str]] = []  # pupils whose ID number is wrong in every file, and how
        self.kinds = {row["kind"]: row for row in data_rows("kinds.csv")}
        self.towns: Iterator[str] = cycle(
            code for code in world.plan if not world.is_good(code) and code != JINGZHI
        )

    @property
    def last(self) -> int:
        """Index of the last period."""
        return self.world.last

    @property
    def before(self) -> int:
        """Index of the period before the last (the last itself in a dataset of one period)."""
        return max(0, self.world.last - 1)

    @property
    def opens_year(self) -> bool:
        """Whether the last period is the one in which a school year begins, with a period before it."""
        return self.world.periods[self.last].quarter == 3 and self.last > 0

    def note(self, kind: str, person: Person | None = None, **where) -> None:
        """Write a planted case down. ``where``: town, index, table, ref, seen_at; each has a plain default."""
        if kind not in self.kinds:
            raise KeyError(kind)
        index = where.get("index", self.last)
        town = where.get("town") or (person.town if person else "")
        table = where.get("table") or self.kinds[kind]["table"]
        self.notes.append(
            Note(kind, town, index, table, where.get("ref", ""), person, where.get("seen_at", index))
        )

    def case(self, person: Person, index: int, month: int, day: int, **fields) -> Case:
        """A T5 case reported on the day of a period; the school is where the child is or was last on the roll."""
        world = self.world
        spot = world.spot(person, index) or (world.spot(person, index - 1) if index else None)
        reported = world.day(index, month, day)
        school = fields.pop("school", spot.school if spot else "")
        usual: dict[str, Any] = {
            "first_absent": reported - dt.timedelta(days=3),
            "cause": "04",
            "whereabouts": "务工",
        }
        row = Case(
            person=person,
            school=school,
            town=world.schools.all[school].town if school else person.home,
            grade=max(1, spot.grade if spot else person.grade(world.school_year(index))),
            reported=reported,
            **(usual | fields),
        )
        world.cases.append(row)
        return row

    def monthly_contacts(self, case: Case, index: int, months: tuple[int, ...] = (1, 2, 3)) -> None:
        """A visit or call in the months of a period, none before the verification."""
        for month in months:
            day = self.world.day(index, month, 12 + month)
            if case.verified is None or day < case.verified:
                day = self.world.day(index, month, 28)
            if case.verified is not None and day >= case.verified:
                case.contacts.append((day, "家访" if month % 2 else "电话"))


def number_cases(world: World) -> None:
    """个案编号 by quarter of the report, in the order of the report."""
    world.cases.sort(key=lambda case: (case.reported, case.person.pid))
    serial: dict[str, int] = {}
    for case in world.cases:
        quarter = f"{case.reported.year}Q{(case.reported.month + 2) // 3}"
        serial[quarter] = serial.get(quarter, 0) + 1
        case.case_id = f"CX-{quarter}-{serial[quarter]:03d}"
