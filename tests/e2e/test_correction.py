"""``make issue``, then corrections: the first edition stays, later ones say what changed, all of them are verified."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup

from tests.e2e.conftest import run


pytestmark = pytest.mark.e2e
STEM = "景芝镇_2025Q2_控辍保学"
DERIVED = ("manifest.json", "editions.json")  # these follow the editions, and are no part of any
FIRST = ("--town", "景芝镇", "--period", "2025Q2")  # the first quarter of the demo: no history to rebuild


def test_a_correction_after_issue_keeps_the_first_edition_and_both_are_verified(copied: Path) -> None:
    assert run(copied, "report", *FIRST, "--theme", "dropout").returncode == 0
    assert run(copied, "index", "--period", "2025Q2").returncode == 0
    folder = copied / "reports/demo/2025Q2/internal/景芝镇"
    first = {file.name: file.read_bytes() for file in folder.iterdir() if file.name not in DERIVED}
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
    page = (folder / f"{STEM}_第二版.html").read_text(encoding="utf-8")
    for words in (
        "更正原因：台账退回重报。",
        "缺报</td>",
        "原始数据更正",
        "附：更正对照表",
        "疑似辍学及劝返台账",
    ):
        assert words in page, words
    index = BeautifulSoup((folder.parent / "index.html").read_text("utf-8"), "html.parser")
    links = {a.get_text(): unquote(a["href"]).partition("/")[2] for a in index.select("tbody a")}
    assert links["第二版网页"] == f"{STEM}_第二版.html"
    assert (links["第一版数据"], links["第二版数据"]) == ("indicators.json", "indicators_第二版.json")

    assert run(copied, "issue", *FIRST).returncode == 0
    second = {file.name: file.read_bytes() for file in folder.iterdir() if file.name not in DERIVED}
    done = run(copied, "report", *FIRST, "--theme", "dropout", "--reason", "更正第四部分文字")
    assert "第三版（未印发），第二版保留不动" in done.stdout
    assert {name: (folder / name).read_bytes() for name in second} == second
    assert f"{STEM}_第三版.html" in unquote((folder.parent / "index.html").read_text("utf-8"))
    same = run(copied, "verify", *FIRST)
    assert same.returncode == 0, same.stderr
    assert "5 个文件逐字节一致" in same.stdout  # the second and third edition, and their figures
    assert "《控辍保学》第一版：文件与印发时一致；2025Q2 的原始数据在印发之后有更正" in same.stdout
