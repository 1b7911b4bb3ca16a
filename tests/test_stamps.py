from pathlib import Path

import pytest

from pipelines.stamps import Stamp


@pytest.fixture
def stamp(tmp_path: Path) -> Stamp:
    return Stamp(tmp_path / ".stamps" / "stage.json", tmp_path)


def work(tmp_path: Path, text: str = "out") -> list[Path]:
    (tmp_path / "out.txt").write_text(text)
    return [tmp_path / "out.txt"]


def test_done_once_then_skipped(stamp: Stamp, tmp_path: Path) -> None:
    assert stamp.run({"raw": "1"}, lambda: work(tmp_path)) == "首次运行"

    def never() -> list[Path]:
        raise AssertionError("must be skipped")

    assert stamp.run({"raw": "1"}, never) == ""


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [({"raw": "2"}, "原始数据有变化"), ({"raw": "1", "settings": "x"}, "设置文件有变化")],
)
def test_says_which_input_changed(stamp: Stamp, tmp_path: Path, inputs: dict[str, str], reason: str) -> None:
    stamp.run({"raw": "1"}, lambda: work(tmp_path))
    assert stamp.run(inputs, lambda: work(tmp_path)) == reason


def test_a_touched_or_lost_output_is_made_again(stamp: Stamp, tmp_path: Path) -> None:
    stamp.run({"raw": "1"}, lambda: work(tmp_path))
    (tmp_path / "out.txt").write_text("edited")
    assert "被改动过" in stamp.run({"raw": "1"}, lambda: work(tmp_path))
    (tmp_path / "out.txt").unlink()
    assert "不在了" in stamp.run({"raw": "1"}, lambda: work(tmp_path))


def test_work_that_dies_does_not_look_finished(stamp: Stamp, tmp_path: Path) -> None:
    stamp.run({"raw": "1"}, lambda: work(tmp_path))

    def dies() -> list[Path]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        stamp.run({"raw": "2"}, dies)
    assert stamp.reason({"raw": "1"}) == "首次运行"


def test_the_digest_follows_the_outputs(stamp: Stamp, tmp_path: Path) -> None:
    stamp.run({"raw": "1"}, lambda: work(tmp_path, "a"))
    first = stamp.digest()
    stamp.run({"raw": "2"}, lambda: work(tmp_path, "b"))
    assert stamp.digest() != first


def test_identity_files_are_not_opened_again(
    stamp: Stamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "identity" / "student_roll.parquet"
    file.parent.mkdir()

    def names() -> list[Path]:
        file.write_text("names")
        return [file]

    stamp.run({"raw": "1"}, names)
    digest = stamp.digest()
    monkeypatch.setattr("pipelines.stamps.sha256_file", lambda _: pytest.fail("opened"))
    assert stamp.reason({"raw": "1"}) == "" and stamp.digest() == digest
    file.write_text("more names")
    assert "被改动过" in stamp.reason({"raw": "1"})
    file.unlink()
    assert "不在了" in stamp.reason({"raw": "1"})
