"""Every finding of a period in one frame: rows set aside, doubts of the clean stage, rows the suites found, files."""

import hashlib
import re
from typing import Any

import pandas as pd

from pipelines import store
from pipelines.checks.findings import SEVERITIES
from pipelines.feedback.words import words
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.tables.contract import Contract, load_contract


# What a finding is made of; findings.json keeps these and nothing else.
FIELDS = (
    "key", "severity", "town", "town_name", "school_id", "school_name", "table", "title", "source_file",
    "source_sheet", "source_row", "header", "value", "rule", "message", "mend", "due", "treatment",
)  # fmt: skip
_ORDER = [
    "rank",
    "town",
    "school_name",
    "table_rank",
    "source_file",
    "source_sheet",
    "source_row",
    "header",
    "rule",
    "key",
]
_QUOTED = re.compile("“([^”]*)”")
# The rule as it stands in set_aside.parquet; importing the clean stage for a word would tie this stage to its program.
_MISSING_COLUMN = "missing_column"
_PLACE = ["table", "source_file", "source_sheet", "source_row"]
_SUBJECTS = ("case_id", "child_id", "id_key", "roll_key")


def collect(
    settings: Settings, dataset: str, period: Period, details: pd.DataFrame | None = None
) -> pd.DataFrame:
    """All findings with the columns of FIELDS, most serious first, then by town, school and place.

    ``details`` are the rows behind the suites' findings (CheckResult.details). ``key`` stands for the finding from
    run to run: rule, column, and the person, case or child of the row where it has one, else its place.
    """
    contract = load_contract(settings.paths.reference)
    parts = [_clean_stage(settings, dataset, period, contract), _files(settings, dataset, period)]
    if details is not None and not details.empty:
        parts.append(details.assign(treatment=words()["treatments"]["suite"]))
    frame = pd.concat(parts, ignore_index=True)
    if frame.empty:
        return pd.DataFrame(columns=list(FIELDS))
    texts = [c for c in frame.columns if c != "source_row"]
    frame[texts] = frame[texts].astype(object).where(frame[texts].notna(), "")
    frame["source_row"] = frame["source_row"].fillna(0).astype("int64")
    frame = _with_names(frame, settings, dataset, period)
    frame["due"] = frame["severity"].map(_due_dates(settings, period))
    frame["rank"] = frame["severity"].map(SEVERITIES.index)
    frame["table_rank"] = frame["table"].map({name: n for n, name in enumerate(contract.tables)}).fillna(-1)
    frame["key"] = _keys(frame)
    return frame.sort_values(_ORDER, kind="stable", ignore_index=True)[list(FIELDS)]


def _clean_stage(settings: Settings, dataset: str, period: Period, contract: Contract) -> pd.DataFrame:
    """set_aside.parquet and findings.parquet with severity, treatment, value and subject."""
    folder, texts = settings.paths.clean(dataset, period), words()
    titles = {name: table.title for name, table in contract.tables.items()}
    hidden = {
        (name, column.name) for name, table in contract.tables.items() for column in table.columns
        if column.privacy not in ("fact", "home_town")
    }  # fmt: skip
    parts = []
    for name in ("set_aside", "findings"):
        file = folder / f"{name}.parquet"
        if not file.is_file():
            continue
        frame = store.read_frame(file)
        frame = frame[frame["rule"] != _MISSING_COLUMN]  # the sheet has a line of its own
        lost = frame["rule"].isin(texts["severity"]["sheets_not_used"])
        hint = frame["rule"].isin(texts["severity"]["hints"])
        parts.append(
            frame.assign(
                title=frame["table"].map(titles),
                treatment=lost.map({True: texts["treatments"]["sheet"], False: texts["treatments"][name]}),
                severity=hint.map({True: "提示", False: texts["severity"][name]}),
                value=_values(frame, hidden),
            )
        )
    if not parts:
        return pd.DataFrame()
    return _with_subject(pd.concat(parts, ignore_index=True), settings, dataset, period)


def _values(frame: pd.DataFrame, hidden: set[tuple[str, str]]) -> list[str]:
    """The cell as found: what the clean stage quoted in its message, which shows no name and no number."""
    texts, values = words()["value"], []
    for table, column, rule, message in zip(
        frame["table"], frame["column"], frame["rule"], frame["message"], strict=True
    ):
        if str(rule).startswith("missing"):
            values.append(texts["empty"])
        elif (table, column) in hidden:
            values.append(texts["hidden"])
        else:
            quoted = [_QUOTED.findall(piece)[1:2] for piece in str(message).split("；")]
            values.append("；".join(part[0] for part in quoted if part))
    return values


def _with_subject(frame: pd.DataFrame, settings: Settings, dataset: str, period: Period) -> pd.DataFrame:
    """The person, case or child of each used row (a pseudonym, only ever hashed into the key)."""
    found = []
    for table, rows in frame.groupby("table", sort=True)["source_row"]:
        clean = store.read(settings, dataset, period, str(table))
        if clean is None:
            continue
        clean = clean[clean["source_row"].isin(rows.unique())]  # the findings are few, the rows many
        subject = pd.Series(None, index=clean.index, dtype="object")
        for name in _SUBJECTS:
            if name in clean:
                subject = subject.fillna(name + ":" + clean[name].astype("str"))
        found.append(clean[_PLACE[1:]].assign(table=table, subject=subject))
    if not found:
        return frame.assign(subject="")
    known = pd.concat(found).drop_duplicates(_PLACE)
    return frame.merge(known, on=_PLACE, how="left")


def _files(settings: Settings, dataset: str, period: Period) -> pd.DataFrame:
    """One finding per file that could not be used, with the reason."""
    texts = words()
    manifest = store.manifest(settings, dataset, period) or {"files": []}
    rows: list[dict[str, Any]] = [
        {
            "table": "", "title": "", "source_file": file["file"], "source_sheet": "", "source_row": 0, "column": "",
            "header": texts["file"]["header"], "rule": "file_problem", "message": file["problem"],
            "mend": texts["file"]["mend"], "severity": texts["severity"]["file"], "town": "", "school_id": "",
            "value": "", "subject": "", "treatment": texts["treatments"]["file"],
        }
        for file in manifest["files"] if file.get("problem")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _with_names(frame: pd.DataFrame, settings: Settings, dataset: str, period: Period) -> pd.DataFrame:
    """Names of town and school; a school that T1 does not have keeps its code."""
    register = load_reference(settings, dataset).towns
    towns = {town.code: town.name for town in register.towns}
    school = store.read(settings, dataset, period, "school")
    names: dict[str, str] = {}
    if school is not None:
        known = school.dropna(subset=["school_id"]).drop_duplicates("school_id")
        names = dict(zip(known["school_id"], known["school_name"].fillna(known["school_id"]), strict=True))
        of_school = dict(zip(known["school_id"], known["town"], strict=True))
        frame["town"] = frame["town"].where(
            frame["town"] != "", frame["school_id"].map(of_school).astype("str").fillna("")
        )
    frame["town_name"] = frame["town"].map(towns).fillna("")
    frame["school_name"] = [names.get(school_id, school_id) for school_id in frame["school_id"]]
    return frame


def _due_dates(settings: Settings, period: Period) -> dict[str, str]:
    """Severity → the day by which it is to be mended."""
    names = words()["deadlines"]
    return {severity: settings.due(names[severity], period.end).isoformat() for severity in SEVERITIES}


def _keys(frame: pd.DataFrame) -> list[str]:
    """A stable key per finding; equal ones are numbered in order of place.

    With a subject neither file nor row is part of it: a file sent again under another name, or with rows added
    above, must not turn an old finding into a new one.
    """
    ordered = frame.sort_values(["source_file", "source_sheet", "source_row"], kind="stable")
    seen: dict[str, int] = {}
    keys = {}
    columns = ["table", "rule", "column", "subject", "source_file", "source_sheet", "source_row"]
    for place, table, rule, column, subject, *where in ordered[columns].itertuples():
        parts = [table, rule, column, subject] if subject else [table, rule, column, *map(str, where)]
        text = "\0".join(parts)
        seen[text] = seen.get(text, 0) + 1
        keys[place] = hashlib.sha256(f"{text}\0{seen[text]}".encode()).hexdigest()[:20]
    return [keys[place] for place in frame.index]
