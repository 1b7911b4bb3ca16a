"""read = used + set aside, per table, file, sheet and town, on generated files: no row is lost or counted twice."""

import csv
import io
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines import store
from pipelines.clean import clean_period
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import Contract, load_contract

from .material import SCHOOL, csv_text, example_row, pupil, put


Q3 = Period(2026, 3)
TOWNS = ["景芝镇", "官庄镇", "吾山镇", "某某镇", ""]
SCHOOLS = ["3737000001", "3737000002", "景芝镇第一小学", "3737999999", ""]
# What a row may have wrong, by column; "" is nothing.
FAULTS: list[dict[str, Any]] = [
    {}, {}, {"id_no": "3.7E+17"}, {"id_no": "000000201203150018"}, {"birth_date": "2026-02-30"}, {"sex": "不明"},
    {"grade": "#N/A"}, {"class": "#N/A"}, {"name": ""}, {"category": "？"}, {"paid": "六百五"},
]  # fmt: skip
ROWS = st.tuples(
    st.sampled_from(["student_roll", "dept_list", "aid_payment", "care_log"]),
    st.sampled_from(["一.csv", "二.csv", "子/三.csv"]),
    st.sampled_from(TOWNS),
    st.sampled_from(SCHOOLS),
    st.sampled_from(FAULTS),
    st.sampled_from(["data", "data", "data", "total", "blank", "header"]),
)
Written = dict[tuple[str, str], set[int]]


def write(settings: Settings, contract: Contract, rows: list[Any]) -> Written:
    """Write the rows as files; returns the Excel rows of the records of each (table, file)."""
    files: dict[tuple[str, str], list[list[Any]]] = {}
    written: Written = {}
    for number, (table, file, town, school, fault, kind) in enumerate(rows):
        columns = contract.tables[table].columns
        key = (table, f"{table}/{file}")
        lines = files.setdefault(key, [[column.header for column in columns]])
        if kind == "data":
            base = pupil(number) if table == "student_roll" else example_row(contract, table, number)
            # Every row is one of its kind: files of equal content are used once.
            own = {"child_id": f"LS-{number}", "batch": f"P{number}", "roll_no": f"G{number:018d}"}
            record = {**base, **own, "town": town, "school_id": school, **fault}
            lines.append([record.get(column.name, "") for column in columns])
            written.setdefault(key, set()).add(len(lines))
        else:
            empty = [""] * len(columns)
            lines.append({"total": ["合计", 1, *empty[2:]], "blank": empty, "header": lines[0]}[kind])
    for (_, file), lines in files.items():
        buffer = io.StringIO()
        csv.writer(buffer).writerows(lines)
        put(settings, file, buffer.getvalue())
    return written


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # a failing county is shrunk for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(ROWS, min_size=1, max_size=25))
def test_every_row_is_in_exactly_one_place(root: Path, rows: list[Any]) -> None:
    with tempfile.TemporaryDirectory(dir=root.parent) as name:
        place = Path(name)
        (place / "data").mkdir()
        (place / "monitoring.toml").symlink_to(root / "monitoring.toml")
        (place / "data/reference").symlink_to(root / "data/reference")
        settings = Settings.load(place)
        contract = load_contract(settings.paths.reference)
        second = {**SCHOOL, "school_id": "3737000002", "school_name": "官庄镇中心小学", "town": "官庄镇"}
        put(settings, "学校.csv", csv_text(contract, "school", [SCHOOL, second]))
        written = write(settings, contract, rows)
        manifest = clean_period(settings, "county", Q3).manifest
        _check(settings, manifest, written)


def _check(settings: Settings, manifest: dict[str, Any], written: Written) -> None:
    folder = settings.paths.clean("county", Q3)
    aside, findings = (store.read_frame(folder / f"{name}.parquet") for name in ("set_aside", "findings"))
    counts: Counter[tuple[str, str, str]] = Counter()
    towns: Counter[tuple[str, str, str]] = Counter()
    for row in manifest["reconciliation"]:
        assert row["read"] == row["used"] + row["set_aside"] > 0 and row["warned"] <= row["used"]
        for what in ("read", "used", "warned", "set_aside"):
            counts[row["table"], row["file"], what] += row[what]
        towns[row["table"], row["file"], row["town"] or ""] += 1
    assert max(towns.values()) == 1, "one line a town"
    for (table, file), expected in written.items():
        frame = store.read(settings, "county", Q3, table)
        used = set() if frame is None else set(frame.loc[frame["source_file"] == file, "source_row"])
        here = aside[(aside["table"] == table) & (aside["source_file"] == file)]["source_row"]
        doubts = findings[(findings["table"] == table) & (findings["source_file"] == file)]["source_row"]
        assert used | set(here) == expected and not used & set(here) and here.is_unique
        assert counts[table, file, "read"] == len(expected)
        assert counts[table, file, "set_aside"] == len(here)
        # A table of which no row is usable is not written, but its rows are counted all the same.
        assert frame is None or counts[table, file, "used"] == len(used)
        assert counts[table, file, "warned"] == len(set(doubts))
    for table, total in manifest["tables"].items():
        for what in ("read", "used", "warned", "set_aside"):
            assert total[what] == sum(n for key, n in counts.items() if key[0] == table and key[2] == what)


def test_towns_come_from_the_row_or_its_school(settings: Settings) -> None:
    contract = load_contract(settings.paths.reference)
    second = {**SCHOOL, "school_id": "3737000002", "school_name": "官庄镇中心小学", "town": "官庄镇"}
    put(settings, "学校.csv", csv_text(contract, "school", [SCHOOL, second]))
    roll = [pupil(1), pupil(3, school_id="官庄镇中心小学"), pupil(5, school_id="没有"), pupil(7, sex="？")]
    put(settings, "学籍.csv", csv_text(contract, "student_roll", roll))
    manifest = clean_period(settings, "county", Q3).manifest
    rows = [row for row in manifest["reconciliation"] if row["table"] == "student_roll"]
    assert [(r["town"], r["read"], r["used"], r["warned"], r["set_aside"]) for r in rows] == [
        (None, 1, 0, 0, 1),
        ("370784104", 1, 1, 0, 0),
        ("370784122", 2, 1, 0, 1),
    ]
    assert {row["file"] for row in rows} == {"学籍.csv"} and {row["sheet"] for row in rows} == {""}
    assert manifest["unknown_values"] == [
        {"table": "student_roll", "header": "学校标识码", "value": "“没有”", "rows": 1},
        {"table": "student_roll", "header": "性别", "value": "“?”", "rows": 1},
    ]
