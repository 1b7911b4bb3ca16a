"""Where clean tables are written and read: parquet files under data/clean, names and ID numbers apart.

Everything that needs a clean table comes through here, so that nobody else knows about files and permissions.
"""

import json
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.atomic import PRIVATE, atomic_path
from pipelines.errors import ConfigError, EduReportError
from pipelines.periods import Period
from pipelines.settings import Settings


PRIVATE_FOLDER = 0o700


def write_frame(path: Path, frame: pd.DataFrame, mode: int | None = None) -> Path:
    """Write a frame as parquet, whole or not at all; the same frame gives the same bytes.

    ``mode`` sets the permission bits; with 0600 the folder is made 0700.
    """
    if mode == PRIVATE:
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        path.parent.chmod(PRIVATE_FOLDER)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with atomic_path(path, mode) as temporary:
        pq.write_table(table, temporary, compression="zstd", version="2.6", write_statistics=False)
    return path


def read_frame(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a parquet file, or a folder of partitions of one; texts come as pandas ``str``."""
    table = pq.read_table(path, columns=list(columns) if columns is not None else None)
    frame = table.to_pandas()
    for name in frame.columns:
        if frame[name].dtype == object:
            frame[name] = frame[name].astype("str")
    return frame


def table_path(settings: Settings, dataset: str, period: Period, table: str) -> Path | None:
    """The file (or partitioned folder) of a clean table; None if there is none."""
    folder = settings.paths.clean(dataset, period)
    for path in (folder / f"{table}.parquet", folder / table):
        if path.exists():
            return path
    return None


def read(
    settings: Settings, dataset: str, period: Period, table: str, columns: Sequence[str] | None = None
) -> pd.DataFrame | None:
    """A clean table (docs/architecture.md, Clean tables); None where no file held it."""
    path = table_path(settings, dataset, period, table)
    return None if path is None else read_frame(path, columns)


def read_identity(settings: Settings, dataset: str, period: Period, table: str) -> pd.DataFrame | None:
    """Names, ID numbers and free text of a table by ``row_id``; None where there are none.

    ConfigError if others than the owner may read the file: it must be put right before it is used.
    """
    path = settings.paths.identity(dataset, period) / f"{table}.parquet"
    if not path.exists():
        return None
    if stat.S_IMODE(path.stat().st_mode) & ~PRIVATE:
        raise ConfigError(
            f"身份信息文件 {path.name}（{period}）的权限过宽，其他人也能读取。",
            "请把该文件的权限改为仅本人读写（chmod 600），所在文件夹改为仅本人（chmod 700），再重新运行。",
        )
    return read_frame(path)


def manifest(settings: Settings, dataset: str, period: Period) -> dict[str, Any] | None:
    """manifest.json of a cleaned period: files and row counts; None before the first cleaning."""
    path = settings.paths.clean(dataset, period) / "manifest.json"
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EduReportError(
            f"读不了 {dataset} {period} 的数据清单 manifest.json。", "请重新清洗数据（make data）。"
        ) from error
