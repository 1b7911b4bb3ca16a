"""Derived columns about pupils: age, grade, entry, identity of the person, place on the roll."""

import pandas as pd

from pipelines.checks.inputs import COMPULSORY, COMPULSORY_SCHOOLS, SOURCE, Inputs, found_in, on_roll


AGE_OF_GRADE_ONE = 6  # 义务教育法第十一条: six years old by 31 August


def completed_years(born: pd.Series, day: pd.Timestamp) -> pd.Series:
    """Completed years of age on a day (Int64, null without a birth date)."""
    before = (born.dt.month > day.month) | ((born.dt.month == day.month) & (born.dt.day > day.day))
    return (day.year - born.dt.year - before.astype("int64")).astype("Int64")


def age_at_end(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Completed years on the last day of the period."""
    return completed_years(frame["birth_date"], inputs.end)


def age_grade_gap(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Years older (+) or younger (-) than usual for the grade, on 31 August before the school year; grades 1–9."""
    grades = [e.code for e in inputs.contract.codes["grade"].values() if e.group in ("小学", "初中")]
    usual = frame["grade"].map({grade: AGE_OF_GRADE_ONE + n for n, grade in enumerate(grades)})
    eve = pd.Timestamp(inputs.period.school_year.start) - pd.Timedelta(days=1)
    return completed_years(frame["birth_date"], eve) - usual.astype("Int64")


def years_since_entry_gap(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """School years since 入学年月 less those that the grade implies; null outside 小学 to 高中.

    入学年月 is that of the present stage. In a school of both stages it may be that of grade one, so the smaller
    of the two differences counts. Repeating a year gives +1, skipping one −1.
    """
    stages = ("小学", "初中", "高中", "中职")
    entries = [e for e in inputs.contract.codes["grade"].values() if e.group in stages]
    within: dict[str, int] = {}
    for stage in stages:
        within |= {e.code: n for n, e in enumerate(e for e in entries if e.group == stage)}
    through = {e.code: n for n, e in enumerate(e for e in entries if e.group in stages[:2])}
    entered = pd.Series(frame["entry_ym"].dropna().unique())
    months = pd.to_datetime(entered, format="%Y-%m", errors="coerce")
    first = months.dt.year - (months.dt.month < 7).astype("int64")  # a spring entry joins the running year
    years = inputs.period.school_year.first - _looked_up(
        frame["entry_ym"], pd.Series(first.array, index=entered)
    )
    own, whole = (
        years.astype("Float64") - frame["grade"].map(g).astype("Float64") for g in (within, through)
    )
    return own.where(whole.isna() | (own.abs() <= whole.abs()), whole).round().astype("Int64")


def person(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """The pseudonym of the ID number, else of the 学籍号; null where there is neither."""
    return frame["id_key"].fillna(frame["roll_key"]) if "roll_key" in frame else frame["id_key"]


def roll_numbers(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """How many 学籍号 the person of the row has on the roll (0 off the roll or without an ID number)."""
    return _different(frame, on_roll(frame).dropna(subset=["id_key", "roll_key"]), "roll_key")


def towns_of_person(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """In how many schools the person of the row is on the roll (0 off the roll or without an ID number)."""
    return _different(frame, on_roll(frame).dropna(subset=["id_key", "school_id"]), "school_id")


def _looked_up(keys: pd.Series, known: pd.Series) -> pd.Series:
    """The number of each key (float64, null for others); ``map`` would keep texts where there is nothing to look up."""
    return pd.Series(known.reindex(keys).to_numpy(dtype="float64", na_value=float("nan")), index=keys.index)


def _different(frame: pd.DataFrame, present: pd.DataFrame, column: str) -> pd.Series:
    """Per row, how many different values of a column its person has in ``present`` (0: is not in it)."""
    repeated = present[present["id_key"].duplicated(keep=False)]  # nearly everybody is there once
    several = _looked_up(frame["id_key"], repeated.groupby("id_key")[column].nunique())
    once = found_in(frame["id_key"], present["id_key"]).astype("int64")
    return several.where(several.notna(), once).astype("int64")


def pupil_known(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Whether the 学籍号 or the ID number of the row is on this or the previous period's roll, whatever the state.

    True where the row names neither, and where nobody of the row's school is on the roll (not handed in, or refused):
    that is another check's business, and no fault of who wrote the row.
    """
    rolls = [inputs.tables.get("student_roll"), inputs.previous.get("student_roll")]
    present = [roll for roll in rolls if roll is not None]
    known, named = pd.Series(False, index=frame.index), pd.Series(False, index=frame.index)
    for key in ("roll_key", "id_key"):
        if key in frame:
            keys = pd.concat([roll[key].dropna() for roll in present])
            known |= found_in(frame[key], keys)
            named |= frame[key].notna()
    if "school_id" in frame:
        received = pd.concat([roll["school_id"].dropna() for roll in present])
        named &= frame["school_id"].isna() | found_in(frame["school_id"], received)
    return known | ~named


def pupils_of_school(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Rows on the roll of each school."""
    roll = inputs.tables["student_roll"]
    assert roll is not None  # guarded by ``needs``
    return frame["school_id"].map(on_roll(roll)["school_id"].value_counts()).fillna(0).astype("int64")


def open_at_end(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Open on the last day of the period: 启用日期 empty or not later, 撤并日期 empty or later."""
    opened = frame["open_date"].isna() | (frame["open_date"] <= inputs.end)
    return opened & (frame["close_date"].isna() | (frame["close_date"] > inputs.end))


def compulsory(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """是, 否 or 不详: by the stage on the roll, else by the kind of the schools of the event."""
    roll, schools = inputs.tables["student_roll"], inputs.tables["school"]
    assert roll is not None and schools is not None  # guarded by ``needs``
    known = roll.dropna(subset=["roll_key"]).drop_duplicates("roll_key").set_index("roll_key")["stage"]
    kinds = schools.drop_duplicates("school_id").set_index("school_id")["school_type"]
    stage, kind = frame["roll_key"].map(known), frame["from_school"].map(kinds)
    kind = kind.fillna(frame["to_school"].map(kinds))
    answer = pd.Series("不详", index=frame.index, dtype="str")
    answer[kind.notna()] = "否"
    answer[kind.isin(COMPULSORY_SCHOOLS)] = "是"
    answer[stage.notna()] = "否"
    answer[stage.isin(COMPULSORY)] = "是"
    return answer


def doubted(frame: pd.DataFrame, inputs: Inputs, table: str, rule: str) -> pd.Series:
    """Whether the clean stage had the doubt ``rule`` about the row (pipelines/clean/rules.toml)."""
    doubts = inputs.doubts
    assert doubts is not None  # guarded by ``needs``
    rows = doubts[(doubts["table"] == table) & (doubts["rule"] == rule)]
    places = pd.MultiIndex.from_frame(rows[SOURCE].fillna({"source_sheet": ""}))
    mine = pd.MultiIndex.from_frame(frame[SOURCE].fillna({"source_sheet": ""}))
    return pd.Series(mine.isin(places), index=frame.index)
