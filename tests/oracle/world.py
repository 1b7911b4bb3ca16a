"""The people and schools of one random county, and the days worth testing; a seed gives the same everywhere.

All persons are invented; ID numbers carry the area code 000000 and a valid check digit.
"""

import csv
import datetime as dt
from pathlib import Path
from random import Random

from pipelines.periods import Period

from .view import Row


REFERENCE = Path(__file__).resolve().parents[2] / "data" / "reference"
COMPULSORY_GRADES = ["一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级"]
GRADES = ["小班", "中班", "大班", *COMPULSORY_GRADES, "高一", "高二", "高三"]
VOCATIONAL = {"高一": "中职一年级", "高二": "中职二年级", "高三": "中职三年级"}
STAGES = ["学前"] * 3 + ["小学"] * 6 + ["初中"] * 3 + ["高中"] * 3
DISABILITIES = ("视力残疾", "听力残疾", "肢体残疾", "智力残疾", "精神残疾", "多重残疾")
PERIODS = [
    Period(2023, 4),
    *(Period(year, quarter) for year in (2024, 2025, 2026) for quarter in (1, 2, 3, 3, 4)),
]


def read_csv(name: str) -> list[Row]:
    """A table of data/reference as dictionaries of text."""
    lines = (REFERENCE / f"{name}.csv").read_text(encoding="utf-8-sig").splitlines()
    return list(csv.DictReader(line for line in lines if line and not line.startswith("#")))


def school_days() -> set[dt.date]:
    """T15: Monday to Friday within 上课, without 放假 and 法定节假日, with the 调课 days at weekends."""
    spans: dict[str, set[dt.date]] = {}
    for row in read_csv("school_calendar"):
        day, last = dt.date.fromisoformat(row["开始"]), dt.date.fromisoformat(row["结束"])
        while day <= last:
            spans.setdefault(row["类型"], set()).add(day)
            day += dt.timedelta(days=1)
    lessons = {day for day in spans["上课"] if day.weekday() < 5}
    lessons -= spans.get("放假", set()) | spans.get("法定节假日", set())
    return lessons | spans.get("调课", set()) | spans.get("调课日", set())


SCHOOL_DAYS = school_days()


def id_number(birth: dt.date, serial: int) -> str:
    """A well-formed ID number of nobody."""
    body = f"000000{birth:%Y%m%d}{serial:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights, strict=True)) % 11]


def banded(standards: list[Row]) -> list[Row]:
    """The T8 of a dataset that pays 普通高中国家助学金 in two bands."""
    rows: list[Row] = []
    for row in standards:
        if row["资助项目"] == "普通高中国家助学金":
            rows += [
                row | {"资助档次": "一档", "学期标准": "1150"},
                row | {"资助档次": "二档", "学期标准": "600"},
                row | {"发放截止日": "春:06-15;秋:12-15"},  # any other band, due later
            ]
        else:
            rows.append(row)
    return rows


class World:
    """One county in the making: its random source, days worth testing, schools and persons."""

    def __init__(self, seed: int):
        self.rng = Random(seed)
        self.period = self.rng.choice(PERIODS)
        self.q0, self.d = self.period.start, self.period.end
        one = dt.timedelta(days=1)
        self.edges = [self.q0 - one, self.q0, self.d, self.d + one, self.period.previous.start]
        self.edges += [self.period.previous.start - one, self.period.school_year.start]
        self.edges += [self.period.semester.first_day, self.d - dt.timedelta(days=self.rng.randint(0, 9))]
        self.towns = [
            {"code": t["代码"], "name": t["名称"], "short": t["简称"], "kind": t["类型"]}
            for t in read_csv("towns")
        ]
        self.used = self.rng.sample(self.towns, self.rng.randint(2, 4))
        self.standards = read_csv("aid_standards")
        self.own_standards = self.chance(0.4)
        if self.own_standards:
            self.standards = banded(self.standards)
        self.schools = self._schools()
        self.people: list[Row] = []
        for number in range(self.rng.randint(15, 60)):
            self.people.append(self._person(number))

    def chance(self, share: float) -> bool:
        """True in this share of calls."""
        return self.rng.random() < share

    def sample(self, share: float, with_id: bool = False) -> list[Row]:
        """This share of the people, of those with an ID number if asked."""
        return [person for person in self.people if (person["id"] or not with_id) and self.chance(share)]

    def town(self) -> str:
        """The code of one of the county's busy towns."""
        return self.rng.choice(self.used)["code"]

    def day(self, first: dt.date | None = None, last: dt.date | None = None) -> dt.date:
        """An edge day, or any day from half a year before q0 to a little after d, kept within first and last."""
        any_day = self.q0 + dt.timedelta(days=self.rng.randint(-200, 100))
        day = self.rng.choice(self.edges) if self.chance(0.5) else any_day
        if first and self.chance(0.93):  # sometimes the dates of a row stand in the wrong order
            day = max(day, first)
        return min(day, last) if last else day

    def around_holiday(self) -> dt.date:
        """A day of q or just before it whose next calendar day is no ordinary school day, or the reverse."""
        days = [self.q0 + dt.timedelta(days=n) for n in range(-20, (self.d - self.q0).days)]
        odd = [day for day in days if (day in SCHOOL_DAYS) != (day.weekday() < 5)]
        return self.rng.choice(odd or days)

    def _schools(self) -> list[Row]:
        kinds = ["小学", "初中"] + self.rng.choices(
            ("小学", "教学点", "初中", "九年一贯", "高中", "幼儿园", "特教", "完中", "中职", "专门"),
            k=self.rng.randint(1, 6),
        )
        schools: list[Row] = []
        for number, kind in enumerate(kinds):
            schools.append(
                {
                    "school_id": f"3700{number + 1:06d}", "school_name": f"演示{'甲乙丙丁戊己庚辛'[number]}{kind}",
                    "town": self.town(), "school_type": kind, "urban_rural": self.rng.choice(("城区", "镇区", "乡村", "乡村")),
                    "ownership": "公办", "open_date": self.day() if self.chance(0.3) else None,
                    "close_date": None, "merged_into": None,
                }
            )  # fmt: skip
        for one, other in zip(schools[2:], schools[1:-1], strict=True):
            if self.chance(0.3):  # may form chains: a school goes into one that is itself closed
                one["close_date"] = self.day()
                one["merged_into"] = other["school_id"] if self.chance(0.85) else None
        return schools

    def school_for(self, stage: str) -> str:
        """A school of a fitting type if there is one."""
        fitting = {
            "小学": ("小学", "教学点", "九年一贯"), "初中": ("初中", "九年一贯", "完中"), "高中": ("高中", "完中"),
            "学前": ("幼儿园",), "特教": ("特教",), "中职": ("中职",),
        }[stage]  # fmt: skip
        found = [s for s in self.schools if s["school_type"] in fitting] or self.schools
        return self.rng.choice(found)["school_id"]

    def _birth(self, grade: int) -> dt.date:
        """A birth date that fits the grade, or one on the edge of a rule about age."""
        year = self.period.school_year.first - 3 - grade
        if not self.chance(0.25):
            return dt.date(year, 9, 1) - dt.timedelta(days=self.rng.randint(1, 500))
        first, d = self.period.school_year.first, self.d
        last = d if (d.month, d.day) != (2, 29) else d.replace(day=28)
        return self.rng.choice(
            (
                last.replace(year=d.year - 16), self.q0.replace(year=d.year - 16),
                last.replace(year=d.year - 16) + dt.timedelta(days=1), dt.date(2008, 2, 29),
                dt.date(first - 15, 9, 1), dt.date(first - 15, 8, 31), dt.date(first - 6, 8, 31),
                dt.date(first - 6, 9, 1), last.replace(year=d.year - 6), last.replace(year=d.year - 19),
                last.replace(year=d.year - 3), last.replace(year=d.year - 3) + dt.timedelta(days=1),
            )
        )  # fmt: skip

    def _person(self, number: int) -> Row:
        rng = self.rng
        grade = rng.choice((0, 2, *range(3, 12), *range(3, 12), 11, 9, 9, 12, 14))
        birth = self._birth(grade)
        special = 3 <= grade <= 11 and self.chance(0.06)
        rolls = [f"{rng.choice('GGGJL')}{37070000000000 + number:014d}{part:04d}" for part in (0, 1)]
        if self.people and self.chance(0.04):
            rolls = list(self.people[-1]["rolls"])  # one 学籍号 with two IDs
        now, old = self._ids(birth, number)
        return {
            "number": number, "name": self._name(number), "birth": birth, "grade": grade, "special": special,
            "id": now, "old_id": old, "id_type": "护照" if now and now[0] == "E" else "居民身份证", "rolls": rolls,
            "changed": self.chance(0.1), "towns": [self.town(), self.town()], "off": self.chance(0.1),
            "flag": rng.choice(("非留守", "非留守", "单亲留守", "双亲留守")), "leaves": self.chance(0.2),
            "vocational": self.chance(0.4), "disability": rng.choice(DISABILITIES) if special or self.chance(0.15) else "无残疾",
            "inclusive": "是" if self.chance(0.1) else "否", "migrant": "是" if self.chance(0.15) else "否",
            "orphan": "是" if self.chance(0.1) else "否",
            "school": self.school_for("特教" if special else STAGES[grade]), "twice": self.chance(0.08),
            "hukou": rng.choice((f"山东省安丘市{self.towns[3]['name']}", self.town(), "山东省诸城市某镇")),
        }  # fmt: skip

    def _ids(self, birth: dt.date, number: int) -> tuple[str | None, str | None]:
        """The ID number of today and the one written down before it was corrected."""
        one = id_number(birth, number + 1)
        kind = self.rng.random()
        if kind < 0.1:
            return None, None
        if kind < 0.14:  # a check digit that does not fit is still the same person everywhere
            one = one[:17] + ("1" if one[17] != "1" else "2")
        elif kind < 0.16:  # no such day
            one = f"{one[:10]}0230{one[14:]}"
        elif kind < 0.19:
            return f"E{40_000_000 + number}", f"E{40_000_000 + number}"
        return one, id_number(birth, number + 501) if self.chance(0.06) else one

    def _name(self, number: int) -> str:
        return self.rng.choice((f"示例{number}", f"示 例{number}", f"阿依·示例{number}"))

    def grade(self, person: Row, period: Period) -> int:
        """Index of the grade in a period (below 0: not yet at school)."""
        return person["grade"] - (self.period.school_year.first - period.school_year.first)

    def roll_no(self, person: Row, period: Period) -> str:
        """The 学籍号, which may have changed at the start of the last period."""
        return person["rolls"][person["changed"] and period == self.period]

    def keys(self, person: Row) -> Row:
        """The ID and 学籍号 as some ledger has them: the ID often left out, the old ones often still used."""
        roll_no = self.rng.choice(person["rolls"]) if person["changed"] else person["rolls"][0]
        number = person["old_id"] if self.chance(0.3) else person["id"]
        return {"roll_no": roll_no, "id_no": None if self.chance(0.3) else number}
