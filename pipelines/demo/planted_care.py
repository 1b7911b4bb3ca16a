"""Planted stories of left-behind children: two ledgers that disagree, lapses of care, a 16th birthday, rooms."""

import datetime as dt

from pipelines.demo.aid import AidOffice
from pipelines.demo.care import add_child
from pipelines.demo.planter import JINGZHI, Planter


def plant_care(planter: Planter, office: AidOffice) -> None:
    """All stories of this theme that need a child; rooms come with ``plant_rooms``."""
    world, last = planter.world, planter.last
    stories: list[tuple[str, str, dict]] = [
        ("only_civil_affairs", JINGZHI, {}),
        ("only_civil_affairs", "370784119", {}),
        ("agreement_expired", JINGZHI, {"agreement_until": world.end(last) - dt.timedelta(days=40)}),
        ("agreement_expired", "370784002", {"agreement_until": world.end(last) - dt.timedelta(days=1)}),
        ("agreement_missing", "370784111", {"agreement": "无", "agreement_until": None}),
        ("no_carer", JINGZHI, {"carer": "无", "carer_age": ""}),
        ("carer_under_age", "370784120", {"carer": "亲属", "carer_age": "未成年"}),
        ("no_mentor", JINGZHI, {"mentor": ""}),
        ("no_mentor", "370784121", {"mentor": ""}),
        ("one_away_not_able", JINGZHI, {"mother": "否", "capacity": "无"}),
        ("one_away_able", "370784112", {"mother": "否", "capacity": "有"}),
        ("one_away_other_dead", JINGZHI, {"father": "已故"}),
        ("parents_back", JINGZHI, {"out_date": world.day(last, 2, 9), "out_reason": "父母返乡"}),
        ("new_in_quarter", JINGZHI, {"in_date": world.day(last, 1, 16), "away_since": world.day(last, 1, 1)}),
    ]
    for kind, town, extra in stories:
        person = world.child(town, 4, last)
        person.left_behind = "非留守" if kind in ("only_civil_affairs", "parents_back") else "双亲留守"
        if kind.startswith("one_away"):
            person.left_behind = "单亲留守"
        add_child(world, person, **extra)
        planter.note(kind, person, ref="child")
    _birthday(planter)
    _registry_only(planter)
    _together(planter, office)


def _birthday(planter: Planter) -> None:
    world, last = planter.world, planter.last
    for town, recorded in ((JINGZHI, True), ("370784003", False)):
        born = world.day(last, 2, 16)
        born = born.replace(year=born.year - 16)
        # Born in July to September sixteen years ago: grade 9 until this summer, or grade 10 now.
        grade = 10 if world.periods[last].quarter == 3 else 9
        person = world.child(town, grade, last, birth=born)
        person.left_behind = "双亲留守"
        when = born.replace(year=born.year + 16)
        extra = {"out_date": when, "out_reason": "满16周岁"} if recorded else {}
        add_child(world, person, **extra)
        planter.note("sixteen_in_quarter", person, ref="child")


def _registry_only(planter: Planter) -> None:
    world = planter.world
    for town in (JINGZHI, "370784111", "370784118"):
        schools = [
            s for s in world.schools.of(town, "point", "primary") if s.area == "乡村" and s.closed is None
        ]
        if not schools:
            schools = world.schools.of(town, "primary")
        chain = world.schools.chain(town, world.factory.random)._replace(primary=schools[0].school_id)
        person = world.child(town, 4, planter.last, chain=chain)
        person.left_behind = "双亲留守"
        planter.note("only_school_registry", person)


def _together(planter: Planter, office: AidOffice) -> None:
    """A left-behind child who has dropped out, and one who is on a list and got nothing."""
    world, last = planter.world, planter.last
    person = world.child(JINGZHI, 8, last)
    person.left_behind = "双亲留守"
    add_child(world, person, risk="高")
    case = planter.case(
        person,
        last,
        3,
        5,
        verdict="辍学",
        ledger="辍学",
        flags="留守",
        cause="11",
        verified=world.day(last, 3, 11),
    )
    planter.monthly_contacts(case, last)
    planter.note("left_behind_dropout", person, ref="child")
    poor = world.child("370784119", 5, last)
    poor.left_behind = "双亲留守"
    add_child(world, poor)
    semester = office.semesters[-1]
    since = dt.date(world.periods[0].year, 2, 25)
    office.list_row(poor, "农村低保", since)
    office.support(poor, "农村低保", since, skip=(semester,))
    planter.note("left_behind_unaided", poor, ref="child")


def plant_rooms(planter: Planter) -> None:
    """Two rural schools without a care room in use: one has none, one lets it stand empty."""
    world = planter.world
    rooms = [f for f in world.facilities if f.kind == "关爱室"]
    for town, use in ((JINGZHI, None), ("370784119", "闲置")):
        room = next((r for r in rooms if r.town == town and world.schools.all[r.place].closed is None), None)
        if room is None:
            continue
        if use is None:
            world.facilities.remove(room)
        else:
            room.use = use
        planter.note("school_without_room", None, town=town, ref=room.place)
