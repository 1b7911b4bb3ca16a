"""How the indicator stage grows: python -m benchmarks.bench_indicators [--quick | --large] [--clean data/clean/demo]

Counties of 10,000 and 75,000 pupils (750,000 with --large) with eight quarters of history are made by copying the clean
tables of the demo dataset under new keys (run ``make report`` once to have them). Each size runs in a process of its
own and is told as ratios: all indicators, their own reading included, ÷ reading every clean table (goal ≤ 3), peak
memory (goal < 1.5 GB at 75,000), and the time per pupil against the smallest size (1 is linear; less, because what does
not grow is shared by more).
Times are processor time, so that what else the machine does hardly matters.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.results import Row, finish
from pipelines import store
from pipelines.indicators import compute, schools, worklist
from pipelines.match import load_facts
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract


SIZES, LARGE = (10_000, 75_000), 750_000
QUARTERS = 8
GOAL_MB = 1500
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
_PIECE = 500_000  # rows held at a time while a county is written


def copies_of(table: pa.Table, copies: int) -> Iterator[pa.Table]:
    """The table so many times in large pieces, each copy with keys and row numbers of its own (the first as they are)."""
    piece: list[pa.Table] = []
    for number in range(copies):
        part = table
        for column in (c for c in _KEYS if number and c in table.column_names):
            suffix, nothing = (pa.scalar(text, table[column].type) for text in (f"-{number}", ""))
            named = pc.binary_join_element_wise(table[column], suffix, nothing)  # an empty key stays empty
            part = part.set_column(part.column_names.index(column), column, named)
        rows = pa.array(range(number * len(table), (number + 1) * len(table)), type=pa.int64())
        piece.append(part.set_column(part.column_names.index("row_id"), "row_id", rows))
        if len(table) * len(piece) >= _PIECE or number == copies - 1:
            yield pa.concat_tables(piece).combine_chunks()
            piece = []


def write_copies(source: Path, target: Path, copies: int) -> None:
    """Write the copies of one clean table piece by piece, in the form of store.write_frame."""
    table = pq.read_table(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    options = {"compression": "zstd", "version": "2.6", "write_statistics": False}
    with pq.ParquetWriter(target, table.schema, **options) as writer:
        for piece in copies_of(table, copies):
            writer.write_table(piece)


def make(settings: Settings, clean: Path, pupils: int) -> Period:
    """Write eight quarters of about so many pupils; the last one."""
    found = sorted(Period.parse(folder.name) for folder in clean.iterdir() if folder.is_dir())
    last = found[-1]
    count = pq.read_metadata(clean / str(last) / "student_roll.parquet").num_rows
    for back in range(QUARTERS):
        source = clean / str(max(last.shift(-back), found[0]))
        for name in load_contract(settings.paths.reference).tables:
            if (file := source / f"{name}.parquet").is_file():
                target = settings.paths.clean(DATASET, last.shift(-back)) / file.name
                write_copies(file, target, max(1, round(pupils / count)))
    return last


def read_all(root: Path, last: Period) -> dict[str, float]:
    """Reading every clean table of all quarters and nothing else: what the computing is measured against."""
    settings = Settings.load(root)
    begin = time.process_time()
    for back in range(QUARTERS):
        for name in load_contract(settings.paths.reference).tables:
            store.read(settings, DATASET, last.shift(-back), name)
    return {"read": time.process_time() - begin}


def measure(root: Path, last: Period) -> dict[str, float]:
    """Seconds of processor time and megabytes of one computation in this process, its own reading included."""
    settings = Settings.load(root)
    begin = time.process_time()
    facts = load_facts(settings, DATASET, last, [last.shift(-back) for back in range(1, QUARTERS)])
    loaded = time.process_time()
    compute.compute(facts)
    computed = time.process_time()
    worklist.build(facts)
    schools.summary(facts)
    listed = time.process_time()
    return {
        "pupils": len(facts.table("student_roll")),
        "load": loaded - begin,
        "compute": computed - loaded,
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
        command = [
            sys.executable,
            "-m",
            "benchmarks.bench_indicators",
            "--root",
            str(root),
            "--period",
            str(last),
            "--measure",
        ]
        done = [
            subprocess.run([*command, what], check=True, stdout=subprocess.PIPE, text=True).stdout
            for what in ("read_all", "measure")
        ]
    return json.loads(done[0]) | json.loads(done[1])


def main() -> None:
    """Measure every size in a process of its own; print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest size alone")
    parser.add_argument("--large", action="store_true", help="also 750,000 pupils")
    parser.add_argument("--clean", type=Path, default=Settings.load().paths.clean("demo"))
    parser.add_argument("--measure", choices=["read_all", "measure"], help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--period", type=Period.parse, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(
            json.dumps(
                {"read_all": read_all, "measure": measure}[options.measure](options.root, options.period)
            )
        )
        return
    sizes = SIZES[:1] if options.quick else (*SIZES, *([LARGE] if options.large else []))
    results = [run(options.clean, size) for size in sizes]
    finish("indicators", {"sizes": results}, rows(results), notes(results))


def rows(results: list[dict[str, float]]) -> list[Row]:
    """The figures of every size beside their goals; linear growth is a time per pupil that does not rise."""
    found = []
    unit = _work(results[0]) / results[0]["pupils"]
    for result in results:
        size = f"{result['pupils']:,} pupils"
        per_pupil = _work(result) / result["pupils"] / unit
        limit = GOAL_MB if result["pupils"] <= 100_000 else None
        found += [
            Row(f"indicators, cpu s, {size}", _work(result), None, result["read"], _work(result) / result["read"], 3),
            Row(f"  worklist and schools, cpu s, {size}", result["lists"], None, result["read"]),
            Row(f"  peak MB, {size}", result["memory_mb"], None, None, result["memory_mb"], limit),
            Row(f"  time per pupil ÷ smallest, {size}", per_pupil, None, None, per_pupil, 1),
        ]  # fmt: skip
    return found


def notes(results: list[dict[str, float]]) -> list[str]:
    """What the figures are."""
    parts = (
        f"{r['pupils']:,}: reading alone {r['read']:.2f}, load and join {r['load']:.2f}, compute {r['compute']:.2f}"
        for r in results
    )
    return ["floor: reading every clean table of eight quarters", f"cpu s of {'; '.join(parts)}"]


def _work(result: dict[str, float]) -> float:
    """From the files to all indicators: reading what they need is part of it."""
    return result["load"] + result["compute"]


if __name__ == "__main__":
    main()
