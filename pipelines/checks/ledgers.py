"""Derived columns about ledgers: months, cases, payments against their standard, age of lists."""

import pandas as pd

from pipelines.checks.inputs import Inputs, found_in, on_roll
from pipelines.checks.pupils import person
from pipelines.periods import Semester


_GRANT = ["person", "programme", "school_year", "semester"]


def month_start(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """The first day of the month."""
    return pd.to_datetime(frame["month"], format="%Y-%m", errors="coerce")


def month_end(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """The last day of the month."""
    return month_start(frame, inputs) + pd.offsets.MonthEnd(1)


def days_reported_after_absent(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Calendar days from 首次缺勤日期 to 报告日期."""
    return (frame["reported_date"] - frame["first_absent_date"]).dt.days.astype("Int64")


def case_open(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Whether the case is neither returned nor closed on the last day of the period (51 失踪失联 stays open)."""
    returned = frame["return_date"] <= inputs.end
    closed = (frame["close_date"] <= inputs.end) & (frame["close_type"].fillna("") != "51")
    return ~(returned | closed)


def over_standard_fen(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Fen by which the successful rows of a person, programme and semester exceed the highest standard of them.

    0 where there is no standard (T8, pupil not on the roll) or the row is not successful; every row of a grant
    carries the same sum.
    """
    rows = frame[frame["pay_status"] == "成功"].assign(person=lambda f: person(f, inputs))
    rows = rows.assign(standard=_standard_of(rows, inputs)).dropna(subset=["person"])
    sums = rows.groupby(_GRANT)["paid_fen"].transform("sum")
    tops = rows.groupby(_GRANT)["standard"].transform("max")
    over = (sums.astype("float64") - tops.astype("float64")).clip(lower=0)
    return over.reindex(frame.index).fillna(0).astype("int64")


def _standard_of(rows: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """The T8 amount of each row by programme, stage, boarding, band and semester (float, null without one).

    As A07 reads T8 (contract.md section 5): an empty 就读方式 or 资助档次 stands for any; a row of T8 that names the
    band goes before one that does not.
    """
    roll = inputs.tables["student_roll"]
    assert roll is not None and inputs.standards is not None  # guarded by ``needs``
    asked_for = roll.assign(person=person(roll, inputs))[["person", "stage", "roll_status"]]
    asked_for = asked_for[found_in(asked_for["person"], rows["person"])]
    known = pd.concat([on_roll(asked_for), asked_for]).drop_duplicates("person")
    asked = rows[["programme", "boarding", "band", "school_year", "semester"]].assign(
        stage=rows["person"].map(known.set_index("person")["stage"]), place=rows.index
    )
    rules = inputs.standards.rename(columns={"boarding": "rule_boarding", "band": "rule_band"})
    pairs = asked.merge(rules, on=["programme", "stage"])
    any_boarding, any_band = (_blank(pairs[f"rule_{name}"]) for name in ("boarding", "band"))
    fits = (any_boarding | (pairs["rule_boarding"] == pairs["boarding"])) & (
        any_band | (pairs["rule_band"] == pairs["band"])
    )
    pairs = pairs.assign(named=(~any_band).astype(int))[fits & _in_force(pairs)]
    best = pairs.groupby("place")["named"].transform("max")
    amounts = pairs[pairs["named"] == best].groupby("place")["amount_fen"].max().astype("Float64")
    return amounts.reindex(rows.index).astype("float64")


def _blank(values: pd.Series) -> pd.Series:
    return values.isna() | (values == "").fillna(False)


def _in_force(pairs: pd.DataFrame) -> pd.Series:
    """Whether the T8 row holds in the semester of the payment row."""
    keys = list(
        zip(pairs["school_year"] + pairs["semester"], pairs["valid_from"], pairs["valid_to"], strict=True)
    )
    held: dict[tuple[object, object, object], bool] = {}
    for when, first, last in set(keys):
        try:
            semester = Semester.parse(str(when))
        except ValueError:
            held[when, first, last] = False
            continue
        until = isinstance(last, str) and last != ""
        held[when, first, last] = Semester.parse(str(first)) <= semester and (
            not until or semester <= Semester.parse(str(last))
        )
    return pd.Series([held[key] for key in keys], index=pairs.index, dtype=bool)


def successes(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Successful rows of the same person, programme and semester, reissues (补发原批次号) not counted."""
    rows = frame.assign(person=person(frame, inputs))
    counted = rows[(rows["pay_status"] == "成功") & _blank(rows["reissue_of"])].dropna(subset=["person"])
    return (
        counted.groupby(_GRANT)["paid_fen"].transform("size").reindex(frame.index).fillna(0).astype("int64")
    )


def this_semester(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Whether the row belongs to the semester of the period: the ledgers hold earlier ones too."""
    return (frame["school_year"] + frame["semester"]) == str(inputs.period.semester)


def in_period(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Whether the event lies in the period."""
    return frame["event_date"].between(pd.Timestamp(inputs.period.start), inputs.end)


def list_age_days(frame: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Days from the latest 名单日期 of the row's 名单来源 to the last day, on its first row (null elsewhere)."""
    latest = frame.groupby("source_dept", dropna=False)["list_date"].transform("max")
    days = (inputs.end - latest).dt.days.astype("Int64")
    newest = frame["list_date"] == latest
    return days.where(newest & ~frame["source_dept"].where(newest).duplicated())
