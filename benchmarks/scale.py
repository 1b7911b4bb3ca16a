"""What only shows in the thousands: memory over many reports, and the scheduler's share of a province's batch."""

import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbformat import v4, write

from benchmarks.demo_county import Work


THEMES = ("dropout", "aid", "left_behind", "plan")


def resident(pid: int) -> float:
    """Megabytes a process has in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def memory(root: Path, work: list[Work], rounds: int) -> list[dict[str, float]]:
    """Megabytes of a worker and of its reports' parent, ten times over so many reports.

    A report is a small notebook executed anew and a real one rendered and read back: executing leaves nothing behind
    but the process that ends, so a small notebook shows as much as a long one.
    """
    from pipelines.masthead import masthead
    from pipelines.render.both import render
    from pipelines.render.engines.forkserver import SERVER
    from pipelines.render.execute import execute
    from pipelines.render.readback import verify
    from pipelines.settings import Settings

    settings = Settings.load(root)
    small = root / "small.ipynb"
    write(
        v4.new_notebook(cells=[v4.new_code_cell("import pandas\nprint(pandas.DataFrame({'a': [1]}))")]), small
    )
    ready = []
    for one in work:
        node = execute(one.notebook, one.parameters, cwd=root)
        node.metadata["edureport"] = masthead(settings, one.view, one.theme)
        ready.append(node)
    samples = []
    for number in range(rounds + 1):
        if number % max(rounds // 10, 1) == 0:
            assert SERVER._process is not None
            samples.append(
                {"reports": number, "worker": resident(os.getpid()), "parent": resident(SERVER._process.pid)}
            )
        execute(small, {}, cwd=root)
        node = ready[number % len(ready)]
        html, pdf, _ = render(node)
        verify(html, pdf, node.metadata["edureport"])
    return samples


def growth(samples: list[dict[str, float]]) -> float:
    """Memory at the end over memory after the first tenth, worker and parent together."""
    whole = [one["worker"] + one["parent"] for one in samples]
    return whole[-1] / whole[1]


def nothing(root: str, code: str, turn: str, job: Any, *_: Any) -> dict[str, Any]:
    """A report that takes no time."""
    return {"job": job.facts(), "state": "done", "reason": "", "files": {}, "cell": None, "seconds": 0.0}


def nothing_to_close(*_: Any) -> str:
    """A town whose closing takes no time."""
    return ""


@contextmanager
def _pretending(module: Any) -> Iterator[None]:
    real, module.work = module.work, SimpleNamespace(make_one=nothing, close_town=nothing_to_close)
    try:
        yield
    finally:
        module.work = real


def scheduling(root: Path, towns: int, workers: int) -> float:
    """Seconds a report that the batch's own machinery takes: towns × 4 reports that take none, sent and collected."""
    from pipelines.batch import run
    from pipelines.batch.cluster import connect
    from pipelines.batch.plan import Job
    from pipelines.batch.progress import LINES, Progress
    from pipelines.periods import Period
    from pipelines.settings import Settings

    jobs = [
        Job("demo", "2026Q3", "internal", f"{number:09d}", f"第{number}镇", theme, theme)
        for number in range(towns)
        for theme in THEMES
    ]
    with connect("", workers) as client, _pretending(run):
        client.gather(client.map(str, range(workers), pure=False))
        started = time.perf_counter()
        settings, progress = Settings.load(root), Progress(len(jobs), LINES, out=io.StringIO())
        send = run._sender(client, settings, "demo", Period.parse("2026Q3"), "turn", None)
        run._all_reports(client, settings, jobs, progress, "turn", send, None)
        return (time.perf_counter() - started) / len(jobs)
