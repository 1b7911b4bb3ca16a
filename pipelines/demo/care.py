"""Left-behind children: the ledger of the villages (T10), what was done for them (T11), rooms and centres (T12)."""

import datetime as dt
import random
from typing import Any

from pipelines.demo.people import Person
from pipelines.demo.records import Care, Facility, LeftBehindChild
from pipelines.demo.world import World


SHARE = 0.035
VISITS = {"高": 3, "中": 1, "低": 1}
RURAL_KINDS = ("小学", "教学点", "初中", "九年一贯")


def add_child(world: World, person: Person, **extra) -> LeftBehindChild:
    """Put a person on the ledger: both parents away, well cared for, unless ``extra`` says otherwise."""
    start = world.periods[0].start - dt.timedelta(days=200)
    values: dict[str, Any] = {
        "father": "是",
        "mother": "是",
        "capacity": "不适用",
        "in_date": start,
        "away_since": start - dt.timedelta(days=120),
        "agreement_until": dt.date(world.end(world.last).year + 1, 12, 31),
    }
    number = 1 + sum(1 for child in world.children if child.person.home == person.home)
    child = LeftBehindChild(person, f"LS-{person.home[-3:]}-{number:04d}", **(values | extra))
    world.children.append(child)
    return child


def ordinary_children(world: World) -> None:
    """Children on the ledger, flagged alike in the school registry; small lapses outside the good towns."""
    draw = world.stream("care")
    for person in world.persons:
        grade = person.grade(world.school_year(0))
        if (
            person.taken
            or not person.home
            or not person.id_no
            or not -1 <= grade <= 8
            or draw.random() >= SHARE
        ):
            continue
        if world.town_of_first(person) != person.home:
            continue
        person.taken = True
        extra: dict = {"risk": draw.choices(["高", "中", "低"], [1, 3, 6])[0]}
        if draw.random() < 0.7:
            person.left_behind = "双亲留守"
        else:
            person.left_behind = "单亲留守"
            extra |= draw.choice(
                [
                    {"mother": "已故"},
                    {"father": "失联"},
                    {"mother": "否", "capacity": "无"},
                    {"father": "服刑"},
                ]
            )
        if draw.random() < 0.25 and world.last > 0:
            extra["in_date"] = world.day(
                draw.randrange(1, world.last + 1), draw.randrange(1, 4), draw.randrange(1, 28)
            )
            extra["away_since"] = extra["in_date"] - dt.timedelta(days=100)
        if not world.is_good(person.home):
            extra |= _lapse(world, draw)
        child = add_child(world, person, **extra)
        _leave(world, draw, child)


def _lapse(world: World, draw: random.Random) -> dict:
    chance = draw.random()
    if chance < 0.06:
        return {"agreement": "无", "agreement_until": None}
    if chance < 0.12:
        return {"agreement": "有", "agreement_until": world.day(world.last, 1, draw.randrange(1, 28))}
    return {"mentor": ""} if chance < 0.17 else {}


def _leave(world: World, draw: random.Random, child: LeftBehindChild) -> None:
    birthday = sixteenth(child.person)
    if birthday <= world.end(world.last):
        child.out_date, child.out_reason = birthday, "满16周岁"
    # The registry keeps its flag when parents come home (L04, kind B), which would spoil a good town.
    elif draw.random() < 0.06 and world.last > 0 and not world.is_good(child.person.home):
        index = draw.randrange(1, world.last + 1)
        child.out_date, child.out_reason = world.day(index, 2, draw.randrange(1, 28)), "父母返乡"
    if child.out_date and child.out_date <= child.in_date:
        child.in_date = world.periods[0].start - dt.timedelta(days=200)
        child.away_since = child.in_date - dt.timedelta(days=120)


def sixteenth(person: Person) -> dt.date:
    """The 16th birthday; 29 February falls on 1 March."""
    birth = person.birth
    if (birth.month, birth.day) == (2, 29):
        return (
            dt.date(birth.year + 16, 2, 29) if (birth.year + 16) % 4 == 0 else dt.date(birth.year + 16, 3, 1)
        )
    return birth.replace(year=birth.year + 16)


def active(child: LeftBehindChild, day: dt.date) -> bool:
    """L01: on the ledger at the day, under 16, and meeting the definition (contract.md section 5)."""
    inside = child.in_date <= day and (child.out_date is None or child.out_date > day)
    return inside and day < sixteenth(child.person) and child.meets_definition()


def care_log(world: World) -> None:
    """Visits by risk, weekly contact for every second child, screening each autumn and spring."""
    draw = world.stream("care log")
    for child in world.children:
        good = world.is_good(child.person.home)
        weekly = draw.random() < 0.5
        for index, period in enumerate(world.periods):
            if not active(child, period.end):
                continue
            since = max(period.start, child.in_date)
            wanted = VISITS[child.risk]
            for number in range(wanted if good or draw.random() > 0.08 else wanted - 1):
                day = dt.date(period.year, period.start.month + number % 3, draw.randrange(5, 27))
                if day >= since or good:
                    world.cares.append(Care(child, day, "家访", draw.choice(["村居", "学校"])))
            if period.quarter in (1, 3) and (good or draw.random() > 0.06):
                world.cares.append(
                    Care(child, world.day(index, 3, draw.randrange(8, 24)), "心理筛查", "学校")
                )
            if weekly:
                _calls(world, draw, child, since, period.end, 1.0 if good else 0.96)
    world.cares.sort(key=lambda care: (care.day, care.child.child_id, care.kind))


def _calls(
    world: World, draw: random.Random, child: LeftBehindChild, since: dt.date, until: dt.date, share: float
) -> None:
    day = since - dt.timedelta(days=since.weekday()) + dt.timedelta(days=3)  # the Thursday of the week
    while day <= until:
        if day >= since and draw.random() < share:
            world.cares.append(Care(child, day, draw.choice(["亲情视频", "电话"]), "学校"))
        day += dt.timedelta(days=7)


def facilities(world: World) -> None:
    """A care room in every rural school, a special-education centre in nearly every town."""
    draw = world.stream("facilities")
    built = dt.date(world.periods[0].year - 1, 11, 5)
    for school in world.schools.all.values():
        if school.area == "乡村" and school.kind in RURAL_KINDS:
            world.facilities.append(
                Facility(school.town, school.school_id, "关爱室", built, area=float(draw.randrange(24, 60)))
            )
    for town, row in world.plan.items():
        if row["urban"] == "乡村" and town != "370784118":
            world.facilities.append(Facility(town, f"{world.names[town][1]}特教中心", "特教资源中心", built))
        world.facilities.append(
            Facility(town, draw.choice(world.words["villages"]) + "村", "儿童之家", built, staff=2)
        )
