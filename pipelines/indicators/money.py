"""Aid money (A06–A10, A15), by the school of the T7 row; amounts in fen until they are printed."""

import pandas as pd

from pipelines.indicators import aid
from pipelines.indicators import counting as c
from pipelines.match import Facts
from pipelines.periods import Semester


_GRANT = ["person", "programme"]


def grants(facts: Facts, by_town: bool) -> pd.DataFrame:
    """One row per person and programme (and town of the paying school): paid_fen, standard_fen (null if none).

    Successful rows of S dated ≤ d are added; the highest standard counts among rows that differ.
    """

    def make() -> pd.DataFrame:
        keys = [*_GRANT, "town"] if by_town else _GRANT
        rows = aid.paid_rows(facts)
        rows = rows.assign(standard_fen=_standard_of(facts, rows))
        grouped = rows.groupby(keys, dropna=False).agg(
            paid_fen=("paid_fen", "sum"),
            standard_fen=("standard_fen", "max"),
            school=("school", "min"),
            row_id=("row_id", "min"),
        )
        return grouped.reset_index()

    return facts.remember(f"grants:{by_town}", make)


def _standard_of(facts: Facts, rows: pd.DataFrame) -> pd.Series:
    """The T8 amount of each payment row (fen, null if none).

    An empty 就读方式 or 资助档次 in T8 stands for any; a T8 row that names the band goes before one that does not.
    """
    valid = _valid_standards(facts)[["programme", "stage", "boarding", "band", "amount_fen"]]
    pairs = rows[["row_id", "person", "programme", "boarding", "band"]].merge(
        _stages(facts, rows), on="person"
    )
    pairs = pairs.merge(valid, on=["programme", "stage"], suffixes=("", "_rule"))
    any_boarding, any_band = _blank(pairs["boarding_rule"]), _blank(pairs["band_rule"])
    fits = (any_boarding | (pairs["boarding_rule"] == pairs["boarding"])) & (
        any_band | (pairs["band_rule"] == pairs["band"])
    )
    pairs = pairs.assign(named=(~any_band).astype(int))[fits]
    best = pairs.groupby("row_id")["named"].transform("max")
    amounts = pairs[pairs["named"] == best].groupby("row_id")["amount_fen"].max()
    return rows["row_id"].map(amounts).astype("Int64")


def _blank(values: pd.Series) -> pd.Series:
    return values.isna() | (values == "").fillna(False)


def _stages(facts: Facts, rows: pd.DataFrame) -> pd.DataFrame:
    """(person, stage) of the roll at d, else of the latest earlier roll that has the pupil."""
    wanted = rows[["person"]].drop_duplicates()
    found = []
    for roll in (facts.table("student_roll"), *facts.earlier("student_roll")):
        if wanted.empty:
            break
        roll = roll.loc[c.among(roll["person"], wanted["person"]), ["person", "stage", "roll_status"]]
        hits = roll.loc[roll["roll_status"].isin(c.ON_ROLL), ["person", "stage"]].drop_duplicates()
        found.append(hits)
        wanted = wanted[~c.among(wanted["person"], hits["person"])]
    return pd.concat(found) if found else rows[["person"]].assign(stage="").iloc[:0]


def _valid_standards(facts: Facts) -> pd.DataFrame:
    """T8 rows in force in S."""
    standards, semester = facts.standards, facts.semester
    first = standards["valid_from"].map(lambda text: Semester.parse(text) <= semester).astype(bool)
    last = (
        standards["valid_to"]
        .map(lambda text: _is_blank(text) or Semester.parse(text) >= semester)
        .astype(bool)
    )
    return standards[first & last]


def _is_blank(text: object) -> bool:
    return not isinstance(text, str) or text == ""


def due_dates(facts: Facts) -> pd.Series:
    """The due date of S by programme, from T8; of several the latest."""
    column = "due_spring" if facts.semester.season == "春" else "due_autumn"
    rules = _valid_standards(facts)[["programme", column]].dropna()
    rules = rules[rules[column] != ""]
    dates = pd.to_datetime(rules[column].map(facts.semester.due_date))
    return dates.groupby(rules["programme"]).max()


def _by_scope(facts: Facts, series: dict[bool, pd.Series]) -> pd.Series:
    """Town figures from the frame by town, the county's from the frame over the county."""
    result = series[True].copy()
    result.iloc[-1] = series[False].iloc[-1]
    return result


def _grants_with_standard(facts: Facts, by_town: bool) -> pd.DataFrame:
    frame = grants(facts, by_town)
    frame = frame[frame["standard_fen"].notna()]
    frame = frame.assign(short_fen=(frame["standard_fen"] - frame["paid_fen"]).clip(lower=0))
    return frame if by_town else frame.assign(town="")


def short_grants(facts: Facts) -> pd.DataFrame:
    """Grants by town that are below their standard, with ``short_fen``."""
    frame = _grants_with_standard(facts, by_town=True)
    return frame[frame["short_fen"] > 0]


def without_standard(facts: Facts) -> int:
    """Grants (county) outside the base of A07 and A08, for the quality block."""
    return int(grants(facts, by_town=False)["standard_fen"].isna().sum())


def doubles(facts: Facts) -> pd.DataFrame:
    """The T7 rows after the first of a person and programme in S, reissues apart, in order of payment.

    ``elsewhere``: the first was paid by a school of another town, so that the double is in the county's A06 alone.
    """
    rows = aid.paid_rows(facts)
    rows = rows[_blank(rows["reissue_of"])].sort_values(["paid_date", "row_id"])
    first = rows.groupby(_GRANT)["town"].transform("first")
    return rows.assign(elsewhere=(rows["town"] != first).fillna(True))[rows.duplicated(_GRANT)]


def a06(facts: Facts) -> c.Figure:
    """重复资助人次."""
    rows = aid.paid_rows(facts)
    rows = rows[_blank(rows["reissue_of"])]

    def repeats(keys: list[str]) -> pd.DataFrame:
        extra = (rows.groupby(keys).size() - 1).rename("extra").reset_index()
        return extra if "town" in extra else extra.assign(town="")

    series = {True: repeats([*_GRANT, "town"]), False: repeats(_GRANT)}
    return c.Figure(_by_scope(facts, {k: c.total(facts, frame, "extra") for k, frame in series.items()}))


def a07(facts: Facts) -> c.Figure:
    """足额发放率."""
    frames = {by_town: _grants_with_standard(facts, by_town) for by_town in (True, False)}
    full = {k: c.rows(facts, frame[frame["short_fen"] == 0]) for k, frame in frames.items()}
    every = {k: c.rows(facts, frame) for k, frame in frames.items()}
    return c.Figure(_by_scope(facts, full), _by_scope(facts, every))


def a08(facts: Facts) -> c.Figure:
    """未足额金额."""
    sums = {k: c.total(facts, _grants_with_standard(facts, k), "short_fen") for k in (True, False)}
    return c.Figure(_by_scope(facts, sums))


def payments_due(facts: Facts) -> pd.DataFrame:
    """T7 rows of S whose ``due_date`` is ≤ d, with ``on_time``."""
    rows = aid.of_semester(facts, "aid_payment")
    rows = rows.assign(due_date=pd.to_datetime(rows["programme"].map(due_dates(facts))))
    rows = rows[rows["due_date"] <= facts.d]
    return rows.assign(on_time=(rows["pay_status"] == "成功") & (rows["paid_date"] <= rows["due_date"]))


def a09(facts: Facts) -> c.Figure:
    """按时发放率."""
    rows = payments_due(facts)
    return c.Figure(c.rows(facts, rows[rows["on_time"]]), c.rows(facts, rows))


def bounced(facts: Facts) -> pd.DataFrame:
    """T7 rows of S 失败 or 退回 with no later success of the same person and programme.

    Later means a later day, or a reissue (补发原批次号) of the same day; a failed row without a date precedes all.
    """
    rows = aid.of_semester(facts, "aid_payment")
    failed = rows[rows["pay_status"].isin(("失败", "退回"))]
    success = aid.paid_rows(facts)[[*_GRANT, "paid_date", "reissue_of"]]
    pairs = failed[["row_id", *_GRANT, "paid_date"]].merge(success, on=_GRANT, suffixes=("", "_success"))
    same_day = (pairs["paid_date_success"] == pairs["paid_date"]) & ~_blank(pairs["reissue_of"])
    later = pairs["paid_date"].isna() | (pairs["paid_date_success"] > pairs["paid_date"]) | same_day
    return failed[~failed["row_id"].isin(pairs.loc[later, "row_id"])]


def a10(facts: Facts) -> c.Figure:
    """发放退回率."""
    return c.Figure(c.rows(facts, bounced(facts)), c.rows(facts, aid.of_semester(facts, "aid_payment")))


def a15(facts: Facts) -> c.Figure:
    """发放金额: what arrived in q; in the table of a closed semester, all that arrived for it."""
    if facts.semester != facts.period.semester:
        return c.Figure(c.total(facts, aid.paid_rows(facts), "paid_fen"))
    rows = facts.table("aid_payment")
    rows = rows[(rows["pay_status"] == "成功") & c.within(rows["paid_date"], facts.q0, facts.d)]
    return c.Figure(c.total(facts, rows, "paid_fen"))
