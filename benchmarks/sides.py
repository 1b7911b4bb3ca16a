"""The sides that are compared: this package warm, the usual three commands, and the cells as plain Python.

Ours and the floor are measured in processor time, children included, and take turns report by report: a busy machine
slows both. Whole commands (the usual way, ``make report``, a batch) are measured by the clock, because that is what
somebody waits for; run them on a quiet machine.
"""

import contextlib
import ctypes
import io
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat

from benchmarks.demo_county import PERIOD, Work, environment


_PR_SET_CHILD_SUBREAPER = 36
_TICK = os.sysconf("SC_CLK_TCK")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def processor() -> float:
    """Seconds of processor time of this process, its ended children, the fork engine's parent and its children."""
    from pipelines.render.engines.forkserver import SERVER

    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = time.process_time() + spent.ru_utime + spent.ru_stime
    if SERVER._process is not None:
        words = Path(f"/proc/{SERVER._process.pid}/stat").read_text().rpartition(")")[2].split()
        whole += sum(map(int, words[11:15])) / _TICK
    return whole


def _settle() -> None:
    """Let the parent of the reports count the children that have just ended (it does when it is asked for one)."""
    from pipelines.render.engines.forkserver import SERVER

    for _ in range(2):
        SERVER.fork().close()
        time.sleep(0.1)


def _plain(notebook: Path, words: dict[str, str]) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            with contextlib.redirect_stdout(io.StringIO()):
                exec(cell.source, names)  # noqa: S102 - the project's own notebooks
            if "parameters" in cell.metadata.get("tags", []):
                names |= words


def warm(root: Path, work: list[Work]) -> dict[str, float]:
    """Mean seconds of processor time a report: ``floor``, ``execute``, ``render``, ``check`` (reading it back).

    Executing includes what a batch's worker does for it: reading the town's view, once for the town's reports.
    """
    from pipelines import provenance
    from pipelines.masthead import masthead
    from pipelines.render.both import render
    from pipelines.render.execute import execute
    from pipelines.render.readback import verify
    from pipelines.report import handed
    from pipelines.settings import Settings
    from pipelines.townview import TownView, load_view

    settings = Settings.load(root)
    view: TownView | None = None
    variables = {"EDUREPORT_ROOT": str(root), provenance.VERSION_VARIABLE: provenance.code_version(root)}
    os.chdir(root)
    spent = dict.fromkeys(("floor", "execute", "render", "check"), 0.0)
    for number, one in enumerate([work[0], *work]):
        if number == 1:  # the first report warmed everything up
            _settle()
            spent = dict.fromkeys(spent, 0.0)
            begin, view = processor(), None
        started = time.process_time()
        _plain(one.notebook, one.parameters)
        floored = time.process_time()
        if view is None or view.town != one.view.town:
            view = load_view(settings, one.view.dataset, one.view.period, one.view.town, one.view.edition)
        given = handed.pack(settings, view)
        node = execute(one.notebook, one.parameters, cwd=root, variables=variables, handed=given)
        node.metadata["edureport"] = masthead(settings, view, one.theme)
        executed = _own()
        html, pdf, _ = render(node)
        rendered = _own()
        verify(html, pdf, node.metadata["edureport"])
        spent["floor"] += floored - started
        spent["render"] += rendered - executed
        spent["check"] += _own() - rendered
    _settle()
    # what is left of all that was spent is executing: it happens in processes that are counted when they have ended
    spent["execute"] = processor() - begin - sum(spent.values())
    return {name: seconds / len(work) for name, seconds in spent.items()}


def _own() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def stock(root: Path, work: list[Work]) -> tuple[float, float, list[str]]:
    """Mean seconds of the usual three commands one after the other, their processor time, and what they were.

    nbconvert's webpdf wants playwright (``make test-browser`` installs it) and a browser: the system's Chromium is put
    where playwright would have put its own. Where it cannot run, Chromium prints nbconvert's page, which is the same work
    without starting nbconvert a second time; without a Chromium there is no third step.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.ipynb"
        tools = [sys.executable, "-m"]
        convert = [*tools, "nbconvert", "--no-input", str(out), "--to"]
        steps = {"papermill": [], "nbconvert html": [*convert, "html"]}
        nbformat.write(nbformat.v4.new_notebook(), out)
        webpdf = [*convert, "webpdf", *(["--disable-chromium-sandbox"] if os.geteuid() == 0 else [])]
        browser = next(filter(None, map(shutil.which, CHROMIUM)), None)
        own = environment(root) | (_browsers(Path(folder) / "browsers", browser) if browser else {})
        if (
            find_spec("playwright")
            and subprocess.run(webpdf, env=own, capture_output=True, check=False).returncode == 0
        ):
            steps["nbconvert webpdf"] = webpdf
        elif browser:
            steps["Chromium print"] = _printing(browser, out.with_suffix(".html"))
        started, spent = time.perf_counter(), _own()
        for one in work:
            given = [part for name, value in one.parameters.items() for part in ("-p", name, value)]
            steps["papermill"] = [*tools, "papermill", str(one.notebook), str(out), *given, "-k", "python3"]
            for command in steps.values():
                subprocess.run(command, cwd=root, env=own, check=True, capture_output=True)
        seconds = time.perf_counter() - started
        return seconds / len(work), (_own() - spent) / len(work), list(steps)


_ASK = """
from playwright.sync_api import sync_playwright
with sync_playwright() as started:
    print(started.chromium.executable_path)
"""


def _browsers(folder: Path, browser: str) -> dict[str, str]:
    """Put the system's browser where playwright looks for its own; the variable that names the place."""
    own = {"PLAYWRIGHT_BROWSERS_PATH": str(folder)}
    asked = [sys.executable, "-c", _ASK]
    told = subprocess.run(asked, env=os.environ | own, capture_output=True, text=True, check=False).stdout
    if not told:
        return {}
    whole = Path(told.strip())
    # without a window it takes another build, which has "headless shell" in all its names
    build, system, name = whole.parts[-3:]
    words = (
        build.replace("chromium", "chromium_headless_shell"),
        *(p.replace("chrome", "chrome-headless-shell") for p in (system, name)),
    )
    for place in (whole, folder.joinpath(*words)):
        place.parent.mkdir(parents=True)
        place.write_text(f'#!/bin/sh\nexec {browser} "$@"\n')
        place.chmod(0o755)
    return own


def _printing(browser: str, page: Path) -> list[str]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    target = f"--print-to-pdf={page.with_suffix('.pdf')}"
    return [browser, "--headless", *sandbox, "--disable-gpu", target, page.as_uri()]


def _clock(root: Path, *words: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *words], cwd=root, env=environment(root), check=True, capture_output=True)
    return time.perf_counter() - started


def _forget(root: Path) -> None:
    shutil.rmtree(root / "reports" / "demo" / PERIOD / "internal", ignore_errors=True)


def single(root: Path) -> dict[str, float]:
    """Seconds of importing the report path, and of one ``edureport report``: anew, and with nothing changed."""
    modules = ["cli", "issue", "report", "render.execute", "render.html", "render.pdf", "render.readback"]
    imports = f"import {', '.join(f'pipelines.{name}' for name in modules)}"
    found = {"imports": min(_clock(root, "-c", imports) for _ in range(3))}
    words = ("-m", "pipelines.cli", "report", "--town", "景芝镇")
    _clock(root, *words)
    _forget(root)
    found |= {"report": _clock(root, *words), "unchanged": _clock(root, *words)}
    return found | {"reports": len(_made(root))}


def batch(root: Path, workers: int) -> dict[str, float]:
    """Seconds of one whole ``edureport batch`` with clean data present, and how many reports it made.

    Its processor time has in it what outlives the command by a moment (the processes that its workers are forked from).
    """
    from pipelines.render.engines.forkserver import SERVER

    _forget(root)
    SERVER.stop()  # our own, else it would be waited for below
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)  # orphans come to us, and their time with them
    spent = _own()
    seconds = _clock(root, "-m", "pipelines.cli", "batch", "--workers", str(workers))
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    return {"seconds": seconds, "processor": _own() - spent, "reports": len(_made(root))}


def _made(root: Path) -> list[Path]:
    return list((root / "reports" / "demo" / PERIOD / "internal").rglob("*.pdf"))
