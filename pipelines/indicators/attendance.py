"""On the roll but not at school (D02), from the roll, the open cases and the monthly list of absentees (T4)."""

import pandas as pd

from pipelines.indicators import counting as c
from pipelines.indicators import dropout
from pipelines.match import Facts


CLASSES = ("疑似待核", "确认辍学", "休学", "未请假", "停课", "长期病事假")
_AT_HOME = "送教上门"  # taught at home and on the roll: at school (残疾人教育条例 Art. 17)


def long_absences(facts: Facts) -> pd.DataFrame:
    """T4 rows of the last month of q that count, with ``kind``: 未请假, 停课 (from ``report_days`` school days on) or
    长期病事假 (the whole month)."""

    def make() -> pd.DataFrame:
        rows = facts.table("absence")
        rows = rows[rows["month"] == facts.d.strftime("%Y-%m")]
        kind = rows["leave_type"].astype("str").replace({"病假": "长期病事假", "事假": "长期病事假"})
        whole_month = rows["consecutive_days"] >= rows["school_days_in_month"]
        long = rows["consecutive_days"] >= facts.settings.threshold("report_days").value
        return rows.assign(kind=kind)[long.where(kind != "长期病事假", whole_month)]

    return facts.remember("long_absences", make)


def not_attending(facts: Facts) -> pd.DataFrame:
    """Rows of the roll of the pupils of D02, with ``kind``, the first of CLASSES that applies to the person."""

    def make() -> pd.DataFrame:
        told = ["person", "town", "school", "grade", "study_mode", "roll_status", "source_file", "source_row"]
        pupils = c.compulsory(facts)[told]
        elsewhere = pupils.loc[pupils["study_mode"].fillna("") != _AT_HOME, "person"]
        pupils = pupils[c.among(pupils["person"], elsewhere)]
        absent, open_cases = long_absences(facts), dropout.open_cases(facts)
        members = {
            "疑似待核": dropout.suspected(facts)["person"],
            "确认辍学": open_cases.loc[open_cases["verdict"] == "辍学", "person"],
            "休学": pupils.loc[pupils["roll_status"] == "休学", "person"],
            **{kind: absent.loc[absent["kind"] == kind, "person"] for kind in CLASSES[3:]},
        }
        kind = pd.Series(pd.NA, index=pupils.index, dtype="str")
        for name in reversed(CLASSES):
            kind = kind.mask(c.among(pupils["person"], members[name]), name)
        return pupils.assign(kind=kind)[kind.notna()]

    return facts.remember("not_attending", make)


def unreported(facts: Facts) -> pd.DataFrame:
    """The pupils of the class 未请假 of D02, with the longest absence behind it: nobody has reported a case.

    Rows of the roll (town, school, grade) with ``first_absent_date``, ``consecutive_days`` and the place of the T4 row.
    """
    frame, rows = not_attending(facts), long_absences(facts)
    frame = frame[frame["kind"] == "未请假"].drop(columns=["source_file", "source_row"])
    rows = rows[rows["kind"] == "未请假"].sort_values(
        ["consecutive_days", "row_id"], ascending=[False, True], kind="stable"
    )
    told = ["person", "first_absent_date", "consecutive_days", "source_file", "source_row"]
    return frame.merge(rows.drop_duplicates("person")[told], on="person")


def d02(facts: Facts) -> c.Figure:
    """在籍不在校人数."""
    frame = not_attending(facts)
    classes = c.split(facts, frame, "kind", CLASSES)
    return c.Figure(
        c.distinct(facts, frame), breakdown={code: {"class": part} for code, part in classes.items()}
    )
