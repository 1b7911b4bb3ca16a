"""The aid ledgers of a random county: department lists, identified pupils, payments."""

import datetime as dt

from pipelines.periods import Semester

from .view import Row
from .world import World


CATEGORIES = (
    "农村低保", "持证残疾人", "脱贫户(继续享受政策)", "孤儿及事实无人抚养儿童", "低收入人口", "残疾人子女", "孤儿",
    "事实无人抚养儿童",
)  # fmt: skip


def all_of(world: World) -> dict[str, list[Row] | None]:
    """The aid ledgers of the last period."""
    return {
        "aid_identification": _marks(world),
        "aid_payment": payments(world),
        "dept_list": _lists(world),
    }


def _semester(world: World) -> Semester:
    periods = [world.period] * 6 + [world.period.shift(-2), world.period.shift(2), world.period.shift(-4)]
    return world.rng.choice(periods).semester


def _marks(world: World) -> list[Row]:
    rows = []
    for person in world.sample(0.45):
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
    generous = world.chance(0.4)  # a county where nearly everybody is aided
    for person in world.sample(0.95 if generous else 0.65):
        stage = (
            (person["grade"] > 2) + (person["grade"] > 11) + (person["grade"] > 11 and person["vocational"])
        )
        programme = ("学前政府助学金", "义务教育生活补助", "普通高中国家助学金", "中职国家助学金")[stage]
        programme = world.rng.choice((programme,) * 8 + ("普通高中免学杂费", "其他", "义务教育生活补助"))
        semester = world.period.semester if generous else _semester(world)
        amount = world.rng.choice((500, 250, 625, 312.5, 750, 375, 1150, 600, 1000))
        parts = [amount]
        if world.chance(0.35):
            halves = [amount / 2, amount / 2]
            parts = world.rng.choice((halves, halves, [amount, amount], [amount - 0.01], [0, amount]))
        boarding = world.rng.choice(("住校", "走读"))
        for part in parts:
            row = _payment(world, person, semester, programme, part, boarding)
            if generous and world.chance(0.7):
                row |= {"pay_status": "成功", "paid_date": world.day(last=world.d)}
            rows.append(row | {"batch": f"P{len(rows):03d}"})
    return rows


def _payment(
    world: World, person: Row, semester: Semester, programme: str, paid: float, boarding: str
) -> Row:
    rng = world.rng
    status = rng.choices(("成功", "失败", "退回", "待发"), (70, 10, 10, 10))[0]
    due_day = semester.due_date("05-31" if semester.season == "春" else "11-30")
    day = world.day() if world.chance(0.8) else due_day + dt.timedelta(days=rng.choice((0, 1)))
    band = rng.choice(("一档", "二档", "三档", None)) if programme == "普通高中国家助学金" else None
    return {
        **world.keys(person), "school_year": str(semester.school_year), "semester": semester.season,
        "school_id": person["school"] if world.chance(0.8) else rng.choice(world.schools)["school_id"],
        "boarding": boarding if world.chance(0.9) else "住校", "programme": programme, "band": band, "due": paid,
        "paid": paid, "channel": "一卡通", "paid_date": None if status == "待发" else day, "pay_status": status,
        "reissue_of": "P000" if world.chance(0.15) else None,
    }  # fmt: skip


def _lists(world: World) -> list[Row]:
    rows = []
    known = world.rng.sample(CATEGORIES, world.rng.randint(3, len(CATEGORIES)))
    for person in world.sample(0.6, with_id=True):
        for category in world.rng.sample(known, world.rng.choice((1, 1, 2, 3))):
            rows.append(_listed(world, person, category))
    return rows


def _listed(world: World, person: Row, category: str) -> Row:
    rng = world.rng
    runs_out = world.day(world.q0, world.d) - dt.timedelta(days=30)  # so that the 30 days of A12 end in q
    runs_out += dt.timedelta(days=rng.choice((-1, 0, 0, 1)))
    start = runs_out if world.chance(0.4) else world.day()
    return {
        "source_dept": rng.choice(("民政", "残联", "残联", "退役军人", "乡村振兴(农业农村)")), "list_date": start,
        "id_no": person["old_id"] if world.chance(0.1) else person["id"],
        "name": person["name"] if world.chance(0.95) else "示例别名", "town": rng.choice(person["towns"]),
        "category": category, "status": rng.choice(("享受", "享受", "享受", "新增", "不享受", "风险已消除")),
        "relation": rng.choice(("之子", "之孙", "户主", None)),
        "valid_from": world.day() if world.chance(0.35) else None,
        "valid_to": _after(world) if world.chance(0.3) else None,
    }  # fmt: skip


def _after(world: World) -> dt.date:
    first = world.period.semester.first_day
    return world.rng.choice((first, first - dt.timedelta(days=1), world.d, world.day()))
