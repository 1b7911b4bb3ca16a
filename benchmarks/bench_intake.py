"""Intake of a full-size county against the bare reader: ingest + clean + check ÷ python-calamine alone.

Goals (issue 3): at most 4 times the reader's time (importing Great Expectations apart), peak memory under 2 GB, and
a larger county at most as much longer as it is larger. Figures are ratios within one run, medians of some rounds; each
round is a fresh process, and the two sides take turns, so that a busy machine slows both.

    python -m benchmarks.bench_intake [--quick] [--rounds 3] [--times 2 | 10] [--pupils 75000] [--keep FOLDER]
"""

import argparse
import csv
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.results import Row, finish


PROJECT = Path(__file__).resolve().parents[1]
PERIOD = (2026, 3)
PUPILS_AT_SCALE_ONE = 8772  # of the demo county in this quarter, when it is the only one
GOAL_RATIO, GOAL_MB = 4.0, 2000


def build(root: Path, pupils: int) -> None:
    """A project root with the received files of one quarter."""
    from pipelines.demo import write_demo
    from pipelines.periods import Period

    if (root / "data/raw/demo/planted.json").is_file():
        return
    (root / "data").mkdir(parents=True)
    shutil.copyfile(PROJECT / "monitoring.toml", root / "monitoring.toml")
    shutil.copyfile(PROJECT / "requirements.lock", root / "requirements.lock")
    shutil.copytree(PROJECT / "data/reference", root / "data/reference")
    shutil.copytree(PROJECT / "expectations", root / "expectations")
    write_demo(root / "data/raw/demo", scale=pupils / PUPILS_AT_SCALE_ONE, periods=[Period(*PERIOD)])


def read_alone(root: Path) -> dict[str, float]:
    """python-calamine reads every cell of every workbook; CSV files, which it cannot read, go to the csv module."""
    import python_calamine as calamine

    begin, processor, rows = time.perf_counter(), time.process_time(), 0
    for path in sorted((root / "data/raw/demo/2026Q3").rglob("*.*")):
        content = path.read_bytes()
        if not content.startswith(b"PK"):
            text = (
                content.decode("gb18030") if content[:3] != b"\xef\xbb\xbf" else content.decode("utf-8-sig")
            )
            rows += sum(1 for _ in csv.reader(io.StringIO(text)))
            continue
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for number in range(len(book.sheet_names)):
            rows += len(book.get_sheet_by_index(number).to_python())
    return {"seconds": time.perf_counter() - begin, "cpu": time.process_time() - processor, "rows": rows}


def intake(root: Path) -> dict[str, float]:
    """Ingest, clean and check; the import of Great Expectations is not counted."""
    from pipelines.check import check_period
    from pipelines.checks import engine
    from pipelines.clean import clean_period
    from pipelines.periods import Period
    from pipelines.settings import Settings

    settings, period = Settings.load(root), Period(*PERIOD)
    engine.gx()
    begin, processor = time.perf_counter(), time.process_time()
    clean_period(settings, "demo", period)
    middle = time.perf_counter()
    check_period(settings, "demo", period)
    end, cpu = time.perf_counter(), time.process_time() - processor
    return {"seconds": end - begin, "clean": middle - begin, "check": end - middle, "cpu": cpu}


def child(mode: str, root: Path) -> dict[str, Any]:
    """Run one side in a fresh process; seconds and peak memory (MB)."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "EDUREPORT_ROOT": str(root)}
    command = [sys.executable, "-m", "benchmarks.bench_intake", "--child", mode, "--keep", str(root)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=root, check=False)
    if done.returncode:
        raise SystemExit(f"{mode} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(root: Path, rounds: int) -> dict[str, float]:
    """Medians of some rounds."""
    alone, ours = [], []
    for _ in range(rounds):
        alone.append(child("alone", root))
        ours.append(child("intake", root))
    middle = lambda runs, name: statistics.median(run[name] for run in runs)
    return {
        "ratio": statistics.median(o["seconds"] / a["seconds"] for o, a in zip(ours, alone, strict=True)),
        "cpu_ratio": statistics.median(o["cpu"] / a["cpu"] for o, a in zip(ours, alone, strict=True)),
        "clean": middle(ours, "clean") / middle(alone, "seconds"),
        "check": middle(ours, "check") / middle(alone, "seconds"),
        "seconds": middle(ours, "seconds"),
        "alone": middle(alone, "seconds"),
        "cpu": middle(ours, "cpu"),
        "alone_cpu": middle(alone, "cpu"),
        "rows": middle(alone, "rows"),
        "peak_mb": max(run["peak_mb"] for run in ours),
    }


def rows(name: str, figures: dict[str, float]) -> list[Row]:
    """The figures of one county beside their goals."""
    return [
        Row(f"intake, s, {name}", figures["seconds"], None, figures["alone"], figures["ratio"], GOAL_RATIO),
        Row("  by processor time", figures["cpu"], None, figures["alone_cpu"], figures["cpu_ratio"], GOAL_RATIO),
        Row("  of it ingest + clean (÷ floor)", figures["clean"] * figures["alone"], None, None, figures["clean"]),
        Row("  of it check (÷ floor)", figures["check"] * figures["alone"], None, None, figures["check"]),
        Row("  peak MB", figures["peak_mb"], None, None, figures["peak_mb"], GOAL_MB),
    ]  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pupils", type=int, default=75_000)
    parser.add_argument(
        "--times", type=int, default=2, help="how many times larger the second county is (0: none)"
    )
    parser.add_argument("--keep", type=Path, help="folder to keep the generated counties in")
    parser.add_argument("--child", choices=["alone", "intake"], help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="one county of the demo's size, one round")
    options = parser.parse_args()
    if options.child:
        import resource

        figures = {"alone": read_alone, "intake": intake}[options.child](options.keep)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**figures, "peak_mb": peak}))
        return
    if options.quick:
        options.pupils, options.times, options.rounds = PUPILS_AT_SCALE_ONE, 0, 1
    folder = options.keep or Path(tempfile.mkdtemp(prefix="edureport-bench-"))
    found, table = {}, []
    try:
        build(folder / "one", options.pupils)
        one = found["one"] = measure(folder / "one", options.rounds)
        table += rows(f"{options.pupils:,} pupils", one)
        if options.times > 1:
            build(folder / f"times{options.times}", options.pupils * options.times)
            more = found["more"] = measure(folder / f"times{options.times}", max(1, options.rounds // 2))
            table += rows(f"{options.times} times as many", more)
            growth = more["seconds"] / one["seconds"] / (more["rows"] / one["rows"])
            table.append(Row("  time per row, larger ÷ one", growth, None, None, growth, 1.1))
        finish("intake", found, table, ["floor: python-calamine reads every cell of the same files"])
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
