"""Texts and references of worklist rows, shared by the three themes."""

from collections.abc import Mapping

import pandas as pd

from pipelines.indicators.actions import Action


_LACKING = {
    "has_plan_id": "一人一案编号",
    "has_owner_town": "镇包保责任人",
    "has_owner_school": "校包保责任人",
    "has_owner_village": "村包保责任人",
}
_REF_LENGTH = 8
_FEN = 100


def short_ref(person: pd.Series) -> pd.Series:
    """``XS-`` and eight characters of the person key; of a person without one, the number of the row."""
    key, row = person.str[:_REF_LENGTH], "行" + person.str.rsplit(":", n=1).str[-1]
    return "XS-" + key.where(~person.str.startswith("row:"), row)


def one_each(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per person and town, the first of the files."""
    order = [name for name in ("source_file", "source_row", "row_id") if name in frame]
    return frame.sort_values(order, kind="stable").drop_duplicates(["person", "town"])


def fill(action: Action, frame: pd.DataFrame, **values: pd.Series) -> pd.Series:
    """The detail of each row: the template of the action with the values of that row."""
    columns = [list(column) for column in values.values()]
    texts = [
        action.detail.format(**dict(zip(values, row, strict=True))) for row in zip(*columns, strict=True)
    ]
    return pd.Series(texts, index=frame.index, dtype="str")


def day(dates: pd.Series) -> pd.Series:
    """Dates as 2026-09-30, or 日期未填."""
    return dates.dt.strftime("%Y-%m-%d").fillna("日期未填")


def lacking(frame: pd.DataFrame, more: Mapping[str, pd.Series]) -> pd.Series:
    """``缺：…`` with what the case file lacks, or ``档案齐全``."""
    lacks = {label: ~frame[column].astype(bool) for column, label in _LACKING.items()}
    lacks.update(more)
    joined = [
        "、".join(label for label, flag in zip(lacks, flags, strict=True) if flag)
        for flags in zip(*lacks.values(), strict=True)
    ]
    return pd.Series(
        [f"缺：{text}" if text else "档案齐全" for text in joined], index=frame.index, dtype="str"
    )


def not_in(frame: pd.DataFrame, good: pd.DataFrame) -> pd.DataFrame:
    """The (person, town) pairs of the base that are not among the good ones."""
    pairs = pd.MultiIndex.from_frame(good[["person", "town"]])
    return one_each(frame[~pd.MultiIndex.from_frame(frame[["person", "town"]]).isin(pairs)])


def yuan(fen: pd.Series) -> pd.Series:
    """Fen as yuan without needless decimals."""
    return pd.Series([f"{int(amount) / _FEN:.2f}".removesuffix(".00") for amount in fen], index=fen.index)
