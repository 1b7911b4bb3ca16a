"""Disabled children placed (D15), key groups out of school (D17) and the retention of a cohort (D18)."""

import pandas as pd

from pipelines.indicators import aid, dropout, left_behind
from pipelines.indicators import counting as c
from pipelines.match import Facts


GROUPS = ("孤儿", "事实无人抚养", "残疾", "留守", "困境", "随迁", "监测对象")
_OF_CATEGORY = {"孤儿": "孤儿", "孤儿及事实无人抚养儿童": "孤儿", "事实无人抚养儿童": "事实无人抚养"}
_UNABLE = ("33", "42")  # certified unable to learn, or dead
ELSEWHERE = "24"  # 在外就读已核实


def _listed_now(facts: Facts) -> pd.DataFrame:
    listed = facts.table("dept_list")
    return listed[(aid.started(listed) <= facts.d) & c.empty_or_after(listed["valid_to"], facts.d)]


def _disabled(listed: pd.DataFrame) -> pd.DataFrame:
    return listed[(listed["source_dept"] == "残联") & (listed["category"] != "残疾人子女")]


def disabled_children(facts: Facts) -> pd.DataFrame:
    """The T9 rows of the base of D15, with ``placed``."""
    base = _disabled(_listed_now(facts))
    base = base[c.of_school_age(facts, base["birth_date"])]
    cases = dropout.cases(facts)
    closed = cases[cases["close_date"] <= facts.d]
    unable = closed.loc[closed["close_type"].isin(_UNABLE), "person"]
    base = base[~c.among(base["person"], unable)]
    roll = c.on_roll(facts)
    on_roll = c.among(base["person"], roll.loc[roll["stage"] != "学前", "person"])
    settled = closed.loc[closed["close_type"].isin((*dropout.RETURNED, ELSEWHERE)), "person"]
    open_case = c.among(base["person"], dropout.open_cases(facts)["person"])
    return base.assign(placed=on_roll | (c.among(base["person"], settled) & ~open_case))


def d15(facts: Facts) -> c.Figure:
    """适龄残疾儿童少年安置率, by T9 town."""
    base = disabled_children(facts)
    return c.Figure(c.distinct(facts, base[base["placed"]]), c.distinct(facts, base))


def d17(facts: Facts) -> c.Figure:
    """重点群体失辍学人数."""
    cases = dropout.confirmed(facts)
    listed = _listed_now(facts)
    listed = listed[listed["status"].isin(("享受", "新增"))]
    flags = cases["group_flags"].fillna("").str.split(";")
    members = {name: set(cases.loc[[name in f for f in flags], "person"]) for name in GROUPS}
    members["留守"] |= set(left_behind.registered(facts)["person"])
    members["残疾"] |= set(_disabled(listed)["person"])
    monitored = listed["source_dept"] == "乡村振兴(农业农村)"
    members["监测对象"] |= set(listed.loc[monitored, "person"])
    for category, name in _OF_CATEGORY.items():
        members[name] |= set(listed.loc[listed["category"] == category, "person"])
    found = {name: cases[c.among(cases["person"], persons)] for name, persons in members.items()}
    groups = c.nested(facts, {name: c.distinct(facts, frame) for name, frame in found.items()})
    whole = c.distinct(facts, pd.concat(list(found.values())))
    breakdown = {code: {"group": part} for code, part in groups.items()}
    return c.Figure(whole, breakdown=breakdown)


def d18(facts: Facts) -> c.Figure:
    """初中三年巩固率: grade 9 in June ÷ grade 7 three autumns before."""

    def members(reference: str, grade: str) -> pd.DataFrame:
        roll = c.compulsory_of(facts.table(reference))
        return roll[(roll["stage"] == "初中") & (roll["grade"] == grade)]

    leaving = members("student_roll@previous", "九年级")
    entered = members("student_roll@cohort", "七年级")
    return c.Figure(c.distinct(facts, leaving), c.distinct(facts, entered))
