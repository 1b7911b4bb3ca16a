"""Nothing personal is left anywhere but in identity/: every byte the program writes is searched, decompressed."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from pipelines import leaks
from pipelines.settings import Settings

from .planted import MARKS, NAME, NUMBER, left_behind, plant


def run(settings: Settings, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real command in its own process, with a temporary folder of its own."""
    scratch = settings.root / "scratch"
    scratch.mkdir(exist_ok=True)
    variables = {**os.environ, "EDUREPORT_ROOT": str(settings.root), "TMPDIR": str(scratch), **environment}
    command = [sys.executable, "-m", "pipelines.cli", *words]
    return subprocess.run(command, check=False, env=variables, capture_output=True, text=True, timeout=300)


def assert_clean(settings: Settings, done: subprocess.CompletedProcess[str]) -> None:
    """No mark in any file left behind, nor on the screen."""
    assert leaks.find(left_behind(settings.root), MARKS) == {}
    for text in (done.stdout, done.stderr):
        assert not [mark for mark in MARKS if mark in text]


def test_the_search_sees_into_every_packing(tmp_path: Path) -> None:
    """A search that finds nothing anywhere would prove nothing."""
    pd.DataFrame({"a": [f"x{NAME}"]}).to_parquet(tmp_path / "a.parquet")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.xml", f"<t>{NUMBER}</t>")
    (tmp_path / "b.xlsx").write_bytes(buffer.getvalue())
    (tmp_path / f"{NAME}.txt").write_text("")
    assert len(leaks.find(sorted(tmp_path.iterdir()), MARKS)) == 3


def test_many_values_are_found_as_few_are(tmp_path: Path) -> None:
    """Purging looks for all people of a county at once, by pieces of equal length."""
    many = [f"{number:05d}" for number in range(1000)]
    (tmp_path / "a.txt").write_text("x00007 00999,01000 abc000 12345", encoding="utf-8")
    assert leaks.find([tmp_path / "a.txt"], [*many, "abc0", ""]) == {str(tmp_path / "a.txt"): 3}
    assert leaks.find([tmp_path / "a.txt"], ["00007", "00999", "00001"]) == {str(tmp_path / "a.txt"): 2}


def test_marks_in_every_column_of_every_table(settings: Settings) -> None:
    assert plant(settings) > 400
    done = run(settings, "data", "--dataset", "county")
    assert done.returncode in (0, 3), done.stderr
    identity = sorted(settings.paths.identity("county", "2026Q3").glob("*.parquet"))
    assert leaks.find(identity, [NAME, NUMBER]), "the marks must have been read at all"
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in identity)
    assert settings.paths.quality("county", "2026Q3").is_dir()
    assert_clean(settings, done)


def test_a_crash_in_cleaning_tells_no_value(settings: Settings) -> None:
    plant(settings)
    broken = "import pipelines.clean.rows as r\ndef f(*a, **k): raise ValueError(str(a[1][0].frame.iloc[0].to_dict()))\n"
    broken += "import pipelines.clean as c; c.clean_table = f\n"
    broken += "from pipelines.cli import main; import sys; sys.exit(main(['data', '--dataset', 'county']))"
    variables = {**os.environ, "EDUREPORT_ROOT": str(settings.root)}
    done = subprocess.run(
        [sys.executable, "-c", broken],
        check=False,
        env=variables,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 5 and "ValueError" in done.stderr
    assert_clean(settings, done)


@pytest.mark.parametrize("ending", ["", "raise ValueError(f'第 3 行：{row}')"])
def test_a_notebook_that_prints_a_row(settings: Settings, ending: str) -> None:
    """Clean tables hold no names, so even a notebook that prints whole rows cannot print one."""
    from pipelines.errors import ReportFailed
    from pipelines.render.execute import execute

    plant(settings)
    assert run(settings, "data", "--dataset", "county").returncode in (0, 3)
    file = settings.root / "own.ipynb"
    source = (
        "from pipelines import store\nfrom pipelines.settings import Settings\nfrom pipelines.periods import Period\n"
        "frame = store.read(Settings.load(), 'county', Period(2026, 3), 'student_roll')\n"
        f"row = frame.iloc[0].to_dict()\nprint(row)\n{ending}"
    )
    cell = {
        "cell_type": "code",
        "source": source,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "id": "a",
    }
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    file.write_text(json.dumps(content), encoding="utf-8")
    os.environ["EDUREPORT_ROOT"] = str(settings.root)
    try:
        text = str(execute(file, {}, cwd=settings.root))
    except ReportFailed as error:
        assert ending
        text = str(error)
    finally:
        del os.environ["EDUREPORT_ROOT"]
    assert "id_key" in text and not [mark for mark in MARKS if mark in text]
