"""The public entry of the demo dataset: simulate, lay out, write, and write down what was planted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipelines import atomic
from pipelines.demo.aid import AidOffice, Standards, ordinary_aid
from pipelines.demo.badrows import plant_bad_rows
from pipelines.demo.care import care_log, facilities, ordinary_children
from pipelines.demo.expected import expected_values
from pipelines.demo.people import Person
from pipelines.demo.plan_story import PlanStory
from pipelines.demo.planted_aid import plant_aid
from pipelines.demo.planted_care import plant_care, plant_rooms
from pipelines.demo.planted_cases import background_cases, plant_cases
from pipelines.demo.planted_rolls import plant_rolls
from pipelines.demo.planter import Note, Planter, number_cases
from pipelines.demo.population import absences, merge_schools, ordinary_changes, populate
from pipelines.demo.sheets import Office, Sheet
from pipelines.demo.workbook import write_notice, write_sheets
from pipelines.demo.world import World
from pipelines.errors import UsageError
from pipelines.periods import Period
from pipelines.plan.reading import read_folder
from pipelines.settings import Settings
from pipelines.tables.contract import Contract, load_contract, read_rows


DEFAULT_SEED = 20260930
DEFAULT_PERIODS = tuple(Period(2025, 2).shift(number) for number in range(6))
PLANTED = "planted.json"


@dataclass
class DemoSummary:
    """What was written: rows by period and table, pupils on roll by period, schools, cases, files."""

    seed: int
    scale: float
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    pupils: dict[str, int] = field(default_factory=dict)
    schools: int = 0
    planted: int = 0
    files: list[str] = field(default_factory=list)


def simulate(
    *, seed: int = DEFAULT_SEED, scale: float = 1.0, periods: Sequence[Period] | None = None
) -> tuple[World, Planter]:
    """Everything that happens in the demo county, without writing anything.

    Raises UsageError for a scale that is not positive or periods that do not follow one another.
    """
    chosen = tuple(periods or DEFAULT_PERIODS)
    if scale <= 0:
        raise UsageError("演示数据的规模必须大于 0。", "例如 SCALE=1。")
    if any(later != earlier.shift(1) for earlier, later in pairwise(chosen)):
        raise UsageError("演示数据的各季度必须首尾相接。", "例如从 2025Q2 到 2026Q3。")
    reference = Settings.load().paths.reference
    names = {row["代码"]: (row["名称"], row["简称"]) for row in read_rows(reference / "towns.csv")}
    world = World(chosen, names, seed, scale)
    office = AidOffice(world, Standards(read_rows(reference / "aid_standards.csv")))
    planter = Planter(world)
    populate(world)
    merge_schools(world)
    plant_cases(planter)
    plant_rolls(planter)
    plant_aid(planter, office)
    plant_care(planter, office)
    plant_bad_rows(planter)
    background_cases(planter)
    ordinary_children(world)
    ordinary_aid(office)
    ordinary_changes(world)
    facilities(world)
    plant_rooms(planter)
    care_log(world)
    absences(world)
    number_cases(world)
    plan = read_folder(reference / "plan")
    assert plan is not None  # it is part of the shipped reference data
    world.plan_story = PlanStory(world, plan)
    return world, planter


def write_demo(
    target: Path,
    *,
    seed: int = DEFAULT_SEED,
    scale: float = 1.0,
    periods: Sequence[Period] | None = None,
    progress: Callable[[str], None] | None = None,
) -> DemoSummary:
    """Write ``<target>/<period>/…`` and, last of all, ``<target>/planted.json``.

    Files that an earlier run wrote under other names stay where they are: the target is emptied by the caller.
    Raises UsageError as ``simulate`` does.
    """
    say = progress or (lambda text: None)
    # Without planted.json the dataset counts as unfinished, from the first file on.
    (target / PLANTED).unlink(missing_ok=True)
    say("推演学生、台账和发放记录")
    world, planter = simulate(seed=seed, scale=scale, periods=periods)
    contract = load_contract(Settings.load().paths.reference)
    summary = DemoSummary(seed, scale, schools=len(world.schools.all), planted=len(planter.notes))
    places = Places()
    for index, period in enumerate(world.periods):
        say(f"写出 {period.label} 的报表")
        office = Office(world, index, contract, planter.bad_rows)
        sheets = office.sheets()
        files = write_sheets(target / str(period), sheets)
        notice = office.layout["notice"]
        write_notice(target / str(period) / notice["file"], notice["sheet"], notice["lines"])
        summary.files += [f"{period}/{file}" for file in [*files, notice["file"]]]
        summary.pupils[str(period)] = len(world.rolls[index])
        summary.counts[str(period)] = _counts(sheets, contract)
        places.learn(index, sheets)
        places.warn(index, planter.mistyped)
    atomic.write_json(target / PLANTED, _planted(world, planter, summary, places))
    return summary


class Places:
    """Where rows were written: file, sheet and row by period, table and key; and the bad rows."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, str, object], str] = {}
        self.bad: list[dict[str, Any]] = []

    def learn(self, index: int, sheets: list[Sheet]) -> None:
        """Remember where the rows of one period lie (the first row of each key)."""
        for sheet in sheets:
            for position, key in enumerate(sheet.keys):
                where = f"{sheet.file}#{sheet.name}!{sheet.excel_row(position)}"
                self.found.setdefault((index, sheet.table, key), where)
            for position, row in sheet.bad:
                self.bad.append(
                    {
                        "index": index,
                        "table": sheet.table,
                        "file": sheet.file,
                        "sheet": sheet.name,
                        "row": sheet.excel_row(position),
                        "expected": row.rule,
                        "why": row.why,
                    }
                )

    def warn(self, index: int, mistyped: list[tuple[Person, str]]) -> None:
        """Rows of pupils whose ID number was mistyped: used, with a warning, wherever the number stands."""
        for person, why in mistyped:
            for table in ("student_roll", "roll_event"):
                where = self.found.get((index, table, person.pid))
                if where is not None:
                    file, rest = where.split("#")
                    sheet, row = rest.split("!")
                    bad = {"index": index, "table": table, "file": file, "sheet": sheet, "row": int(row)}
                    self.bad.append(bad | {"expected": "warned", "why": why})


def _counts(sheets: list[Sheet], contract: Contract) -> dict[str, int]:
    written = {sheet.table for sheet in sheets}
    return {
        table: sum(len(sheet.rows) for sheet in sheets if sheet.table == table)
        for table in contract.tables
        if table in written
    }


def _planted(world: World, planter: Planter, summary: DemoSummary, places: Places) -> dict[str, Any]:
    periods = [str(period) for period in world.periods]
    return {
        "seed": summary.seed,
        "scale": summary.scale,
        "periods": periods,
        "cases": [_case(world, planter, note, places) for note in planter.notes],
        "counts": summary.counts,
        "bad_rows": [
            {"period": periods[row.pop("index")], **row} for row in [dict(row) for row in places.bad]
        ],
        "expected": {period: expected_values(world, index) for index, period in enumerate(periods)},
        "plan": {period: world.plan_story.expected(index) for index, period in enumerate(periods)},
        "pupils": summary.pupils,
        "schools": summary.schools,
    }


def _case(world: World, planter: Planter, note: Note, places: Places) -> dict[str, Any]:
    kind = planter.kinds[note.kind]
    ref, person = note.ref, note.person
    if ref == "case":
        ref = next(c.case_id for c in world.cases if c.person is person)
    elif ref == "child":
        ref = next(c.child_id for c in world.children if c.person is person)
    key: object = ref or (person.pid if person else "")
    seen = world.periods[note.seen_at]
    return {
        "kind": note.kind,
        "town": note.town,
        "period": str(world.periods[note.index]),
        "table": note.table,
        "ref": ref or places.found[(note.seen_at, note.table, key)],
        "seen_in": str(seen),
        "expect": kind["expect"],
        "indicator": kind["indicator"] or None,
    }
