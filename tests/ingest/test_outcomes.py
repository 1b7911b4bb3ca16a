"""Small received files, in folders named by what becomes of them: add a file there to add a case.

Files of good, warned and set_aside hold two pupils; in the last two the first of them has the fault. Where a case is
different, a file of the same name and ``.toml`` says so: ``counts`` (read, used, warned, set_aside), ``table``, and
``says``, words that the report to the analyst must hold (in the problem of the file, or in a finding of its rows).
"""

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipelines import store
from pipelines.clean import clean_period
from pipelines.periods import Period
from pipelines.settings import Settings


HERE = Path(__file__).parent
PERIOD = Period(2026, 3)
SCHOOL = (
    "学校标识码,学校名称,所属镇街区,办学类型,城乡类型,举办性质\r\n"
    "3737000001,景芝镇第一小学,景芝镇,小学,乡村,公办\r\n"
)
COUNTS = ("read", "used", "warned", "set_aside")
EXPECTED = {"good": (2, 2, 0, 0), "warned": (2, 2, 1, 0), "set_aside": (2, 1, 0, 1)}
CASES = [
    (folder, path.name)
    for folder in (*EXPECTED, "refused")
    for path in sorted((HERE / folder).iterdir())
    if path.suffix != ".toml"
]


def told(settings: Settings) -> str:
    """Everything the findings and the rows set aside say."""
    folder = settings.paths.clean("county", PERIOD)
    frames = [store.read_frame(folder / f"{name}.parquet") for name in ("findings", "set_aside")]
    return "\n".join(text for frame in frames for text in frame["message"])


@pytest.mark.parametrize(("folder", "name"), CASES)
def test_outcome(settings: Settings, folder: str, name: str) -> None:
    raw = settings.paths.raw("county", "2026Q3")
    raw.mkdir(parents=True)
    shutil.copyfile(HERE / folder / name, raw / name)
    (raw / "学校.csv").write_text(SCHOOL, encoding="utf-8")
    beside = HERE / folder / f"{name}.toml"
    special: dict[str, Any] = tomllib.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
    result = clean_period(settings, "county", PERIOD)
    assert result.tables["school"]["used"] == 1
    problems = dict(result.problems)
    table = special.get("table", "student_roll")
    if folder == "refused":
        assert list(problems) == [name] and table not in result.tables
    else:
        counts = result.tables[table]
        expected = special.get("counts", EXPECTED[folder])
        assert tuple(counts[key] for key in COUNTS) == tuple(expected)
        assert not problems or special.get("problem", False)
        assert bool(told(settings)) == (folder != "good")
    report = told(settings) + problems.get(name, "")
    assert all(word in report for word in special.get("says", [])), report


def test_every_folder_has_cases() -> None:
    assert {folder for folder, _ in CASES} == {*EXPECTED, "refused"}
    beside = [path for folder in (*EXPECTED, "refused") for path in (HERE / folder).glob("*.toml")]
    assert all(path.with_suffix("").exists() for path in beside), "an expectation without its file"
