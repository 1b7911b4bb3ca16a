"""Rows that cannot be used, or only with a doubt: the intake must set them aside or warn, and never guess.

A row to be set aside belongs to a person who stands nowhere else, so that it changes no figure. A pupil whose row is
used with a warning is an ordinary pupil with a story of her own, and counts.
"""

import datetime as dt
from typing import Any

from pipelines.demo.people import CHECK_DIGITS, Person
from pipelines.demo.planter import JINGZHI, BadRow, Planter
from pipelines.demo.records import Event
from pipelines.demo.rows import grade_name
from pipelines.demo.world import World


def plant_bad_rows(planter: Planter) -> None:
    """A handful in the last period, two of them in every period."""
    world = planter.world
    _wrong_check_digit(planter)
    _lost_digits(planter)
    for index in range(len(world.periods)):
        if index == world.last:
            _last_period(planter, index)
        person = _stranger(world, index)
        _add(planter, index, "student_roll", _pupil(world, person, index) | {"roll_status": "借读"},
             "set_aside", "学生状态“借读”不在代码表中")  # fmt: skip


def _add(planter: Planter, index: int, table: str, values: dict[str, Any], rule: str, why: str) -> None:
    planter.bad_rows.append(BadRow(index, table, values, rule, why))


def _stranger(world: World, index: int) -> Person:
    """A person who is on no roll, whatever the year."""
    person = world.child(JINGZHI, 3, index, starts=10**6)
    world.persons.remove(person)
    return person


def _pupil(world: World, person: Person, index: int) -> dict[str, Any]:
    school = person.chain(0).primary
    return {
        "roll_no": person.roll_no, "name": person.name, "id_type": person.id_type, "id_no": person.id_no,
        "sex": person.sex, "birth_date": person.birth, "school_id": school, "stage": "小学",
        "grade": grade_name(3, "小学"), "entry_ym": f"{person.cohort}09", "roll_status": "在校", "study_mode": "走读",
        "hukou": person.hukou, "left_behind_edu": "非留守", "migrant_child": "否", "orphan": "否",
        "disability": "无残疾", "inclusive": "否",
    }  # fmt: skip


def _wrong_check_digit(planter: Planter) -> None:
    """A pupil whose number was mistyped years ago: on roll in every period, to be counted, with a warning."""
    world = planter.world
    person = world.child("370784112", 5, world.last)
    right = CHECK_DIGITS.index(person.id_no[-1])
    person.wrong_id = person.id_no[:-1] + CHECK_DIGITS[(right + 1) % 11]
    planter.mistyped.append((person, "身份证号校验码不符"))
    planter.note("wrong_check_digit", person)


def _lost_digits(planter: Planter) -> None:
    """A newcomer whose number a spreadsheet has turned into 1.2E+17: only the 学籍号 tells her apart."""
    world = planter.world
    person = world.child(JINGZHI, 3, world.last, home="", starts=world.last, no_id=True, migrant="是")
    person.id_type, person.wrong_id = "居民身份证", "1.20120315E+17"
    spot = world.spot(person, world.last)
    if spot is not None:
        world.events.append(Event(person, "转入", world.day(world.last, 3, 2), "", spot.school))
    planter.mistyped.append((person, "身份证件号成了科学计数法，无法还原，只能靠学籍号"))
    planter.note("lost_digits", person)


def _last_period(planter: Planter, index: int) -> None:
    world = planter.world
    day = world.end(index)
    mover = _stranger(world, index)
    _add(planter, index, "roll_event",
         {"roll_no": mover.roll_no, "id_no": mover.id_no, "event_type": "转出", "event_date": f"{day.year}-2-30",
          "from_school": mover.chain(0).primary, "status": "已办结", "matched": "是"},
         "set_aside", "异动日期2月30日不存在")  # fmt: skip
    paid = _stranger(world, index)
    semester = str(world.periods[index].semester)
    _add(planter, index, "aid_payment",
         {"school_year": semester[:-1], "semester": semester[-1], "batch": "补-01", "roll_no": paid.roll_no,
          "id_no": paid.id_no, "school_id": "不存在的学校", "boarding": "走读", "programme": "义务教育生活补助",
          "due": 312.5, "paid": 312.5, "channel": "一卡通", "paid_date": day - dt.timedelta(days=9), "pay_status": "成功"},
         "set_aside", "学校不在学校基本信息中")  # fmt: skip
    listed = _stranger(world, index)
    _add(planter, index, "dept_list",
         {"source_dept": "民政", "list_date": day - dt.timedelta(days=30), "id_no": listed.id_no, "name": listed.name,
          "town": "西山镇", "category": "农村低保", "status": "享受", "relation": "子女"},
         "set_aside", "镇街区“西山镇”不在本县")  # fmt: skip
    child = _stranger(world, index)
    _add(planter, index, "left_behind",
         {"child_id": "LS-122-9999", "id_no": child.id_no, "birth_date": child.birth, "town": JINGZHI, "schooling": "在校",
          "father_away": "出门", "mother_away": "是", "away_since": day - dt.timedelta(days=300),
          "remaining_capacity": "不适用", "carer_rel": "祖辈", "agreement": "有", "school_notified": "是", "risk": "低",
          "in_date": day - dt.timedelta(days=200)},
         "set_aside", "父外出情况“出门”不在代码表中")  # fmt: skip
