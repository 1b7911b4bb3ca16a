"""Figures that other tables give: numerator, denominator and what is not reported, for every town and the county.

Denominators of school measures are the schools of T1 open at d, so that a school that handed nothing in counts as not
there yet, never as done (docs/plan.md). Nothing that T1 or a list already says is asked for twice: 举办性质 and
城乡类型 come from T1, on-roll aid, dropout and care-room figures from the catalogue.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from pipelines.indicators import counting as c
from pipelines.match import Facts


RURAL_TYPES = ("小学", "教学点", "初中", "九年一贯")  # as L12 (contract.md section 5)
SCHOOL_TYPES = (*RURAL_TYPES, "完中", "高中")
COMPULSORY_TYPES = RURAL_TYPES
SUPERVISED_TYPES = (*SCHOOL_TYPES, "中职", "特教", "幼儿园")
YOUNG = ("35周岁及以下", "36-45周岁")  # 以下 includes the number itself (民法典 art. 1259)
VISITS = 2  # 正文第23项：每学期不少于2次


@dataclass(frozen=True)
class Measure:
    """Series by town code (``000`` the county): numerator, denominator, parts of the base without a report."""

    numerator: pd.Series
    denominator: pd.Series
    unreported: pd.Series


def open_schools(facts: Facts, *types: str) -> pd.DataFrame:
    """Schools of T1 open at d (启用日期 empty or ≤ d, 撤并日期 empty or > d) of the given types."""
    schools = facts.table("school")
    opened = schools["open_date"].isna() | (schools["open_date"] <= facts.d)
    return schools[
        opened & c.empty_or_after(schools["close_date"], facts.d) & schools["school_type"].isin(types)
    ]


def base_schools(facts: Facts, name: str) -> pd.DataFrame:
    """The schools of a named base of items.csv."""
    if name == "幼儿园":
        return open_schools(facts, "幼儿园")
    if name == "中小学":
        return open_schools(facts, *SCHOOL_TYPES)
    schools = open_schools(facts, *(RURAL_TYPES if name == "乡村学校" else SCHOOL_TYPES))
    return schools[schools["urban_rural"] == {"乡村学校": "乡村", "镇驻地学校": "镇区"}[name]]


def _rows(facts: Facts, table: str, keys: tuple[str, ...] = ("school",)) -> pd.DataFrame:
    """The latest row per school (and further keys) dated d or earlier, under the school it stands for after mergers.

    Where a school has a row of its own, that of a school merged into it no longer counts.
    """
    frame = facts.table(table)
    frame = frame[~(frame["as_of"] > facts.d)].assign(own=frame["school_id"] == frame["school"])
    own = frame.groupby("school")["own"].transform("max").astype(bool)
    frame = frame[frame["own"] | ~own].sort_values(["as_of", "row_id"], kind="stable")
    return frame.drop_duplicates(list(keys), keep="last")


def _of_schools(facts: Facts, schools: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of these schools, under the schools' towns."""
    towns = schools[["school_id", "town", "ownership"]]
    kept = rows.drop(columns=["town"], errors="ignore").merge(
        towns, left_on="school", right_on="school_id", suffixes=("_row", "")
    )
    return kept


def _unreported(facts: Facts, schools: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    return c.rows(facts, schools[~schools["school_id"].isin(rows["school"])])


def _school_share(facts: Facts, schools: pd.DataFrame, table: str, column: str) -> Measure:
    """Schools with 是 in a column ÷ the schools."""
    rows = _rows(facts, table)
    yes = rows.loc[rows[column] == "是", "school"]
    return Measure(
        c.rows(facts, schools[schools["school_id"].isin(yes)]),
        c.rows(facts, schools),
        _unreported(facts, schools, rows),
    )


def _summed(facts: Facts, schools: pd.DataFrame, rows: pd.DataFrame, done: str, base: str) -> Measure:
    """Σ of one column ÷ Σ of another over the rows of these schools."""
    here = _of_schools(facts, schools, rows)
    return Measure(c.total(facts, here, done), c.total(facts, here, base), _unreported(facts, schools, rows))


def gigabit_school(facts: Facts) -> Measure:
    """千兆进校: schools so connected ÷ 中小学."""
    return _school_share(facts, base_schools(facts, "中小学"), "school_network", "gigabit")


def class_network(facts: Facts) -> Measure:
    """百兆进班: classes so connected ÷ classes of 中小学."""
    rows = _rows(facts, "school_network")
    return _summed(facts, base_schools(facts, "中小学"), rows, "classes_connected", "classes")


def recording_room(facts: Facts) -> Measure:
    """录播室: schools of the town seat (T1 城乡类型 镇区) that have one ÷ those schools."""
    return _school_share(facts, base_schools(facts, "镇驻地学校"), "school_network", "recording_room")


def _kindergartens(facts: Facts, counts: Callable[[pd.DataFrame], pd.Series]) -> Measure:
    """Children of the kindergartens that count ÷ children of all that reported."""
    schools = base_schools(facts, "幼儿园")
    rows = _rows(facts, "kindergarten")
    here = _of_schools(facts, schools, rows)
    return Measure(
        c.total(facts, here[counts(here)], "children"),
        c.total(facts, here, "children"),
        _unreported(facts, schools, rows),
    )


def public_kindergarten(facts: Facts) -> Measure:
    """公办率: children in public kindergartens (T1 举办性质) ÷ children in kindergartens."""
    return _kindergartens(facts, lambda here: here["ownership"] == "公办")


def inclusive_kindergarten(facts: Facts) -> Measure:
    """普惠率: children in public kindergartens and private ones recognised as 普惠 ÷ children in kindergartens."""
    return _kindergartens(
        facts, lambda here: (here["ownership"] == "公办") | (here["inclusive_recognised"] == "是")
    )


def _principals(facts: Facts) -> pd.DataFrame:
    return _rows(facts, "principal_age", ("school", "age_band"))


def young_principals(facts: Facts) -> Measure:
    """45周岁以下乡村校长占比: rural principals and vice-principals of 45 or younger ÷ all of them."""
    schools, rows = base_schools(facts, "乡村学校"), _principals(facts)
    rows = rows.assign(young=rows["persons"].where(rows["age_band"].isin(YOUNG), 0))
    return _summed(facts, schools, rows, "young", "persons")


def rotated_principals(facts: Facts) -> Measure:
    """任满两个任期校长交流: of the principals who served two terms in one rural school, those exchanged."""
    return _summed(facts, base_schools(facts, "乡村学校"), _principals(facts), "rotated", "two_terms")


def mentor(facts: Facts) -> Measure:
    """全员育人导师: pupils with a mentor ÷ pupils, of compulsory schools."""
    return _summed(facts, _compulsory(facts), _rows(facts, "mentor_coverage"), "mentored", "pupils")


def weak_pupil_file(facts: Facts) -> Measure:
    """学困生成长档案: files kept ÷ 学困生, of compulsory schools."""
    return _summed(facts, _compulsory(facts), _rows(facts, "mentor_coverage"), "weak_filed", "weak_pupils")


def _compulsory(facts: Facts) -> pd.DataFrame:
    return open_schools(facts, *COMPULSORY_TYPES)


def visits(facts: Facts) -> pd.DataFrame:
    """Inspections of the semester S up to d: rows of T19 of schools that are supervised."""
    frame = facts.table("inspection")
    first = pd.Timestamp(facts.semester.first_day)
    return frame[c.within(frame["visit_date"], first, facts.d)]


def inspection(facts: Facts) -> Measure:
    """责任督学每学期不少于2次: visits of the semester, at most two a school ÷ two a school."""
    schools = open_schools(facts, *SUPERVISED_TYPES)
    counts = visits(facts).groupby("school")["visit_date"].nunique().clip(upper=VISITS)
    done = schools.assign(visits=schools["school_id"].map(counts).fillna(0).astype(int), wanted=VISITS)
    none = c.rows(facts, schools.iloc[:0])
    return Measure(c.total(facts, done, "visits"), c.total(facts, done, "wanted"), none)


@dataclass(frozen=True)
class Rule:
    """A measure: how it is computed and the tables without which it is unknown."""

    compute: Callable[[Facts], Measure]
    needs: tuple[str, ...]


RULES: dict[str, Rule] = {
    "public_kindergarten": Rule(public_kindergarten, ("school", "kindergarten")),
    "inclusive_kindergarten": Rule(inclusive_kindergarten, ("school", "kindergarten")),
    "young_principals": Rule(young_principals, ("school", "principal_age")),
    "rotated_principals": Rule(rotated_principals, ("school", "principal_age")),
    "gigabit_school": Rule(gigabit_school, ("school", "school_network")),
    "class_network": Rule(class_network, ("school", "school_network")),
    "recording_room": Rule(recording_room, ("school", "school_network")),
    "mentor": Rule(mentor, ("school", "mentor_coverage")),
    "weak_pupil_file": Rule(weak_pupil_file, ("school", "mentor_coverage")),
    "inspection": Rule(inspection, ("school", "inspection")),
}
