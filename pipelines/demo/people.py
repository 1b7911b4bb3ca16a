"""Invented persons: names of syllables, ID numbers of area 000000, 学籍号 of the three kinds.

The area code 000000 was never issued, so no number can belong to anybody; the check digit (GB 11643), the sex digit
and the birth date are right, because the pipeline checks them (domain.md B.3).
"""

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import NamedTuple

from pipelines.errors import UsageError


WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
AREA = "000000"
# Grade 0 is the last year of kindergarten (大班), grade 1 to 9 compulsory education, 10 to 12 senior schools.
GRADE_NAMES = dict(
    zip(
        range(-2, 10),
        [
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
        ],
        strict=True,
    )
)


def check_digit(body: str) -> str:
    """The 18th character of a citizen ID for its first 17 digits (GB 11643)."""
    return CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


class Chain(NamedTuple):
    """The schools (学校标识码) a child passes through, one a stage; empty where there is none."""

    kindergarten: str = ""
    primary: str = ""
    junior: str = ""
    senior: str = ""


class Spot(NamedTuple):
    """A place on the roll at the end of one period."""

    school: str
    stage: str
    grade: int
    status: str
    mode: str


@dataclass(slots=True)
class Person:
    """One child through all periods. ``cohort`` is the year in whose September grade 1 begins."""

    pid: int
    name: str
    sex: str
    birth: dt.date
    id_no: str
    id_type: str
    roll_no: str
    ethnicity: str
    cohort: int
    town: str  # nine-digit code of the town of the first school
    home: str  # nine-digit code of the home town, "" outside the county
    hukou: str
    village: str
    guardian: str
    chains: list[tuple[int, Chain]]  # from period index on
    first_grade: int = -2
    starts: int = 0  # on no roll before this period index
    leaves: int = 10**6  # on no roll from this period index
    back: int = 10**6  # … and on it again from this one
    status: dict[int, str] = field(default_factory=dict)
    mode: str = "走读"
    special: bool = False
    inclusive: str = "否"
    disability: str = "无残疾"
    orphan: str = "否"
    migrant: str = "否"
    left_behind: str = "非留守"
    entry_year: int = 0
    wrong_id: str = ""  # what the office typed instead of the ID number
    old_code: dict[int, str] = field(default_factory=dict)  # a roll row that still names a merged school
    planted: bool = False
    taken: bool = False  # has a story already; no random event may touch it

    @property
    def shown_id(self) -> str:
        """The ID number as the registry shows it."""
        return self.wrong_id or self.id_no

    def grade(self, school_year: int) -> int:
        """The grade in the school year that begins in the given year."""
        return school_year - self.cohort + 1

    def chain(self, index: int) -> Chain:
        """The schools that hold from the period index on."""
        return [chain for since, chain in self.chains if since <= index][-1]


class PersonFactory:
    """Makes persons whose numbers are unique within one dataset."""

    def __init__(self, words: dict, seed: int):
        self.words = words
        self.random = random.Random(f"{seed}:persons")
        self.serial: dict[tuple[dt.date, str], int] = {}
        self.count = 0

    def id_number(self, birth: dt.date, sex: str) -> str:
        """A new, valid number for the birth date and sex."""
        used = self.serial.get((birth, sex), 0)
        self.serial[(birth, sex)] = used + 1
        if used >= 500:
            raise UsageError("演示数据的规模太大，身份证顺序码用完了。", "请把 SCALE 改小一些。")
        body = f"{AREA}{birth:%Y%m%d}{2 * used + (1 if sex == '男' else 0):03d}"
        return body + check_digit(body)

    def name(self) -> str:
        """An invented name; now and then one that old systems cannot hold."""
        draw, words = self.random, self.words
        chance = draw.random()
        if chance < 0.002:
            return draw.choice(words["dotted"])
        last = draw.choice(words["rare"]) if chance < 0.006 else draw.choice(words["syllables"])
        return draw.choice(words["surnames"]) + draw.choice(words["syllables"]) + last

    def birth_date(self, cohort: int) -> dt.date:
        """A day on which a child is born who starts grade 1 in ``cohort``: 31 August is the cut-off."""
        first = dt.date(cohort - 7, 9, 1)
        return first + dt.timedelta(days=self.random.randrange((dt.date(cohort - 6, 8, 31) - first).days + 1))

    def roll_number(self, kind: str, id_no: str, birth: dt.date, pid: int) -> str:
        """学籍号, 19 characters: G + ID; J and L carry area, birth date and a serial (domain.md B.3)."""
        if kind == "G":
            return "G" + id_no
        return f"{kind}{AREA}{birth:%Y%m%d}{pid % 10000:04d}"

    def make(self, cohort: int, town: str, home: str, home_name: str, chain: Chain, **extra) -> Person:
        """One new person. ``extra`` sets fields of Person; ``birth``, ``no_id`` and ``roll_kind`` steer numbers."""
        draw, words = self.random, self.words
        birth = extra.pop("birth", None) or self.birth_date(cohort)
        no_id, kind = extra.pop("no_id", False), extra.pop("roll_kind", "G")
        sex = draw.choice(["男", "女"])
        id_no = "" if no_id else self.id_number(birth, sex)
        self.count += 1
        kind = "J" if no_id and kind == "G" else kind
        return Person(
            pid=self.count,
            name=self.name(),
            sex=sex,
            birth=birth,
            id_no=id_no,
            id_type="其他" if no_id else "居民身份证",
            roll_no=self.roll_number(kind, id_no, birth, self.count),
            ethnicity=draw.choice(words["ethnicities"]),
            cohort=cohort,
            town=town,
            home=home,
            hukou=self._hukou(home, home_name),
            village=draw.choice(words["villages"]) + "村",
            guardian=draw.choice(words["guardians"]),
            chains=[(0, chain)],
            **extra,
        )

    def _hukou(self, home: str, home_name: str) -> str:
        draw, words = self.random, self.words
        by_name = draw.random() < 0.5
        if not home:
            return draw.choice(words["outside_names"] if by_name else words["outside_codes"])
        return f"山东省潍坊市安丘市{home_name}" if by_name else f"{home}{200 + draw.randrange(20):03d}"
