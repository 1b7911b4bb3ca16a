"""Small received files, in folders named by what becomes of them: add a file there to add a case.

Files of good, set_aside and warned hold two pupils; in the last two the first of them has the fault.
"""

import shutil
from pathlib import Path

import pytest

from pipelines.clean import clean_period
from pipelines.periods import Period
from pipelines.settings import Settings


HERE = Path(__file__).parent
SCHOOL = (
    "学校标识码,学校名称,所属镇街区,办学类型,城乡类型,举办性质\r\n"
    "3737000001,景芝镇第一小学,景芝镇,小学,乡村,公办\r\n"
)
EXPECTED = {"good": (2, 2, 0, 0), "set_aside": (2, 1, 0, 1), "warned": (2, 2, 1, 0)}
CASES = [
    (folder, path.name) for folder in (*EXPECTED, "refused") for path in sorted((HERE / folder).iterdir())
]


@pytest.mark.parametrize(("folder", "name"), CASES)
def test_outcome(settings: Settings, folder: str, name: str) -> None:
    raw = settings.paths.raw("county", "2026Q3")
    raw.mkdir(parents=True)
    shutil.copyfile(HERE / folder / name, raw / name)
    (raw / "学校.csv").write_text(SCHOOL, encoding="utf-8")
    result = clean_period(settings, "county", Period(2026, 3))
    assert result.tables["school"]["used"] == 1
    if folder == "refused":
        assert [file for file, _ in result.problems] == [name] and "student_roll" not in result.tables
    else:
        counts = result.tables["student_roll"]
        assert not result.problems
        assert tuple(counts[key] for key in ("read", "used", "warned", "set_aside")) == EXPECTED[folder]


def test_every_folder_has_cases() -> None:
    assert {folder for folder, _ in CASES} == {*EXPECTED, "refused"}
