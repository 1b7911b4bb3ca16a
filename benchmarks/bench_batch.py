"""Reports and batches against the usual way and against plain Python: ratios of one run on one machine.

    python -m benchmarks.bench_batch [--quick]

Sides and how they are measured: benchmarks/sides.py; the thousands: benchmarks/scale.py. Absolute seconds mean
little on a shared machine; the ratios do.
"""

import argparse
import os
from typing import Any

from benchmarks import scale, sides
from benchmarks.demo_county import demo_root, reports
from benchmarks.results import Row, finish


# reports measured warm, reports made the usual way, reports for memory, simulated towns, size of the demo county
FULL = {"reports": 42, "stock": 3, "rounds": 1000, "towns": 5000, "scale": 1.0}
QUICK = {"reports": 12, "stock": 2, "rounds": 100, "towns": 1000, "scale": 0.3}


def measure(size: dict[str, Any]) -> dict[str, Any]:
    """All figures of one run."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found: dict[str, Any] = {"size": size, "workers": workers}
    with demo_root(size["scale"]) as root:
        work = reports(root, size["reports"])
        found["warm"] = sides.warm(root, work)
        found["stock"], found["stock_processor"], found["stock_steps"] = sides.stock(
            root, work[: size["stock"]]
        )
        found["single"] = sides.single(root)
        found["batch"] = sides.batch(root, workers)
        found["memory"] = scale.memory(root, work, size["rounds"])
        found["scheduling"] = scale.scheduling(root, size["towns"], workers)
    return found


def rows(found: dict[str, Any]) -> list[Row]:
    """The figures beside their goals."""
    warm, single, batch = found["warm"], found["single"], found["batch"]
    each, worked = batch["seconds"] / batch["reports"], batch["processor"] / batch["reports"]
    ours = warm["execute"] + warm["render"] + warm["check"]
    town = single["imports"] + single["reports"] * ours
    # a report's share of the workers' time is ours seconds, the scheduler's time passes for all workers at once
    share = found["scheduling"] / (found["scheduling"] + ours / found["workers"])
    return [
        Row("batch, s a report (stock ÷ ours)", each, found["stock"], None, found["stock"] / each, 30, ">="),
        Row("  by processor time", worked, found["stock_processor"], None, found["stock_processor"] / worked),
        Row("execute, cpu s a report", warm["execute"], None, warm["floor"], warm["execute"] / warm["floor"], 1.3),
        Row("render HTML + PDF, cpu s", warm["render"], None, warm["floor"], warm["render"] / warm["floor"], 0.4),
        Row("make report, s (÷ imports + its reports)", single["report"], None, town, single["report"] / town, 2),
        Row("make report unchanged, s", single["unchanged"]),
        Row("memory, MB (end ÷ first tenth)", _megabytes(found), None, None, scale.growth(found["memory"]), 1.05),
        Row("scheduling, s a report (share)", found["scheduling"], None, None, share, 0.05),
    ]  # fmt: skip


def _megabytes(found: dict[str, Any]) -> float:
    last = found["memory"][-1]
    return last["worker"] + last["parent"]


def notes(found: dict[str, Any]) -> list[str]:
    """What has to be known to read the table."""
    size, batch = found["size"], found["batch"]
    steps = ", ".join(found["stock_steps"])
    third = "" if len(found["stock_steps"]) > 2 else "; no Chromium here, so it makes no PDF"
    return [
        f"stock: {steps}, {size['stock']} reports one after the other{third}",
        (f"batch: {batch['reports']:.0f} reports in {batch['seconds']:.1f} s with {found['workers']} workers, start included; "
        "the goal is by the clock, which counts the cores that the usual way leaves idle"),
        f"reading back a finished report: {found['warm']['check']:.3f} cpu s, in none of the two lines above it",
        "memory: " + " ".join(f"{s['worker'] + s['parent']:.0f}" for s in found["memory"])
        + f" MB over {size['rounds']} reports (worker and its reports' parent)",
        f"scheduling: {size['towns']} towns × 4 reports that take no time, against reports that take what ours do",
    ]  # fmt: skip


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description="reports and batches")
    parser.add_argument("--quick", action="store_true", help="a smaller county and fewer reports")
    found = measure(QUICK if parser.parse_args().quick else FULL)
    finish("batch", found, rows(found), notes(found))


if __name__ == "__main__":
    main()
