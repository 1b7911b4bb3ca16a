"""The common data-quality block Q1–Q6 (printed in every report) as counts, per town and for the county (``000``).

Q1 rows read, used, set aside; Q2 ID numbers missing or unsound; Q3 duplicates; Q4 join rates with the roll;
Q5 files missing, unreadable or old; Q6 values outside the code lists. No key, name or value is in it.
"""

from typing import Any

import pandas as pd

from pipelines.checks.findings import CheckResult
from pipelines.checks.inputs import Inputs, found_in, on_roll


COUNTY = "000"
COUNTS = ("read", "used", "warned", "set_aside")
ID_STATES = ("missing", "format", "checksum")
JOINED = ("dropout_case", "aid_identification", "aid_payment", "dept_list", "left_behind", "hukou_cohort")
UNKNOWN_CODE_RULES = ("unknown_code", "code_contradicts", "unknown_town", "unknown_school")
DUPLICATE_RULES = (
    "person_unique", "roll_no_unique", "one_roll_number", "one_school", "absence_unique", "identification_unique",
    "payment_unique", "paid_once", "list_row_unique", "id_no_unique", "event_unique", "facility_unique", "one_open_case",
)  # fmt: skip
Block = dict[str, dict[str, Any]]


def quality_block(inputs: Inputs, manifest: dict[str, Any], result: CheckResult) -> Block:
    """Q1–Q6 by town code; ``000`` is the county and also holds what belongs to no town."""
    places = _Places(inputs)
    block: Block = {town: {f"Q{n}": {} for n in range(1, 7)} for town in [*places.codes, COUNTY]}
    _rows(block, manifest)
    for table, frame in inputs.tables.items():
        if frame is None or frame.empty:
            continue
        towns = places.towns(frame)
        if "id_state" in frame:
            for state in ID_STATES:
                _count(block, "Q2", table, towns[frame["id_state"] == state], state)
        if table in JOINED and inputs.has("student_roll"):
            joined = places.on_roll(frame)
            _count(block, "Q4", table, towns, "rows")
            _count(block, "Q4", table, towns[joined], "matched")
    _duplicates(block, result)
    block[COUNTY]["Q5"] = _files(inputs, manifest)
    return block


class _Places:
    """The town of a row, and whether its person is on this period's roll (equal ID number, else 学籍号)."""

    def __init__(self, inputs: Inputs):
        school, roll = inputs.tables.get("school"), inputs.tables.get("student_roll")
        known = school is not None and {"school_id", "town"} <= set(school.columns)
        self._town_of = (
            school.dropna(subset="school_id").drop_duplicates("school_id").set_index("school_id")["town"]
            if known and school is not None
            else pd.Series(dtype="str")
        )
        self.codes = sorted(self._town_of.dropna().unique())
        present = None if roll is None else on_roll(roll)
        self._keys = {
            k: pd.Series(dtype="str") if present is None else present[k] for k in ("id_key", "roll_key")
        }
        self._pupil_town = pd.Series(dtype="str")
        if present is not None and "school_id" in present:
            first = present.dropna(subset="roll_key").drop_duplicates("roll_key")
            self._pupil_town = first.set_index("roll_key")["school_id"].map(self._town_of)

    def towns(self, frame: pd.DataFrame) -> pd.Series:
        """Town code of each row: its own, else that of its school, else of the pupil's school; "" if unknown."""
        towns = frame["town"] if "town" in frame else pd.Series(None, index=frame.index, dtype="str")
        for column in ("school_id", "from_school"):
            if column in frame:
                towns = towns.fillna(frame[column].map(self._town_of).astype("str"))
        if "roll_key" in frame:
            towns = towns.fillna(frame["roll_key"].map(self._pupil_town).astype("str"))
        return towns.fillna("")

    def on_roll(self, frame: pd.DataFrame) -> pd.Series:
        """Whether the row's ID number, else its 学籍号, is on the roll."""
        joined = found_in(frame["id_key"], self._keys["id_key"])
        if "roll_key" in frame:
            joined |= found_in(frame["roll_key"], self._keys["roll_key"])
        return joined


def _count(block: Block, part: str, table: str, towns: pd.Series, name: str) -> None:
    """Add the number of rows by town, and in the county, under a name; zeros are kept in the county only."""
    block[COUNTY][part].setdefault(table, {})[name] = len(towns)
    for town, number in towns.value_counts().sort_index().items():
        if town in block and town != COUNTY:
            block[str(town)][part].setdefault(table, {})[name] = int(number)


def _rows(block: Block, manifest: dict[str, Any]) -> None:
    """Q1 from the reconciliation rows of the manifest (table, file, sheet, town); the county from its totals."""
    for table, counts in sorted(manifest["tables"].items()):
        block[COUNTY]["Q1"][table] = {name: counts[name] for name in COUNTS}
    for row in manifest.get("reconciliation", []):
        town = block.get(row.get("town") or "")
        if town is None or row["town"] == COUNTY:
            continue
        sums = town["Q1"].setdefault(row["table"], dict.fromkeys(COUNTS, 0))
        for name in COUNTS:
            sums[name] += row[name]


def _duplicates(block: Block, result: CheckResult) -> None:
    details = result.details
    if details is None or details.empty:
        return
    rows = details[details["rule"].isin(DUPLICATE_RULES)]
    for (table, rule), found in rows.groupby(["table", "rule"], sort=True):
        _count(block, "Q3", str(table), found["town"], str(rule))


def count_unknown_codes(block: Block, frames: list[pd.DataFrame]) -> None:
    """Q6: rows of set_aside and findings whose value is in no code list, by table and town."""
    rows = pd.concat([f[f["rule"].isin(UNKNOWN_CODE_RULES)][["table", "town"]] for f in frames])
    for table, found in rows.groupby("table", sort=True):
        _count(block, "Q6", str(table), found["town"].fillna(""), "rows")


def _files(inputs: Inputs, manifest: dict[str, Any]) -> dict[str, Any]:
    """Q5: tables not handed in, files with a problem, tables whose data date lies before the period."""
    first = inputs.period.start.isoformat()
    counts = manifest["tables"]
    return {
        "missing": [name for name, frame in inputs.tables.items() if frame is None],
        "problems": sum(1 for file in manifest["files"] if file.get("problem")),
        "old": sorted(name for name, c in counts.items() if c.get("as_of") and c["as_of"] < first),
    }
