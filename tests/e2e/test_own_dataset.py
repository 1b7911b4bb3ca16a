"""A user's own three small files: no history, most tables missing, and a school whose name is full of markup."""

import csv
import json
import stat
import zipfile
from pathlib import Path

import pandas as pd
import pypdfium2
import pytest
from bs4 import BeautifulSoup

from tests.conftest import PROJECT, make_root
from tests.e2e.conftest import run


pytestmark = pytest.mark.e2e

NAME = '<b>甲</b>#read("x")*$y$_z_@w小学'
PERSON = "标记姓名岚溪"
IDS = ["000000201203150019", "000000201009010020"]


def write(folder: Path, name: str, table: str, rows: list[dict[str, str]]) -> None:
    """Rows by clean column name as a CSV with the contract's headers."""
    with (PROJECT / "data/reference/columns.csv").open(encoding="utf-8") as handle:
        headers = {r["column"]: r["header"] for r in csv.DictReader(handle) if r["table"] == table}
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([headers[column] for column in rows[0]])
        writer.writerows(list(row.values()) for row in rows)


def pupil(number: int) -> dict[str, str]:
    person = IDS[number]
    return {
        "roll_no": f"G{person}", "name": PERSON, "id_type": "居民身份证", "id_no": person,
        "sex": "男" if int(person[16]) % 2 else "女", "birth_date": f"{person[6:10]}-{person[10:12]}-{person[12:14]}",
        "school_id": NAME, "stage": "小学", "grade": "六年级", "entry_ym": "202109", "roll_status": "在校",
        "study_mode": "走读", "hukou": "安丘市石堆镇", "left_behind_edu": "非留守", "migrant_child": "否",
        "orphan": "否", "disability": "无残疾", "inclusive": "否",
    }  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = make_root(tmp_path_factory.mktemp("own") / "p")
    folder = root / "data/raw/mine/2026Q3"
    school = {
        "school_id": "3137000001", "school_name": NAME, "town": "石堆镇", "school_type": "小学", "urban_rural": "乡村",
        "ownership": "公办",
    }  # fmt: skip
    case = {
        "case_id": "CX-1", "roll_no": f"G{IDS[0]}", "id_no": IDS[0], "school_id": NAME, "town": "石堆镇",
        "grade": "六年级", "source": "学校发现", "first_absent_date": "2026-09-01", "reported_date": "2026-09-03",
        "verified_date": "2026-09-08", "ledger_type": "辍学", "verdict": "辍学", "plan_id": "A1", "owner_town": PERSON,
        "owner_school": "校长", "owner_village": "支书", "state": "劝返中",
    }  # fmt: skip
    write(folder, "学校.csv", "school", [school])
    write(folder, "学籍.csv", "student_roll", [pupil(0), pupil(1)])
    write(folder, "台账.csv", "dropout_case", [case])
    done = run(root, "report", "--town", "石堆镇", "--dataset", "mine")
    assert done.returncode == 0, done.stderr
    return root, done.stdout


def reports(root: Path) -> Path:
    return root / "reports/mine/2026Q3/internal/石堆镇"


def test_figures_of_a_hand_made_county(made: tuple[Path, str]) -> None:
    content = json.loads((reports(made[0]) / "indicators.json").read_text(encoding="utf-8"))
    shown = {entry["id"]: entry for entry in content["indicators"]}
    assert content["demo"] is False
    assert [shown[i]["value"] for i in ("D01", "D03", "D05", "D06", "D11")] == [2, 0, 1, 1, 1.0]
    assert (shown["D07"]["numerator"], shown["D07"]["denominator"], shown["D07"]["value"]) == (1, 2, 0.5)
    for wanted in ("D19", "A03", "A04", "L01", "L05", "D14"):
        assert (shown[wanted]["state"], shown[wanted]["value"]) == ("missing", None)


def test_markup_in_a_name_stays_text_in_both_outputs(made: tuple[Path, str]) -> None:
    page = (reports(made[0]) / "石堆镇_2026Q3_控辍保学.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(page, "html.parser")
    assert not [b for b in soup.find_all("b") if b.get_text() == "甲"]
    assert NAME in soup.get_text()
    document = pypdfium2.PdfDocument(reports(made[0]) / "石堆镇_2026Q3_控辍保学.pdf")
    text = "".join("".join(page.get_textpage().get_text_bounded() for page in document).split())
    assert NAME in text


def test_no_demo_mark_on_real_data_and_missing_tables_are_named(made: tuple[Path, str]) -> None:
    page = (reports(made[0]) / "石堆镇_2026Q3_学生资助.html").read_text(encoding="utf-8")
    text = BeautifulSoup(page, "html.parser").get_text()
    assert "演示数据" not in text
    assert "缺报：" in text
    assert "资助发放" in text
    assert "指标均达标" not in text
    assert "所需数据缺报，无法列出须办事项" in text


def everything(file: Path) -> bytes:
    """A file's bytes, opened up: zipped parts, PDF text, parquet cells."""
    content = file.read_bytes()
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as parts:
            content += b"".join(parts.read(name) for name in parts.namelist())
    if file.suffix == ".pdf":
        document = pypdfium2.PdfDocument(file)
        content += "".join(page.get_textpage().get_text_bounded() for page in document).encode()
        content += str(document.get_metadata_dict()).encode()
    if file.suffix == ".parquet":
        content += pd.read_parquet(file).to_csv().encode()
    return content


def test_names_and_numbers_are_in_the_identity_folder_and_nowhere_else(made: tuple[Path, str]) -> None:
    root, said = made
    secrets = [PERSON.encode(), *(number.encode() for number in IDS)]
    assert not any(secret in said.encode() for secret in secrets)
    seen_in_identity = 0
    for file in [p for part in ("data/clean", "reports") for p in (root / part).rglob("*") if p.is_file()]:
        found = any(secret in everything(file) for secret in secrets)
        if "identity" in file.relative_to(root).parts:
            seen_in_identity += found
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        else:
            assert not found, file.name
    assert seen_in_identity


def test_the_key_is_private_and_outside(made: tuple[Path, str]) -> None:
    key = made[0] / "key" / "k"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o644)
    done = run(made[0], "report", "--town", "石堆镇", "--dataset", "mine")
    key.chmod(0o600)
    assert done.returncode == 2
    assert "密钥" in done.stderr


def test_a_blocking_check_stops_with_three_and_says_what_to_do(
    made: tuple[Path, str], tmp_path: Path
) -> None:
    root = make_root(tmp_path / "p")
    folder = root / "data/raw/bad/2026Q3"
    school = {
        "school_id": "3137000001", "school_name": "甲小学", "town": "石堆镇", "school_type": "小学",
        "urban_rural": "乡村", "ownership": "公办",
    }  # fmt: skip
    write(folder, "学校.csv", "school", [school, school | {"school_name": "乙小学"}])
    done = run(root, "report", "--town", "石堆镇", "--dataset", "bad")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "学校.csv" in done.stderr
    assert "办法" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (root / "reports/bad/2026Q3/internal").exists()
    assert (root / "reports/bad/2026Q3/quality/quality.json").is_file()
