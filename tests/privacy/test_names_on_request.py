"""Keys, the encrypted annex and purging: what touches names on purpose."""

import io
import json
import os
from pathlib import Path

import pandas as pd
import pikepdf
import pypdfium2
import pytest

from pipelines import accesslog, annex, keys, leaks, purge, store
from pipelines.clean import clean_period
from pipelines.cli import main
from pipelines.errors import ConfigError, EduReportError, UsageError
from pipelines.periods import Period
from pipelines.pseudonym import create_key
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from pipelines.towns import Town
from tests.clean.material import SCHOOL, csv_text, example_row, id_no, pupil, put


Q3 = Period(2026, 3)
PHRASE = "ein langes Kennwort 9"
NAMES = ["测试壬", "测试癸"]


@pytest.fixture
def town(settings: Settings) -> Town:
    """Two pupils (a case and a vanished one) in one town, cleaned, with a worklist."""
    contract = load_contract(settings.paths.reference)
    put(settings, "s.csv", csv_text(contract, "school", [SCHOOL]))
    rolls = [pupil(number, name=name) for number, name in zip((1, 2), NAMES, strict=True)]
    put(settings, "r.csv", csv_text(contract, "student_roll", rolls))
    case = {**example_row(contract, "dropout_case", 1), "case_id": "CX-001", "roll_no": "", "id_no": id_no(1)}
    put(settings, "c.csv", csv_text(contract, "dropout_case", [case]))
    clean_period(settings, "county", Q3)
    roll = store.read(settings, "county", Q3, "student_roll")
    assert roll is not None
    found = load_reference(settings, "county").towns.resolve("景芝镇")
    other = load_reference(settings, "county").towns.resolve("石埠子镇")
    refs = ["CX-001", "XS-" + roll["id_key"].iloc[1][:8]]
    work = pd.DataFrame({"item": ["confirmed_open", "vanished", "vanished"], "ref": [*refs, "XS-AAAAAAAA"]})
    work["town"] = [found.code, found.code, other.code]
    store.write_frame(settings.paths.clean("county", Q3) / "worklist.parquet", work)
    return found


def text_of(content: bytes) -> str:
    with pypdfium2.PdfDocument(content, password=PHRASE) as pages:
        return "".join(page.get_textpage().get_text_bounded() for page in pages)


def test_annex_is_encrypted_private_and_logged(settings: Settings, town: Town) -> None:
    file, rows = annex.make_annex(settings, "county", Q3, town, f"入户 {id_no(1)}", PHRASE)
    content = file.read_bytes()
    assert rows == 2 and file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(content))
    with pikepdf.open(io.BytesIO(content), password=PHRASE) as document:
        assert document.encryption.R == 6 and document.encryption.bits == 256
    text = text_of(content)
    assert all(name in text for name in NAMES) and id_no(1) in text and "XS-AAAAAAAA" not in text
    assert leaks.find([file], [*NAMES, id_no(1)]) == {}
    log = accesslog.log_file(settings)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert log.stat().st_mode & 0o777 == 0o600 and len(lines) == 2
    assert {"who", "when", "why", "town", "period"} <= set(lines[0]) and id_no(1) not in log.read_text()
    assert leaks.find([log], NAMES) == {}


@pytest.mark.parametrize(("reason", "phrase"), [("", PHRASE), ("入户劝返", "short"), ("入户劝返", "a" * 20)])
def test_annex_needs_a_reason_and_a_pass_phrase(
    settings: Settings, town: Town, reason: str, phrase: str
) -> None:
    with pytest.raises(UsageError):
        annex.make_annex(settings, "county", Q3, town, reason, phrase)
    assert not list(settings.root.rglob("*名单附件*")) and not accesslog.log_file(settings).exists()


def test_no_annex_without_a_private_log_or_identity(settings: Settings, town: Town) -> None:
    log = accesslog.log_file(settings)
    log.parent.mkdir(parents=True)
    log.write_text("")
    log.chmod(0o644)
    with pytest.raises(ConfigError):
        annex.make_annex(settings, "county", Q3, town, "入户劝返", PHRASE)
    log.chmod(0o600)
    (settings.paths.identity("county", Q3) / "student_roll.parquet").chmod(0o640)
    with pytest.raises(ConfigError):
        annex.make_annex(settings, "county", Q3, town, "入户劝返", PHRASE)
    assert not list(settings.root.rglob("*名单附件*"))


def test_pass_phrase_comes_from_a_descriptor_never_from_words(tmp_path: Path) -> None:
    file = tmp_path / "phrase"
    file.write_text(PHRASE + "\nrest\n", encoding="utf-8")
    handle = os.open(file, os.O_RDONLY)
    try:
        assert annex.read_passphrase(str(handle)) == PHRASE
    finally:
        os.close(handle)
    with pytest.raises(UsageError):
        annex.read_passphrase("word")
    assert main(["annex", "--town", "景芝镇", "--passphrase", PHRASE]) == 2


def test_the_reason_is_asked_for_before_the_pass_phrase(
    settings: Settings, town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDUREPORT_ROOT", str(settings.root))
    words = ["annex", "--town", "景芝镇", "--dataset", "county"]
    for reason, told in (("", "没有写明调取名单的事由"), ("入户", "事由“入户”太短")):
        assert main([*words, "--reason", reason]) == 2
        assert told in capsys.readouterr().err


def test_purge_lists_first_then_removes_and_proves(settings: Settings, town: Town) -> None:
    folder = settings.paths.clean("county", Q3)
    (folder / "indicators.json").write_text('{"towns": {}}', encoding="utf-8")
    plan = purge.purge(settings, "county", Q3, "")
    assert plan.removed and not plan.done and all(file.exists() for file in plan.removed)
    with pytest.raises(UsageError):
        purge.purge(settings, "county", Q3, "2026Q2")
    done = purge.purge(settings, "county", Q3, "2026Q3")
    assert done.done and done.raw_left and done.searched > 4
    assert sorted(file.name for file in folder.iterdir()) == [
        "indicators.json",
        "manifest.json",
        "purged.json",
    ]
    assert settings.paths.raw("county", Q3).is_dir()
    told = json.loads((folder / purge.RECORD).read_text(encoding="utf-8"))
    later = purge.purge(settings, "county", Q3, "2026Q3+raw")
    assert later.searched == 0 and later.searched_before == done.searched, (
        "nothing new was proved, and it says so"
    )
    again = json.loads((folder / purge.RECORD).read_text(encoding="utf-8"))
    assert again["values_searched"] == done.searched and again["removed"] == told["removed"]
    with pytest.raises(UsageError) as caught:
        purge.purge(settings, "county", Q3, "")
    assert "已于" in str(caught.value) and again["when"] in str(caught.value)
    assert again["received_removed"] == 3 and not settings.paths.raw("county", Q3).exists()
    left = [file for file in settings.root.rglob("*") if file.is_file() and "raw" not in file.parts]
    assert leaks.find(left, [*NAMES, id_no(1), id_no(2)]) == {}


def test_purge_with_received_files_and_a_value_left(settings: Settings, town: Town) -> None:
    manifest = settings.paths.clean("county", Q3) / "manifest.json"
    sound = manifest.read_text(encoding="utf-8")
    manifest.write_text(sound.replace("}", f',"x":"{NAMES[0]}"}}', 1), encoding="utf-8")
    with pytest.raises(EduReportError) as caught:
        purge.purge(settings, "county", Q3, "2026Q3+raw")
    assert "manifest.json" in str(caught.value) and NAMES[0] not in str(caught.value)
    assert not settings.paths.raw("county", Q3).exists()
    assert not (manifest.parent / purge.RECORD).exists(), "nothing may vouch for a purge that failed"


def test_key_backup_rotation_and_loss(settings: Settings, town: Town, tmp_path: Path) -> None:
    file = settings.paths.key_file
    before = store.read(settings, "county", Q3, "student_roll")
    copy = keys.backup(settings, str(tmp_path / "safe.key"))
    assert copy.read_bytes() == file.read_bytes() and copy.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError):
        keys.backup(settings, str(copy))
    with pytest.raises(UsageError):
        keys.backup(settings, str(settings.root / "pseudonym.key"))
    old, new, kept = keys.rotate(settings)
    assert old != new and kept.read_bytes() == copy.read_bytes() and kept.stat().st_mode & 0o777 == 0o600
    clean_period(settings, "county", Q3)
    after = store.read(settings, "county", Q3, "student_roll")
    assert before is not None and after is not None
    assert not set(before["id_key"]) & set(after["id_key"])
    file.unlink()
    with pytest.raises(ConfigError) as caught:
        clean_period(settings, "county", Q3)
    assert "备份" in str(caught.value) and not file.exists(), "no new key in silence"
    create_key(file)
    clean_period(settings, "county", Q3)


def test_rotation_is_refused_where_files_are_gone(settings: Settings, town: Town) -> None:
    for received in settings.paths.raw("county", Q3).iterdir():
        received.unlink()
    settings.paths.raw("county", Q3).rmdir()
    before = settings.paths.key_file.read_bytes()
    with pytest.raises(UsageError) as caught:
        keys.rotate(settings)
    assert "county 2026Q3" in str(caught.value) and settings.paths.key_file.read_bytes() == before
