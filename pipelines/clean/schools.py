"""Schools of the period (T1): by ten-digit 学校标识码 or exact name."""

import re
from typing import Any

import pandas as pd

from pipelines.clean.outcome import Outcome
from pipelines.ingest.cells import squeeze


_CODE = re.compile(r"\d{10}")


def parse_school_code(value: Any) -> Outcome:
    """A 学校标识码 cell: ten digits, or rule ``bad_school_code``."""
    text = squeeze(value)
    return Outcome(text) if _CODE.fullmatch(text) else Outcome(None, "bad_school_code")


class SchoolRegister:
    """Look-up of schools; without a T1 table (``frame`` None) any ten digits are taken.

    ``refused``: codes of schools whose own row had to be set aside, so that the message can say so.
    """

    def __init__(self, frame: pd.DataFrame | None, refused: frozenset[str] = frozenset()):
        self._known = frame is not None
        self._refused = refused
        self.town_of: dict[str, str] = {}
        self._by_name: dict[str, set[str]] = {}
        if frame is not None:
            for code, name, town in zip(frame["school_id"], frame["school_name"], frame["town"], strict=True):
                self.town_of[code] = town
                self._by_name.setdefault(squeeze(name).lower(), set()).add(code)

    def parse(self, value: Any) -> Outcome:
        """A school cell: its code, or rule ``unknown_school`` / ``ambiguous_school`` / ``bad_school_code``."""
        text = squeeze(value)
        if _CODE.fullmatch(text) and (not self._known or text in self.town_of):
            return Outcome(text)
        if text in self._refused:
            return Outcome(None, "school_refused")
        codes = self._by_name.get(text.lower(), set())
        if len(codes) == 1:
            return Outcome(next(iter(codes)))
        if codes:
            return Outcome(None, "ambiguous_school")
        return Outcome(None, "unknown_school" if self._known else "bad_school_code")
