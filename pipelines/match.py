"""Who is who and which school stands for which: the tables of a period joined by person and by school.

A person is joined on the normalised ID number, else on the 学籍号 (contract.md section 4); a name is only ever a
check. Nothing is joined here that an official would still have to confirm: those pairs are listed by
``pairs_to_confirm`` (level 丙) and take no part in any figure.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from pipelines.errors import ConfigError
from pipelines.indicators.school_days import covers
from pipelines.periods import Period, SchoolYear, Semester
from pipelines.settings import Settings
from pipelines.tables.contract import CodeEntry, Contract, load_contract
from pipelines.towns import TownRegister


if TYPE_CHECKING:
    from pipelines.reference import Reference

Tables = dict[str, pd.DataFrame | None]
T = TypeVar("T")

_ROLL = "student_roll"
_UNMERGED = ("school", "care_facility")  # a room stays where it was built; a school row is the school itself


@dataclass(eq=False)
class Facts:
    """Everything the indicators of one period may see (docs/architecture.md, Facts)."""

    settings: Settings
    dataset: str
    period: Period
    contract: Contract
    towns: TownRegister
    standards: pd.DataFrame
    calendar: pd.DataFrame | None
    tables: Tables
    history: dict[Period, Tables]
    closed_semester: Semester | None = None
    confirmed: Mapping[str, str] = field(default_factory=dict)
    _memory: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def d(self) -> pd.Timestamp:
        """The last day of the period."""
        return pd.Timestamp(self.period.end)

    @property
    def q0(self) -> pd.Timestamp:
        """The first day of the period."""
        return pd.Timestamp(self.period.start)

    @property
    def semester(self) -> Semester:
        """S: the semester of the period, or the closed one that these facts are about."""
        return self.closed_semester or self.period.semester

    @property
    def semester_end(self) -> pd.Timestamp:
        """The last day of S: autumn ends before 1 March, spring before 1 September."""
        year, spring = self.semester.school_year, self.semester.season == "春"
        following = Semester(SchoolYear(year.first + 1), "秋") if spring else Semester(year, "春")
        return pd.Timestamp(following.first_day) - pd.Timedelta(days=1)

    def closing_autumn(self) -> "Facts":
        """The same facts about the autumn semester of the school year, which the Q1 report closes."""
        autumn = Semester(self.period.school_year, "秋")
        return replace(self, closed_semester=autumn, _memory={})

    @property
    def codes(self) -> dict[str, dict[str, CodeEntry]]:
        """The code lists."""
        return self.contract.codes

    def has(self, reference: str) -> bool:
        """Whether an input is there: ``student_roll``, ``student_roll@previous``, ``student_roll@opening`` …

        ``@previous`` last quarter's table, ``@opening`` that of the Q3 in which the school year began, ``@cohort`` that
        of three years ago; ``absence@last_month`` and ``dept_list@残联``: rows of that kind, for a monthly return or
        the list of one department may be absent while the table is there. ``calendar`` and ``standards`` are inputs too: there when they have rows, the calendar when it covers the
        quarter.
        """
        name, _, when = reference.partition("@")
        if name == "standards":
            return not self.standards.empty
        if name == "calendar":
            return covers(self.calendar, self.q0, self.d)
        frame = self._tables_of(when).get(name)
        if frame is not None and when == "last_month":
            return bool((frame["month"] == self.d.strftime("%Y-%m")).any())
        if frame is not None and when == "残联":
            return bool((frame["source_dept"] == when).any())
        return frame is not None

    def table(self, reference: str) -> pd.DataFrame:
        """The frame of a table that ``has`` confirmed."""
        name, _, when = reference.partition("@")
        frame = self._tables_of(when).get(name)
        if frame is None:
            raise KeyError(reference)
        return frame

    def _tables_of(self, when: str) -> Tables:
        wanted = {
            "previous": self.period.previous,
            "opening": self.period.school_year.base_period,
            "cohort": self.period.shift(-12),
        }
        period = wanted.get(when, self.period)
        return self.tables if period == self.period else self.history.get(period, {})

    def earlier(self, name: str) -> Iterator[pd.DataFrame]:
        """The table of every earlier period that has it, latest first."""
        for period in sorted(self.history, reverse=True):
            if (frame := self.history[period].get(name)) is not None:
                yield frame

    def remember(self, key: str, make: Callable[[], T]) -> T:
        """The result of ``make``, made once per period: many indicators share the same sets."""
        if key not in self._memory:
            self._memory[key] = make()
        return self._memory[key]


def load_facts(settings: Settings, dataset: str, period: Period, history: Sequence[Period]) -> Facts:
    """Read the clean tables of a period and of the earlier periods that count, and join them.

    ``history`` names the earlier periods of the dataset whose data were not refused.
    """
    from pipelines import reference, store
    from pipelines.matching.confirmed import load_confirmed

    names = load_contract(settings.paths.reference).tables

    def read(when: Period) -> Tables:
        return {name: store.read(settings, dataset, when, name) for name in names}

    earlier = {when: read(when) for when in sorted(history) if when < period}
    return build_facts(
        settings, period, read(period), earlier, reference.load_reference(settings, dataset), dataset,
        load_confirmed(settings, dataset).same,
    )  # fmt: skip


def build_facts(
    settings: Settings,
    period: Period,
    tables: Mapping[str, pd.DataFrame | None],
    history_tables: Mapping[Period, Mapping[str, pd.DataFrame | None]],
    reference: "Reference",
    dataset: str,
    confirmed: Mapping[str, str] | None = None,
) -> Facts:
    """Join the given clean frames; pure (the frames passed in are not changed).

    ``confirmed``: person → the pupil of the roll a person of the bureau has confirmed it to be (pipelines/matching).
    """
    contract = load_contract(settings.paths.reference)
    current: Tables = {name: tables.get(name) for name in contract.tables}
    earlier = {when: dict(frames) for when, frames in sorted(history_tables.items()) if when < period}
    ids = id_of_roll_number(current, earlier, list(contract.tables))
    schools = school_register(current, earlier, pd.Timestamp(period.end))

    def joined(name: str, frame: pd.DataFrame | None, prefix: str) -> pd.DataFrame | None:
        if frame is None:
            return None
        frame = frame.reset_index(drop=True)  # joined by position later on
        return with_school(name, with_person(frame, f"row:{prefix}{name}:", ids, confirmed or {}), schools)

    return Facts(
        settings=settings,
        dataset=dataset,
        period=period,
        contract=contract,
        towns=reference.towns,
        standards=reference.standards,
        confirmed=dict(confirmed or {}),
        calendar=reference.calendar,
        tables={name: joined(name, frame, "") for name, frame in current.items()},
        history={
            when: {name: joined(name, frame, f"{when}:") for name, frame in frames.items()}
            for when, frames in earlier.items()
        },
    )


def id_of_roll_number(current: Tables, earlier: dict[Period, Tables], names: list[str]) -> pd.Series:
    """The id_key of each roll_key: this period's roll first, earlier rolls, latest first, then other tables.

    Of the first of these that has the number with an ID; all other tables together are one source. If a source has
    it with two different IDs, nobody can say whose it is (level 丙) and the number stands for itself: neither the
    order of rows and files nor that of tables may decide.
    """
    rest = [name for name in names if name != _ROLL]
    latest_first = [earlier[when] for when in sorted(earlier, reverse=True)]
    sources = [[current.get(_ROLL)], *([frames.get(_ROLL)] for frames in latest_first)]
    sources.append([frames.get(name) for frames in [current, *latest_first] for name in rest])
    pairs = []
    for frames in sources:
        both = [
            f[["roll_key", "id_key"]] for f in frames if f is not None and {"roll_key", "id_key"} <= set(f)
        ]
        if both:
            known = pd.concat(both).dropna().drop_duplicates()
            pairs.append(known.assign(unclear=known["roll_key"].duplicated(keep=False)))
    if not pairs:
        return pd.Series(dtype="str")
    first = pd.concat(pairs).drop_duplicates("roll_key")
    return first[~first["unclear"].astype(bool)].set_index("roll_key")["id_key"]


def with_person(
    frame: pd.DataFrame, prefix: str, ids: pd.Series, confirmed: Mapping[str, str]
) -> pd.DataFrame:
    """The frame with ``person``: ID pseudonym, else that of its 学籍号 in ``ids``, else the number, else the row.

    ``confirmed`` replaces persons by whom the bureau has confirmed them to be.
    """
    if "id_key" not in frame and "roll_key" not in frame:
        return frame
    person = pd.Series(pd.NA, index=frame.index, dtype="str")
    if "id_key" in frame:
        person = person.fillna(frame["id_key"].astype("str"))
    if "roll_key" in frame:
        known = frame["roll_key"].astype("str").map(ids) if len(ids) else person
        person = person.fillna(known.astype("str")).fillna(frame["roll_key"].astype("str"))
    known = person.fillna(prefix + frame["row_id"].astype("str"))
    return _as_confirmed(frame.assign(person=known), confirmed)


def _as_confirmed(frame: pd.DataFrame, confirmed: Mapping[str, str]) -> pd.DataFrame:
    """Persons replaced by whom they were confirmed to be."""
    if not confirmed or "person" not in frame:
        return frame
    return frame.assign(person=frame["person"].map(dict(confirmed)).astype("str").fillna(frame["person"]))


@dataclass(frozen=True)
class Schools:
    """Old school → the one it was merged into, and the town of every school."""

    successor: dict[str, str]
    town: pd.Series


def school_register(current: Tables, earlier: dict[Period, Tables], d: pd.Timestamp) -> Schools | None:
    """Mergers known at d and the town of every school; None without this period's T1.

    A school that has left T1 altogether is looked up in the latest earlier T1 that has it.
    """
    present = current.get("school")
    if present is None:
        return None
    older = [earlier[when].get("school") for when in sorted(earlier, reverse=True)]
    frames = [f.sort_values("row_id") for f in (present, *older) if f is not None]
    schools = pd.concat(frames).drop_duplicates("school_id")
    merged = schools[(schools["close_date"] <= d) & schools["merged_into"].notna()]
    direct = dict(zip(merged["school_id"], merged["merged_into"], strict=True))
    return Schools({old: _end_of(old, direct) for old in direct}, schools.set_index("school_id")["town"])


def _end_of(school: str, direct: dict[str, str]) -> str:
    """Follow mergers to their end; ConfigError if they run in a circle."""
    seen = [school]
    while (following := direct.get(seen[-1])) is not None:
        if following in seen:
            raise ConfigError(
                f"学校基本信息里的并入关系成了一个圈：{'→'.join([*seen, following])}。",
                "请改正其中一所学校的“撤并日期”或“并入学校标识码”。",
            )
        seen.append(following)
    return seen[-1]


def with_school(name: str, frame: pd.DataFrame, schools: Schools | None) -> pd.DataFrame:
    """The frame with ``school`` (after mergers) and its town: ``town``, or ``school_town`` beside a town of its own."""
    if name in _UNMERGED:
        return frame
    columns = [c for c in ("school_id", "from_school", "to_school", "return_school") if c in frame]
    if not columns:
        return frame
    town_column = "school_town" if "town" in frame else "town"
    if schools is None:
        unknown = pd.Series(pd.NA, index=frame.index, dtype="str")
        return frame.assign(**{"school": unknown, town_column: unknown})
    stands_for = {
        column: frame[column].map(schools.successor).astype("str").fillna(frame[column].astype("str"))
        for column in columns
    }
    main = stands_for[columns[0]]  # of an event, the school the pupil left
    added = {"school": main, town_column: main.map(schools.town).astype("str")}
    # 转入学校 and 复学学校 are compared with schools of the roll, so they follow mergers as well.
    others = {column: mapped for column, mapped in stands_for.items() if column != "school_id"}
    return frame.assign(**added, **others)


# -- levels of a match -------------------------------------------------------------------------------------------


def match_level(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    """The level of each pair of rows (same position in both frames): 甲, 乙, 丙 or "" (contract.md section 4).

    Looks at ``id_key``, ``roll_key`` and ``name_key``; a column that a frame lacks counts as empty.
    """
    id_l, id_r = _plain(left, "id_key"), _plain(right, "id_key")
    roll_l, roll_r = _plain(left, "roll_key"), _plain(right, "roll_key")
    name_l, name_r = _plain(left, "name_key"), _plain(right, "name_key")
    both_ids = (id_l != "") & (id_r != "")
    same_id = both_ids & (id_l == id_r)
    same_roll = (roll_l != "") & (roll_l == roll_r)
    names_agree = (name_l == "") | (name_r == "") | (name_l == name_r)
    return np.select(
        [same_id & names_agree, same_id, same_roll & ~both_ids, same_roll & both_ids],
        ["甲", "乙", "甲", "丙"],
        default="",
    )


def _plain(frame: pd.DataFrame, column: str) -> np.ndarray:
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    return frame[column].astype(object).where(frame[column].notna(), "").to_numpy()


def list_matches(facts: Facts) -> pd.DataFrame:
    """Each row of the department lists (T9) that is on the roll of the period, with its level.

    Columns: row_id (of dept_list), person, level (甲 or 乙), school, town (of the school), stage, roll_status.
    """
    listed, roll = facts.table("dept_list"), facts.table(_ROLL)
    told = ["school", "town", "stage", "roll_status"]
    pairs = listed[["row_id", "person", "id_key", "name_key"]].merge(
        roll[["person", "id_key", "name_key", *told]], on="person", suffixes=("", "_roll")
    )
    right = pairs[["id_key_roll", "name_key_roll"]].rename(columns=lambda c: c.removesuffix("_roll"))
    pairs["level"] = match_level(pairs[["id_key", "name_key"]], right)
    # A confirmed pair counts like 甲, though the numbers differ.
    pairs.loc[pairs["id_key"].isin(list(facts.confirmed)) & (pairs["level"] != "乙"), "level"] = "甲"
    columns = ["row_id", "person", "level", *told]
    return pairs[pairs["level"] != ""][columns].sort_values(["row_id", "school"]).reset_index(drop=True)


def pairs_to_confirm(facts: Facts) -> pd.DataFrame:
    """Rows that may be a pupil of the roll but are not joined (丙): equal 学籍号, two different ID numbers.

    Columns: table, row_id, source_file, source_sheet, source_row, person, roll_person, school, town, level.
    """
    roll = facts.table(_ROLL)[["roll_key", "id_key", "person", "school", "town"]].dropna(subset="roll_key")
    roll = roll.rename(columns={"id_key": "roll_id", "person": "roll_person"})
    found = []
    for name, frame in facts.tables.items():
        if name == _ROLL or frame is None or not {"roll_key", "id_key"} <= set(frame.columns):
            continue
        origin = ["row_id", "source_file", "source_sheet", "source_row", "roll_key", "id_key", "person"]
        pairs = frame[origin].merge(roll, on="roll_key")
        differ = pairs["id_key"].notna() & pairs["roll_id"].notna() & (pairs["id_key"] != pairs["roll_id"])
        found.append(pairs[differ].assign(table=name, level="丙"))
    columns = ["table", "row_id", "source_file", "source_sheet", "source_row"]
    columns += ["person", "roll_person", "school", "town", "level"]
    if not found:
        return pd.DataFrame(columns=columns)
    return pd.concat(found)[columns].sort_values(["table", "row_id", "school"]).reset_index(drop=True)
