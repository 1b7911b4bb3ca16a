"""Children of all cohorts, and the ordinary changes of a school year: moves, leave, mergers, graduation.

Nothing in this module leaves a child unaccounted for: what is wrong in the dataset is planted (``planted_*``), so
that every wrong thing is known.
"""

import datetime as dt
import random

from pipelines.demo.people import Person
from pipelines.demo.records import Absence, Event
from pipelines.demo.world import FIRST_GRADE, LAST_GRADE, World


COHORT_SIZE = 720  # children of one grade in the whole county at scale 1
KINDERGARTEN_SHARE = 0.62
# Shares of ordinary changes a quarter, of all plain pupils on roll.
MOVE_WITHIN, MOVE_AWAY, MOVE_IN, LEAVE = 0.004, 0.003, 0.002, 0.0007
ABSENT_SHARE = 0.004
SCHOOL_DAYS = 21  # days of school in a month of T4
NO_SCHOOL = (2, 7, 8)  # months without a list of absences


def populate(world: World) -> None:
    """Persons of every cohort and town that can be on a roll in one of the periods."""
    draw = world.stream("population")
    first, last = world.school_year(0), world.school_year(world.last)
    for cohort in range(first - 11, last + 4):
        for town, row in world.plan.items():
            count = max(2, round(COHORT_SIZE * world.scale * float(row["share"]) * draw.uniform(0.93, 1.07)))
            for _ in range(count):
                _one(world, draw, cohort, town)


def _one(world: World, draw: random.Random, cohort: int, town: str) -> None:
    towns = list(world.plan)
    where = draw.random()
    # Most live where they learn; some come from another town, a few from outside the county.
    home = town if where < 0.9 else (draw.choice(towns) if where < 0.97 else "")
    chain = world.schools.chain(town, draw)
    kindergarten = draw.random() < KINDERGARTEN_SHARE
    special = draw.random() < 0.006 and not world.is_good(town)
    if special:
        chain = world.schools.chain(town, draw, special=True)
    rural = world.plan[town]["urban"] == "乡村"
    boards, one_away = draw.random() < (0.4 if rural else 0.15), draw.random() < 0.05
    no_id = draw.random() < 0.002
    roll_kind = "L" if draw.random() < 0.002 else "G"
    person = world.factory.make(
        cohort,
        town,
        home,
        world.names[home][0] if home else "",
        chain,
        first_grade=-2 if kindergarten and not special else FIRST_GRADE,
        mode="住校" if boards else "走读",
        special=special,
        no_id=no_id and not world.is_good(town),
        roll_kind=roll_kind,
        migrant="否" if home else "是",
        left_behind="单亲留守" if one_away else "非留守",
        disability=draw.choice(["智力残疾", "听力残疾", "视力残疾"]) if special else "无残疾",
    )
    if any(world.spot(person, index) for index in range(len(world.periods))):
        world.persons.append(person)


def merge_schools(world: World) -> None:
    """撤并: in the summer of the last and of the first school year a 教学点 is merged into a school nearby."""
    summers = [i for i, p in enumerate(world.periods) if p.quarter == 3 and i > 0]
    for index, town in zip(summers[::-1], ["370784122", "370784120"], strict=False):
        point = world.schools.of(town, "point")[-1]
        point.closed = world.day(index, 2, 20)
        point.merged_into = world.schools.of(town, "primary")[0].school_id


def ordinary_changes(world: World) -> None:
    """Moves within, out of and into the county, leave of absence, graduation; each with its T3 rows."""
    draw = world.stream("changes")
    for index in range(1, len(world.periods)):
        plain = [p for p in world.persons if not p.taken and world.spot(p, index - 1)]
        # A child who moves between kindergarten and grade 1 would look never enrolled (D16).
        youngest = FIRST_GRADE + (1 if world.periods[index].quarter == 3 else 0)
        plain = [p for p in plain if youngest <= p.grade(world.school_year(index)) <= LAST_GRADE - 1]
        size = len(plain)
        picked = draw.sample(plain, min(size, round(size * (MOVE_WITHIN + MOVE_AWAY + LEAVE))))
        for number, person in enumerate(picked):
            person.taken = True
            share = number / max(1, len(picked)) * (MOVE_WITHIN + MOVE_AWAY + LEAVE)
            if share < MOVE_WITHIN:
                _move_within(world, draw, person, index)
            elif share < MOVE_WITHIN + MOVE_AWAY:
                move_away(world, person, index, _moving_day(world, draw, index))
            else:
                _take_leave(world, draw, person, index)
        for _ in range(round(size * MOVE_IN)):
            _move_in(world, draw, index)
    _graduations(world)
    _earlier_arrivals(world, draw)


def _moving_day(world: World, draw: random.Random, index: int) -> dt.date:
    # In the third quarter children change schools with the new school year.
    return (
        world.day(index, 3, draw.randrange(1, 11))
        if world.periods[index].quarter == 3
        else world.day(index, draw.randrange(1, 4), draw.randrange(1, 28))
    )


def school_before(world: World, person: Person, index: int) -> str:
    """The school on the roll of the period before, or "" if none."""
    spot = world.spot(person, index - 1)
    return spot.school if spot else ""


def move_away(
    world: World, person: Person, index: int, day: dt.date, matched: str = "是", region: str = ""
) -> None:
    """The person leaves the county's schools with a 转出 row."""
    old = school_before(world, person, index)
    person.leaves = index
    world.events.append(Event(person, "转出", day, old, "", region or "山东省潍坊市诸城市", matched=matched))


def _move_within(world: World, draw: random.Random, person: Person, index: int) -> None:
    old = school_before(world, person, index)
    town = draw.choice([t for t in world.plan if t != person.town])
    person.chains.append((index, world.schools.chain(town, draw)._replace(senior=person.chain(0).senior)))
    person.town = town
    spot = world.spot(person, index)
    assert spot is not None  # chosen from pupils of grades 1 to 8
    day = _moving_day(world, draw, index)
    world.events.append(Event(person, "转出", day, old, spot.school))
    world.events.append(Event(person, "转入", day, old, spot.school))


def _move_in(world: World, draw: random.Random, index: int) -> None:
    town = draw.choice(list(world.plan))
    person = world.child(town, draw.randrange(1, 9), index, home="", starts=index, migrant="是")
    spot = world.spot(person, index)
    assert spot is not None
    world.events.append(Event(person, "转入", _moving_day(world, draw, index), "", spot.school))


def _take_leave(world: World, draw: random.Random, person: Person, index: int) -> None:
    last = min(world.last, index + 2)
    for at in range(index, last + 1):
        person.status[at] = "休学"
    day = _moving_day(world, draw, index)
    back = dt.date(day.year + 1, day.month, 1)
    school = world.spot(person, index).school  # type: ignore[union-attr]
    world.events.append(
        Event(
            person,
            "休学",
            day,
            school,
            approval=f"安教学〔{day.year}〕{person.pid % 90 + 10}号",
            expected_return=back,
        )
    )
    if last < world.last and world.spot(person, last + 1):
        world.events.append(Event(person, "复学", world.day(last + 1, 1, 8), "", school))


def _graduations(world: World) -> None:
    for index in range(1, len(world.periods)):
        if world.periods[index].quarter != 3:
            continue
        day = world.day(index, 1, 1)
        for person in world.persons:
            before = world.spot(person, index - 1)
            if before and before.grade in (LAST_GRADE, 12):
                world.events.append(Event(person, "毕业", day, before.school))


def _earlier_arrivals(world: World, draw: random.Random) -> None:
    """Arrivals before the first data date: T3 reaches back further than the dataset."""
    there = [
        p for p in world.persons if not p.taken and (s := world.spot(p, 0)) and 1 <= s.grade <= LAST_GRADE
    ]
    for person in draw.sample(there, max(1, round(len(there) * MOVE_IN))):
        spot = world.spot(person, 0)
        assert spot is not None
        world.events.append(Event(person, "转入", _moving_day(world, draw, 0), "", spot.school))


def absences(world: World) -> None:
    """T4: children who were away for a while in a month of school; July and August have none."""
    draw = world.stream("absence")
    for index, period in enumerate(world.periods):
        pupils = [
            p for p in world.persons if not p.planted and (s := world.spot(p, index)) and 1 <= s.grade <= 9
        ]
        for month in range(1, 4):
            number = 3 * period.quarter - 3 + month
            if number in NO_SCHOOL:
                continue
            for person in draw.sample(pupils, max(1, round(len(pupils) * ABSENT_SHARE))):
                days = draw.randrange(1, 9)
                start = dt.date(period.year, number, draw.randrange(1, 18))
                spot = world.spot(person, index)
                assert spot is not None
                leave = draw.choice(["病假", "病假", "事假", "未请假"])
                visit = start + dt.timedelta(days=days) if leave == "未请假" else None
                month_text = f"{period.year}{number:02d}"
                world.absences.append(
                    Absence(person, month_text, spot.school, start, days, leave, "是", visit, SCHOOL_DAYS)
                )
    _absences_of_cases(world)


def _absences_of_cases(world: World) -> None:
    """The first month of a case on the ledger stands in T4 too."""
    for case in world.cases:
        first = case.first_absent
        if first is None or not case.school or first.month in NO_SCHOOL:
            continue
        days = max(1, min(SCHOOL_DAYS, (case.reported - first).days))
        visit = first + dt.timedelta(days=2)
        world.absences.append(
            Absence(
                case.person, f"{first:%Y%m}", case.school, first, days, "未请假", "是", visit, SCHOOL_DAYS
            )
        )
