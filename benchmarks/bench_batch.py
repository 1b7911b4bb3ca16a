"""A batch against the usual way and against plain Python: ratios of one run on one machine.

``ours``  the fork engine and this package's renderers, warm, as a batch runs them;
``stock`` the papermill command, then ``jupyter nbconvert --to html``, then ``--to webpdf`` where Chromium is installed;
``floor`` the same cells as plain Python in one warm process, output thrown away.

Run with ``make bench``. ``--reports N`` sets how many reports are measured, ``--stock N`` how many in the usual way
(it is slow; the table says how many). Absolute seconds mean little on a shared machine; the ratios do.
"""

import argparse
import contextlib
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat


HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
PARTS = ("monitoring.toml", "requirements.lock", "data/reference", "expectations", "notebooks")
GOALS = {
    "stock_over_ours": (30.0, ">="),
    "execution_over_floor": (1.3, "<="),
    "rendering_over_floor": (0.4, "<="),
    "single_report_over_import_plus_three": (2.0, "<="),
    "scheduling_share": (0.05, "<"),
}


@contextlib.contextmanager
def demo_root(scale: float) -> Iterator[Path]:
    """A scratch project with prepared figures of the demo county."""
    from pipelines import pipeline
    from pipelines.demo import write_demo
    from pipelines.periods import Period
    from pipelines.settings import Settings

    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        root = Path(folder)
        for part in PARTS:
            source, target = PROJECT / part, root / part
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
        os.environ |= {"EDUREPORT_ROOT": folder, "EDUREPORT_KEY_FILE": str(root / "key" / "k")}
        write_demo(root / "data" / "raw" / "demo", scale=scale)
        pipeline.prepare(Settings.load(root), "demo", Period.parse("2026Q3"), lambda _: None)
        yield root


def clock(work: Callable[[], Any]) -> float:
    """Seconds that the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def jobs(root: Path, count: int) -> list[tuple[Path, dict[str, str], Any, Any]]:
    """The first reports of the plan: notebook, parameters, view, theme."""
    from pipelines.batch.plan import plan
    from pipelines.periods import Period
    from pipelines.reference import load_reference
    from pipelines.settings import Settings
    from pipelines.themes import load_themes
    from pipelines.townview import load_view

    settings, period = Settings.load(root), Period.parse("2026Q3")
    known = {theme.name: theme for theme in load_themes(settings)}
    register = load_reference(settings, "demo").towns
    found = []
    for job in plan(settings, "demo", period, "internal", list(known.values()))[:count]:
        view = load_view(settings, "demo", period, register.resolve(job.town), "internal")
        words = {"town": job.town_name, "period": job.period, "edition": job.edition, "dataset": "demo"}
        found.append((known[job.theme].notebook, words, view, known[job.theme]))
    return found


def ours(root: Path, work: list) -> dict[str, float]:
    """Mean seconds of executing and of rendering a report, warm."""
    from pipelines.masthead import masthead
    from pipelines.render.execute import execute
    from pipelines.render.html import render_html
    from pipelines.render.pdf import render_pdf
    from pipelines.settings import Settings

    settings = Settings.load(root)
    spent = {"execute": 0.0, "html": 0.0, "pdf": 0.0}
    for number, (notebook, words, view, theme) in enumerate([work[0], *work]):
        if number == 1:
            spent = dict.fromkeys(spent, 0.0)  # the first report warmed everything up
        started = time.perf_counter()
        node = execute(notebook, words, cwd=root)
        executed = time.perf_counter()
        node.metadata["edureport"] = masthead(settings, view, theme)
        render_html(node)
        shown = time.perf_counter()
        render_pdf(node)
        spent["execute"] += executed - started
        spent["html"] += shown - executed
        spent["pdf"] += time.perf_counter() - shown
    return {name: seconds / len(work) for name, seconds in spent.items()}


def floor(root: Path, work: list) -> float:
    """Mean seconds of the same cells as plain Python in this warm process."""
    os.chdir(root)

    def run(notebook: Path, words: dict[str, str]) -> None:
        names: dict[str, Any] = {"__name__": "__main__"}
        for cell in nbformat.read(notebook, as_version=4).cells:
            if cell.cell_type == "code":
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(cell.source, names)  # noqa: S102 - the project's own notebooks
                if "parameters" in cell.metadata.get("tags", []):
                    names |= words

    run(*work[0][:2])
    return clock(lambda: [run(notebook, words) for notebook, words, *_ in work]) / len(work)


def stock(root: Path, work: list) -> tuple[float, list[str]]:
    """Mean seconds of the usual three commands, and which of them could be run."""
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    tools = [sys.executable, "-m"]

    def call(*command: str) -> bool:
        return not subprocess.run(
            [*tools, *command], cwd=root, env=environment, check=False, capture_output=True
        ).returncode

    spent, steps = 0.0, {"papermill": True, "nbconvert html": True, "nbconvert webpdf": True}
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out.ipynb")
        for notebook, words, *_ in work:
            given = [part for name, value in words.items() for part in ("-p", name, value)]
            commands = {
                "papermill": ["papermill", str(notebook), out, *given, "-k", "python3", "--no-progress-bar"],
                "nbconvert html": ["nbconvert", "--to", "html", "--no-input", out],
                "nbconvert webpdf": ["nbconvert", "--to", "webpdf", "--no-input", out],
            }
            for name, command in commands.items():
                if steps[name]:
                    started = time.perf_counter()
                    steps[name] = call(*command)
                    # a step that cannot be run here counts nothing: the comparison is then too kind to the usual way
                    spent += (time.perf_counter() - started) * steps[name]
    return spent / len(work), [name for name, done in steps.items() if done]


def single(root: Path) -> tuple[float, float]:
    """Seconds of importing the report path, and of one ``edureport report`` with clean data present."""
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}

    def call(*words: str) -> float:
        return clock(
            lambda: subprocess.run(
                [sys.executable, *words], cwd=root, env=environment, check=True, capture_output=True
            )
        )

    modules = "pipelines.cli, pipelines.issue, pipelines.report, pipelines.render.execute, pipelines.render.html, pipelines.render.pdf"
    imports = min(call("-c", f"import {modules}") for _ in range(2))
    call("-m", "pipelines.cli", "report", "--town", "景芝镇")
    shutil.rmtree(root / "reports" / "demo" / "2026Q3" / "internal")
    return imports, call("-m", "pipelines.cli", "report", "--town", "景芝镇")


def scheduling(towns: int, seconds: float, workers: int) -> float:
    """Share of a batch's time that goes to Dask: ``towns`` × 3 simulated reports that only wait."""
    from pipelines.batch.cluster import connect

    count = towns * 3
    with connect("", workers) as client:
        client.gather(client.map(time.sleep, [0.0] * workers, pure=False))
        spent = clock(lambda: client.gather(client.map(time.sleep, [seconds] * count, pure=False)))
    return max(0.0, 1 - count * seconds / workers / spent)


def memory(root: Path, work: list, rounds: int) -> tuple[float, float]:
    """Peak megabytes of this worker process after a warm start and after so many more reports."""
    from pipelines.render.execute import execute
    from pipelines.render.html import render_html
    from pipelines.render.pdf import render_pdf

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    nodes = [execute(notebook, words, cwd=root) for notebook, words, *_ in work[:3]]
    for node in nodes:
        render_html(node), render_pdf(node)
    before = peak()
    for number in range(rounds):
        node = nodes[number % len(nodes)]
        render_html(node), render_pdf(node)
    return before, peak()


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All figures of one run."""
    result: dict[str, Any] = {"reports": options.reports, "cores": os.cpu_count(), "scale": options.scale}
    result["rounds"] = options.rounds
    with demo_root(options.scale) as root:
        work = jobs(root, options.reports)
        result["ours"] = ours(root, work)
        result["floor"] = floor(root, work)
        result["stock"], result["stock_steps"] = stock(root, work[: options.stock])
        result["stock_reports"] = options.stock
        result["imports"], result["single_report"] = single(root)
        result["memory_mb"] = memory(root, work, options.rounds)
    result["scheduling_share"] = scheduling(options.towns, 0.02, 2)
    mine = result["ours"]
    whole = sum(mine.values())
    result["ratios"] = {
        "stock_over_ours": result["stock"] / whole,
        "execution_over_floor": mine["execute"] / result["floor"],
        "rendering_over_floor": (mine["html"] + mine["pdf"]) / result["floor"],
        "single_report_over_import_plus_three": result["single_report"] / (result["imports"] + 3 * whole),
        "scheduling_share": result["scheduling_share"],
    }
    return result


def table(result: dict[str, Any]) -> str:
    """The figures as a table, each ratio with its goal."""
    mine = result["ours"]
    parts = ", ".join(f"{name} {seconds:.3f}" for name, seconds in mine.items())
    usual = f"{', '.join(result['stock_steps'])}; {result['stock_reports']} reports"
    before, after = result["memory_mb"]
    lines = [
        "seconds per report",
        f"  ours   {sum(mine.values()):8.3f}  ({parts})",
        f"  stock  {result['stock']:8.3f}  ({usual})",
        f"  floor  {result['floor']:8.3f}",
        f"make report {result['single_report']:.2f} s, imports {result['imports']:.2f} s",
        f"peak memory of a renderer {before:.0f} → {after:.0f} MB after {result['rounds']} more reports",
        "",
        f"{'ratio':<40}{'measured':>10}{'goal':>10}",
    ]
    for name, value in result["ratios"].items():
        goal, way = GOALS[name]
        met = value >= goal if way == ">=" else value <= goal
        lines.append(f"{name:<40}{value:>10.3f}{way + str(goal):>10}  {'met' if met else 'NOT met'}")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description="batch benchmark")
    parser.add_argument("--reports", type=int, default=12)
    parser.add_argument("--stock", type=int, default=2)
    parser.add_argument("--scale", type=float, default=0.3)
    parser.add_argument("--towns", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=60)
    result = measure(parser.parse_args())
    print(table(result))
    from pipelines import atomic

    stamp = time.strftime("%Y%m%d-%H%M%S")
    file = atomic.write_text(
        HERE / "results" / f"batch-{stamp}.json", json.dumps(result, indent=1, sort_keys=True)
    )
    print(f"\n{file.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
