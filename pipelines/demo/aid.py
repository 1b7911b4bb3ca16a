"""Student aid: department lists, identification each semester, payments each semester with the right standard."""

import datetime as dt
import random
from decimal import Decimal

from pipelines.demo.people import Person, Spot
from pipelines.demo.records import Identification, ListRow, Payment
from pipelines.demo.world import World
from pipelines.periods import Semester


AID_SHARE = 0.085
PROGRAMMES = {
    "学前": "学前政府助学金",
    "小学": "义务教育生活补助",
    "初中": "义务教育生活补助",
    "特教": "义务教育生活补助",
    "高中": "普通高中国家助学金",
    "中职": "中职国家助学金",
}
# Category of a department list → the words of the school's identification form, and the department that keeps it.
CATEGORIES = {
    "农村低保": ("低保家庭学生", "民政"),
    "城镇低保": ("低保家庭学生", "民政"),
    "城乡特困": ("特困救助供养学生", "民政"),
    "孤儿及事实无人抚养儿童": ("孤儿", "民政"),
    "低收入人口": ("其他低收入家庭学生", "民政"),
    "脱贫户(继续享受政策)": ("脱贫家庭学生", "乡村振兴(农业农村)"),
    "防返贫监测对象(风险未消除)": ("脱贫不稳定家庭学生", "乡村振兴(农业农村)"),
    "脱贫户(不享受政策)": ("脱贫家庭学生", "乡村振兴(农业农村)"),
    "防返贫监测对象(风险已消除)": ("脱贫不稳定家庭学生", "乡村振兴(农业农村)"),
    "持证残疾人": ("残疾学生", "残联"),
    "烈士子女": ("烈士子女", "退役军人"),
}
WEIGHTS = {
    "农村低保": 32,
    "城镇低保": 4,
    "城乡特困": 5,
    "孤儿及事实无人抚养儿童": 5,
    "低收入人口": 8,
    "脱贫户(继续享受政策)": 26,
    "防返贫监测对象(风险未消除)": 9,
    "持证残疾人": 10,
    "烈士子女": 1,
}


def semesters(world: World) -> list[Semester]:
    """The semesters of the periods, in order."""
    return sorted({period.semester for period in world.periods})


def day_in(semester: Semester, month_day: str) -> dt.date:
    """A day of the semester written ``04-16``; January belongs to the autumn before it."""
    return semester.due_date(month_day)


class Standards:
    """T8: the amount of one semester by programme, stage, boarding and semester."""

    def __init__(self, rows: list[dict[str, str]]):
        self.rows = rows

    def amount(self, programme: str, stage: str, boarding: str, semester: Semester) -> Decimal | None:
        """元 a semester; None where T8 has no row (特教, programmes outside the table)."""
        for row in self.rows:
            fits = (row["资助项目"], row["学段"]) == (programme, stage) and row["就读方式"] in ("", boarding)
            since, until = Semester.parse(row["起始学期"]), row["终止学期"]
            if fits and since <= semester and (not until or semester <= Semester.parse(until)):
                return Decimal(row["学期标准"])
        return None


class AidOffice:
    """Writes lists, identifications and payments of persons into the world."""

    def __init__(self, world: World, standards: Standards):
        self.world = world
        self.standards = standards
        self.semesters = semesters(world)

    def spot_in(self, person: Person, semester: Semester) -> Spot | None:
        """The place on the roll when the semester's money is made out: its first period in the dataset."""
        for index, period in enumerate(self.world.periods):
            if period.semester == semester and (spot := self.world.spot(person, index)) is not None:
                return spot
        return None

    def list_row(self, person: Person, category: str, since: dt.date, **extra) -> ListRow:
        """Put the person on a department's list."""
        kind = person.disability if person.disability != "无残疾" else "肢体残疾"
        disabled = category == "持证残疾人"
        row = ListRow(
            person=person,
            id_no=person.id_no,
            name=person.name,
            dept=CATEGORIES[category][1],
            list_date=since,
            town=person.home or person.town,
            village=person.village,
            category=category,
            disability=kind if disabled else "",
            disability_grade="二级" if disabled else "",
            relation="本人" if disabled else "子女",
            **extra,
        )
        self.world.list_rows.append(row)
        return row

    def identify(self, person: Person, semester: Semester, category: str, **extra) -> Identification:
        """A T6 row of the semester; early March or early September."""
        day = extra.pop("day", None) or day_in(semester, "03-10" if semester.season == "春" else "09-10")
        row = Identification(person, str(semester), day, category, **extra)
        self.world.identifications.append(row)
        return row

    def pay(self, person: Person, semester: Semester, **extra) -> Payment | None:
        """A T7 row of the semester, in full and on the town's day unless ``extra`` says otherwise."""
        spot = self.spot_in(person, semester)
        if spot is None:
            return None
        programme = PROGRAMMES[spot.stage]
        boarding = "住校" if spot.mode == "住校" else "走读"
        amount = self.standards.amount(programme, spot.stage, boarding, semester) or Decimal(625)
        town = self.world.plan[self.world.schools.all[spot.school].town]
        day = extra.pop("day", None)
        day = day or day_in(semester, town["spring_pay" if semester.season == "春" else "autumn_pay"])
        paid = extra.pop("paid", amount)
        waiting = extra.pop("waiting", False)
        outcome = extra.get("outcome", "成功")
        row = Payment(
            person=person,
            semester=str(semester),
            school=extra.pop("school", "") or spot.school,
            boarding=boarding,
            programme=programme,
            due=amount,
            paid=paid if outcome == "成功" else Decimal(0),
            seen=extra.pop("seen", None) or day,
            paid_day=None if waiting else day,
            batch=extra.pop("batch", "") or f"{day:%Y%m}-{town['code'][-3:]}-01",
            **extra,
        )
        self.world.payments.append(row)
        return row

    def support(self, person: Person, category: str, since: dt.date, skip: tuple[Semester, ...] = ()) -> None:
        """The ordinary way: identified and paid in every semester from the one of ``since`` on, except ``skip``."""
        for semester in self.semesters:
            if semester in skip or self.spot_in(person, semester) is None:
                continue
            if since <= day_in(semester, "03-09" if semester.season == "春" else "09-09"):
                self.identify(person, semester, CATEGORIES[category][0])
                self.pay(person, semester)


def ordinary_aid(office: AidOffice) -> None:
    """Listed children who get what they are due, some with a bounced payment that was soon paid again."""
    world, draw = office.world, office.world.stream("aid")
    pool = [p for p in world.persons if not p.taken and p.id_no and not p.special]
    starts = [dt.date(world.periods[0].year, 2, 25)]
    starts += [day_in(s, "03-05" if s.season == "春" else "09-05") for s in office.semesters[1:]]
    for person in pool:
        if (
            draw.random() >= AID_SHARE
            or office.spot_in(person, office.semesters[0]) is None
            and draw.random() < 0.5
        ):
            continue
        person.taken = True
        category = draw.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        _match_registry(person, category)
        since = starts[0] if draw.random() < 0.8 else draw.choice(starts)
        row = office.list_row(person, category, since)
        if draw.random() < 0.4:
            row.valid_from = since
        if draw.random() < 0.06 and category != "低收入人口":
            office.list_row(person, "低收入人口", since)
        office.support(person, category, since)
        if draw.random() < 0.02 and not world.is_good(person.town):
            _bounce(office, person)
    _adults(office, draw)


def _match_registry(person: Person, category: str) -> None:
    # The registry says the same as the lists about orphans and disabled pupils.
    if category == "持证残疾人":
        person.disability, person.inclusive = "肢体残疾", "是"
    if category == "孤儿及事实无人抚养儿童":
        person.orphan = "是"


def _bounce(office: AidOffice, person: Person) -> None:
    rows = [r for r in office.world.payments if r.person is person]
    if rows:
        bounce(office, rows[0])


def bounce(office: AidOffice, row: Payment) -> None:
    """The bank sends a payment back; 25 days later it is paid again with the number of its first batch."""
    assert row.paid_day is not None
    again = row.paid_day + dt.timedelta(days=25)
    person, semester = row.person, Semester.parse(row.semester)
    office.pay(
        person, semester, day=again, batch=row.batch[:-2] + "02", reissue_of=row.batch, school=row.school
    )
    row.outcome, row.paid = "退回", Decimal(0)


def _adults(office: AidOffice, draw: random.Random) -> None:
    """Grown members of listed households: they stand on the lists and match no pupil."""
    world = office.world
    for row in list(world.list_rows):
        if draw.random() >= 0.3 or row.category in ("持证残疾人", "孤儿及事实无人抚养儿童", "烈士子女"):
            continue
        birth = dt.date(draw.randrange(1976, 1994), draw.randrange(1, 13), draw.randrange(1, 28))
        id_no = world.factory.id_number(birth, draw.choice(["男", "女"]))
        world.list_rows.append(
            ListRow(
                None,
                id_no,
                world.factory.name(),
                row.dept,
                row.list_date,
                row.town,
                row.village,
                row.category,
                relation=draw.choice(["户主", "配偶"]),
            )
        )
