"""How sure two rows are one person: the levels 甲, 乙 and 丙 of contract.md section 4, and the rows at each."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd


if TYPE_CHECKING:
    from pipelines.match import Facts

_ROLL = "student_roll"


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


def list_matches(facts: "Facts") -> pd.DataFrame:
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


def pairs_to_confirm(facts: "Facts") -> pd.DataFrame:
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
