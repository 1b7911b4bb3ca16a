"""The ledgers of a random county: cases, aid, left-behind children, rooms, household register."""

import datetime as dt
from typing import Any

from pipelines.periods import Semester

from .view import Row


CATEGORIES = ("农村低保", "持证残疾人", "脱贫户(继续享受政策)", "孤儿及事实无人抚养儿童", "低收入人口")
COMPULSORY_GRADES = ["一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级"]
World = Any  # counties.World; not imported, since counties imports this module


def all_of(world: World) -> dict[str, list[Row] | None]:
    """Every ledger of the last period."""
    cases = _cases(world)
    children = _children(world)
    return {
        "roll_event": _events(world), "dropout_case": cases, "persuasion_log": _contacts(world, cases),
        "aid_identification": _marks(world), "aid_payment": payments(world), "dept_list": _lists(world),
        "left_behind": children, "care_log": _care(world, children), "care_facility": _rooms(world),
        "hukou_cohort": _cohort(world),
    }  # fmt: skip


def _sample(world: World, share: float, with_id: bool = False) -> list[Row]:
    people = [p for p in world.people if p["id"] or not with_id]
    return [p for p in people if world.chance(share)]


def _events(world: World) -> list[Row]:
    rows = []
    leavers = [p for p in world.people if p["leaves"] and world.chance(0.6)]
    for person in leavers + _sample(world, 0.2):
        kind = world.rng.choices(("转出", "死亡", "毕业", "转入", "休学", "其他"), (60, 6, 14, 8, 6, 6))[0]
        matched = world.rng.choice(("是", "否", "未核"))
        day = (
            world.day()
            if world.chance(0.7)
            else world.d - dt.timedelta(days=world.rng.choice((29, 30, 31, 60)))
        )
        status = world.rng.choice(("已办结", "办理中") if matched == "是" else ("已办结", "办理中", "退回"))
        school = person["school"] if world.chance(0.8) else world.rng.choice(world.schools)["school_id"]
        other = world.rng.choice(world.schools)["school_id"] if world.chance(0.4) else None
        rows.append(
            {
                **world.keys(person), "event_type": kind, "event_date": day, "from_school": school,
                "to_school": other, "status": status, "matched": matched,
            }
        )  # fmt: skip
    return rows


def _cases(world: World) -> list[Row]:
    rows: list[Row] = []
    chosen = [p for p in world.people if (p["leaves"] or p["off"]) and world.chance(0.6)] + _sample(
        world, 0.15
    )
    again = [p for p in chosen if world.chance(0.1)]
    for person in chosen + again:
        keys = world.keys(person)
        if keys["id_no"] and world.chance(0.2):
            keys["roll_no"] = None
        rows.append(_case(world, person, keys, len(rows)))
    return rows


def _case(world: World, person: Row, keys: Row, number: int) -> Row:
    rng = world.rng
    reported = world.day()
    verified = world.day(reported) if world.chance(0.7) else None
    verdict = rng.choice(("辍学", "辍学", "辍学", "误报", "在外就读", "休学")) if verified else None
    returned = world.day(verified) if verified and world.chance(0.3) else None
    close_type = close_date = None
    if world.chance(0.35):
        close_date = world.day(verified or reported)
        close_type = rng.choice(
            ["11", "12", "14", "16", "21", "24", "31", "33", "41", "43", "51", "51", "99"]
        )
    grade = (
        COMPULSORY_GRADES[person["grade"] - 3]
        if 3 <= person["grade"] <= 11
        else rng.choice(COMPULSORY_GRADES)
    )
    posts = {
        name: "岗位" if world.chance(0.8) else None
        for name in ("owner_town", "owner_school", "owner_village")
    }
    absent = reported - dt.timedelta(days=rng.randint(0, 12)) if world.chance(0.8) else None
    return {
        "case_id": f"CX-{number:03d}", **keys, "town": rng.choice(person["towns"]), "grade": grade,
        "school_id": person["school"] if world.chance(0.75) else None, "source": "学校发现",
        "first_absent_date": absent, "reported_date": reported, "verified_date": verified, "ledger_type": "疑似",
        "verdict": verdict, "cause_main": rng.choice(("01", "04", "99", None)), "state": "待核",
        "plan_id": "一案" if world.chance(0.8) else None, **posts, "return_date": returned,
        "close_type": close_type, "close_date": close_date,
    }  # fmt: skip


def _contacts(world: World, cases: list[Row]) -> list[Row]:
    rows = []
    for case in cases:
        for month in range(-1, 4):
            if world.chance(0.8):
                first = (world.q0.replace(day=1) + dt.timedelta(days=31 * month)).replace(day=1)
                day = first + dt.timedelta(days=world.rng.choice((0, 14, 27)))
                row = {"case_id": case["case_id"], "contact_date": day, "channel": "家访", "parties": "学校"}
                rows.append({**row, "outcome": "继续劝返"})
    return rows


def _semester(world: World) -> Semester:
    periods = [world.period] * 6 + [world.period.shift(-2), world.period.shift(2), world.period.shift(-4)]
    return world.rng.choice(periods).semester


def _marks(world: World) -> list[Row]:
    rows = []
    for person in _sample(world, 0.35):
        semester = _semester(world)
        rows.append(
            {
                **world.keys(person), "school_year": str(semester.school_year), "semester": semester.season,
                "category": world.rng.choice(("低保家庭学生", "残疾学生", "孤儿")), "grade": "困难",
                "identified_date": world.day(), "basis": "名单比对",
                "cancelled_date": world.day() if world.chance(0.3) else None,
                "waiver": world.rng.choice(("有", "无", "无", None)),
            }
        )  # fmt: skip
    return rows


def payments(world: World) -> list[Row]:
    """T7: per person up to two programmes, each paid once, in two parts, twice, short, late, failed or not yet."""
    rows: list[Row] = []
    for person in _sample(world, 0.65):
        stage = ("学前", "义务", "高中")[(person["grade"] > 2) + (person["grade"] > 11)]
        programme = {"学前": "学前政府助学金", "义务": "义务教育生活补助", "高中": "普通高中国家助学金"}[
            stage
        ]
        programme = world.rng.choice((programme,) * 8 + ("普通高中免学杂费", "其他", "义务教育生活补助"))
        semester = _semester(world)
        amount = world.rng.choice((500, 250, 625, 312.5, 750, 375, 1150, 600, 1000))
        parts = [amount]
        if world.chance(0.35):
            parts = world.rng.choice(
                ([amount / 2, amount / 2], [amount, amount], [amount - 0.01], [0, amount])
            )
        boarding = world.rng.choice(("住校", "走读"))
        for part in parts:
            keys = world.keys(person)
            rows.append(_payment(world, person, keys, semester, programme, part, boarding, len(rows)))
    return rows


def _payment(
    world: World,
    person: Row,
    keys: Row,
    semester: Semester,
    programme: str,
    paid: float,
    boarding: str,
    number: int,
) -> Row:
    status = world.rng.choices(("成功", "失败", "退回", "待发"), (70, 10, 10, 10))[0]
    due_day = semester.due_date("05-31" if semester.season == "春" else "11-30")
    day = world.day() if world.chance(0.8) else due_day + dt.timedelta(days=world.rng.choice((0, 1)))
    school = person["school"] if world.chance(0.8) else world.rng.choice(world.schools)["school_id"]
    return {
        "school_year": str(semester.school_year), "semester": semester.season, "batch": f"P{number:03d}", **keys,
        "school_id": school, "boarding": boarding if world.chance(0.9) else "住校", "programme": programme,
        "band": world.rng.choice(("一档", "二档", "二档", None)) if programme == "普通高中国家助学金" else None, "due": paid, "paid": paid, "channel": "一卡通", "paid_date": None if status == "待发" else day,
        "pay_status": status, "reissue_of": "P000" if world.chance(0.15) else None,
    }  # fmt: skip


def _lists(world: World) -> list[Row]:
    rows = []
    for person in _sample(world, 0.6, with_id=True):
        for category in world.rng.sample(CATEGORIES, world.rng.choice((1, 1, 2, 3))):
            rows.append(
                {
                    "source_dept": world.rng.choice(("民政", "残联", "退役军人")), "list_date": world.day(),
                    "id_no": person["id"], "name": person["name"] if world.chance(0.95) else "示例别名",
                    "town": world.rng.choice(person["towns"]), "category": category,
                    "status": world.rng.choice(("享受", "享受", "享受", "新增", "不享受", "风险已消除")),
                    "valid_from": world.day() if world.chance(0.5) else None,
                    "valid_to": _after(world) if world.chance(0.3) else None,
                }
            )  # fmt: skip
    return rows


def _after(world: World) -> dt.date:
    first = world.period.semester.first_day
    return world.rng.choice((first, first - dt.timedelta(days=1), world.d, world.day()))


def _children(world: World) -> list[Row]:
    rows: list[Row] = []
    for person in _sample(world, 0.5, with_id=True):
        row = _child(world, person, len(rows))
        rows.append(row)
        if world.chance(0.06):  # the same child kept by two towns
            rows.append({**row, "child_id": f"LS-{len(rows):03d}", "town": person["towns"][1]})
    return rows


def _child(world: World, person: Row, number: int) -> Row:
    rng = world.rng
    away = ("是", "是", "是", "否", "已故", "失联", "服刑")
    in_date = world.day(last=world.d + dt.timedelta(days=1))
    out_date = max(world.day(), in_date + dt.timedelta(days=1)) if world.chance(0.3) else None
    until = rng.choice((world.d, world.d - dt.timedelta(days=1), None, world.d + dt.timedelta(days=90)))
    return {
        "child_id": f"LS-{number:03d}", "id_no": person["id"], "birth_date": person["birth"],
        "town": person["towns"][0], "schooling": "在校", "school_id": person["school"] if world.chance(0.7) else None,
        "father_away": rng.choice(away), "mother_away": rng.choice(away), "away_since": dt.date(2023, 1, 5),
        "remaining_capacity": rng.choice(("有", "无", "不适用")), "carer_rel": rng.choice(("祖辈", "亲属", "无")),
        "carer_age": rng.choice(("未成年", "18-59岁", "60岁及以上", None)), "agreement": rng.choice(("有", "有", "无", "过期")),
        "agreement_until": until, "school_notified": "是", "risk": rng.choice(("高", "中", "低")), "in_date": in_date,
        "out_date": out_date, "out_reason": rng.choice(("父母返乡", "迁出", "其他")) if out_date else None,
        "mentor_post": rng.choice(("班主任岗", None)),
    }  # fmt: skip


def _care(world: World, children: list[Row]) -> list[Row]:
    rows = []
    for child in children:
        for _ in range(world.rng.randint(0, 4)):
            rows.append(_care_row(child, world.day(), "家访"))
        if world.chance(0.4):
            rows.append(_care_row(child, world.day(), "心理筛查"))
        if world.chance(0.15):
            rows.append(_care_row(child, world.day(), "电话"))
        elif world.chance(0.6):
            keep = world.rng.choice((1.0, 0.93, 0.88, 0.5))
            for week in range(-1, 14):
                if world.chance(keep):
                    day = world.q0 + dt.timedelta(days=7 * week + world.rng.randint(0, 6))
                    rows.append(_care_row(child, day, world.rng.choice(("亲情视频", "电话"))))
    return rows


def _care_row(child: Row, day: dt.date, kind: str) -> Row:
    return {"child_id": child["child_id"], "care_date": day, "care_type": kind, "actor": "学校"}


def _rooms(world: World) -> list[Row]:
    rows = []
    places = [world.rng.choice((s["school_id"], s["school_name"])) for s in world.schools] + ["演示村"] * 3
    for place in places:
        kind = world.rng.choice(("关爱室", "关爱室", "特教资源中心", "心理室"))
        state = world.rng.choice(("使用中", "使用中", "闲置", "在建", "无"))
        row = {"town": world.town(), "place": place, "facility": kind, "in_use": state}
        rows.append({**row, "evidence_id": "证据1"})
    return rows


def _cohort(world: World) -> list[Row]:
    rows = []
    for person in _sample(world, 0.5, with_id=True):
        for town in person["towns"] if world.chance(0.06) else person["towns"][:1]:
            state = world.rng.choice(("在册", "在册", "在册", "在外就读已核实", "延缓入学"))
            row = {"id_no": person["id"], "birth_date": person["birth"], "town": town, "status": state}
            rows.append({**row, "name": person["name"] if world.chance(0.8) else None})
    return rows
