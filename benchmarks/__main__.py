"""All benchmarks one after the other, each in a process of its own: python -m benchmarks [--quick]

``--quick`` takes the smallest sizes and some minutes; without it the sizes are those of the goals, and it takes about an
hour. One that fails does not stop the others.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.results import FOLDER, Row, table


NAMES = ("intake", "indicators", "batch")
PROJECT = Path(__file__).resolve().parents[1]


def run(name: str, quick: bool) -> list[Row]:
    """Run one benchmark, which prints its own table; its rows, none if it failed."""
    print(f"== {name}", flush=True)
    before = set(FOLDER.glob(f"{name}-*.json"))
    command = [sys.executable, "-m", f"benchmarks.bench_{name}", *(["--quick"] if quick else [])]
    subprocess.run(command, cwd=PROJECT, check=False)
    made = sorted(set(FOLDER.glob(f"{name}-*.json")) - before)
    if not made:
        return []
    stored = json.loads(made[-1].read_text(encoding="utf-8"))["rows"]
    return [Row(**{key: value for key, value in row.items() if key != "met"}) for row in stored]


def main() -> int:
    """Run all; print one table at the end; 1 if one of them did not come to its end."""
    parser = argparse.ArgumentParser(description="all benchmarks")
    parser.add_argument("--quick", action="store_true", help="the smallest sizes")
    quick = parser.parse_args().quick
    started = time.perf_counter()
    found = {name: run(name, quick) for name in NAMES}
    print(f"== all, in {time.perf_counter() - started:.0f} s{' (--quick)' if quick else ''}")
    print(table([row for rows in found.values() for row in rows]))
    failed = [name for name, rows in found.items() if not rows]
    if failed:
        print(f"did not come to an end: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
