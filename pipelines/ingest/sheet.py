"""A sheet as read."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RawSheet:
    """One sheet: its name ("" for text files), its rows, and the Excel row number of the first of them.

    ``hidden``: the sheet is hidden. ``hidden_rows``: Excel numbers of hidden rows. ``merged``: merged blocks of more
    than one row as (first row, last row, column), positions in ``rows``. ``epoch_1904``: numbers that mean days count
    from 1904. Formula errors stand in their cells as the text Excel shows, such as #N/A.
    """

    name: str
    rows: list[list[Any]]
    first_row: int = 1
    hidden: bool = False
    hidden_rows: tuple[int, ...] = field(default=())
    merged: tuple[tuple[int, int, int], ...] = field(default=())
    epoch_1904: bool = False
