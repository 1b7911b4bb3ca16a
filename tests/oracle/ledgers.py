"""The dropout ledgers of a random county: roll events, absences, cases and contacts."""

import datetime as dt

from .view import Row
from .world import COMPULSORY_GRADES, World


FLAGS = ("孤儿", "事实无人抚养", "残疾", "留守", "困境", "随迁", "监测对象")


def all_of(world: World) -> dict[str, list[Row] | None]:
    """The dropout ledgers of the last period."""
    cases = _cases(world)
    return {
        "roll_event": _events(world),
        "absence": _absences(world),
        "dropout_case": cases,
        "persuasion_log": _contacts(world, cases),
    }


def _events(world: World) -> list[Row]:
    leavers = [p for p in world.people if p["leaves"] and world.chance(0.6)]
    rows = [_event(world, person) for person in leavers + world.sample(0.2)]
    resting = [row for row in rows if row["event_type"] == "休学"]
    for row in resting:
        if world.chance(0.4):  # came back: before, on or after the day, sometimes refused
            day = row["event_date"] + dt.timedelta(days=world.rng.choice((-1, 0, 1, 20)))
            status = world.rng.choice(("已办结", "已办结", "退回"))
            rows.append(row | {"event_type": "复学", "event_date": day, "status": status})
    return rows


def _event(world: World, person: Row) -> Row:
    rng = world.rng
    kind = rng.choices(("转出", "死亡", "毕业", "转入", "休学", "其他", "退学"), (50, 6, 14, 6, 22, 4, 2))[0]
    matched = rng.choice(("是", "否", "未核"))
    day = world.day() if world.chance(0.7) else world.d - dt.timedelta(days=rng.choice((29, 30, 31, 60)))
    school = person["school"] if world.chance(0.8) else rng.choice(world.schools)["school_id"]
    return {
        **world.keys(person), "event_type": kind, "event_date": day,
        "from_school": None if world.chance(0.2) else school,
        "to_school": rng.choice(world.schools)["school_id"] if world.chance(0.4) else None,
        "status": rng.choice(("已办结", "办理中") if matched == "是" else ("已办结", "办理中", "退回")),
        "matched": matched, "approval_no": "安教〔2026〕1号" if world.chance(0.7) else None,
        "expected_return": world.day(day) if world.chance(0.75) else None,
    }  # fmt: skip


def _absences(world: World) -> list[Row]:
    """T4 of the months of q (sometimes not the last) and the one before, around every limit of D02."""
    rows = []
    months = [world.q0 - dt.timedelta(days=1), world.q0, world.q0.replace(month=world.q0.month + 1), world.d]
    if world.chance(0.08):
        months = months[:-1]  # the return of the last month has not come
    for person in world.sample(0.3):
        for month in months:
            if not world.chance(0.5):
                continue
            days = world.rng.choice((0, 5, 20, 21))
            absent = world.rng.choice((2, 3, days - 1, days, days + 1))
            rows.append(
                {
                    "month": f"{month:%Y-%m}", "roll_no": world.keys(person)["roll_no"], "school_id": person["school"],
                    "first_absent_date": month.replace(day=1), "consecutive_days": max(0, absent),
                    "leave_type": world.rng.choice(("病假", "事假", "未请假", "停课")), "guardian_contacted": "是",
                    "school_days_in_month": days,
                }
            )  # fmt: skip
    return rows


def _cases(world: World) -> list[Row]:
    rows: list[Row] = []
    chosen = [p for p in world.people if (p["leaves"] or p["off"]) and world.chance(0.7)] + world.sample(0.2)
    again = [p for p in chosen if world.chance(0.15)]
    for person in chosen + again:
        keys = world.keys(person)
        if keys["id_no"] and world.chance(0.2):
            keys["roll_no"] = None
        rows.append(_case(world, person, len(rows)) | keys)
    return rows


def _dates(world: World) -> Row:
    """The days of one case, in order but for a few, and what they came to."""
    rng = world.rng
    reported = world.around_holiday() if world.chance(0.3) else world.day()
    verified = world.day(reported) if world.chance(0.75) else None
    verdict = (
        rng.choice(("辍学", "辍学", "辍学", "误报", "在外就读", "休学", "延缓", "其他")) if verified else None
    )
    back = None
    if verified and world.chance(0.45):
        back = world.day(verified) if world.chance(0.5) else world.q0 - dt.timedelta(days=rng.randint(1, 91))
    close_type = close_date = None
    if world.chance(0.45):
        close_date = world.day(verified or reported)
        types = [
            "11",
            "12",
            "13",
            "14",
            "15",
            "16",
            "21",
            "22",
            "23",
            "24",
            "31",
            "32",
            "33",
            "41",
            "42",
            "43",
        ]
        close_type = rng.choice(types + ["11", "12", "14", "51", "51", "51", "99"])
    absent = reported - dt.timedelta(days=rng.randint(-1, 12)) if world.chance(0.8) else None
    return {
        "first_absent_date": absent, "reported_date": reported, "verified_date": verified, "verdict": verdict,
        "return_date": back, "close_type": close_type, "close_date": close_date,
        "retained_90d": rng.choice(("是", "否", "未到期", None, None)),
    }  # fmt: skip


def _case(world: World, person: Row, number: int) -> Row:
    rng = world.rng
    grade = rng.choice(COMPULSORY_GRADES)
    if 3 <= person["grade"] <= 11:
        grade = COMPULSORY_GRADES[person["grade"] - 3]
    posts = {
        name: "岗位" if world.chance(0.8) else None
        for name in ("owner_town", "owner_school", "owner_village")
    }
    flags = rng.sample(FLAGS, rng.choice((0, 0, 1, 2)))
    return {
        "case_id": f"CX-{number:03d}", "town": rng.choice(person["towns"]), "grade": grade,
        "school_id": person["school"] if world.chance(0.75) else None, "source": "学校发现", "ledger_type": "疑似",
        "cause_main": rng.choice(("01", "04", "15", "99", None)), "state": "待核",
        "group_flags": ";".join(flag for flag in FLAGS if flag in flags) or None,
        "plan_id": "一案" if world.chance(0.8) else None, **posts, **_dates(world),
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
