"""Near matches of the ledgers, the lists and the last roll with the roll: 丙 and 丁 (contract.md section 4), each with its reasons.

Only rows whose person is not on the roll are looked at (and equal 学籍号 with two ID numbers): of the quarter before the
pupils of compulsory stage who have gone, for many of them have only had their number corrected. Candidates come from
blocks (parts of the ID number; name and birth date; birth date and town), never from all pairs. Names and numbers
are read from identity/ and leave this module as words only: which fields agree and which differ.
"""

from dataclasses import dataclass

import pandas as pd
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from pipelines import store
from pipelines.indicators.counting import COMPULSORY, ON_ROLL
from pipelines.matching.confirmed import Confirmed
from pipelines.periods import Period
from pipelines.settings import Settings


LEDGERS = ("dropout_case", "aid_payment", "dept_list", "left_behind", "hukou_cohort")
ROLL = "student_roll"
PREVIOUS = "student_roll@previous"
SOURCE = ["source_file", "source_sheet", "source_row"]
COLUMNS = [
    "table", *SOURCE, "roll_file", "roll_sheet", "roll_row", "level", "reason", "town", "school_id", "person", "roll_person",
]  # fmt: skip
_GRADUATION = 3  # the quarter in which last quarter's grade 9 has left
_LARGEST_BLOCK = 200  # pairs per row and block: a filler such as the same birth date for all would explode
_FIELDS = ["id", "rollno", "name", "birth", "town", "home", "state", "person", *SOURCE]


@dataclass(frozen=True)
class _Evidence:
    """What two rows say about each other."""

    same_name: bool
    near_name: bool
    same_birth: bool
    same_town: bool
    id_word: str  # "" if the numbers are unrelated
    both_sound: bool
    same_roll: bool


def near_matches(settings: Settings, dataset: str, period: Period, confirmed: Confirmed) -> pd.DataFrame:
    """Pairs to confirm with the columns COLUMNS, sorted by level, table and place; answered ones are left out."""
    roll = _people(settings, dataset, period, ROLL)
    if roll is None:
        return pd.DataFrame(columns=COLUMNS)
    limit = settings.threshold("name_similarity").value
    found = []
    for table in (*LEDGERS, PREVIOUS):
        gone = table == PREVIOUS
        people = _gone(settings, dataset, period) if gone else _people(settings, dataset, period, table)
        if people is None:
            continue
        for left, right in _candidates(people, roll):
            level, reason = _judge(_compare(left, right, limit))
            if level and left.person != right.person and not confirmed.knows(left.person, right.person):
                found.append(_pair(table, left, right, level, reason))
    frame = pd.DataFrame(found, columns=COLUMNS).drop_duplicates(["table", *SOURCE, "roll_person"])
    # rows of one person in a ledger (several payments) are one question
    frame = frame.sort_values(["level", "table", *SOURCE, "roll_file", "roll_row"], kind="stable")
    named = frame["person"] != ""
    once = ~frame.duplicated(["table", "person", "roll_person"]) | ~named
    return frame[once].reset_index(drop=True)


def _gone(settings: Settings, dataset: str, period: Period) -> pd.DataFrame | None:
    """The last roll's pupils of compulsory stage whose ID number is not on this roll and who were not to graduate."""
    now = store.read(settings, dataset, period, ROLL, ["id_key"])
    before = store.read(settings, dataset, period.previous, ROLL)
    if before is None or now is None:
        return None
    gone = before["roll_status"].isin(ON_ROLL) & before["stage"].isin(COMPULSORY) & before["id_key"].notna()
    gone &= ~before["id_key"].isin(now["id_key"].dropna())
    if period.quarter == _GRADUATION:
        gone &= before["grade"] != "九年级"
    return _people(settings, dataset, period.previous, ROLL, before[gone])


def _people(
    settings: Settings, dataset: str, period: Period, table: str, rows: pd.DataFrame | None = None
) -> pd.DataFrame | None:
    """Rows of a table (all, or those given) with the fields to compare (``_FIELDS``; empty text where unknown)."""
    clean = store.read(settings, dataset, period, table) if rows is None else rows
    apart = store.read_identity(settings, dataset, period, table)
    if clean is None or apart is None:
        return None
    both = clean.merge(
        apart[["row_id", *(c for c in ("id_no", "roll_no", "name") if c in apart)]], on="row_id"
    )
    empty = pd.Series("", index=both.index)

    def text(column: str) -> pd.Series:
        return both[column].astype(object).where(both[column].notna(), "") if column in both else empty

    ids = text("id_no")
    own = both["birth_date"].dt.strftime("%Y%m%d").fillna("") if "birth_date" in both else empty
    key = text("id_key").where(text("id_key") != "", text("roll_key"))
    people = pd.DataFrame(
        {
            "id": ids, "rollno": text("roll_no"), "name": text("name"), "town": text("town"),
            "birth": own.where(own != "", ids.str.slice(6, 14).where(ids.str.len() == 18, "")),
            "home": text("home_town"), "state": text("id_state"), "person": key, **{c: text(c) for c in SOURCE},
        }
    )  # fmt: skip
    if table == ROLL:
        school = store.read(settings, dataset, period, "school")
        known = {} if school is None else dict(zip(school["school_id"], school["town"], strict=True))
        people = people.assign(
            school_id=text("school_id"), town=text("school_id").map(known).astype("str").fillna("")
        )
    return people.reset_index(drop=True)


def _candidates(people: pd.DataFrame, roll: pd.DataFrame):
    """Pairs (left, right) as named tuples: unjoined rows in a common block, and a 学籍号 that stands for two numbers."""
    known = set(roll["id"]) | set(roll["rollno"]) - {""}
    alone = people[~people["id"].isin(known - {""}) & ~people["rollno"].isin(known - {""})]
    pairs = [_block(alone, roll, keys) for keys in _blocks()]
    named = roll[roll["id"] != ""].reset_index(names="right")
    two = (
        people[people["rollno"] != ""]
        .reset_index(names="left")
        .merge(named, on="rollno", suffixes=("", "_r"))
    )
    # a row that has only the 学籍号 of two pupils belongs to neither of them (pipelines/joining.py)
    shared = two["rollno"].map(named.groupby("rollno")["id"].nunique()) > 1
    two = two[(two["id"] != two["id_r"]) & ((two["id"] != "") | shared)]
    both = pd.concat([*pairs, two[["left", "right"]]]).drop_duplicates().sort_values(["left", "right"])
    lefts, rights = people.loc[both["left"]], roll.loc[both["right"]]
    return zip(lefts.itertuples(index=False), rights.itertuples(index=False), strict=True)


def _blocks() -> list[tuple[tuple[str, int, int], ...]]:
    """Blocks as (field, from, to): one wrong or two swapped digits leave one block of the ID number whole."""
    area, born, tail = ("id", 0, 6), ("id", 6, 14), ("id", 14, 18)
    return [
        (born, tail), (area, born), (area, tail),
        (("id", 0, 5), ("id", 7, 14), tail), (area, ("id", 6, 13), ("id", 15, 18)),
        (("name", 0, 99), ("birth", 0, 8)), (("birth", 0, 8), ("town", 0, 9)),
    ]  # fmt: skip


def _block(left: pd.DataFrame, right: pd.DataFrame, keys: tuple[tuple[str, int, int], ...]) -> pd.DataFrame:
    """Positions (left, right) of rows that agree in all parts; rows with an empty part take no part."""
    frames = []
    for frame, side in ((left, "left"), (right, "right")):
        parts = {f"k{n}": frame[name].str.slice(a, b) for n, (name, a, b) in enumerate(keys)}
        whole = pd.Series(True, index=frame.index)
        for n, (name, a, b) in enumerate(keys):
            whole &= (parts[f"k{n}"].str.len() == b - a) if name == "id" else (parts[f"k{n}"] != "")
        frames.append(pd.DataFrame(parts)[whole].reset_index(names=side))
    names = [f"k{n}" for n in range(len(keys))]
    sizes = frames[1].groupby(names)[names[0]].transform("size")
    return frames[0].merge(frames[1][sizes <= _LARGEST_BLOCK], on=names)[["left", "right"]]


def _compare(left, right, limit: float) -> _Evidence:
    same_name = left.name != "" and left.name == right.name
    near = left.name != "" and right.name != "" and fuzz.ratio(left.name, right.name) >= limit
    return _Evidence(
        same_name=same_name,
        near_name=near,
        same_birth=left.birth != "" and left.birth == right.birth,
        same_town=left.town != "" and left.town in (right.town, right.home),
        id_word=_id_word(left.id, right.id),
        both_sound=left.state == right.state == "ok",
        same_roll=left.rollno != "" and left.rollno == right.rollno,
    )


def _id_word(left: str, right: str) -> str:
    """How two different ID numbers are related: missing on one side, one digit off or lost, two swapped."""
    if not left or not right:
        return "一方没有证件号"
    if len(left) == len(right):
        wrong = [n for n, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
        if len(wrong) == 1:
            return "证件号差一位"
        swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and left[wrong[0]] == right[wrong[1]]
        return "证件号相邻两位颠倒" if swapped and left[wrong[1]] == right[wrong[0]] else ""
    return "证件号多一位或少一位" if OSA.distance(left, right, score_cutoff=1) == 1 else ""


def _judge(e: _Evidence) -> tuple[str, str]:
    """(level, reason); ("", "") if the two are not worth a person's time."""
    if e.same_roll:
        unsure = e.id_word == "一方没有证件号"
        return "丙", _reason(e, "学籍号相同，学籍中该号有两个证件号" if unsure else "学籍号相同而证件号不同")
    if e.id_word and e.same_name and e.same_birth and e.same_town:
        return "丙", _reason(e, e.id_word)
    related = e.id_word not in ("", "一方没有证件号")
    if related and (e.same_birth or e.same_name or e.near_name):
        return "丁", _reason(e, e.id_word)
    if e.same_birth and e.same_town and e.same_name:
        return "丁", _reason(e, e.id_word or "证件号不同")
    # Two sound numbers and two names: twins or strangers born on one day.
    if e.same_birth and e.same_town and e.near_name and not e.both_sound:
        return "丁", _reason(e, e.id_word or "证件号不同")
    return "", ""


def _reason(e: _Evidence, first: str) -> str:
    """Which fields agree and which differ, without a value."""
    name = "姓名相同" if e.same_name else "姓名相近" if e.near_name else "姓名不同或无姓名"
    birth = "出生日期相同" if e.same_birth else "出生日期不同或不详"
    return f"{first}；{name}；{birth}；{'镇街区相同' if e.same_town else '镇街区不同或不详'}"


def _pair(table: str, left, right, level: str, reason: str) -> dict[str, object]:
    return {
        "table": table, **{name: getattr(left, name) for name in SOURCE}, "roll_file": right.source_file,
        "roll_sheet": right.source_sheet, "roll_row": right.source_row, "level": level, "reason": reason,
        "town": right.town, "school_id": right.school_id, "person": left.person, "roll_person": right.person,
    }  # fmt: skip
