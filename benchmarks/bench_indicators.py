"""How the indicator stage grows: python benchmarks/bench_indicators.py [--large] [--clean data/clean/demo]

Counties of 10,000 and 75,000 pupils (750,000 with --large) with eight quarters of history are made by copying the clean
tables of the demo dataset under new keys (run ``make report`` once to have them). Each size runs in a process of its
own and is told as ratios: all indicators ÷ reading the clean tables (goal ≤ 3), peak memory (goal < 1.5 GB at 75,000),
and the time per pupil against the smallest size (1 is linear; less, because what does not grow is shared by more).
Times are processor time, so that what else the machine does hardly matters.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from pipelines import reference, store
from pipelines.indicators import compute, schools, worklist
from pipelines.match import build_facts
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract


SIZES, LARGE = (10_000, 75_000), 750_000
QUARTERS = 8
DATASET = "bench"
_KEYS: tuple[str, ...] = (
    "id_key",
    "roll_key",
    "case_id",
    "child_id",
    "school_id",
    "school_name",
    "merged_into",
)
_KEYS += ("from_school", "to_school", "return_school", "place")
_MB = 1024


def copied(frame: pd.DataFrame, copies: int) -> pd.DataFrame:
    """The frame so many times, each time with keys of its own (the first as they are)."""
    parts = []
    for number in range(copies):
        part = frame.copy()
        for column in (c for c in _KEYS if number and c in part):
            part[column] = part[column] + f"-{number}"
        parts.append(part)
    whole = pd.concat(parts, ignore_index=True)
    return whole.assign(row_id=pd.RangeIndex(len(whole)).astype("int64"))


def make(settings: Settings, clean: Path, pupils: int) -> Period:
    """Write eight quarters of about so many pupils; the last one."""
    found = sorted(Period.parse(folder.name) for folder in clean.iterdir() if folder.is_dir())
    last = found[-1]
    roll = store.read_frame(clean / str(last) / "student_roll.parquet", ["row_id"])
    copies = max(1, round(pupils / len(roll)))
    for back in range(QUARTERS):
        source = clean / str(max(last.shift(-back), found[0]))
        for name in load_contract(settings.paths.reference).tables:
            if (file := source / f"{name}.parquet").is_file():
                frame = copied(store.read_frame(file), copies)
                store.write_frame(settings.paths.clean(DATASET, last.shift(-back)) / file.name, frame)
    return last


def measure(root: Path, last: Period) -> dict[str, float]:
    """Seconds of processor time and megabytes of one run in this process."""
    settings = Settings.load(root)
    names = load_contract(settings.paths.reference).tables

    def read(period: Period) -> dict[str, pd.DataFrame | None]:
        return {name: store.read(settings, DATASET, period, name) for name in names}

    begin = time.process_time()
    tables = read(last)
    history = {last.shift(-back): read(last.shift(-back)) for back in range(1, QUARTERS)}
    was_read = time.process_time()
    facts = build_facts(settings, last, tables, history, reference.load_reference(settings, DATASET), DATASET)
    joined = time.process_time()
    compute.compute(facts)
    computed = time.process_time()
    worklist.build(facts)
    schools.summary(facts)
    listed = time.process_time()
    roll = tables["student_roll"]
    return {
        "pupils": 0 if roll is None else len(roll),
        "read": was_read - begin,
        "join": joined - was_read,
        "compute": computed - joined,
        "lists": listed - computed,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB,
    }


def run(clean: Path, pupils: int) -> dict[str, float]:
    """Make a county in a scratch folder and measure it in a fresh process."""
    home = Settings.load()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "data").mkdir()
        (root / "monitoring.toml").symlink_to(home.root / "monitoring.toml")
        (root / "data" / "reference").symlink_to(home.paths.reference)
        last = make(Settings.load(root), clean, pupils)
        command = [sys.executable, __file__, "--measure", str(root), "--period", str(last)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main() -> None:
    """Print one line per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also 750,000 pupils")
    parser.add_argument("--clean", type=Path, default=Settings.load().paths.clean("demo"))
    parser.add_argument("--measure", type=Path)
    parser.add_argument("--period", type=Period.parse)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.period)))
        return
    results = [run(options.clean, size) for size in (*SIZES, *([LARGE] if options.large else []))]
    unit = _work(results[0]) / results[0]["pupils"]
    print("pupils   indicators/read   lists/read   per pupil, smallest = 1   peak memory")
    for result in results:
        print(
            f"{result['pupils']:>7,}   {_work(result) / result['read']:>15.2f}   "
            f"{result['lists'] / result['read']:>10.2f}   {_work(result) / result['pupils'] / unit:>23.2f}   "
            f"{result['memory_mb']:>8.0f} MB    (read {result['read']:.2f} s, join {result['join']:.2f} s, "
            f"indicators {result['compute']:.2f} s)"
        )


def _work(result: dict[str, float]) -> float:
    return result["join"] + result["compute"]


if __name__ == "__main__":
    main()
