"""Left-behind children, care for them, rooms and the household register of a random county."""

import datetime as dt

from .view import Row
from .world import World


def all_of(world: World) -> dict[str, list[Row] | None]:
    """The ledgers about children at home of the last period."""
    children = _children(world)
    return {
        "left_behind": children,
        "care_log": _care(world, children),
        "care_facility": _rooms(world),
        "hukou_cohort": _cohort(world),
    }


def _children(world: World) -> list[Row]:
    rows: list[Row] = []
    for person in world.sample(0.5, with_id=True):
        row = _child(world, person, len(rows))
        rows.append(row)
        if world.chance(0.06):  # the same child kept by two towns
            rows.append({**row, "child_id": f"LS-{len(rows):03d}", "town": person["towns"][1]})
    return rows


def _child(world: World, person: Row, number: int) -> Row:
    rng = world.rng
    away = ("是", "是", "是", "否", "已故", "失联", "服刑")
    in_date = world.day(last=world.d + dt.timedelta(days=1))
    out_date = world.day(in_date) if world.chance(0.3) else None
    until = rng.choice((world.d, world.d - dt.timedelta(days=1), None, world.d + dt.timedelta(days=90)))
    return {
        "child_id": f"LS-{number:03d}", "id_no": person["id"], "birth_date": person["birth"],
        "town": person["towns"][0], "schooling": "在校", "school_id": person["school"] if world.chance(0.7) else None,
        "father_away": rng.choice(away), "mother_away": rng.choice(away), "away_since": dt.date(2023, 1, 5),
        "remaining_capacity": rng.choice(("有", "无", "不适用")), "carer_rel": rng.choice(("祖辈", "亲属", "无")),
        "carer_age": rng.choice(("未成年", "18-59岁", "60岁及以上", None)), "agreement": rng.choice(("有", "有", "无", "过期")),
        "agreement_until": until, "school_notified": "是", "risk": rng.choice(("高", "中", "低")), "in_date": in_date,
        "out_date": out_date, "out_reason": rng.choice(("父母返乡", "迁出", "其他", "满16周岁", None)) if out_date else None,
        "mentor_post": rng.choice(("班主任岗", None)),
    }  # fmt: skip


def _care(world: World, children: list[Row]) -> list[Row]:
    rows = []
    for child in children:
        for _ in range(world.rng.randint(0, 4)):
            rows.append(_care_row(child, world.day(), "家访"))
        if world.chance(0.6):
            rows += _screening(world, child)
        if world.chance(0.15):
            rows.append(_care_row(child, world.day(), "电话"))
        elif world.chance(0.6):
            keep = world.rng.choice((1.0, 0.93, 0.88, 0.5))
            for week in range(-1, 14):
                if world.chance(keep):
                    day = world.q0 + dt.timedelta(days=7 * week + world.rng.randint(0, 6))
                    rows.append(_care_row(child, day, world.rng.choice(("亲情视频", "电话"))))
    return rows


def _screening(world: World, child: Row) -> list[Row]:
    """A screening, often with an alert whose seven days end near the edges of q, and what followed."""
    day = world.rng.choice((world.q0, world.d)) - dt.timedelta(days=world.rng.choice((6, 7, 7, 8, 20)))
    day = day if world.chance(0.7) else world.day()
    outcome = world.rng.choice(("预警", "预警", "正常", None))
    rows = [_care_row(child, day, "心理筛查") | {"outcome": outcome}] * world.rng.choice((1, 1, 2))
    if world.chance(0.7):
        later = day + dt.timedelta(days=world.rng.choice((-1, 0, 3, 7, 8)))
        rows.append(_care_row(child, later, world.rng.choice(("转介", "转介", "心理辅导"))))
    return rows


def _care_row(child: Row, day: dt.date, kind: str) -> Row:
    return {
        "child_id": child["child_id"],
        "care_date": day,
        "care_type": kind,
        "actor": "学校",
        "outcome": None,
    }


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
    for person in world.sample(0.5, with_id=True):
        for town in person["towns"] if world.chance(0.06) else person["towns"][:1]:
            state = world.rng.choice(("在册", "在册", "在册", "在外就读已核实", "延缓入学"))
            row = {"id_no": person["id"], "birth_date": person["birth"], "town": town, "status": state}
            rows.append({**row, "name": person["name"] if world.chance(0.8) else None})
    return rows
