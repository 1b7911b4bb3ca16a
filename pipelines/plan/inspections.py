"""What inspections (T19) found and what is still open, for every town and the county."""

from typing import Any

import pandas as pd

from pipelines.indicators import counting as c
from pipelines.match import Facts
from pipelines.plan import measures
from pipelines.towns import COUNTY_CODE


TABLE = "inspection"
NO_PROBLEM, UNCLASSED = "无问题", "未分类"


def problems(facts: Facts) -> pd.DataFrame:
    """Rows up to d that found a problem, with ``kind``, ``open`` (not mended ≤ d) and ``overdue`` (整改期限 ≤ d, open)."""
    frame = facts.table(TABLE)
    kind = frame["problem_kind"]
    found = (frame["has_problem"] | kind.notna()) & (kind.fillna("") != NO_PROBLEM)
    rows = frame[found & (frame["visit_date"] <= facts.d)].copy()
    rows["kind"] = rows["problem_kind"].fillna(UNCLASSED)
    rows["open"] = c.empty_or_after(rows["mended_date"], facts.d)
    rows["overdue"] = rows["open"] & (rows["mend_due"] <= facts.d)
    return rows


def summary(facts: Facts) -> dict[str, dict[str, Any]]:
    """Per town code (``000`` the county): visits of the semester, schools short of two, problems by kind, open ones.

    Empty where T1 or T19 was not received.
    """
    if not (facts.has("school") and facts.has(TABLE)):
        return {}
    schools = measures.open_schools(facts, *measures.SUPERVISED_TYPES)
    visits, found = measures.visits(facts), problems(facts)
    counts = visits.groupby("school")["visit_date"].nunique()
    schools = schools.assign(visits=schools["school_id"].map(counts).fillna(0).astype(int))
    names = facts.table("school").drop_duplicates("school_id").set_index("school_id")["school_name"]
    found = found.assign(school_name=found["school"].map(names))
    codes = c.town_codes(facts)
    return {code: _of(code, facts, schools, visits, found) for code in codes}


def _of(
    code: str, facts: Facts, schools: pd.DataFrame, visits: pd.DataFrame, found: pd.DataFrame
) -> dict[str, Any]:
    pick = lambda frame: frame if code == COUNTY_CODE else frame[frame["town"] == code]
    here, problems_here = pick(schools), pick(found)
    short = here[here["visits"] < measures.VISITS].sort_values("school_id")
    new = c.within(problems_here["visit_date"], facts.q0, facts.d)
    kinds = problems_here.assign(new=new, mended=~problems_here["open"]).groupby("kind", sort=True)
    return {
        "semester": facts.semester.label,
        "schools": len(here),
        "visits": len(pick(visits)),
        "met": int((here["visits"] >= measures.VISITS).sum()),
        "short": [] if code == COUNTY_CODE else short["school_name"].tolist(),
        "kinds": [
            {"kind": str(kind), **{n: int(group[n].sum()) for n in ("new", "mended", "open", "overdue")}}
            for kind, group in kinds
        ],
        "open": [] if code == COUNTY_CODE else _open(problems_here),
        "towns_overdue": _towns_overdue(problems_here) if code == COUNTY_CODE else {},
    }


def _open(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Problems still open, the earliest deadline first."""
    rows = rows[rows["open"]].sort_values(["mend_due", "visit_date", "school", "row_id"], na_position="last")
    return [
        {
            "school": str(row["school_name"]),
            "kind": str(row["kind"]),
            "visited": row["visit_date"].date().isoformat(),
            "due": None if pd.isna(row["mend_due"]) else row["mend_due"].date().isoformat(),
            "overdue": bool(row["overdue"]),
        }
        for row in rows.to_dict("records")
    ]


def _towns_overdue(rows: pd.DataFrame) -> dict[str, int]:
    counts = rows[rows["overdue"]].groupby("town").size()
    return {str(town): int(number) for town, number in counts.sort_index().items()}
