"""The county of the demo dataset: schools, persons, and who is on which roll at the end of each period."""

import csv
import datetime as dt
import random
import tomllib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.demo.people import Person, PersonFactory, Spot
from pipelines.demo.records import (
    Absence,
    Care,
    Case,
    Event,
    Facility,
    Identification,
    LeftBehindChild,
    ListRow,
    Payment,
)
from pipelines.demo.schools import Schools
from pipelines.periods import Period


if TYPE_CHECKING:
    from pipelines.demo.plan_story import PlanStory

HERE = Path(__file__).parent
ON_ROLL = ("在校", "休学", "转出中")
COMPULSORY = ("小学", "初中", "特教")
FIRST_GRADE, LAST_GRADE = 1, 9


def data_rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV that lies beside this module."""
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def data_toml(name: str) -> dict:
    """The content of a TOML file that lies beside this module."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


class World:
    """Everything that happened. The ledgers hold whole stories; ``tables`` cuts them at a data date."""

    plan_story: "PlanStory"  # the plan's tables, told apart from everything else

    def __init__(self, periods: Sequence[Period], names: dict[str, tuple[str, str]], seed: int, scale: float):
        self.periods = list(periods)
        self.seed, self.scale = seed, scale
        self.words = data_toml("words.toml")
        self.plan = {row["code"]: row for row in data_rows("towns.csv")}
        self.names = names  # nine-digit code → (name, short name)
        shorts = {code: short for code, (_, short) in names.items()}
        self.schools = Schools(list(self.plan.values()), shorts, self.words, seed, scale)
        self.factory = PersonFactory(self.words, seed)
        self.persons: list[Person] = []
        self.never_enrolled: list[tuple[Person, str]] = []  # T16 rows without a roll, with their 状态
        self.doubles: list[
            tuple[int, Person, Spot, str]
        ] = []  # a second roll row: period, person, place, 学籍号
        self.events: list[Event] = []
        self.absences: list[Absence] = []
        self.cases: list[Case] = []
        self.list_rows: list[ListRow] = []
        self.identifications: list[Identification] = []
        self.payments: list[Payment] = []
        self.children: list[LeftBehindChild] = []
        self.cares: list[Care] = []
        self.facilities: list[Facility] = []

    @property
    def last(self) -> int:
        """Index of the last period."""
        return len(self.periods) - 1

    def stream(self, name: str) -> random.Random:
        """A random stream of its own for one part of the simulation, so that parts do not disturb each other."""
        return random.Random(f"{self.seed}:{name}")

    def is_good(self, town: str) -> bool:
        """Whether nothing bad may happen in the town."""
        return self.plan[town]["good"] == "1"

    def day(self, index: int, month: int, day: int) -> dt.date:
        """The given day of the n-th month (1–3) of a period."""
        period = self.periods[index]
        return dt.date(period.year, 3 * period.quarter - 3 + month, day)

    def end(self, index: int) -> dt.date:
        """d of a period."""
        return self.periods[index].end

    def school_year(self, index: int) -> int:
        """The year in whose September the school year of d began."""
        return self.periods[index].school_year.first

    def index_of(self, day: dt.date) -> int | None:
        """The period that contains the day; None outside the dataset."""
        return next((i for i, p in enumerate(self.periods) if p.start <= day <= p.end), None)

    def spot(self, person: Person, index: int) -> Spot | None:
        """Where the person is on the roll at the end of the period; None if nowhere."""
        if index < person.starts or person.leaves <= index < person.back:
            return None
        grade = person.grade(self.school_year(index))
        if not max(-2, person.first_grade) <= grade <= 12:
            return None
        chain = person.chain(index)
        if grade < FIRST_GRADE:
            school, stage = chain.kindergarten, "学前"
        elif grade <= 6:
            school, stage = chain.primary, "小学"
        elif grade <= LAST_GRADE:
            school, stage = chain.junior, "初中"
        else:
            school, stage = chain.senior, ""
        if not school:
            return None
        if person.special:
            stage = "特教"
        elif not stage:
            stage = self.schools.all[school].kind
        school = self.schools.standing(school, self.end(index))
        boards = person.mode == "住校" and grade < 7
        return Spot(school, stage, grade, person.status.get(index, "在校"), "走读" if boards else person.mode)

    @cached_property
    def rolls(self) -> list[dict[int, tuple[Person, Spot]]]:
        """The rolls of all periods by ``pid``; read only after everything has happened."""
        return [
            {p.pid: (p, spot) for p in self.persons if (spot := self.spot(p, index)) is not None}
            for index in range(len(self.periods))
        ]

    def town_of(self, school: str, index: int) -> str:
        """Town of the school, mergers known at d of the period followed."""
        return self.schools.town_at(school, self.end(index))

    def town_of_first(self, person: Person) -> str:
        """Town of the first school the person has in the dataset."""
        spots = (self.spot(person, index) for index in range(len(self.periods)))
        return next((self.schools.all[spot.school].town for spot in spots if spot), "")

    def child(self, town: str, grade: int, at: int, **extra) -> Person:
        """A new person who is (or would be) in the grade at the end of a period, in the schools of the town."""
        home = extra.pop("home", town)
        draw = self.factory.random
        chain = extra.pop("chain", None) or self.schools.chain(town, draw, extra.get("special", False))
        if grade <= LAST_GRADE:
            chain = chain._replace(senior="")
        person = self.factory.make(
            self.school_year(at) - grade + 1,
            town,
            home,
            self.names[home][0] if home else "",
            chain,
            planted=True,
            taken=True,
            **extra,
        )
        self.persons.append(person)
        return person
