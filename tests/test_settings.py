from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.settings import Settings, find_root


def edit(root: Path, old: str, new: str) -> None:
    file = root / "monitoring.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_shipped_settings_are_valid(settings: Settings) -> None:
    assert settings.county_name == "安丘市"
    assert settings.threshold("suppression").value == 10
    assert settings.is_demo("demo")
    assert not settings.is_demo("mine")
    assert settings.code_edition("mine") == "MCA-2026"


def test_every_threshold_names_its_source(settings: Settings) -> None:
    for name in settings.content["thresholds"]:
        assert len(settings.threshold(name).source) > 5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[county]", "[county", "monitoring.toml"),
        ('name = "安丘市"', "", "[county] name"),
        ('code_edition = "MCA-2026"', 'code_edition = "GB-1999"', "GB-1999"),
        ("value = 10", 'value = "10人"', "“10人”不对，应为"),
        ("value = 10\n", "", "suppression"),
    ],
)
def test_broken_settings_say_what_and_where(root: Path, old: str, new: str, said: str) -> None:
    edit(root, old, new)
    with pytest.raises(ConfigError) as caught:
        Settings.load(root)
    assert said in str(caught.value)
    assert "办法" in str(caught.value)


def test_root_is_found_from_below(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDUREPORT_ROOT", raising=False)
    assert find_root(root / "data" / "reference") == root
    monkeypatch.setenv("EDUREPORT_ROOT", str(root))
    assert find_root(Path("/")) == root


def test_the_mark_that_windows_editors_put_in_front_is_no_fault(root: Path) -> None:
    file = root / "monitoring.toml"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert Settings.load(root).county_name == "安丘市"
