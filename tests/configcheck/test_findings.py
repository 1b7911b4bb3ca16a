"""Every kind of slip in a file that people edit: found at its line, said in Chinese with a way to mend it.

A case changes one place of one file of the project (``find`` → ``put``); its folder is the outcome.
"""

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipelines.configcheck.everything import check_all
from pipelines.configcheck.finding import Finding
from pipelines.errors import ConfigError
from pipelines.indicators import actions, catalogue
from pipelines.reference import load_reference
from pipelines.settings import Settings
from tests.conftest import PROJECT


HERE = Path(__file__).parent
CASES = {f"{f.parent.name}/{f.stem}": f for f in sorted(HERE.glob("*/*.toml"))}


def _changed(case: dict[str, Any], root: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """A project with the one place changed; the line where it stands."""
    shutil.copyfile(PROJECT / "monitoring.toml", root / "monitoring.toml")
    for folder in ("data/reference", "expectations", "notebooks"):
        shutil.copytree(PROJECT / folder, root / folder)
    for module in (catalogue, actions):
        copy = root / module.FILE.relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(module.FILE, copy)
        monkeypatch.setattr(module, "FILE", copy)
    text = (PROJECT / case["file"]).read_text(encoding="utf-8")
    assert case["find"] in text, "the project's file has changed: mend the case"
    (root / case["file"]).write_text(text.replace(case["find"], case["put"], 1), encoding="utf-8")
    return text[: text.index(case["find"])].count("\n") + 1


def _findings(root: Path) -> list[Finding]:
    """What is found, or the error in which the settings are refused, as a finding."""
    try:
        return check_all(Settings.load(root))
    except ConfigError as error:
        line = re.search(r"第(\d+)行", error.message)
        return [Finding("monitoring.toml", int(line[1]) if line else 0, "", error.message, error.hint)]


@pytest.mark.parametrize("name", CASES)
def test_one_change(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = tomllib.loads(CASES[name].read_text(encoding="utf-8"))
    line = _changed(case, tmp_path, monkeypatch)
    found = _findings(tmp_path)
    if name.startswith("accepted/"):
        assert found == []
        return
    assert found, "nothing was found"
    first = found[0]
    assert first.file == case["file"].removeprefix("data/reference/").removeprefix("pipelines/indicators/")
    assert all(word in str(first) for word in case["says"]), str(first)
    # the place itself, or for a syntax error or a repeated key the line the reader stopped at
    assert first.line in range(line - 1, line + 6), (first.line, line, str(first))
    assert first.mend and re.search(r"[\u4e00-\u9fff]", first.mend)


def test_the_project_itself_has_no_findings() -> None:
    assert check_all(Settings.load(PROJECT)) == []


def test_a_table_saved_by_excel_on_a_chinese_windows_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _changed({"file": "monitoring.toml", "find": "[county]", "put": "[county]"}, tmp_path, monkeypatch)
    for name in ("value_aliases.csv", "towns.csv", "school_calendar.csv"):
        file = tmp_path / "data/reference" / name
        file.write_bytes(file.read_text(encoding="utf-8").replace("\n", "\r\n").encode("gb18030"))
    settings = Settings.load(tmp_path)
    assert check_all(settings) == []
    assert load_reference(settings, "none").towns.resolve("景芝镇").code == "370784122"


def test_every_kind_of_file_has_a_case() -> None:
    files = {Path(tomllib.loads(f.read_text(encoding="utf-8"))["file"]).name for f in CASES.values()}
    assert files >= {
        "monitoring.toml", "columns.csv", "codes.csv", "header_aliases.csv", "value_aliases.csv", "towns.csv",
        "aid_standards.csv", "school_calendar.csv", "sentences.toml", "catalogue.toml", "actions.toml", "absence.json",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("file", "load"),
    [
        ("towns.csv", "reference"), ("aid_standards.csv", "reference"), ("school_calendar.csv", "reference"),
        ("codes.csv", "contract"), ("value_aliases.csv", "contract"), ("sentences.toml", "sentences"),
    ],
)  # fmt: skip
def test_what_is_loaded_is_refused_with_the_same_words(
    file: str, load: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines import reference, sentences
    from pipelines.tables import contract

    _changed({"file": "monitoring.toml", "find": "[county]", "put": "[county]"}, tmp_path, monkeypatch)
    settings = Settings.load(tmp_path)
    broken = settings.paths.reference / file
    broken.write_text(broken.read_text(encoding="utf-8") + '\n坏,"行\n', encoding="utf-8")
    loaders = {
        "reference": lambda: reference.load_reference(settings, "none"),
        "contract": lambda: contract.Contract(settings.paths.reference),
        "sentences": lambda: sentences.load_sentences(settings.paths.reference),
    }
    with pytest.raises(ConfigError) as refused:
        loaders[load]()
    assert re.search(rf"{file} 第\d+行", str(refused.value)) and "办法：" in str(refused.value)
    assert str(check_all(settings)[0]).split("：")[0] == refused.value.message.split("：")[0]
