"""Frames on disk: types survive, bytes repeat, nothing is half-written."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from pipelines import store
from pipelines.errors import EduReportError
from pipelines.periods import Period
from pipelines.settings import Settings


Q3 = Period(2026, 3)


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row_id": pd.Series([0, 1], dtype="int64"),
            "text": pd.Series(["郚山镇", None], dtype="str"),
            "empty": pd.Series([None, None], dtype="str"),
            "day": pd.Series([dt.datetime(2026, 9, 1), None], dtype="datetime64[us]"),
            "fen": pd.array([62500, None], dtype="Int64"),
            "has": [True, False],
            "share": [0.5, None],
        }
    )


def test_types_survive_and_bytes_repeat(tmp_path: Path) -> None:
    one = store.write_frame(tmp_path / "a.parquet", frame())
    two = store.write_frame(tmp_path / "b" / "a.parquet", frame())
    assert one.read_bytes() == two.read_bytes()
    pd.testing.assert_frame_equal(store.read_frame(one), frame())
    assert store.read_frame(one, ["fen", "text"]).columns.tolist() == ["fen", "text"]
    empty = store.read_frame(store.write_frame(tmp_path / "c.parquet", frame().iloc[:0]))
    assert empty.dtypes.tolist() == frame().dtypes.tolist()


def test_read_takes_a_partitioned_folder(settings: Settings) -> None:
    folder = settings.paths.clean("county", Q3)
    assert store.read(settings, "county", Q3, "school") is None
    store.write_frame(folder / "school" / "part-0.parquet", frame().iloc[:1])
    store.write_frame(folder / "school" / "part-1.parquet", frame().iloc[1:])
    found = store.read(settings, "county", Q3, "school")
    assert found is not None and found["row_id"].tolist() == [0, 1]


def test_manifest(settings: Settings) -> None:
    assert store.manifest(settings, "county", Q3) is None
    path = settings.paths.clean("county", Q3) / "manifest.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(EduReportError, match="清单"):
        store.manifest(settings, "county", Q3)
