"""How many worklist rows a town's figures promise, item by item: the rows of a report add up to its figures."""

from typing import Any


VALUES = {
    "D03": "suspected_open",
    "D05": "confirmed_open",
    "D14": "transfer_unmatched",
    "D16": "never_enrolled",
    "A04": "aid_unpaid",
    "A05": "aid_unclear",
    "A14": "aid_elsewhere",
    "L04": "definition_gap",
    "L06": "carer_missing",
    "L14": "out_of_school",
}
SHORTFALLS = {
    "D10": "report_overdue",
    "D13": "leave_papers",
    "A07": "aid_short",
    "A09": "aid_late",
    "A12": "aid_not_identified",
    "L05": "agreement_missing",
    "L07": "mentor_missing",
    "L08": "visit_missing",
    "L10": "screening_missing",
    "L12": "care_room_missing",
}


def expected_rows(entries: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Rows by item that the figures of one town ask for; a figure that is missing has none."""
    known = {name: entry for name, entry in entries.items() if entry["numerator"] is not None}
    rows = {item: known[name]["value"] for name, item in VALUES.items() if name in known}
    for name, item in SHORTFALLS.items():
        if name in known:
            rows[item] = known[name]["denominator"] - known[name]["numerator"]
    if "A10" in known:
        rows["aid_bounced"] = known["A10"]["numerator"]
    if "D02" in known:
        rows["absence_unreported"] = known["D02"]["breakdown"]["class"].get("未请假", 0)
    if "D19" in known:
        gap = known["D20"]["value"] if "D20" in known else 0
        rows |= {"promotion_gap": gap, "vanished": known["D19"]["value"] - gap}
    return {item: rows.get(item, 0) for item in (*VALUES.values(), *SHORTFALLS.values(), *_OTHERS)}


_OTHERS = ("aid_bounced", "absence_unreported", "promotion_gap", "vanished")
