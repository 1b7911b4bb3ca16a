"""Planted stories of student aid: entitled and not aided for each reason, aided without entitlement, odd payments."""

import datetime as dt
from decimal import Decimal

from pipelines.demo.aid import CATEGORIES, AidOffice, bounce, day_in
from pipelines.demo.people import Person
from pipelines.demo.planter import JINGZHI, Planter
from pipelines.periods import Semester


LOW_INCOME = "农村低保"


def plant_aid(planter: Planter, office: AidOffice) -> None:
    """All stories of this theme; most in the semester of the last period."""
    _entitled_unaided(planter, office)
    _waiver(planter, office)
    _not_entitled(planter, office)
    _payments(planter, office)
    _lists(planter, office)


def _listed(
    planter: Planter,
    office: AidOffice,
    town: str,
    grade: int,
    category: str = LOW_INCOME,
    skip: tuple[Semester, ...] = (),
) -> Person:
    """A listed child who is supported in every semester but those of ``skip``."""
    world = planter.world
    person = world.child(town, grade, planter.last)
    since = dt.date(world.periods[0].year, 2, 25)
    office.list_row(person, category, since)
    office.support(person, category, since, skip)
    return person


def _entitled_unaided(planter: Planter, office: AidOffice) -> None:
    semester = office.semesters[-1]
    word = CATEGORIES[LOW_INCOME][0]
    for town in (JINGZHI, "370784002", "370784121"):
        for reason in ("退回", "待发", "未发放", "未认定"):
            person = _listed(planter, office, town, 4, skip=(semester,))
            if reason != "未认定":
                office.identify(person, semester, word)
            if reason == "退回":
                office.pay(person, semester, outcome="退回", day=_early(planter, semester))
            if reason == "待发":
                office.pay(person, semester, waiting=True, seen=_early(planter, semester))
            planter.note(f"unaided_{reason}", person)


def _early(planter: Planter, semester: Semester) -> dt.date:
    """A day of the semester that lies before the last data date in any quarter."""
    return day_in(semester, "03-18" if semester.season == "春" else "09-18")


def _waiver(planter: Planter, office: AidOffice) -> None:
    semester = office.semesters[-1]
    for town in (JINGZHI, "370784119"):
        person = _listed(planter, office, town, 5, skip=(semester,))
        office.identify(person, semester, CATEGORIES[LOW_INCOME][0], waiver="有")
        planter.note("waiver", person)


def _not_entitled(planter: Planter, office: AidOffice) -> None:
    world, semester = planter.world, office.semesters[-1]
    early = _early(planter, semester)
    for town in (JINGZHI, "370784003"):
        person = world.child(town, 6, planter.last)
        office.pay(person, semester, day=early)
        planter.note("aided_not_entitled", person)
    for town in (JINGZHI, "370784112", "370784111"):
        person = world.child(town, 5, planter.last)
        for each in office.semesters:
            office.identify(person, each, "突发严重困难家庭学生", basis="个人申请", grade="一般困难")
            office.pay(person, each, day=_early(planter, each))
        planter.note("aided_by_school_only", person)
    for town, category, status in (
        (JINGZHI, "脱贫户(不享受政策)", "不享受"),
        ("370784119", "防返贫监测对象(风险已消除)", "风险已消除"),
    ):
        person = world.child(town, 4, planter.last)
        office.list_row(person, category, dt.date(world.periods[0].year, 2, 25), status=status)
        planter.note("listed_not_entitled", person)


def _payments(planter: Planter, office: AidOffice) -> None:
    semester = office.semesters[-1]
    early = _early(planter, semester)
    person = _listed(planter, office, JINGZHI, 7, skip=(semester,))
    office.identify(person, semester, CATEGORIES[LOW_INCOME][0])
    row = office.pay(person, semester, day=early)
    assert row is not None
    row.paid = row.paid - Decimal(100)
    planter.note("short_payment", person)
    for town in (JINGZHI, "370784120"):
        double = _listed(planter, office, town, 5)
        office.pay(double, semester, day=early, batch="补-重复-01")
        planter.note("double_payment", double)
    if len(office.semesters) < 2:
        return
    ago = office.semesters[-2]
    again = _listed(planter, office, JINGZHI, 5, skip=(ago,))
    office.identify(again, ago, CATEGORIES[LOW_INCOME][0])
    sent = office.pay(again, ago, day=_early(planter, ago))
    assert sent is not None
    bounce(office, sent)
    planter.note("bounced_reissued", again)
    late = _listed(planter, office, "370784121", 6, skip=(ago,))
    office.identify(late, ago, CATEGORIES[LOW_INCOME][0])
    office.pay(late, ago, day=day_in(ago, "06-18" if ago.season == "春" else "01-16"))
    planter.note("late_payment", late)
    autumn = next((s for s in office.semesters if s.season == "秋" and s != semester), None)
    if autumn is not None:
        january = _listed(planter, office, JINGZHI, 6, skip=(autumn,))
        office.identify(january, autumn, CATEGORIES[LOW_INCOME][0])
        office.pay(january, autumn, day=day_in(autumn, "01-12"))
        planter.note("autumn_paid_in_january", january)


def _lists(planter: Planter, office: AidOffice) -> None:
    world, semester = planter.world, office.semesters[-1]
    ended = world.child(JINGZHI, 6, planter.last)
    since = dt.date(world.periods[0].year, 2, 25)
    # The last day before the semester: the row is no longer valid in it.
    out = semester.first_day - dt.timedelta(days=10)
    office.list_row(ended, LOW_INCOME, since, valid_from=since, valid_to=out)
    office.support(ended, LOW_INCOME, since, skip=(semester,))
    planter.note("list_no_longer_valid", ended)
    for town in (JINGZHI, "370784118"):
        both = _listed(planter, office, town, 5)
        office.list_row(both, "低收入人口", since)
        planter.note("two_categories", both)
    new = world.child("370784112", 3, planter.last)
    office.list_row(
        new, "防返贫监测对象(风险未消除)", semester.first_day + dt.timedelta(days=4), status="新增"
    )
    office.support(new, "防返贫监测对象(风险未消除)", semester.first_day + dt.timedelta(days=4))
    planter.note("newly_listed", new)
    away = world.child("370784111", 5, planter.last, starts=10**6)
    office.list_row(away, LOW_INCOME, since)
    planter.note("listed_not_on_roll", away)
