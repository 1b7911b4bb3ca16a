"""The key and what is made with it."""

import re
import stat
from pathlib import Path

import pandas as pd
import pytest

from pipelines.errors import ConfigError
from pipelines.pseudonym import Pseudonymiser, accept_key, refuse_foreign_key
from pipelines.settings import Settings


NUMBER = "00000020120315001X"


def test_key_is_made_once_and_private(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "new" / "pseudonym.key"
    monkeypatch.setenv("EDUREPORT_KEY_FILE", str(file))
    first = Pseudonymiser.load(settings)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert re.fullmatch(r"[0-9a-f]{64}\n", file.read_text())
    assert [entry.name for entry in file.parent.iterdir()] == ["pseudonym.key"]
    second = Pseudonymiser.load(settings, "county")
    assert first.id_key(pd.Series([NUMBER])).tolist() == second.id_key(pd.Series([NUMBER])).tolist()
    assert first.fingerprint == second.fingerprint
    file.unlink()
    assert Pseudonymiser.load(settings).fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("mode", "text"), [(0o640, "ab" * 32), (0o604, "ab" * 32), (0o600, "xyz"), (0o600, "ab" * 31)]
)
def test_a_bad_key_is_refused(settings: Settings, mode: int, text: str) -> None:
    file = settings.paths.key_file
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        Pseudonymiser.load(settings)
    assert text not in str(caught.value)


def test_another_key_is_refused_until_it_is_accepted(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDUREPORT_KEY_FILE", str(tmp_path / "pseudonym.key"))
    now = Pseudonymiser.load(settings).fingerprint
    before = "0" * len(now)
    refuse_foreign_key(settings, "anqiu 2026Q3", "", now)  # nothing was made yet
    refuse_foreign_key(settings, "anqiu 2026Q3", now, now)
    with pytest.raises(ConfigError, match="不是处理 anqiu 2026Q3 时用的那一个"):
        refuse_foreign_key(settings, "anqiu 2026Q3", before, now)
    accept_key(settings)
    refuse_foreign_key(settings, "anqiu 2026Q3", before, now)
    # a third key, come from elsewhere, is not the accepted one
    with pytest.raises(ConfigError):
        refuse_foreign_key(settings, "anqiu 2026Q3", now, before)


def test_demo_has_a_public_key_and_others_do_not(settings: Settings) -> None:
    assert settings.is_demo("demo")
    demo = Pseudonymiser.load(settings, "demo")
    assert not settings.paths.key_file.exists(), "demo data need no key file"
    assert demo.id_key(pd.Series([NUMBER])).tolist() == ["YVJP5R6EX4RRNIOY63ND"]
    assert Pseudonymiser.load(settings, "county").fingerprint != demo.fingerprint


def test_forms_domains_and_nulls() -> None:
    keys = Pseudonymiser(b"k" * 32)
    made = keys.id_key(pd.Series([NUMBER, NUMBER.lower(), None, "000000201203150019"], dtype="str"))
    assert made[0] == made[1] != made[3] and pd.isna(made[2]) and str(made.dtype) == "str"
    assert all(re.fullmatch(r"[A-Z2-7]{20}", key) for key in made.dropna())
    assert keys.roll_key(pd.Series([NUMBER]))[0] != made[0] != keys.name_key(pd.Series([NUMBER]))[0]
    names = keys.name_key(pd.Series(["阿依·某某", "阿依•某某", "阿依 · 某某", "测 试", "测试"]))
    assert names[0] == names[1] == names[2] and names[3] == names[4]
    assert keys.id_key(pd.Series([None, None], dtype="str")).isna().all()
    assert Pseudonymiser(b"x" * 32).id_key(pd.Series([NUMBER]))[0] != made[0]


def test_mask() -> None:
    keys = Pseudonymiser(b"k" * 32)
    assert keys.mask("三年级2班 20260901 3737000001") == "三年级2班 20260901 3737000001"
    once = keys.mask(f"CX-{NUMBER}")
    assert re.fullmatch(r"CX-遮盖-[A-Z2-7]{8}", once) and keys.mask(f"CX-{NUMBER.lower()}") == once
