"""Values of a series as numbers and as printed text."""

from fractions import Fraction
from typing import Any

from pipelines import formatting


def points(series: list[dict[str, Any]]) -> list[tuple[str, float | str | None]]:
    """A stored series as (quarter, value); a hidden value is its mark, never None, which means not reported."""
    return [
        (p["period"], formatting.hidden_mark(p) if p.get("state") == "suppressed" else p["value"])
        for p in series
    ]


def point_text(value: float | str | None, unit: str) -> str:
    """One value of a series as printed; rates are fractions with the unit ``%``."""
    if value is None:
        return formatting.MISSING
    if isinstance(value, str):
        return value
    if unit == "%":
        share = Fraction(str(value))
        return formatting.percent(share.numerator, share.denominator)
    return f"{value:g}{unit}"
