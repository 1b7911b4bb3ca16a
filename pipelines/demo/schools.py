"""Invented schools over the real towns (T1): how many of which type is data (towns.csv), names are words.toml."""

import datetime as dt
import random
from dataclasses import dataclass

from pipelines.demo.people import Chain


KINDS = {
    "kindergarten": "幼儿园",
    "primary": "小学",
    "point": "教学点",
    "junior": "初中",
    "nine": "九年一贯",
    "senior": "高中",
    "vocational": "中职",
    "special": "特教",
}


@dataclass(slots=True)
class School:
    """One school; ``closed`` and ``merged_into`` stand in T1 only once the day has come."""

    school_id: str
    name: str
    town: str
    kind: str
    area: str
    ownership: str
    boarding: str
    post: str
    opened: dt.date
    closed: dt.date | None = None
    merged_into: str = ""


class Schools:
    """All schools of the dataset, by number and by town and type."""

    def __init__(
        self, plan: list[dict[str, str]], names: dict[str, str], words: dict, seed: int, scale: float
    ):
        self.random = random.Random(f"{seed}:schools")
        self.all: dict[str, School] = {}
        self.by_kind: dict[tuple[str, str], list[School]] = {}
        for number, row in enumerate(plan, start=1):
            self._town(number, row, names[row["code"]], words["schools"], scale)
        self.seniors = [s for s in self.all.values() if s.kind in ("高中", "中职")]

    def _town(self, number: int, row: dict[str, str], short: str, parts: dict, scale: float) -> None:
        serial = 0
        for kind in KINDS:
            wanted = int(row[kind])
            # A county as small as a test still has one school of each type that a child must pass through.
            count = max(1, round(wanted * scale)) if wanted else 0
            for index in range(count):
                serial += 1
                names = parts[kind]
                part = names[index] if index < len(names) else f"第{index + 1}{names[0]}"
                self._add(f"99{number:02d}{serial:06d}", f"{short}{part}", row, kind, index, parts["posts"])

    def _add(
        self, school_id: str, name: str, row: dict[str, str], kind: str, index: int, posts: list[str]
    ) -> None:
        school = School(
            school_id=school_id,
            name=name,
            town=row["code"],
            kind=KINDS[kind],
            area=row["first_kind"] if index == 0 and kind != "point" else row["urban"],
            ownership="民办" if kind == "kindergarten" and index % 2 else "公办",
            boarding="是" if kind in ("junior", "nine", "senior", "vocational", "special") else "否",
            post=self.random.choice(posts),
            opened=dt.date(1985 + self.random.randrange(36), 9, 1),
        )
        self.all[school_id] = school
        self.by_kind.setdefault((row["code"], kind), []).append(school)

    def of(self, town: str, *kinds: str) -> list[School]:
        """Schools of a town of the given types (keys of KINDS), in order."""
        return [school for kind in kinds for school in self.by_kind.get((town, kind), [])]

    def chain(self, town: str, draw: random.Random, special: bool = False) -> Chain:
        """A way through the schools of a town; about half go on to one of the county's senior schools."""
        if special:
            school = next(s.school_id for s in self.all.values() if s.kind == "特教")
            return Chain("", school, school, "")
        kindergarten = draw.choice(self.of(town, "kindergarten")).school_id
        primaries = self.of(town, "primary", "primary", "nine", "point")
        primary = draw.choice([s for s in primaries if s.closed is None])
        juniors = self.of(town, "junior", "nine")
        junior = primary if primary.kind == "九年一贯" else draw.choice(juniors)
        senior = draw.choice(self.seniors).school_id if draw.random() < 0.45 else ""
        return Chain(kindergarten, primary.school_id, junior.school_id, senior)

    def standing(self, school_id: str, day: dt.date) -> str:
        """The school that stands for this one on the day: mergers followed to their end (contract.md section 4)."""
        school = self.all[school_id]
        while school.closed is not None and school.closed <= day and school.merged_into:
            school = self.all[school.merged_into]
        return school.school_id

    def town_at(self, school_id: str, day: dt.date) -> str:
        """Nine-digit code of the T1 town of the standing school."""
        return self.all[self.standing(school_id, day)].town
