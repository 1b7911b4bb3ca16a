"""Student aid by person (A01–A05, A11): the sets E, R, X and I of contract.md section 5, for the semester S, to d."""

import pandas as pd

from pipelines.indicators import counting as c
from pipelines.match import Facts


REASONS = ("退回", "待发", "未发放", "未认定")


def started(listed: pd.DataFrame) -> pd.Series:
    """The day from which each T9 row holds: 生效日期, where empty 名单日期."""
    return listed["valid_from"].fillna(listed["list_date"])


def valid_list_rows(facts: Facts) -> pd.DataFrame:
    """T9 rows that entitle: 享受 or 新增, in force ≤ d (名单日期 where 生效日期 is empty), not left before S began.

    Of a semester that has ended before d, in force before it ended.
    """
    listed = facts.table("dept_list")
    first_day, last_day = pd.Timestamp(facts.semester.first_day), min(facts.d, facts.semester_end)
    lasting = listed["valid_to"].isna() | (listed["valid_to"] >= first_day)
    return listed[listed["status"].isin(("享受", "新增")) & (started(listed) <= last_day) & lasting]


def of_semester(facts: Facts, table: str) -> pd.DataFrame:
    """The rows of T6 or T7 for the semester of the period."""

    def make() -> pd.DataFrame:
        frame, semester = facts.table(table), facts.semester
        return frame[
            (frame["school_year"] == str(semester.school_year)) & (frame["semester"] == semester.season)
        ]

    return facts.remember(f"semester:{table}", make)


def paid_rows(facts: Facts) -> pd.DataFrame:
    """T7 rows of S that arrived: 成功 and dated ≤ d."""
    rows = of_semester(facts, "aid_payment")
    return rows[(rows["pay_status"] == "成功") & (rows["paid_date"] <= facts.d)]


def entitled(facts: Facts) -> pd.DataFrame:
    """E: on-roll rows of the entitled."""
    return facts.remember(
        "entitled",
        lambda: c.on_roll(facts)[c.among(c.on_roll(facts)["person"], valid_list_rows(facts)["person"])],
    )


def waived(facts: Facts) -> pd.Series:
    """X: persons with a written waiver for S."""
    rows = of_semester(facts, "aid_identification")
    return rows.loc[rows["waiver"] == "有", "person"]


def identified(facts: Facts) -> pd.Series:
    """I: persons identified for S and not cancelled ≤ d."""
    rows = of_semester(facts, "aid_identification")
    return rows.loc[c.empty_or_after(rows["cancelled_date"], facts.d), "person"]


def due(facts: Facts) -> pd.DataFrame:
    """E − X."""
    frame = entitled(facts)
    return frame[~c.among(frame["person"], waived(facts))]


def aided(facts: Facts) -> pd.DataFrame:
    """R as (person, town, school) rows: of the roll at d, off the roll of the paying schools."""

    def make() -> pd.DataFrame:
        rows, roll = paid_rows(facts), c.on_roll(facts)
        columns = ["person", "town", "school", "grade", "source_file", "source_row"]
        here = roll[c.among(roll["person"], rows["person"])]
        gone = rows[~c.among(rows["person"], roll["person"])].assign(grade=None)
        return pd.concat([here[columns], gone[columns]]) if len(gone) else here[columns]

    return facts.remember("aided", make)


def unaided(facts: Facts) -> pd.DataFrame:
    """E − X − R as on-roll rows with ``reason``, the first of REASONS that applies."""

    def make() -> pd.DataFrame:
        frame = due(facts)
        frame = frame[~c.among(frame["person"], paid_rows(facts)["person"])]
        rows = of_semester(facts, "aid_payment")
        rows = rows[c.among(rows["person"], frame["person"])]
        other_rows = rows.loc[~rows["pay_status"].isin(("失败", "退回")), "person"]
        reason = pd.Series("未认定", index=frame.index, dtype="str")
        reason = reason.mask(c.among(frame["person"], identified(facts)), "未发放")
        reason = reason.mask(c.among(frame["person"], rows["person"]), "退回")
        return frame.assign(reason=reason.mask(c.among(frame["person"], other_rows), "待发"))

    return facts.remember("unaided", make)


def unclear(facts: Facts) -> pd.DataFrame:
    """R − E − I."""
    frame = aided(facts)
    return frame[
        ~c.among(frame["person"], entitled(facts)["person"]) & ~c.among(frame["person"], identified(facts))
    ]


def a01(facts: Facts) -> c.Figure:
    """应助学生数."""
    return c.Figure(c.distinct(facts, entitled(facts)))


def a02(facts: Facts) -> c.Figure:
    """已助学生数."""
    return c.Figure(c.distinct(facts, aided(facts)))


def coverage(facts: Facts, base: pd.DataFrame) -> c.Figure:
    """Aided persons of the base ÷ base."""
    return c.Figure(
        c.distinct(facts, base[c.among(base["person"], paid_rows(facts)["person"])]), c.distinct(facts, base)
    )


def a03(facts: Facts) -> c.Figure:
    """应助尽助覆盖率."""
    return coverage(facts, due(facts))


def a04(facts: Facts) -> c.Figure:
    """应助未助人数."""
    frame = unaided(facts)
    reasons = c.split(facts, frame, "reason", REASONS)
    return c.Figure(
        c.distinct(facts, frame), breakdown={code: {"reason": part} for code, part in reasons.items()}
    )


def a05(facts: Facts) -> c.Figure:
    """疑似不应助已助人数."""
    return c.Figure(c.distinct(facts, unclear(facts)))


def a11(facts: Facts) -> c.Figure:
    """各类困难群体覆盖率: the category with the lowest rate stands for all; of equals, the one with most children."""
    codes, listed = c.town_codes(facts), valid_list_rows(facts)
    parts = {}
    for category in facts.codes["aid_category"]:
        members = listed.loc[listed["category"] == category, "person"]
        if len(members):
            parts[category] = coverage(facts, due(facts)[c.among(due(facts)["person"], members)])
    breakdown: dict[str, dict] = {}
    numerator, denominator = pd.Series(0, index=codes), pd.Series(0, index=codes)
    for code in codes:
        rates = {
            name: c.share(int(part.numerator[code]), int(part.denominator[code]))
            for name, part in parts.items()
            if part.denominator is not None and part.denominator[code] > 0
        }
        breakdown[code] = {"category": rates}
        if rates:
            worst = min(rates.values(), key=lambda rate: (rate["value"], -rate["denominator"]))
            numerator[code], denominator[code] = worst["numerator"], worst["denominator"]
    return c.Figure(numerator, denominator, breakdown)
