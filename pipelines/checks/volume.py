"""Schools compared with the previous period: one that halves, doubles or vanishes, mergers (撤并) taken into account."""

import pandas as pd

from pipelines.checks.inputs import SOURCE, Inputs, on_roll
from pipelines.checks.pupils import open_at_end


SCHOOL_VOLUME = "school_volume"
HEADERS = {
    "school_id": "学校标识码",
    "town": "所属镇街区",
    "listed": "本季度学校基本信息中有",
    "open_at_end": "期末是否在办",
    "pupils": "本季度在籍学生数",
    "pupils_before": "上季度在籍学生数（已并入的学校计入并入学校）",
    "ratio": "本季度与上季度学生数之比",
}


def school_volume(inputs: Inputs) -> pd.DataFrame | None:
    """One row per school of this or the previous T1; None unless T1 and T2 of both periods are there.

    A school that has left T1 keeps the coordinates of its last row, the file marked as the previous period's.
    """
    now, roll = inputs.tables.get("school"), inputs.tables.get("student_roll")
    before, old_roll = inputs.previous.get("school"), inputs.previous.get("student_roll")
    if now is None or roll is None or before is None or old_roll is None:
        return None
    columns = ["school_id", "town", "open_date", "close_date", "merged_into", *SOURCE]
    pupil = {"school_id", "roll_status"}
    if not (set(columns) <= {*now} & {*before} and pupil <= {*roll} & {*old_roll}):
        return None  # the clean stage owes a column: the suite of the table itself says so
    gone = before[~before["school_id"].isin(now["school_id"])]
    gone = gone.assign(source_file="（上季度）" + gone["source_file"])
    schools = pd.concat(
        [now[columns].assign(listed=True), gone[columns].assign(listed=False)], ignore_index=True
    )
    schools = schools.drop_duplicates("school_id").reset_index(drop=True)
    follow = _successors(schools, inputs.end)
    pupils = _counts(roll, follow)
    pupils_before = _counts(old_roll, follow)
    frame = schools.assign(
        open_at_end=open_at_end(schools, inputs),
        pupils=schools["school_id"].map(pupils).fillna(0).astype("int64"),
        pupils_before=schools["school_id"].map(pupils_before).fillna(0).astype("int64"),
    )
    ratio = frame["pupils"] / frame["pupils_before"].where(frame["pupils_before"] > 0)
    return frame.assign(ratio=ratio.astype("float64"))[[*HEADERS, *SOURCE]]


def _successors(schools: pd.DataFrame, day: pd.Timestamp) -> dict[str, str]:
    """School → the school it was merged into by the day, followed to the end; a circle ends where it closes."""
    merged = schools[(schools["close_date"] <= day) & schools["merged_into"].notna()]
    direct = dict(zip(merged["school_id"], merged["merged_into"], strict=True))
    ends = {}
    for school in direct:
        seen = [school]
        while (following := direct.get(seen[-1])) is not None and following not in seen:
            seen.append(following)
        ends[school] = seen[-1]
    return ends


def _counts(roll: pd.DataFrame, follow: dict[str, str]) -> pd.Series:
    return on_roll(roll)["school_id"].replace(follow).value_counts()
