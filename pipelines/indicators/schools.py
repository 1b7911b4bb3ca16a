"""One row per open school: the figures of the indicators, seen from the school."""

import pandas as pd

from pipelines.indicators import aid, dropout, left_behind
from pipelines.indicators import counting as c
from pipelines.indicators.catalogue import load_catalogue
from pipelines.match import Facts


COLUMNS = [
    "school_id",
    "school_name",
    "town",
    "school_type",
    "urban_rural",
    "on_roll",
    "suspected",
    "confirmed",
]
COLUMNS += ["vanished", "transfers", "entitled", "aided", "one_parent", "both_parents", "care_room"]


def summary(facts: Facts) -> pd.DataFrame:
    """One row per school open at d, by town and school_id; counts null where an input is absent.

    ``on_roll`` compulsory pupils; ``entitled`` E − X and ``aided`` those of them with a successful payment; ``care_room``
    a 关爱室 in use (null without T12). Without T1 the frame is empty.
    """
    if not facts.has("school"):
        return pd.DataFrame(columns=COLUMNS)
    schools = facts.table("school")
    frame = schools[left_behind.open_at(schools, facts.d)].drop_duplicates("school_id")
    frame = frame[COLUMNS[:5]].sort_values(["town", "school_id"]).reset_index(drop=True)
    for column, (indicator, make) in _COUNTS.items():
        frame[column] = pd.Series(pd.NA, index=frame.index, dtype="Int64")
        if all(facts.has(need) for need in load_catalogue().entry(indicator).needs):
            counts = make(facts).drop_duplicates(["school", "person"]).groupby("school").size()
            frame[column] = counts.reindex(frame["school_id"], fill_value=0).astype("Int64").array
    frame["care_room"] = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    if facts.has("care_facility"):
        frame["care_room"] = left_behind.room_in_use(facts, frame).astype("boolean")
    return frame[COLUMNS]


def _kind(facts: Facts, kind: str) -> pd.DataFrame:
    pupils = left_behind.flagged(facts)
    return pupils[pupils["left_behind_edu"] == kind]


def _aided_of_due(facts: Facts) -> pd.DataFrame:
    frame = aid.due(facts)
    return frame[c.among(frame["person"], aid.paid_rows(facts)["person"])]


_COUNTS = {
    "on_roll": ("D01", c.compulsory),
    "suspected": ("D03", dropout.suspected),
    "confirmed": ("D05", dropout.confirmed),
    "vanished": ("D19", dropout.vanished),
    "transfers": ("D14", dropout.unmatched_transfers),
    "entitled": ("A03", aid.due),
    "aided": ("A03", _aided_of_due),
    "one_parent": ("L03", lambda facts: _kind(facts, "单亲留守")),
    "both_parents": ("L03", lambda facts: _kind(facts, "双亲留守")),
}
