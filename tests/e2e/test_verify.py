"""``edureport verify``: the same bytes again, or the name of what differs and what changed."""

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import run


pytestmark = pytest.mark.e2e
FIRST = ("--town", "景芝镇", "--period", "2025Q2")  # the first quarter of the demo: no history to rebuild


def test_verify_proves_the_bytes_and_names_what_changed(copied: Path) -> None:
    assert run(copied, "verify", *FIRST).returncode == 2  # nothing was issued yet
    assert run(copied, "report", *FIRST).returncode == 0
    same = run(copied, "verify", *FIRST)
    assert same.returncode == 0, same.stderr
    assert "9 个文件逐字节一致" in same.stdout  # four reports as page and PDF, and the figures

    folder = copied / "reports/demo/2025Q2/internal/景芝镇"
    page = folder / "景芝镇_2025Q2_学生资助.html"
    page.write_text(page.read_text(encoding="utf-8").replace("景芝镇", "景枝镇", 1), encoding="utf-8")
    settings = copied / "monitoring.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n# 改过\n", encoding="utf-8")
    differs = run(copied, "verify", *FIRST)
    assert differs.returncode == 4
    assert "学生资助.html：已出的文件在生成之后被改动过" in differs.stderr
    assert "控辍保学.pdf：重新生成的内容与已出的不同" in differs.stderr
    assert "设置文件" in differs.stderr
    assert not (copied / ".code-version").exists()
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["period"] == "2025Q2"
