"""Small random counties, dense in the traps of domain.md section K; a seed gives the same county everywhere."""

from pipelines.periods import Period

from . import ledgers, ledgers_aid, ledgers_children, traps
from .view import County, Row, Tables
from .world import GRADES, SCHOOL_DAYS, STAGES, VOCATIONAL, World


THRESHOLDS = {
    "report_days": 3, "transfer_days": 30, "visits_high": 3, "visits_medium": 1, "visits_low": 1, "contact_share": 0.9,
    "identify_days": 30, "followup_days": 7,
}  # fmt: skip
LEDGERS = (
    "roll_event", "absence", "dropout_case", "persuasion_log", "aid_identification", "aid_payment", "dept_list",
    "left_behind", "care_log", "care_facility", "hukou_cohort",
)  # fmt: skip


def _roll(world: World, period: Period) -> list[Row]:
    rows = []
    for person in world.people:
        grade = world.grade(person, period)
        gone = world.chance(0.05) or (person["leaves"] and period == world.period)
        if person["off"] or grade < 0 or gone:
            continue
        roll_no = world.roll_no(person, period)
        schools = [(person["school"], roll_no)]
        if grade != person["grade"] and STAGES[grade] != STAGES[person["grade"]]:
            schools = [(world.school_for("特教" if person["special"] else STAGES[grade]), roll_no)]
        if person["twice"]:  # on roll in two schools, under one 学籍号 or two
            schools.append((world.rng.choice(world.schools)["school_id"], world.rng.choice(person["rolls"])))
        for school, number in schools:
            rows.append(_roll_row(world, person, period, grade, school) | {"roll_no": number})
    return rows


def _roll_row(world: World, person: Row, period: Period, grade: int, school: str) -> Row:
    status = world.rng.choices(("在校", "休学", "转出中", "其他离校", "毕业"), (84, 6, 4, 3, 3))[0]
    number = person["id"] if period == world.period else person["old_id"]
    stage, name = STAGES[grade], GRADES[grade]
    if stage == "高中" and person["vocational"]:
        stage, name = "中职", VOCATIONAL[name]
    flag = person["flag"] if world.chance(0.9) else world.rng.choice(("非留守", "单亲留守", "双亲留守"))
    return {
        "name": person["name"], "id_type": person["id_type"], "id_no": None if world.chance(0.15) else number,
        "sex": "男", "birth_date": person["birth"], "school_id": school,
        "stage": "特教" if person["special"] else stage, "grade": name, "class": "1班",
        "entry_ym": f"{period.school_year.first}-09", "roll_status": status,
        "study_mode": world.rng.choice(("走读", "走读", "住校", "送教上门", "借宿", "其他")), "hukou": person["hukou"],
        "left_behind_edu": flag, "migrant_child": person["migrant"], "orphan": person["orphan"],
        "disability": person["disability"], "inclusive": person["inclusive"],
    }  # fmt: skip


def _earlier(world: World) -> list[Period]:
    """The earlier periods of which data have come, the previous one nearly always among them."""
    now = world.period
    first = now.school_year.first
    autumn = now.quarter == 3
    wanted = {
        now.previous: 0.92, Period(first, 3): 0.8, Period(first - 3, 3): 0.8 if autumn else 0.2,
        now.shift(-2): 0.25, now.year_ago: 0.15,
    }  # fmt: skip
    return sorted(period for period, share in wanted.items() if period < now and world.chance(share))


def make(seed: int) -> County:
    """The county of a seed: a last period with all tables and up to six earlier ones with the roll."""
    world = World(seed)
    data: dict[Period, Tables] = {}
    for period in _earlier(world):
        data[period] = {
            "school": world.schools,
            "student_roll": None if world.chance(0.04) else _roll(world, period),
        }
        if world.chance(0.15):
            data[period]["aid_payment"] = ledgers_aid.payments(world)[:10]
    last: Tables = {"school": world.schools, "student_roll": _roll(world, world.period)}
    last |= ledgers.all_of(world) | ledgers_aid.all_of(world) | ledgers_children.all_of(world)
    data[world.period] = last
    county = County(
        world.period, data, world.towns, world.standards, THRESHOLDS, SCHOOL_DAYS, own_standards=world.own_standards
    )  # fmt: skip
    traps.spring(world, county)
    for name in world.rng.sample(("student_roll", *LEDGERS), 2):
        if world.chance(0.25):
            last[name] = None
        elif world.chance(0.2):
            last[name] = []
    return county
