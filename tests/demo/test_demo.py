"""The demo dataset: same seed, same bytes; the contract's headers; everything promised is planted."""

import csv
import datetime as dt
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from pipelines.demo import simulate, write_demo
from pipelines.demo.generate import DEFAULT_PERIODS
from pipelines.demo.people import CHECK_DIGITS, WEIGHTS, PersonFactory, check_digit
from pipelines.demo.rows import Tables
from pipelines.demo.world import COMPULSORY, data_rows, data_toml
from pipelines.errors import UsageError
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract


SMALL = 0.05
GOOD = "370784104"


def digest(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    summary = write_demo(folder, scale=SMALL)
    return folder, summary, json.loads((folder / "planted.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def full():
    return simulate()


def sheet_rows(folder: Path, name: str, sheet: str) -> list[list]:
    """All cells of a sheet or CSV, from the first row on."""
    file = folder / name
    if file.suffix == ".csv":
        content = file.read_bytes()
        text = content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "gb18030")
        return list(csv.reader(text.splitlines()))
    return CalamineWorkbook.from_path(str(file)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def sheets_of(folder: Path):
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = file.relative_to(folder).as_posix()
        sheets = [""] if file.suffix == ".csv" else CalamineWorkbook.from_path(str(file)).sheet_names
        for sheet in sheets:
            yield name, sheet, sheet_rows(folder, name, sheet)


def bare(header: object) -> str:
    """A header without what offices add to it (contract.md section 4)."""
    return re.sub(r"[\s*＊]", "", str(header)).replace("（", "(").replace("）", ")")


# --- the same bytes -------------------------------------------------------------------------------------------


def test_same_seed_same_bytes_in_another_process_folder_and_hash_seed(small, tmp_path):
    folder, _, _ = small
    script = f"from pathlib import Path; from pipelines.demo import write_demo; write_demo(Path('x'), scale={SMALL})"
    root = str(Settings.load().root)
    env = {
        **os.environ,
        "PYTHONHASHSEED": "12345",
        "EDUREPORT_ROOT": root,
        "PYTHONPATH": root,
        "TZ": "America/Lima",
    }
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, check=True)
    assert digest(tmp_path / "x") == digest(folder)


def test_another_seed_gives_other_children(small, tmp_path):
    folder, _, _ = small
    write_demo(tmp_path, scale=SMALL, seed=7, periods=[Period(2026, 3)])
    other = (tmp_path / "2026Q3/户籍适龄儿童.xlsx").read_bytes()
    assert other != (folder / "2026Q3/户籍适龄儿童.xlsx").read_bytes()


def test_an_interrupted_run_leaves_no_planted_json_and_no_half_file(small, tmp_path):
    folder, _, _ = small
    (tmp_path / "planted.json").write_bytes((folder / "planted.json").read_bytes())

    def stop(text: str) -> None:
        if "2025年第三季度" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_demo(tmp_path, scale=SMALL, progress=stop)
    assert not (tmp_path / "planted.json").exists()
    whole = digest(folder)
    left = digest(tmp_path)
    assert left and all(whole[name] == value for name, value in left.items())


# --- persons --------------------------------------------------------------------------------------------------


def test_check_digit_of_known_numbers():
    # domain.md B.3
    assert [check_digit(n[:17]) for n in ("000000201203150019", "000000201009010020")] == ["9", "0"]


@given(st.dates(dt.date(2005, 1, 1), dt.date(2023, 12, 31)), st.sampled_from("男女"))
def test_id_numbers_are_valid_and_nobodys(birth, sex):
    number = PersonFactory(data_toml("words.toml"), 1).id_number(birth, sex)
    assert re.fullmatch(r"000000\d{11}[\dX]", number)
    assert number[6:14] == f"{birth:%Y%m%d}"
    assert (int(number[16]) % 2 == 1) == (sex == "男")
    assert CHECK_DIGITS[sum(int(d) * w for d, w in zip(number[:17], WEIGHTS, strict=True)) % 11] == number[17]


def test_numbers_of_persons_are_unique_and_agree(full):
    world, _ = full
    ids = [p.id_no for p in world.persons if p.id_no]
    assert len(ids) == len(set(ids)) > 8000
    assert len({p.roll_no for p in world.persons}) == len(world.persons)
    for person in world.persons:
        assert len(person.roll_no) == 19 and person.roll_no[0] in "GJL"
        if person.id_no:
            assert person.id_no.startswith("000000") and person.id_no[6:14] == f"{person.birth:%Y%m%d}"
            assert check_digit(person.id_no[:17]) == person.id_no[17]
            assert (int(person.id_no[16]) % 2 == 1) == (person.sex == "男")
    kinds = Counter(p.roll_no[0] for p in world.persons)
    assert kinds["J"] >= 3 and kinds["L"] >= 3
    assert sum(1 for p in world.persons if not p.id_no) >= 3


# --- size and shape -------------------------------------------------------------------------------------------


def test_full_size(full):
    world, _ = full
    assert len(world.schools.all) >= 60
    assert {s.kind for s in world.schools.all.values()} == {
        "幼儿园", "小学", "教学点", "初中", "九年一贯", "高中", "中职", "特教",
    }  # fmt: skip
    assert {s.area for s in world.schools.all.values()} == {"城区", "镇区", "乡村"}
    for roll in world.rolls:
        assert len(roll) >= 8000
        stages = Counter(spot.stage for _, spot in roll.values())
        assert set(stages) == {"学前", "小学", "初中", "高中", "中职", "特教"}
        assert stages["小学"] > stages["初中"] > stages["学前"]
        towns = Counter(world.schools.all[spot.school].town for _, spot in roll.values())
        assert len(towns) == 12 and min(towns.values()) >= 200


def test_promotion_takes_place_on_1_september(full):
    world, _ = full
    spring, autumn = world.rolls[4], world.rolls[5]
    both = [(spring[pid][1], autumn[pid][1]) for pid in spring if pid in autumn]
    assert both and all(new.grade == old.grade + 1 for old, new in both)
    assert all(old.school != new.school or old.school in nine_year(world) or old.stage == "特教"
               for old, new in both if old.grade == 6)  # fmt: skip
    before, after = world.rolls[3], world.rolls[4]
    assert all(after[pid][1].grade == before[pid][1].grade for pid in before if pid in after)


def nine_year(world) -> set[str]:
    return {s.school_id for s in world.schools.all.values() if s.kind == "九年一贯"}


def test_headers_are_those_of_the_contract(small):
    folder, _, _ = small
    contract = load_contract(Settings.load().paths.reference)
    alias = {(table, name): header for table, header, name in contract.header_aliases}
    wanted = {name: [bare(c.header) for c in table.columns] for name, table in contract.tables.items()}
    seen = set()
    for file, sheet, rows in sheets_of(folder / "2026Q3"):
        for row in rows[:4]:
            header = [bare(cell) for cell in row if cell != ""]
            for name, expected in wanted.items():
                if [bare(alias.get((name, text), text)) for text in header] == expected:
                    seen.add(name)
                    break
            else:
                continue
            break
        else:
            assert file == "通知.xlsx", (file, sheet)
    assert seen == set(wanted)


def test_counts_are_the_rows_in_the_files(small):
    folder, summary, planted = small
    assert summary.counts == planted["counts"]
    rows = sheet_rows(folder / "2026Q3", "户籍适龄儿童.xlsx", "户籍")
    assert len(rows) - 2 == planted["counts"]["2026Q3"]["hukou_cohort"]
    pupils = 0
    for file, sheet, rows in sheets_of(folder / "2026Q3"):
        if "学籍信息" in file:
            pupils += sum(1 for row in rows if re.fullmatch(r"[GJL]\d{17}[\dX]{1,2}", str(row[0])))
            assert sheet or file.endswith(".csv")
    assert pupils == planted["counts"]["2026Q3"]["student_roll"]


def test_the_offices_write_in_many_ways(small):
    folder, _, _ = small
    encodings = set()
    for file in (folder / "2026Q3").rglob("*.csv"):
        content = file.read_bytes()
        encodings.add("bom" if content.startswith(b"\xef\xbb\xbf") else "gb18030")
    assert encodings == {"bom", "gb18030"}
    cells = [
        str(c) for f, _, rows in sheets_of(folder / "2026Q3") if f.endswith(".xlsx") for r in rows for c in r
    ]
    text = "\n".join(cells)
    for pattern in (
        r"^2026-9-\d",
        r"^2026/9/\d",
        r"^2026\.9\.\d",
        r"^2026年9月\d",
        r"^20\d{6}$",
        r"^2026-09-\d\d$",
    ):
        assert re.search(pattern, text, re.MULTILINE), pattern
    for pattern in (
        "合计",
        "填表人",
        "填报单位",
        "吾山镇",
        "凌河镇",
        "51 失踪失联",
        r"\*",
        "（行政区划）",
        "山东省潍坊市安丘市景芝镇",
    ):
        assert re.search(pattern, text), pattern
    assert re.search(r"^370784122\d{3}$", text, re.MULTILINE)
    certificates = [
        row[2] for row in sheet_rows(folder / "2026Q3", "部门名单/残联持证残疾人名单.csv", "")[1:]
    ]
    assert all(re.fullmatch(r"000000\d{11}[\dX][1-7][1-4]", number) for number in certificates)


# --- what is planted ------------------------------------------------------------------------------------------


def test_every_kind_is_planted_and_has_a_place(small):
    _, _, planted = small
    assert {case["kind"] for case in planted["cases"]} == {row["kind"] for row in data_rows("kinds.csv")}
    assert all(case["ref"] for case in planted["cases"])
    towns = Counter(case["town"] for case in planted["cases"])
    assert towns.most_common(1)[0][0] == "370784122" and len(towns) >= 9 and GOOD not in towns


def test_references_point_to_rows_of_the_files(small):
    folder, _, planted = small
    checked = 0
    for case in planted["cases"]:
        if "#" not in case["ref"]:
            continue
        file, rest = case["ref"].split("#")
        sheet, row = rest.split("!")
        cells = sheet_rows(folder / case["seen_in"], file, sheet)[int(row) - 1]
        assert any(re.search(r"\d{6}", str(cell)) for cell in cells), case
        if case["kind"] == "inclusive":
            assert "视力残疾" in cells
        if case["kind"] == "unaided_退回":
            assert "农村低保" in cells
        checked += 1
    assert checked > 30


def test_bad_rows_are_where_planted_json_says(small):
    folder, _, planted = small
    telling = {
        "roll_event": "2-30",
        "aid_payment": "不存在的学校",
        "dept_list": "西山镇",
        "left_behind": "出门",
    }
    kinds = set()
    for bad in planted["bad_rows"]:
        cells = [
            str(c) for c in sheet_rows(folder / bad["period"], bad["file"], bad["sheet"])[bad["row"] - 1]
        ]
        if bad["expected"] == "set_aside":
            word = telling.get(bad["table"], "借读")
            assert any(word in cell for cell in cells), bad
        kinds.add((bad["table"], bad["expected"]))
    assert ("student_roll", "warned") in kinds and len(kinds) >= 6


def test_planted_json_names_nobody(small):
    folder, _, _ = small
    text = (folder / "planted.json").read_text(encoding="utf-8")
    assert not re.search(r"000000(19|20)\d{6}", text)
    world, _ = simulate(scale=SMALL)
    assert not [p.name for p in world.persons if p.name in text]


def test_the_good_town_is_good(small):
    _, _, planted = small
    last = planted["expected"]["2026Q3"]
    for indicator in ("D03", "D05", "D06", "D14", "D16", "D19", "D20", "A04", "A05", "A10.numerator", "L06"):
        assert last[indicator][GOOD] == 0, indicator
    assert last["A03.numerator"][GOOD] == last["A03.denominator"][GOOD] > 0
    assert last["L05.numerator"][GOOD] == last["L01"][GOOD] > 0
    assert last["L12.numerator"][GOOD] == last["L12.denominator"][GOOD] > 0


def test_nobody_vanishes_but_those_planted(full):
    world, planter = full
    from pipelines.demo.expected import expected_values

    found = expected_values(world, world.last)
    planned = Counter(note.kind for note in planter.notes if note.index == world.last)
    gone = planned["vanished"] + planned["vanished_case_closed"] + planned["grade6_no_grade7"]
    unmatched_now = 2  # a recent transfer, and an unmatched one of this quarter, account for nobody
    assert found["D19"]["000"] == gone + unmatched_now
    assert found["D20"]["000"] == planned["grade6_no_grade7"]
    assert found["D14"]["000"] == planned["unmatched_transfer"]
    assert found["D16"]["000"] == planned["never_enrolled"] + planned["kindergarten_not_enrolled"]
    assert found["D03"]["000"] == planned["suspected_open"]


def test_expected_values_count_persons_of_both_towns_once_in_the_county(full):
    world, _ = full
    from pipelines.demo.expected import expected_values

    values = expected_values(world, world.last)["D01"]
    roll = world.rolls[world.last].values()
    assert values["000"] == sum(1 for _, spot in roll if spot.stage in COMPULSORY)
    assert sum(v for town, v in values.items() if town != "000") == values["000"] + 1


def test_ledgers_know_nothing_of_the_future(full):
    world, _ = full
    for index in range(len(world.periods)):
        tables = Tables(world, index)
        for name in (
            "roll_event",
            "dropout_case",
            "persuasion_log",
            "aid_payment",
            "left_behind",
            "care_log",
        ):
            for _, values in tables.rows(name):
                days = [v for v in values if isinstance(v, dt.date)]
                # Only an agreement or a leave may end later.
                late = [d for d in days if d > world.end(index)]
                assert not late or name in ("left_behind", "roll_event") and len(late) == 1


# --- other sizes and spans ------------------------------------------------------------------------------------


@pytest.mark.parametrize("span", [DEFAULT_PERIODS[:1], DEFAULT_PERIODS[:2], DEFAULT_PERIODS[-3:-1]])
def test_other_spans_work(span, tmp_path):
    summary = write_demo(tmp_path, scale=SMALL, periods=span)
    assert list(summary.counts) == [str(period) for period in span]
    assert (tmp_path / "planted.json").is_file()


@pytest.mark.parametrize("scale", [0, -1])
def test_a_scale_must_be_positive(scale):
    with pytest.raises(UsageError):
        simulate(scale=scale)


def test_periods_must_follow_one_another():
    with pytest.raises(UsageError):
        simulate(scale=SMALL, periods=[Period(2025, 2), Period(2025, 4)])
