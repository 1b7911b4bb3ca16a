"""Writes a county as the files a bureau might send: canonical headers, values in mixed but allowed forms."""

import csv
import datetime as dt
import shutil
from pathlib import Path
from random import Random

from .view import County, Row
from .world import REFERENCE, read_csv


PROJECT = REFERENCE.parents[1]
DATASET = "oracle"
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def _columns() -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {}
    for row in read_csv("columns"):
        tables.setdefault(row["table"], []).append(row)
    return tables


COLUMNS = _columns()
TITLES = {row["table"]: row["title"] for row in read_csv("tables")}
CODES = {(row["list"], row["code"]): row["text"] for row in read_csv("codes")}


def project(root: Path) -> Path:
    """A project root with the settings and reference data of this checkout and nothing else."""
    root.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT / "monitoring.toml", root / "monitoring.toml")
    shutil.copytree(REFERENCE, root / "data" / "reference", dirs_exist_ok=True)
    return root


def write(county: County, root: Path, seed: int = 0, pieces: int = 1, shuffle: bool = False) -> None:
    """All periods below ``root/data/raw/oracle``; every table in so many files, its rows shuffled if asked."""
    rng = Random(seed)
    if county.own_standards:
        _write_standards(county, root / "data" / "raw" / DATASET / "reference")
    for period, tables in county.data.items():
        folder = root / "data" / "raw" / DATASET / str(period)
        folder.mkdir(parents=True)
        for name, rows in tables.items():
            if rows is None:
                continue
            rows = rng.sample(rows, len(rows)) if shuffle else rows
            for piece in range(pieces):
                file = folder / f"{TITLES[name]}_{period.end:%Y%m%d}_{piece + 1}.csv"
                _write(file, name, rows[piece::pieces], county, rng)


def _write_standards(county: County, folder: Path) -> None:
    folder.mkdir(parents=True)
    with (folder / "资助标准.csv").open("w", encoding="utf-8", newline="") as handle:
        out = csv.DictWriter(handle, list(county.standards[0]))
        out.writeheader()
        out.writerows(county.standards)


def _write(file: Path, table: str, rows: list[Row], county: County, rng: Random) -> None:
    """One CSV file; sometimes with title lines, a total and a remark, in one of three encodings."""
    columns = COLUMNS[table]
    encoding = rng.choice(("utf-8", "utf-8-sig", "gb18030"))
    with file.open("w", encoding=encoding, newline="") as handle:
        out = csv.writer(handle)
        if rng.random() < 0.3:
            out.writerows([[TITLES[table], *[""] * (len(columns) - 1)], ["填报单位：示例", "", "填报日期："]])
        out.writerow([column["header"] for column in columns])
        for row in rows:
            raw = row.get("_raw", {})
            out.writerow(
                [raw.get(c["column"]) or _cell(c, row.get(c["column"]), county, rng) for c in columns]
            )
        if rng.random() < 0.2:
            out.writerows([["合  计", str(len(rows))], ["注：示例"]])


def _cell(column: Row, value: object, county: County, rng: Random) -> str:
    """One value in one of the forms that mean the same."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        forms = [f"{value:%Y-%m-%d}", f"{value:%Y%m%d}", f"{value.year}/{value.month}/{value.day}"]
        return rng.choice(
            [*forms, f"{value.year}.{value.month}.{value.day}", f"{value.year}年{value.month}月{value.day}日"]
        )
    if isinstance(value, float | int):
        return rng.choice([f"{value:.2f}", f"{value:,.2f}"]) if column["type"] == "money" else str(value)
    text = str(value)
    if column["type"] == "code":
        words = CODES[column["codes"].removeprefix("@"), text]
        return rng.choice([text, words, f"{text} {words}"])
    if column["type"] == "school":
        names = [
            s["school_name"] for s in county.data[county.period]["school"] or [] if s["school_id"] == text
        ]
        return rng.choice([text, text, *names])
    if column["type"] == "town":
        town = next(t for t in county.towns if t["code"] == text)
        return rng.choice([town["name"], town["name"], town["short"]])
    if column["type"] == "yearmonth":
        return rng.choice([text, text.replace("-", "")])
    if column["column"] == "id_no":
        return rng.choice([text, text, text.lower(), f" {text} ", f"'{text}", text.translate(WIDE)])
    return rng.choice([text, text, text, f" {text}"])
