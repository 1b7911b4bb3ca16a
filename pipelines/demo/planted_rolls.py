"""Planted places on the roll: vanished pupils, those who only look vanished, odd entries, children never enrolled."""

from pipelines.demo.planter import JINGZHI, Planter
from pipelines.demo.population import move_away
from pipelines.demo.records import Event


def plant_rolls(planter: Planter) -> None:
    """All stories that show in the registry and not (or not only) in the ledger of cases."""
    _vanished(planter)
    _explained(planter)
    _transfers(planter)
    _odd_rolls(planter)
    _hukou(planter)


def _vanished(planter: Planter) -> None:
    world, last = planter.world, planter.last
    if last == 0:
        return
    for town, grade, index in (
        (JINGZHI, 4, last),
        (JINGZHI, 8, last),
        ("370784107", 3, last),
        ("370784112", 5, last - 1),
    ):
        if index < 1:
            continue
        person = world.child(town, grade, index)
        person.leaves = index
        planter.note("vanished", person, index=index, seen_at=index - 1)
    closed = world.child("370784120", 8, last)
    closed.leaves = last
    # The case was closed as a mistake in the same quarter: nobody is looking any more.
    planter.case(
        closed,
        last,
        3,
        3,
        verdict="误报",
        verified=world.day(last, 3, 6),
        close_type="21",
        closed=world.day(last, 3, 10),
    )
    planter.note("vanished_case_closed", closed, seen_at=last - 1)
    if planter.opens_year:
        for town in (JINGZHI, "370784121"):
            person = world.child(town, 7, last)
            person.leaves = last
            planter.note("grade6_no_grade7", person, seen_at=last - 1)


def _explained(planter: Planter) -> None:
    world, last = planter.world, planter.last
    if last == 0:
        return
    moved = world.child(JINGZHI, 5, last)
    move_away(world, moved, last, world.day(last, 3, 2))
    planter.note("explained_transfer", moved, seen_at=last - 1)
    dead = world.child("370784112", 4, last)
    dead.leaves = last
    school = world.spot(dead, last - 1)
    world.events.append(Event(dead, "死亡", world.day(last, 1, 18), school.school if school else ""))
    planter.note("explained_death", dead, seen_at=last - 1)
    inside = world.child(JINGZHI, 5, last)
    old = world.spot(inside, last - 1)
    inside.chains.append((last, world.schools.chain("370784001", world.factory.random)._replace(senior="")))
    new = world.spot(inside, last)
    assert old and new
    for kind in ("转出", "转入"):
        world.events.append(Event(inside, kind, world.day(last, 3, 1), old.school, new.school))
    planter.note("explained_move_within", inside, seen_at=last - 1)
    looked_for = world.child("370784118", 8, last)
    looked_for.leaves = last
    case = planter.case(
        looked_for, last, 3, 6, verdict="辍学", ledger="辍学", verified=world.day(last, 3, 12)
    )
    planter.monthly_contacts(case, last)
    planter.note("explained_open_case", looked_for, seen_at=last - 1)
    if planter.opens_year:
        graduate = world.child(JINGZHI, 9, last - 1)
        planter.note("explained_grade9", graduate, seen_at=last - 1)
    _merged(planter)


def _merged(planter: Planter) -> None:
    world = planter.world
    for school in world.schools.all.values():
        index = world.index_of(school.closed) if school.closed else None
        if not index:
            continue
        for number in range(3):
            chain = world.schools.chain(school.town, world.factory.random)
            person = world.child(
                school.town, 3 + number, index, chain=chain._replace(primary=school.school_id)
            )
            if number == 2:
                person.old_code[index] = school.school_id
            kind = "merged_old_code" if number == 2 else "explained_merger"
            planter.note(kind, person, index=index, seen_at=index if number == 2 else index - 1)


def _transfers(planter: Planter) -> None:
    world, last = planter.world, planter.last
    if last == 0:
        return
    plans = [
        ("unmatched_transfer", JINGZHI, last - 1, 2, 14, "否"),
        ("unmatched_transfer", "370784119", last, 2, 20, "未核"),
        ("recent_transfer", "370784111", last, 3, 12, "未核"),
    ]
    for kind, town, index, month, day, matched in plans:
        if index < 1:
            continue
        person = world.child(town, 5, index)
        move_away(world, person, index, world.day(index, month, day), matched, "河南省商丘市")
        planter.note(kind, person, index=last, seen_at=last)
    refused = world.child("370784002", 4, last)
    spot = world.spot(refused, last)
    world.events.append(
        Event(
            refused,
            "转出",
            world.day(last, 1, 10),
            spot.school if spot else "",
            "",
            "山东省潍坊市",
            status="退回",
            matched="否",
        )
    )
    planter.note("refused_transfer", refused)


def _odd_rolls(planter: Planter) -> None:
    world, last = planter.world, planter.last
    twice = world.child(JINGZHI, 4, last)
    # The second place was entered in the last quarter under a provisional number.
    other = world.schools.of("370784121", "primary")[0].school_id
    spot = world.spot(twice, last)
    assert spot is not None
    world.doubles.append(
        (last, twice, spot._replace(school=other), world.factory.roll_number("L", "", twice.birth, twice.pid))
    )
    planter.note("duplicate_two_towns", twice)
    for town, kind in ((JINGZHI, "J"), ("370784003", "L"), ("370784112", "J")):
        planter.note("no_id", world.child(town, 3, last, no_id=True, roll_kind=kind))
    for town, style in ((JINGZHI, "quote"), ("370784002", "wide"), ("370784121", "spaces")):
        untidy = world.child(town, 5, last)
        untidy.wrong_id = _untidy(untidy.id_no, style)
        planter.note("untidy_id", untidy)
    home = world.child(JINGZHI, 5, last, mode="送教上门", disability="多重残疾")
    planter.note("home_teaching", home)
    planter.note("inclusive", world.child("370784121", 6, last, inclusive="是", disability="视力残疾"))
    special = world.child("370784001", 4, last, special=True, disability="智力残疾")
    planter.note("special_school", special)
    leaving = world.child("370784002", 7, last)
    leaving.status[last] = "转出中"
    planter.note("transfer_under_way", leaving)
    resting = world.child("370784001", 8, last)
    resting.status[last] = "休学"
    spot = world.spot(resting, last)
    world.events.append(Event(resting, "休学", world.day(last, 3, 5), spot.school if spot else ""))
    planter.note("leave_without_approval", resting)


def _untidy(id_no: str, style: str) -> str:
    """The same number as clerks leave it: with a quote before it, in full-width digits, or with spaces."""
    if style == "quote":
        return "'" + id_no
    if style == "wide":
        return "".join(chr(ord(c) + 0xFEE0) for c in id_no)
    return f"{id_no[:6]} {id_no[6:14]} {id_no[14:]} "


def _hukou(planter: Planter) -> None:
    world, last = planter.world, planter.last
    for town, grade in ((JINGZHI, 2), ("370784119", 4)):
        person = world.child(town, grade, last, starts=10**6)
        world.never_enrolled.append((person, "在册"))
        planter.note("never_enrolled", person, town=town)
    away = world.child("370784112", 5, last, starts=10**6)
    world.never_enrolled.append((away, "在外就读已核实"))
    planter.note("elsewhere_verified", away)
    if planter.opens_year:
        small = world.child("370784120", 1, last)
        small.leaves = last
        planter.note("kindergarten_not_enrolled", small)
