"""What a change makes to be done again, by the real commands: no more than it must, and never less."""

import csv
import io
import shutil
from pathlib import Path

import pytest

from pipelines.codehash import PACKAGE
from tests.e2e.conftest import run


pytestmark = pytest.mark.e2e


def reasons(root: Path) -> dict[str, str]:
    """Unit → what became of its dropout report."""
    found = {}
    for town in ("辉渠镇", "石堆镇", "安丘市"):
        done = run(root, "report", "--town", town, "--theme", "dropout")
        assert done.returncode == 0, done.stderr
        found[town] = next(line for line in done.stdout.splitlines() if line.startswith("  控辍保学")).split(
            "　"
        )[1]
    return found


def move_a_pupil(file: Path) -> None:
    """Put one pupil of a CSV roll into another school of the town; nothing else changes."""
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    school = next(name for name in rows[0] if "学校标识码" in name or "学校名称" in name)
    for row in rows:
        others = [
            r
            for r in rows
            if (r["学段"], r["年级"]) == (row["学段"], row["年级"]) and r[school] != row[school]
        ]
        if row["学段"] == "小学" and row["学生状态"] == "在校" and others:
            row[school] = others[0][school]
            break
    else:
        raise AssertionError("no pupil to move")
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    file.write_text(out.getvalue(), encoding="utf-8-sig")


def test_one_towns_rows_redo_that_town_and_the_county_only(copied: Path) -> None:
    assert set(reasons(copied).values()) == {"已生成（首次运行）"}
    move_a_pupil(copied / "data/raw/demo/2026Q3/学籍/辉渠镇学籍信息.csv")
    redone = "已生成（本单位的数据有变化）"
    assert reasons(copied) == {"辉渠镇": redone, "石堆镇": "未变化，沿用", "安丘市": redone}


def test_a_changed_renderer_does_not_clean_again_and_a_changed_cleaner_does(copied: Path) -> None:
    shutil.copytree(PACKAGE, copied / "pipelines", ignore=shutil.ignore_patterns("__pycache__"))
    words = ("report", "--town", "景芝镇", "--theme", "aid")
    assert "未变化，沿用" in run(copied, *words).stdout
    for changed in ("render/pdf.py", "clean/dates.py"):
        with (copied / "pipelines" / changed).open("a", encoding="utf-8") as handle:
            handle.write("\n# changed\n")
        done = run(copied, *words)
        assert done.returncode == 0, done.stderr
        cleaned = changed.startswith("clean")
        assert done.stdout.count("读取和清洗") == (6 if cleaned else 0)
        assert ("已生成（程序有变化）" in done.stdout) != cleaned
        # the tables came out as they were, so nothing after them is done again
        assert "计算指标" not in done.stdout
