"""A12 and A14, read off docs/indicator-readings.md section 3."""

import datetime as dt

from pipelines.periods import SchoolYear

from .aid import Aid
from .dropout import persons
from .placement import closed_by, in_force_from, school_age
from .view import Row, View, birth_in_id, count, inside, rate


def compute(view: View, scope: str, aid: Aid) -> dict[str, Row]:
    """These two of one town or the county."""
    return {"A12": _a12(view, scope, aid), "A14": _a14(view, scope)}


def _a12(view: View, scope: str, aid: Aid) -> Row:
    days = dt.timedelta(days=view.county.thresholds["identify_days"])
    starts: dict[str, dt.date] = {}
    for row in view.rows("dept_list"):
        if row["status"] in ("享受", "新增") and in_force_from(row) <= view.d and row["_person"] in aid.rolls:
            starts[row["_person"]] = min(in_force_from(row), starts.get(row["_person"], dt.date.max))
    due = {who: start + days for who, start in starts.items() if view.q0 <= start + days <= view.d}
    in_time = {who for who in due if any(_marked(row, who, starts[who], due[who]) for row in _marks(view))}
    base = aid.here(set(due), scope)
    return rate(len(base & in_time), len(base))


def _marks(view: View) -> list[Row]:
    return view.rows("aid_identification")


def _marked(row: Row, who: str, start: dt.date, last: dt.date) -> bool:
    """Whether a T6 row identifies the person by her last day."""
    if row["_person"] != who or row["identified_date"] > last:
        return False
    years = (str(SchoolYear.of(start)), str(SchoolYear.of(last)))
    return row["school_year"] in years and (row["cancelled_date"] is None or row["cancelled_date"] > last)


def _explained(view: View) -> set[str]:
    """Persons of whom some ledger tells where they are."""
    types = ("11", "12", "13", "14", "15", "16", "24", "31", "32", "33", "41", "42", "43")
    rows = []
    for case in view.rows("dropout_case"):
        verified = case["verified_date"] is not None and case["verified_date"] <= view.d
        if (
            case["close_type"] in types
            and closed_by(case, view.d)
            or case["verdict"] == "在外就读"
            and verified
        ):
            rows.append(case)
    for event in view.rows("roll_event"):
        left = event["event_type"] == "转出" and event["matched"] == "是" and event["status"] != "退回"
        if (left or event["event_type"] == "死亡") and event["event_date"] <= view.d:
            rows.append(event)
    rows += [r for r in view.rows("hukou_cohort") if r["status"] in ("在外就读已核实", "延缓入学")]
    return persons(rows)


def _a14(view: View, scope: str) -> Row:
    here = persons(view.on_roll())
    explained = _explained(view)
    found = set()
    for row in view.rows("dept_list"):
        if (
            row["status"] not in ("享受", "新增")
            or in_force_from(row) > view.d
            or not inside(row["_town"], scope)
        ):
            continue
        if row["valid_to"] is not None and row["valid_to"] < view.period.semester.first_day:
            continue
        if school_age(birth_in_id(row["id_no"]), view) and row["_person"] not in here | explained:
            found.add(row["_person"])
    return count(len(found))
