"""Planted cases of the dropout ledger: open, closed for every 销号类型, and the ordinary ones of every quarter."""

import datetime as dt
import random

from pipelines.demo.planter import JINGZHI, Planter
from pipelines.demo.population import move_away
from pipelines.demo.records import Case, Event


def plant_cases(planter: Planter) -> None:
    """Open cases with what is lacking in each, and closed ones."""
    _open_cases(planter)
    _closed_cases(planter)


def _confirmed(planter: Planter, town: str, kind: str, grade: int = 8, **fields) -> Case:
    """Confirmed in the period before the last, still open, contacted every month since."""
    world, index = planter.world, planter.before
    person = world.child(town, grade, planter.last)
    verified = fields.pop("verified", None) or world.day(index, 2, 22)
    case = planter.case(person, index, 2, 17, verdict="辍学", ledger="辍学", verified=verified, **fields)
    for at in range(index, planter.last + 1):
        planter.monthly_contacts(case, at)
    planter.note(kind, person, town=town, ref="case", table="dropout_case")
    return case


def _open_cases(planter: Planter) -> None:
    world, last = planter.world, planter.last
    _confirmed(planter, JINGZHI, "confirmed_open")
    for town in ("370784002", "370784118"):
        _confirmed(planter, town, "confirmed_open", grade=7, cause="01")
    _confirmed(planter, JINGZHI, "confirmed_open_no_plan", plan=False, cause="08", whereabouts="在家")
    _confirmed(
        planter, JINGZHI, "confirmed_open_no_owner", owners=("分管副镇长", "校长", ""), other_causes="01;02"
    )
    quiet = _confirmed(planter, JINGZHI, "confirmed_open_no_contact")
    quiet.contacts = [(day, how) for day, how in quiet.contacts if day < world.day(last, 2, 1)]
    lost = _confirmed(planter, JINGZHI, "missing_51", whereabouts="不明", cause="13")
    lost.close_type, lost.closed = "51", world.day(last, 3, 12)
    _confirmed(planter, "370784111", "missing_51", whereabouts="不明").close_type = "51"
    world.cases[-1].closed = world.day(last, 3, 8)
    for town, month in ((JINGZHI, 3), (JINGZHI, 3), ("370784119", 3), ("370784111", 3)):
        person = world.child(town, 5 + month, last)
        late = town == "370784119"
        first = world.day(last, 3, 4)
        planter.case(
            person, last, month, 24 if late else 7, first_absent=first, cause="", whereabouts="", plan=late
        )
        planter.note("suspected_open", person, ref="case")
    for town in (JINGZHI, "370784121"):
        person = world.child(town, 9, last)
        case = planter.case(
            person, last, 3, 8, verdict="辍学", ledger="辍学", verified=world.day(last, 3, 15)
        )
        planter.monthly_contacts(case, last)
        planter.note("verified_in_quarter", person, ref="case")


def _closed_cases(planter: Planter) -> None:
    """One case for every 销号类型 of the code list; what befell the child on the roll goes with it."""
    world, last = planter.world, planter.last
    verdicts = {
        "21": "误报",
        "22": "误报",
        "23": "误报",
        "24": "在外就读",
        "31": "休学",
        "32": "延缓",
        "33": "其他",
    }
    places = {
        "11": "原校",
        "12": "转学",
        "13": "特教或随班",
        "14": "送教上门",
        "15": "中职",
        "16": "专门学校",
    }
    codes = ["11", "12", "13", "14", "15", "16", "21", "22", "23", "24", "31", "32", "33", "41", "42", "43"]
    for number, code in enumerate(codes):
        index = last if number % 2 == 0 else planter.before
        town = JINGZHI if number % 5 == 0 else next(planter.towns)
        outside_roll = code in ("24", "32")
        grade = 1 if code == "32" else (9 if code == "43" else 7)
        person = world.child(town, grade, planter.before if code == "43" else index)
        if outside_roll:
            person.starts = 10**6
            world.never_enrolled.append((person, "延缓入学" if code == "32" else "在外就读已核实"))
        verified = world.day(index, 3, 14)
        fields: dict = {"verified": verified, "verdict": verdicts.get(code, "辍学")}
        fields["ledger"] = "适龄" if outside_roll else ("辍学" if fields["verdict"] == "辍学" else "疑似")
        if outside_roll:
            fields |= {"source": "户籍比对", "first_absent": None}
        case = planter.case(person, index, 3, 9, close_type=code, closed=world.day(index, 3, 26), **fields)
        if code in places:
            case.returned, case.placement = world.day(index, 3, 19), places[code]
            case.return_school = case.school
        case.contacts.append((world.day(index, 3, 16), "联合家访"))
        _after_closing(planter, case, code, index)
        planter.note(f"closed_{code}", person, index=index, ref="case")
        if code in places and index == last:
            planter.note("returned_in_quarter", person, ref="case")


def _after_closing(planter: Planter, case: Case, code: str, index: int) -> None:
    world, person = planter.world, case.person
    day = world.day(index, 3, 24)
    if code == "14":
        person.mode = "送教上门"
    elif code in ("15", "16"):
        person.mode = "其他"
    elif code in ("31", "33"):
        for at in range(index, world.last + 1):
            person.status[at] = "休学"
        world.events.append(
            Event(
                person,
                "休学",
                day,
                case.school,
                approval=f"安教学〔{day.year}〕{code}号",
                expected_return=day.replace(year=day.year + 1),
            )
        )
    elif code == "41" and index > 0:
        move_away(world, person, index, day, region="境外")
    elif code == "42" and index > 0:
        person.leaves = index
        world.events.append(Event(person, "死亡", day, case.school))


def background_cases(planter: Planter) -> None:
    """Cases of every quarter that were settled: false alarms, and children who were brought back."""
    world, draw = planter.world, planter.world.stream("cases")
    for index in range(len(world.periods)):
        for town in world.plan:
            if world.is_good(town) or draw.random() < 0.35:
                continue
            _background_case(planter, draw, town, index)


def _background_case(planter: Planter, draw: random.Random, town: str, index: int) -> None:
    world = planter.world
    person = world.child(town, draw.randrange(6, 9), index)
    month = 3 if world.periods[index].quarter == 3 else draw.randrange(1, 4)
    day = draw.randrange(6, 14)
    verified = world.day(index, month, day + 5)
    fields: dict = {"verified": verified, "cause": draw.choice(["01", "02", "04", "07", "08"])}
    if draw.random() < 0.5:
        close_type = draw.choice(["21", "22", "24"])
        verdict = "在外就读" if close_type == "24" else "误报"
        fields |= {"verdict": verdict, "close_type": close_type, "closed": verified + dt.timedelta(days=3)}
        planter.case(person, index, month, day, **fields)
        return
    back = verified + dt.timedelta(days=draw.randrange(6, 90))
    # All of them are back before the last quarter ends, so that open cases there are the planted ones.
    back = min(back, world.day(world.last, 3, 20))
    case = planter.case(
        person,
        index,
        month,
        day,
        verdict="辍学",
        ledger="辍学",
        returned=back,
        placement="原校",
        close_type="11",
        closed=back + dt.timedelta(days=4),
        **fields,
    )
    case.return_school = case.school
    contact = verified + dt.timedelta(days=2)
    while contact < back:
        case.contacts.append((contact, draw.choice(["电话", "家访", "联合家访"])))
        contact += dt.timedelta(days=24)
