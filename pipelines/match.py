"""Who is who and which school stands for which: the tables of a period joined by person and by school.

A person is joined on the normalised ID number, else on the 学籍号 (contract.md section 4); a name is only ever a
check. Nothing is joined here that an official would still have to confirm: those pairs are listed by
``matching`` (level 丙) and take no part in any figure. How persons and schools are found: pipelines/joining.py.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from pipelines import joining
from pipelines.indicators.school_days import covers
from pipelines.joining import ROLL, Tables
from pipelines.periods import Period, SchoolYear, Semester
from pipelines.settings import Settings
from pipelines.tables.contract import CodeEntry, Contract, load_contract
from pipelines.towns import TownRegister


if TYPE_CHECKING:
    from pipelines.reference import Reference

T = TypeVar("T")

# What an earlier quarter is asked for: who stood on its roll, and where. Its other tables only tell whose number is whose.
_EARLIER_ROLL: tuple[str, ...] = (
    "row_id",
    "id_key",
    "roll_key",
    "school_id",
    "stage",
    "grade",
    "roll_status",
)
_EARLIER_ROLL += ("source_file", "source_sheet", "source_row")
_NUMBERS = ("roll_key", "id_key")


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

    contract = load_contract(settings.paths.reference)
    now = {name: store.read(settings, dataset, period, name) for name in contract.tables}
    columns = {
        name: wanted for name in contract.tables if (wanted := _asked_of_earlier(contract, name)) != ()
    }
    earlier = {
        when: {name: store.read(settings, dataset, when, name, wanted) for name, wanted in columns.items()}
        for when in sorted(history)
        if when < period
    }
    return build_facts(
        settings, period, now, earlier, reference.load_reference(settings, dataset), dataset,
        load_confirmed(settings, dataset).same,
    )  # fmt: skip


def _asked_of_earlier(contract: Contract, table: str) -> tuple[str, ...] | None:
    """The columns that an earlier quarter's table is read for; None all, () the table is not read."""
    if table in (ROLL, "school"):
        return _EARLIER_ROLL if table == ROLL else None
    keys = {column.name for column in contract.tables[table].columns}
    return _NUMBERS if {"roll_no", "id_no"} <= keys else ()


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

    Of the earlier periods the rolls are kept, joined; their other tables lend their pairs of numbers, T1 its schools.
    ``confirmed``: person → the pupil of the roll a person of the bureau has confirmed it to be (pipelines/matching).
    """
    contract = load_contract(settings.paths.reference)
    current: Tables = {name: tables.get(name) for name in contract.tables}
    earlier = {when: dict(frames) for when, frames in sorted(history_tables.items()) if when < period}
    rolls = [frames.get(ROLL) for frames in earlier.values()]
    asked = joining.asked_for([*current.values(), *rolls])
    ids = joining.ids_of_roll_numbers(current, earlier, list(contract.tables), asked)
    schools = joining.school_register(current, earlier, pd.Timestamp(period.end))

    def joined(name: str, frame: pd.DataFrame | None, prefix: str) -> pd.DataFrame | None:
        if frame is None:
            return None
        frame = frame.reset_index(drop=True)  # joined by position later on
        known = joining.with_person(frame, f"row:{prefix}{name}:", ids)
        return joining.with_school(name, joining.as_confirmed(known, confirmed or {}), schools)

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
            when: {ROLL: joined(ROLL, frames.get(ROLL), f"{when}:")} for when, frames in earlier.items()
        },
    )
