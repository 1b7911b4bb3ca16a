"""The county overview from raw files, and the index over what was made."""

import subprocess
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.e2e.conftest import run


pytestmark = pytest.mark.e2e


def test_overview_compares_the_towns_and_the_index_finds_it(copied: Path) -> None:
    done: subprocess.CompletedProcess[str] = run(copied, "report", "--town", "安丘市", "--theme", "county")
    assert done.returncode == 0, done.stderr
    folder = copied / "reports/demo/2026Q3/internal"
    page = folder / "county/安丘市_2026Q3_农村教育总览.html"
    assert page.is_file() and page.with_suffix(".pdf").is_file()
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    for matrix in soup.select("table.matrix"):
        names = [th.get_text() for th in matrix.select("tbody th")]
        assert len(names) == 13 and names[-1] == "全市" and names[3] == "景芝镇"
    assert len(soup.select("table.matrix")) == 3
    assert run(copied, "index").returncode == 0
    index = BeautifulSoup((folder / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert {row.th.get_text() for row in index.select("tbody tr")} == {"景芝镇"}
    assert len(index.select(".county a")) == 3
    assert len(index.select("tbody tr")) == 4


def test_the_overview_is_not_made_for_a_town(copied: Path) -> None:
    done = run(copied, "report", "--town", "景芝镇", "--theme", "county")
    assert done.returncode == 2
    assert "county" in done.stderr
