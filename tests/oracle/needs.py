"""Which input tables a figure needs: without one of them it is unknown (``missing``), never 0.

Source: contract.md section 4 ("a required table that is missing makes its indicators missing") and the tables that
section 5 and docs/indicator-readings.md name in each reading. T1 is needed wherever a row belongs to the town of its
school, and in D17, which picks from D05; what is counted by the town written in T9, T10, T12 or T16 does without.
"""

from .view import COUNTY, Row, View, blank


T1, T2, T3, T4, T5 = "school", "student_roll", "roll_event", "absence", "dropout_case"
T5B, T6, T7, T9 = "persuasion_log", "aid_identification", "aid_payment", "dept_list"
T10, T11, T12, T16 = "left_behind", "care_log", "care_facility", "hukou_cohort"

NEEDS = {
    "D01": (T1, T2), "D02": (T1, T2, T4, T5), "D03": (T1, T5), "D04": (T1, T5), "D05": (T1, T5), "D06": (T1, T5),
    "D07": (T1, T5), "D08": (T1, T5), "D09": (T1, T2, T5), "D10": (T1, T5), "D11": (T1, T5), "D12": (T1, T5, T5B),
    "D13": (T1, T2, T3), "D14": (T1, T2, T3), "D15": (T2, T5, T9), "D16": (T2, T16), "D17": (T1, T5, T9, T10), "D18": (),
    "D19": (T1, T2, T3, T5), "D20": (T1, T2, T3, T5),
    "A01": (T1, T2, T9), "A02": (T1, T2, T7), "A03": (T1, T2, T6, T7, T9), "A04": (T1, T2, T6, T7, T9),
    "A05": (T1, T2, T6, T7, T9), "A06": (T1, T7), "A07": (T1, T2, T7), "A08": (T1, T2, T7), "A09": (T1, T7),
    "A10": (T1, T7), "A11": (T1, T2, T6, T7, T9), "A12": (T1, T2, T6, T9), "A13": (T2, T9),
    "A14": (T2, T3, T5, T9, T16), "A15": (T1, T7),
    "L01": (T10,), "L02": (T10,), "L03": (T1, T2), "L04": (T1, T2, T10), "L05": (T10,), "L06": (T10,),
    "L07": (T2, T10), "L08": (T10, T11), "L09": (T10, T11), "L10": (T2, T10, T11), "L11": (T11,), "L12": (T1, T12),
    "L13": (T12,), "L14": (T2, T5, T10, T16), "L15": (T1, T2, T6, T7, T9, T10),
}  # fmt: skip
COUNTY_ONLY = ("D17", "D18", "L11")
AUTUMN_ONLY = ("D18", "D20")  # third quarter only


def tables_of(name: str, quarter: int) -> tuple[str, ...]:
    """The tables of the period itself that a figure needs; in Q3 the opening roll of D07 is this quarter's."""
    return (*NEEDS[name], T2) if name == "D07" and quarter == 3 else NEEDS[name]


def _earlier_roll(view: View, name: str) -> bool:
    """Whether the snapshots of other periods that a figure compares with have come."""

    def has(when: object) -> bool:
        tables = view.tables if when == view.period else view.earlier.get(when, {})  # type: ignore[call-overload]
        return tables.get(T2) is not None

    if name in ("D19", "D20"):
        return has(view.period.previous)
    if name == "D07":
        return has(view.period.school_year.base_period)
    if name == "D18":
        return has(view.period.previous) and has(view.period.shift(-12))
    return True


def _delivered(view: View, name: str) -> bool:
    """Rules about rows that must be there at all (docs/indicator-readings.md)."""
    if name == "D02":  # a monthly return that did not arrive is unknown, not zero
        return any(row["month"] == f"{view.d:%Y-%m}" for row in view.rows(T4))
    if name == "D15":
        return any(row["source_dept"] == "残联" for row in view.rows(T9))
    if name == "D10":
        return view.county.school_days is not None
    return True


def settle(view: View, scope: str, found: dict[str, Row]) -> dict[str, Row]:
    """The figures, with those that do not apply or lack an input blank."""
    settled = {}
    for name, entry in found.items():
        if name in COUNTY_ONLY and scope != COUNTY or name in AUTUMN_ONLY and view.period.quarter != 3:
            settled[name] = blank("not_applicable")
        elif not view.has(*NEEDS[name]) or not _earlier_roll(view, name) or not _delivered(view, name):
            settled[name] = blank("missing")
        else:
            settled[name] = entry
    return settled
