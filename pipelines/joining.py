"""Who a row is about and which school stands for which: the columns ``person``, ``school`` and ``town`` of Facts.

A person is the normalised ID number, else the one that the 学籍号 has elsewhere, else the 学籍号 (contract.md section 4).
Nothing here looks at names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import ConfigError
from pipelines.periods import Period


Tables = dict[str, pd.DataFrame | None]
ROLL = "student_roll"
_UNMERGED = ("school", "care_facility")  # a room stays where it was built; a school row is the school itself


def ids_of_roll_numbers(
    current: Tables, earlier: Mapping[Period, Tables], names: Sequence[str], wanted: pa.Array | None = None
) -> pd.Series:
    """The id_key by roll_key, for all numbers or those ``wanted``.

    Asked in turn: this period's roll; earlier rolls, latest first; all other tables together. The first that has the
    number with an ID decides. If it has it with two different IDs, nobody can say whose it is (level 丙) and the
    number stands for itself: neither the order of rows and files nor that of tables may decide.
    """
    latest_first = [earlier[when] for when in sorted(earlier, reverse=True)]
    rolls = [tables.get(ROLL) for tables in (current, *latest_first)]
    sources = [[roll] for roll in rolls]
    sources.append(
        [tables.get(name) for tables in (current, *latest_first) for name in names if name != ROLL]
    )
    pairs = []
    for frames in sources:
        known = [_pairs(f, wanted) for f in frames if f is not None and {"roll_key", "id_key"} <= set(f)]
        if known:
            both = pd.concat(known).drop_duplicates()
            pairs.append(both.assign(unclear=both["roll_key"].duplicated(keep=False)))
    if not pairs:
        return pd.Series(dtype="str")
    first = pd.concat(pairs).drop_duplicates("roll_key")
    return first[~first["unclear"].astype(bool)].set_index("roll_key")["id_key"]


def asked_for(frames: Iterable[pd.DataFrame | None]) -> pa.Array:
    """The 学籍号 of rows without an ID number: the only ones that anybody has to look up."""
    found = []
    for frame in frames:
        if frame is not None and "roll_key" in frame:
            alone = frame["roll_key"].notna()
            if "id_key" in frame:
                alone &= frame["id_key"].isna()
            found.append(frame.loc[alone, "roll_key"])
    numbers = pd.concat(found) if found else pd.Series(dtype="str")
    return pa.array(numbers.drop_duplicates(), type=pa.large_string())


def _pairs(frame: pd.DataFrame, wanted: pa.Array | None) -> pd.DataFrame:
    """The rows with both numbers whose 学籍号 is asked for."""
    if wanted is None:
        return frame[["roll_key", "id_key"]].dropna()
    asked = pc.is_in(pa.array(frame["roll_key"], type=pa.large_string()), value_set=wanted)
    return frame.loc[asked.to_numpy(zero_copy_only=False), ["roll_key", "id_key"]].dropna()


def with_person(frame: pd.DataFrame, prefix: str, ids: pd.Series) -> pd.DataFrame:
    """The frame with ``person``, never null: of a row without any number, its own place in the files."""
    if "id_key" not in frame and "roll_key" not in frame:
        return frame
    person = frame["id_key"].astype("str") if "id_key" in frame else _nobody(frame)
    alone = person.isna()
    if alone.any():
        own = prefix + frame.loc[alone, "row_id"].astype("str")
        if "roll_key" in frame:
            number = frame.loc[alone, "roll_key"].astype("str")
            own = (number.map(ids).astype("str") if len(ids) else _nobody(own)).fillna(number).fillna(own)
        person = person.where(~alone, own)
    return frame.assign(person=person)


def _nobody(like: pd.DataFrame | pd.Series) -> pd.Series:
    return pd.Series(pd.NA, index=like.index, dtype="str")


def as_confirmed(frame: pd.DataFrame, confirmed: Mapping[str, str]) -> pd.DataFrame:
    """Persons replaced by whom they were confirmed to be."""
    if not confirmed or "person" not in frame:
        return frame
    return frame.assign(person=frame["person"].map(dict(confirmed)).astype("str").fillna(frame["person"]))


@dataclass(frozen=True)
class Schools:
    """Which school stands for a merged one, and the town of each."""

    successor: dict[str, str]
    town: pd.Series


def school_register(current: Tables, earlier: Mapping[Period, Tables], d: pd.Timestamp) -> Schools | None:
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
    """The frame with ``school`` and ``town`` (``school_town`` where it has a town of its own), after mergers."""
    if name in _UNMERGED:
        return frame
    columns = [c for c in ("school_id", "from_school", "to_school", "return_school") if c in frame]
    if not columns:
        return frame
    town_column = "school_town" if "town" in frame else "town"
    if schools is None:
        unknown = pd.Series(pd.NA, index=frame.index, dtype="str")
        return frame.assign(**{"school": unknown, town_column: unknown})
    stands_for = {column: _mapped(frame[column], schools.successor, keep=True) for column in columns}
    main = stands_for[columns[0]]  # of an event, the school the pupil left
    added = {"school": main, town_column: _mapped(main, schools.town)}
    # 转入学校 and 复学学校 are compared with schools of the roll, so they follow mergers as well.
    others = {column: mapped for column, mapped in stands_for.items() if column != "school_id"}
    return frame.assign(**added, **others)


def _mapped(values: pd.Series, names: Mapping[str, str] | pd.Series, keep: bool = False) -> pd.Series:
    """Each school looked up once, not once a row; ``keep``: one that is not in ``names`` stands for itself."""
    codes, schools = pd.factorize(values.astype("str"))
    found = pd.Series(schools, dtype="str").map(names).astype("str")
    found = found.fillna(pd.Series(schools, dtype="str")) if keep else found
    taken = found.array.take(codes, allow_fill=True)
    return pd.Series(taken, index=values.index, dtype="str")
