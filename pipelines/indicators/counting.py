"""Counting for every town and the county at once, and the form in which a rule hands over its figures."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.match import Facts
from pipelines.towns import COUNTY_CODE


ON_ROLL = ("在校", "休学", "转出中")
COMPULSORY = ("小学", "初中", "特教")


@dataclass(frozen=True)
class Figure:
    """One indicator for all towns: series by town code, ``000`` for the county.

    Without ``denominator`` it is a count or a sum. ``breakdown`` holds one dictionary per code; ``outside`` the
    codes to which the indicator does not apply at all.
    """

    numerator: pd.Series
    denominator: pd.Series | None = None
    breakdown: Mapping[str, Any] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()


def town_codes(facts: Facts) -> list[str]:
    """All town codes in the order of T14, then the county."""
    return [*(town.code for town in facts.towns.towns), COUNTY_CODE]


def distinct(facts: Facts, frame: pd.DataFrame, key: str = "person", town: str = "town") -> pd.Series:
    """Distinct persons (or other keys) per town; the county counts each once, also without a known town."""
    counts = frame[[town, key]].drop_duplicates().groupby(town)[key].size()
    counts = counts.reindex(town_codes(facts), fill_value=0)
    counts[COUNTY_CODE] = frame[key].nunique()
    return counts


def rows(facts: Facts, frame: pd.DataFrame, town: str = "town") -> pd.Series:
    """Rows per town, all rows in the county."""
    counts = frame.groupby(town).size().reindex(town_codes(facts), fill_value=0)
    counts[COUNTY_CODE] = len(frame)
    return counts


def total(facts: Facts, frame: pd.DataFrame, amount: str, town: str = "town") -> pd.Series:
    """Sum of an integer column per town and of all rows in the county."""
    sums = frame.groupby(town)[amount].sum().reindex(town_codes(facts), fill_value=0)
    sums[COUNTY_CODE] = frame[amount].sum()
    return sums


def among(persons: pd.Series, wanted: pd.Series | Collection[str]) -> pd.Series:
    """Whether each person is among the wanted ones: ``isin`` of whole columns, which pandas does text by text."""
    values = pa.array(wanted if isinstance(wanted, pd.Series) else sorted(wanted), type=pa.large_string())
    found = pc.is_in(pa.array(persons, type=pa.large_string()), value_set=values)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=persons.index)


def nested(facts: Facts, parts: Mapping[str, pd.Series]) -> dict[str, dict[str, int]]:
    """Turn {key: counts by code} into {code: {key: count}}."""
    return {code: {key: int(part[code]) for key, part in parts.items()} for code in town_codes(facts)}


def split(facts: Facts, frame: pd.DataFrame, by: str, keys: Sequence[str]) -> dict[str, dict[str, int]]:
    """Distinct persons per code and value of a column: the given keys first (zeros kept), then any other."""
    frame = frame[["town", "person", by]]  # each part is cut out of the frame: not with all its columns
    others = sorted(set(frame[by].dropna().unique()) - set(keys))
    return nested(facts, {key: distinct(facts, frame[frame[by] == key]) for key in (*keys, *others)})


def share(numerator: int, denominator: int) -> dict[str, Any]:
    """Value, numerator and denominator of a rate; over a zero base 0, 0 and no value (contract.md section 3)."""
    if not denominator:
        return {"value": None, "numerator": 0, "denominator": 0}
    return {"value": numerator / denominator, "numerator": numerator, "denominator": denominator}


def within(dates: pd.Series, first: object, last: object) -> pd.Series:
    """Whether each date lies in [first, last]; an empty date does not."""
    return (dates >= pd.Timestamp(first)) & (dates <= pd.Timestamp(last))  # type: ignore[arg-type]


def empty_or_after(dates: pd.Series, day: pd.Timestamp) -> pd.Series:
    """Whether each date is empty or later than the day."""
    return dates.isna() | (dates > day)


def age_at(birth: pd.Series, day: pd.Timestamp) -> pd.Series:
    """Completed years at a day; null without a birth date."""
    before_birthday = (birth.dt.month > day.month) | (
        (birth.dt.month == day.month) & (birth.dt.day > day.day)
    )
    return day.year - birth.dt.year - before_birthday.astype(int)


def of_school_age(facts: Facts, birth: pd.Series) -> pd.Series:
    """Whether each birth date lies in the window of D16: school age at q (docs/indicator-readings.md)."""
    year = facts.period.school_year.first
    return within(birth, f"{year - 15}-09-01", f"{year - 6}-08-31")


def on_roll(facts: Facts) -> pd.DataFrame:
    """The rows of the period's roll that count as on roll, all stages."""

    def make() -> pd.DataFrame:
        roll = facts.table("student_roll")
        return roll[roll["roll_status"].isin(ON_ROLL)]

    return facts.remember("on_roll", make)


def compulsory(facts: Facts) -> pd.DataFrame:
    """The on-roll rows of compulsory stage (小学, 初中, 特教)."""
    return facts.remember("compulsory", lambda: compulsory_of(facts.table("student_roll")))


def compulsory_of(roll: pd.DataFrame) -> pd.DataFrame:
    """The same of any snapshot."""
    return roll[roll["roll_status"].isin(ON_ROLL) & roll["stage"].isin(COMPULSORY)]
