"""``make issue``, then a correction: the first edition stays, the second says what changed, both are verified."""

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import run


pytestmark = pytest.mark.e2e
FIRST = ("--town", "景芝镇", "--period", "2025Q2")  # the first quarter of the demo: no history to rebuild


def test_a_correction_after_issue_keeps_the_first_edition_and_both_are_verified(copied: Path) -> None:
    assert run(copied, "report", *FIRST, "--theme", "dropout").returncode == 0
    folder = copied / "reports/demo/2025Q2/internal/景芝镇"
    first = {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix != ".json"}
    done = run(copied, "issue", *FIRST, "--date", "2025-07-10")
    assert done.returncode == 0, done.stderr
    roll = next((copied / "data/raw/demo/2025Q2/学籍").glob("石埠子镇*.csv"))
    lines = roll.read_bytes().splitlines(keepends=True)  # GB18030, as some offices send it
    # the last pupil of 石埠子镇 is struck off: nothing of 景芝镇's changes
    roll.write_bytes(b"".join(lines[:-1]))
    assert "数字没有变化，不另出新版" in run(copied, "report", *FIRST, "--theme", "dropout").stdout
    rolls = json.loads((copied / "data/clean/demo/2025Q2/manifest.json").read_text(encoding="utf-8"))
    cases = next(f["file"] for f in rolls["files"] if any(t["table"] == "dropout_case" for t in f["tables"]))
    (copied / "data/raw/demo/2025Q2" / cases).unlink()  # the ledger is withdrawn: its figures become unknown
    done = run(copied, "report", *FIRST, "--theme", "dropout", "--reason", "台账退回重报")
    assert done.returncode == 0, done.stderr
    assert "第二版（未印发），第一版保留不动" in done.stdout
    assert {name: (folder / name).read_bytes() for name in first} == first
    page = (folder / "景芝镇_2025Q2_控辍保学_第二版.html").read_text(encoding="utf-8")
    for words in (
        "更正原因：台账退回重报。",
        "缺报</td>",
        "原始数据更正",
        "附：更正对照表",
        "疑似辍学及劝返台账",
    ):
        assert words in page, words
    same = run(copied, "verify", *FIRST)
    assert same.returncode == 0, same.stderr
    assert "3 个文件逐字节一致" in same.stdout  # the second edition's page, paper and figures
    assert "《控辍保学》第一版：文件与印发时一致；2025Q2 的原始数据在印发之后有更正" in same.stdout
