"""Free-text columns of clean tables: a cell that does not look as the column should is covered (freetext.toml)."""

import re
import tomllib
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.clean.outcome import Outcome
from pipelines.ingest.cells import tidy
from pipelines.plan.model import fold
from pipelines.pseudonym import MASK_LENGTH, MASK_WORD, Pseudonymiser


_MASKED = re.compile(rf"{MASK_WORD}[A-Z2-7]{{{MASK_LENGTH}}}")


@cache
def fits(column: str) -> Callable[[str], bool] | None:
    """Whether a text looks as a column should; None for a column that freetext.toml does not name."""
    content = tomllib.loads((Path(__file__).parent / "freetext.toml").read_text(encoding="utf-8"))
    for rule in content.values():
        if column in rule["columns"]:
            if "whole" in rule:
                pattern = re.compile(rule["whole"])
                return lambda text: pattern.fullmatch(text) is not None
            wanted = re.compile(rule["has"])
            return lambda text: wanted.search(text) is not None
    return None


def reader(column: str, pseudonyms: Pseudonymiser, kept: Collection[str] = ()) -> Callable[[Any], Outcome]:
    """Reads a cell: ID numbers in it masked, and covered whole where it does not look as it should.

    ``kept``: words of the reference data (folded: items, units and departments of the plan), which are nobody's name.
    """
    fit = fits(column)

    def read(value: Any) -> Outcome:
        masked = pseudonyms.mask(tidy(value))
        # What mask() put in is no longer personal and says nothing about the rest.
        rest = _MASKED.sub("", masked)
        plain = fit is None or not rest or fit(rest) or fold(masked) in kept
        return Outcome(masked if plain else pseudonyms.cover(masked))

    return read
