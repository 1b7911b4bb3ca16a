"""Small random counties, dense in the traps of domain.md section K; a seed gives the same county everywhere.

All persons are invented; ID numbers carry the area code 000000 and a valid check digit.
"""

import csv
import datetime as dt
from pathlib import Path
from random import Random

from pipelines.periods import Period

from . import ledgers
from .view import County, Row, Tables


REFERENCE = Path(__file__).resolve().parents[2] / "data" / "reference"
GRADES = [
    "小班",
    "中班",
    "大班",
    "一年级",
    "二年级",
    "三年级",
    "四年级",
    "五年级",
    "六年级",
    "七年级",
    "八年级",
    "九年级",
    "高一",
    "高二",
    "高三",
]
STAGES = ["学前"] * 3 + ["小学"] * 6 + ["初中"] * 3 + ["高中"] * 3
THRESHOLDS = {
    "report_days": 3, "transfer_days": 30, "visits_high": 3, "visits_medium": 1, "visits_low": 1, "contact_share": 0.9,
}  # fmt: skip
LEDGERS = (
    "roll_event", "dropout_case", "persuasion_log", "aid_identification", "aid_payment", "dept_list", "left_behind",
    "care_log", "care_facility", "hukou_cohort",
)  # fmt: skip


def read_csv(name: str) -> list[Row]:
    """A table of data/reference as dictionaries of text."""
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


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
            ]
        else:
            rows.append(row)
    return rows


class World:
    """One county in the making: its random source, days worth testing, schools and persons."""

    def __init__(self, seed: int):
        self.rng = Random(seed)
        self.period = Period(self.rng.choice((2024, 2025, 2026)), self.rng.choice((1, 2, 3, 3, 4)))
        self.q0, self.d = self.period.start, self.period.end
        one = dt.timedelta(days=1)
        self.edges = [self.q0 - one, self.q0, self.d, self.d + one, self.period.previous.start]
        self.edges += [
            self.period.previous.start - one,
            self.period.school_year.start,
            self.period.semester.first_day,
        ]
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
        self.people = [self._person(n) for n in range(self.rng.randint(15, 60))]

    def chance(self, share: float) -> bool:
        """True in this share of calls."""
        return self.rng.random() < share

    def town(self) -> str:
        """The code of one of the county's busy towns."""
        return self.rng.choice(self.used)["code"]

    def day(self, first: dt.date | None = None, last: dt.date | None = None) -> dt.date:
        """An edge day, or any day from half a year before q0 to a little after d, kept within first and last."""
        any_day = self.q0 + dt.timedelta(days=self.rng.randint(-200, 100))
        day = self.rng.choice(self.edges) if self.chance(0.5) else any_day
        if first and self.chance(0.95):  # sometimes the dates of a row stand in the wrong order
            day = max(day, first)
        return min(day, last) if last else day

    def _schools(self) -> list[Row]:
        kinds = ["小学", "初中"] + self.rng.choices(
            ("小学", "教学点", "初中", "九年一贯", "高中", "幼儿园", "特教", "完中"), k=self.rng.randint(1, 6)
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
                one["close_date"], one["merged_into"] = self.day(), other["school_id"]
        return schools

    def school_for(self, stage: str) -> str:
        """A school of a fitting type if there is one."""
        fitting = {
            "小学": ("小学", "教学点", "九年一贯"), "初中": ("初中", "九年一贯", "完中"), "高中": ("高中", "完中"),
            "学前": ("幼儿园",), "特教": ("特教",),
        }[stage]  # fmt: skip
        found = [s for s in self.schools if s["school_type"] in fitting] or self.schools
        return self.rng.choice(found)["school_id"]

    def _person(self, number: int) -> Row:
        rng = self.rng
        grade = rng.choice((0, 2, *range(3, 12), *range(3, 12), 11, 9, 9, 12, 14))
        year = self.period.school_year.first - 3 - grade
        birth = dt.date(year, 9, 1) - dt.timedelta(days=rng.randint(1, 500))
        if self.chance(0.25):
            first = self.period.school_year.first
            birth = rng.choice(
                (
                    self.d.replace(year=self.d.year - 16), self.q0.replace(year=self.q0.year - 16),
                    self.d.replace(year=self.d.year - 16) + dt.timedelta(days=1),
                    dt.date(first - 15, 9, 1), dt.date(first - 15, 8, 31), dt.date(first - 6, 8, 31),
                    dt.date(first - 6, 9, 1), self.d.replace(year=self.d.year - 6), self.d.replace(year=self.d.year - 19),
                )
            )  # fmt: skip
        special = 3 <= grade <= 11 and self.chance(0.05)
        number_of_id = id_number(birth, number + 1)
        if self.chance(0.04):  # a check digit that does not fit is still the same person everywhere
            number_of_id = number_of_id[:17] + ("1" if number_of_id[17] != "1" else "2")
        rolls = [f"{rng.choice('GGGL')}{37070000000000 + number:014d}{part:04d}" for part in (0, 1)]
        return {
            "number": number, "name": f"示例{number}", "birth": birth, "grade": grade, "special": special,
            "id": None if self.chance(0.1) else number_of_id, "rolls": rolls,
            "changed": self.chance(0.1), "towns": [self.town(), self.town()], "off": self.chance(0.1),
            "flag": rng.choice(("非留守", "非留守", "单亲留守", "双亲留守")), "leaves": self.chance(0.2),
            "school": self.school_for("特教" if special else STAGES[grade]), "twice": self.chance(0.08),
        }  # fmt: skip

    def grade(self, person: Row, period: Period) -> int:
        """Index of the grade in a period (below 0: not yet at school)."""
        return person["grade"] - (self.period.school_year.first - period.school_year.first)

    def roll_no(self, person: Row, period: Period) -> str:
        """The 学籍号, which may have changed at the start of the last period."""
        return person["rolls"][person["changed"] and period == self.period]

    def keys(self, person: Row) -> Row:
        """The ID and 学籍号 as some ledger has them: the ID often left out, the old 学籍号 often still used."""
        roll_no = self.rng.choice(person["rolls"]) if person["changed"] else person["rolls"][0]
        return {"roll_no": roll_no, "id_no": None if self.chance(0.3) else person["id"]}


def _roll(world: World, period: Period) -> list[Row]:
    rows = []
    for person in world.people:
        grade = world.grade(person, period)
        gone = world.chance(0.05) or (person["leaves"] and period == world.period)
        if person["off"] or grade < 0 or gone:
            continue
        schools = [person["school"]]
        if grade != person["grade"] and STAGES[grade] != STAGES[person["grade"]]:
            schools = [world.school_for("特教" if person["special"] else STAGES[grade])]
        if person["twice"]:
            schools.append(world.rng.choice(world.schools)["school_id"])
        for school in schools:
            rows.append(_roll_row(world, person, period, grade, school))
    return rows


def _roll_row(world: World, person: Row, period: Period, grade: int, school: str) -> Row:
    status = world.rng.choices(("在校", "休学", "转出中", "其他离校", "毕业"), (86, 4, 4, 3, 3))[0]
    return {
        "roll_no": world.roll_no(person, period), "name": person["name"], "id_type": "居民身份证",
        "id_no": None if world.chance(0.15) else person["id"], "sex": "男", "birth_date": person["birth"],
        "school_id": school, "stage": "特教" if person["special"] else STAGES[grade], "grade": GRADES[grade],
        "class": "1班", "entry_ym": f"{period.school_year.first}-09", "roll_status": status,
        "study_mode": world.rng.choice(("走读", "住校", "送教上门")), "hukou": f"山东省安丘市{world.towns[3]['name']}",
        "left_behind_edu": person["flag"], "migrant_child": "否", "orphan": "否", "disability": "无残疾",
        "inclusive": "否",
    }  # fmt: skip


def make(seed: int) -> County:
    """The county of a seed: a last period with all tables and one to four earlier ones with the roll."""
    world = World(seed)
    periods = [world.period.shift(-n) for n in range(world.rng.randint(1, 4), 0, -1)]
    data: dict[Period, Tables] = {}
    for period in periods:
        if world.chance(0.06):
            continue
        data[period] = {
            "school": world.schools,
            "student_roll": None if world.chance(0.06) else _roll(world, period),
        }
        if world.chance(0.3):
            data[period]["aid_payment"] = ledgers.payments(world)[:10]
    last: Tables = {"school": world.schools, "student_roll": _roll(world, world.period)}
    last |= ledgers.all_of(world)
    for name in world.rng.sample(("student_roll", *LEDGERS), 2):
        if world.chance(0.25):
            last[name] = None
        elif world.chance(0.2):
            last[name] = []
    data[world.period] = last
    return County(
        world.period,
        data,
        world.towns,
        world.standards,
        THRESHOLDS,
        school_days(),
        own_standards=world.own_standards,
    )
