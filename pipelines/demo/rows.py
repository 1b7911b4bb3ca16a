"""The ledgers cut at a data date: what each table holds at the end of a period, in the order of the contract's columns.

A row carries a key (``pid`` of the person, or the number of a case, child or school), by which planted cases find the
file, sheet and row they were written to.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from pipelines.demo.people import GRADE_NAMES, Person, Spot
from pipelines.demo.world import LAST_GRADE, World


Row = tuple[object, list[Any]]
# Tables of the plan and the part of PlanStory that tells them.
PLAN_TABLES = {
    "task_ledger": "ledger", "inspection": "inspections", "mentor_coverage": "mentors", "school_network": "networks",
    "kindergarten": "kindergartens", "principal_age": "principals", "complaint": "complaints",
}  # fmt: skip


def grade_name(grade: int, stage: str) -> str:
    """一年级 … 九年级, 小班 …, 高一 … or 中职一年级 …."""
    if grade <= 9:
        return GRADE_NAMES[grade]
    number = "一二三"[grade - 10]
    return f"中职{number}年级" if stage == "中职" else f"高{number}"


def semester_parts(semester: str) -> tuple[str, str]:
    """2026-2027秋 → (2026-2027, 秋)."""
    return semester[:-1], semester[-1]


class Tables:
    """Rows of every table at the end of one period."""

    def __init__(self, world: World, index: int):
        self.world, self.index = world, index
        self.day = world.end(index)
        # T3 reaches back to 1 September of the school year before that of d (contract.md section 4).
        self.history = dt.date(world.school_year(index) - 1, 9, 1)

    def known(self, day: dt.date | None) -> dt.date | None:
        """A date if it had come by the data date."""
        return day if day is not None and day <= self.day else None

    def rows(self, table: str) -> list[Row]:
        """All rows of a table except the roll, which is cut by town (``roll``)."""
        makers: dict[str, Callable[[], Iterator[Row]]] = {
            "school": self._schools,
            "roll_event": self._events,
            "dropout_case": self._cases,
            "persuasion_log": self._contacts,
            "aid_identification": self._identifications,
            "aid_payment": self._payments,
            "left_behind": self._children,
            "care_log": self._cares,
            "care_facility": self._facilities,
            "hukou_cohort": self._cohort,
        }
        if table in PLAN_TABLES:
            return list(getattr(self.world.plan_story, PLAN_TABLES[table])(self.index))
        return list(makers[table]())

    def _schools(self) -> Iterator[Row]:
        for s in self.world.schools.all.values():
            closed = self.known(s.closed)
            merged = s.merged_into if closed else ""
            yield s.school_id, [
                s.school_id, s.name, s.town, s.kind, s.area, s.ownership, s.boarding, s.post, s.opened, closed, merged,
            ]  # fmt: skip

    def roll(self) -> dict[str, list[Row]]:
        """T2 by town of the school; a person with two places has two rows."""
        towns: dict[str, list[tuple[Person, Spot, str]]] = {code: [] for code in self.world.plan}
        for person, spot in self.world.rolls[self.index].values():
            towns[self.world.schools.all[spot.school].town].append((person, spot, person.roll_no))
        for index, person, spot, roll_no in self.world.doubles:
            if index == self.index:
                towns[self.world.schools.all[spot.school].town].append((person, spot, roll_no))
        return {
            town: [
                self._pupil(*entry)
                for entry in sorted(found, key=lambda e: (e[1].school, e[1].grade, e[0].pid))
            ]
            for town, found in towns.items()
        }

    def _pupil(self, p: Person, spot: Spot, roll_no: str) -> Row:
        school = p.old_code.get(self.index, spot.school)
        entry = p.cohort + (0 if spot.grade <= 6 else 6 if spot.grade <= 9 else 9)
        if spot.grade < 1:
            entry = p.cohort + max(-3, p.first_grade - 1)
        boards = "是" if spot.mode == "住校" else "否"
        return p.pid, [
            roll_no, p.name, p.id_type, p.shown_id, p.sex, p.birth, p.ethnicity, school, spot.stage,
            grade_name(spot.grade, spot.stage), f"({p.pid % 3 + 1})班", f"{entry}09", spot.status, spot.mode, p.hukou,
            "居民" if p.pid % 3 else "农业", p.village, p.left_behind, p.migrant, p.orphan, p.disability, p.inclusive,
            boards, p.guardian,
        ]  # fmt: skip

    def _events(self) -> Iterator[Row]:
        for e in sorted(self.world.events, key=lambda e: (e.day, e.person.pid, e.kind)):
            if self.history <= e.day <= self.day:
                yield e.person.pid, [
                    e.person.roll_no, e.person.shown_id, e.kind, e.day, e.from_school, e.to_school, e.region, e.approval,
                    "安丘市教育和体育局" if e.approval else "", e.expected_return, "", e.status,
                    e.matched if e.kind in ("转出", "转入") else "未核",
                ]  # fmt: skip

    def absences(self, month: str) -> list[Row]:
        """T4 of one month, ``202609``."""
        return [
            (
                a.person.pid,
                [
                    a.month, a.person.roll_no, a.school, a.first_day, a.days, a.leave, a.contacted, a.visit, a.due_days,
                ],
            )
            for a in self.world.absences
            if a.month == month
        ]  # fmt: skip

    def _cases(self) -> Iterator[Row]:
        for c in self.world.cases:
            if c.reported > self.day:
                continue
            verified, closed, back = self.known(c.verified), self.known(c.closed), self.known(c.returned)
            state = "待核" if not verified else "劝返中"
            state = "已复学" if back else state
            if closed:
                state = "失联" if c.close_type == "51" else "已销号"
            owners = c.owners if verified or c.plan else ("", "", "")
            yield c.case_id, [
                c.case_id, c.person.roll_no if c.school else "", c.person.shown_id, c.school, c.town, c.person.village,
                grade_name(c.grade, ""), c.source, c.first_absent, c.reported, verified,
                c.ledger if verified else ("适龄" if c.ledger == "适龄" else "疑似"), c.verdict if verified else "",
                c.cause if verified else "", c.other_causes if verified else "", c.whereabouts if verified else "",
                c.flags, f"YRYA-{c.case_id[3:]}" if c.plan else "", *owners, state, back, c.return_school if back else "",
                c.placement if back else "", c.close_type if closed else "", closed,
                f"ZJ-{c.case_id[3:]}" if closed else "", "控辍保学专管员" if closed else "", self._retained(back),
            ]  # fmt: skip

    def _retained(self, back: dt.date | None) -> str:
        if back is None:
            return ""
        return "是" if (self.day - back).days >= 90 else "未到期"

    def _contacts(self) -> Iterator[Row]:
        for c in self.world.cases:
            for number, (day, how) in enumerate(c.contacts):
                if day <= self.day:
                    doc = f"通知〔{day.year}〕{number + 1}号" if how == "文书" else ""
                    yield c.case_id, [c.case_id, day, how, "学校、村居", "已见面，继续做工作", None, doc]

    def _identifications(self) -> Iterator[Row]:
        for i in self.world.identifications:
            if i.day <= self.day:
                year, season = semester_parts(i.semester)
                yield i.person.pid, [
                    year, season, i.person.roll_no, i.person.shown_id, i.category, i.grade, i.day, i.basis,
                    i.day + dt.timedelta(days=5), self.known(i.cancelled), i.waiver,
                ]  # fmt: skip

    def _payments(self) -> Iterator[Row]:
        for p in self.world.payments:
            if p.seen > self.day:
                continue
            year, season = semester_parts(p.semester)
            status = p.status(self.day)
            yield p.person.pid, [
                year, season, p.batch, p.person.roll_no, p.person.shown_id, p.school, p.boarding, p.programme, "",
                p.due, p.paid if status != "待发" else 0, p.channel, self.known(p.paid_day), status, p.reissue_of, "母子",
            ]  # fmt: skip

    def lists(self, dept: str) -> list[Row]:
        """T9 of one department."""
        return [
            (
                r.person.pid if r.person else "",
                [
                    r.dept, r.list_date, r.id_no, r.name, r.town, r.village, r.category, r.status, r.relation, r.valid_from,
                    self.known(r.valid_to), r.disability, r.disability_grade,
                ],
            )
            for r in self.world.list_rows
            if r.dept == dept and r.list_date <= self.day
        ]  # fmt: skip

    def _children(self) -> Iterator[Row]:
        for c in sorted(self.world.children, key=lambda c: c.child_id):
            if c.in_date > self.day:
                continue
            spot = self.world.spot(c.person, self.index)
            schooling = "学前" if spot and spot.stage == "学前" else "在校"
            if spot is None:
                schooling = (
                    "其他" if c.person.grade(self.world.school_year(self.index)) > LAST_GRADE else "未入学"
                )
            out = self.known(c.out_date)
            yield c.child_id, [
                c.child_id, c.person.id_no, c.person.birth, c.person.home, c.person.village, schooling,
                spot.school if spot else "", c.father, c.mother, c.away_place, c.away_since, c.capacity, c.carer, c.carer_age,
                c.agreement, c.agreement_until, c.notified, c.risk, c.in_date, out, c.out_reason if out else "", c.mentor,
            ]  # fmt: skip

    def _cares(self) -> Iterator[Row]:
        for c in self.world.cares:
            if c.day <= self.day:
                yield c.child.child_id, [c.child.child_id, c.day, c.kind, c.actor, c.outcome, None]

    def _facilities(self) -> Iterator[Row]:
        for number, f in enumerate(self.world.facilities, start=1):
            if f.built is None or f.built <= self.day:
                yield f.place, [f.town, f.place, f.kind, f.built, f.use, f.area, f.staff, f"GA-{number:03d}"]

    def in_cohort(self, person: Person) -> bool:
        """Born so that the child is of school age in the school year of d (contract.md section 5, D16)."""
        year = self.world.school_year(self.index)
        return dt.date(year - 15, 9, 1) <= person.birth <= dt.date(year - 6, 8, 31)

    def cohort_members(self) -> list[tuple[Person, str]]:
        """Children of the T16 file with their 状态: those who were ever on a roll, and the planted ones who were not."""
        been = {p for index in range(self.index + 1) for p in self.world.rolls[index]}
        found = [
            (p, "在册") for p in self.world.persons if p.pid in been and p.home and p.id_no and not p.wrong_id
        ]
        members = [
            pair for pair in found + self.world.never_enrolled if self.in_cohort(pair[0]) and pair[0].home
        ]
        return sorted(members, key=lambda pair: (pair[0].home, pair[0].pid))

    def _cohort(self) -> Iterator[Row]:
        for person, status in self.cohort_members():
            yield person.pid, [person.id_no, person.name, person.birth, person.home, person.village, status]
