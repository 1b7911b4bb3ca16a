"""Real pages in a real Chromium: run by ``make test-browser`` alone, which sets ``EDUREPORT_BROWSER=required``.

EDUREPORT_PAGES names a
project root whose reports are already there, to save making them.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.demo import write_demo
from pipelines.indexpage import write_index
from pipelines.periods import Period
from pipelines.settings import Settings
from tests.conftest import make_root
from tests.e2e.conftest import SCALE, run


REQUIRED = os.environ.get("EDUREPORT_BROWSER") == "required"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

# Without the browser's packages the modules cannot even be imported, and make test does not install them.
collect_ignore_glob = [] if REQUIRED else ["test_*.py"]


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """Whoever runs the tests in the background of a shell has Ctrl-C ignored, and the commands would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of a small demo county: a town's three reports, the county overview, the index."""
    root = Path(os.environ.get("EDUREPORT_PAGES", ""))
    if "EDUREPORT_PAGES" not in os.environ:
        root = make_root(tmp_path_factory.mktemp("browser") / "project")
        write_demo(root / "data" / "raw" / "demo", scale=SCALE)
        for town in ("景芝镇", "安丘市"):
            done = run(root, "report", "--town", town)
            assert done.returncode == 0, done.stderr + done.stdout
    folder = root / "reports" / "demo" / "2026Q3" / "internal"
    found = {file.stem: file for file in sorted(folder.glob("景芝镇/*.html"))}
    found["总览"] = folder / "county" / "安丘市_2026Q3_农村教育总览.html"
    found["目录"] = write_index(Settings.load(root), "demo", Period(2026, 3), "internal")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One Chromium for all tests."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "没有找到 Chromium。"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
