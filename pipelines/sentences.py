"""Sentences that follow the figures: data/reference/sentences.toml holds every wording, this module picks one.

For each indicator the file gives a text per case (missing, not_applicable, zero, one, full, some …); a case that is
not there falls back to the next more general one. Analysts edit the texts, never this module.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines import formatting
from pipelines.configcheck.finding import refuse
from pipelines.configcheck.tomlfile import read_toml
from pipelines.errors import ConfigError
from pipelines.indicators.catalogue import Entry


EARLIER = {"previous": "上季度", "year_ago": "上年同期", "none": ""}
MANY = 100  # from here on a change of a count is also said in per cent, as statistical bulletins do
FEW = 3  # a share of so few is said in numbers of people, without a percentage
_REFERENCE = Path(__file__).resolve().parents[1] / "data" / "reference"


@lru_cache(maxsize=4)
def load_sentences(reference: Path) -> dict[str, dict[str, str]]:
    """All sections of sentences.toml; ConfigError with the line if it is not valid."""
    toml, found = read_toml(reference / "sentences.toml")
    refuse(found)
    assert toml is not None
    return toml.content


def case_of(indicator: dict[str, Any]) -> list[str]:
    """The cases that fit an indicator, the most particular first."""
    if indicator["state"] != "ok" or indicator["value"] is None:
        return [indicator["state"] if indicator["state"] != "ok" else "not_applicable"]
    if indicator.get("denominator") is not None:
        if indicator["numerator"] == indicator["denominator"]:
            return ["full", "some"]
        if indicator["numerator"] == 0:
            return ["zero", "some"]
        return ["few", "some"] if indicator["denominator"] <= FEW else ["some"]
    if indicator["value"] == 0:
        return ["zero", "some"]
    return ["one", "some"] if indicator["value"] == 1 else ["some"]


def direction(indicator: dict[str, Any], entry: Entry) -> str:
    """``up``, ``down`` or ``equal`` against the quarter the catalogue compares with; empty if either is unknown."""
    now, before = indicator.get("value"), indicator.get(entry.comparison)
    if now is None or before is None or indicator["state"] != "ok":
        return ""
    return "equal" if now == before else "up" if now > before else "down"


def sentence(
    texts: dict[str, str],
    indicator: dict[str, Any],
    entry: Entry,
    thresholds: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
) -> str:
    """The text of the first case that the section has, its figures filled in; empty if it has none of them.

    Placeholders: {name}, {value} with unit, {number} without, {base} (``95 / 97``), {left} (base minus numerator),
    {change} (“，比上季度增加2人” or empty; the catalogue says which quarter it is compared with), and every
    threshold of monitoring.toml by its name, e.g. {transfer_days}. A section may have texts of its own for ``up``,
    ``down`` and ``equal``, which go before ``some``; ``words`` are the phrases of the section [change].
    """
    cases = case_of(indicator)
    if cases[-1] == "some" and (moved := direction(indicator, entry)):
        cases = [*cases[:-1], moved, "some"]
    template = next((texts[case] for case in cases if case in texts), "")
    if cases == ["suppressed"] and texts and formatting.hidden_mark(indicator) == formatting.SUPPRESSED:
        # other hidden figures have no sentence of their own: the table shows their mark
        template = load_sentences(_REFERENCE)["public"]["small"]
    known = indicator["state"] == "ok" and indicator["value"] is not None
    base = indicator.get("denominator")
    values = {
        "value": formatting.indicator_value(indicator, entry.decimals),
        "number": formatting.indicator_value(indicator, entry.decimals, unit=False),
        "base": formatting.base_text(indicator) if known else "",
        "numerator": formatting.count(indicator["numerator"]) if known else "",
        "denominator": formatting.count(base) if known and base is not None else "",
        "left": formatting.count(base - indicator["numerator"]) if known and base is not None else "",
        "name": entry.name,
        "change": _change(words or load_sentences(_REFERENCE)["change"], indicator, entry),
        **(thresholds or {}),
    }
    try:
        return template.format_map(values)
    except (KeyError, ValueError, IndexError) as error:
        raise ConfigError(
            f"语句“{template}”里有不认识的占位符 {error}。",
            f"可用：{'、'.join('{' + k + '}' for k in values)}。",
        ) from error


def _change(words: Mapping[str, str], indicator: dict[str, Any], entry: Entry) -> str:
    moved = direction(indicator, entry)
    if not moved:
        return ""
    amount = abs(indicator["value"] - indicator[entry.comparison])
    rate = "rate_" if indicator["unit"] == "%" else ""
    if rate:
        points = (Decimal(str(amount)) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
        shown = str(points)
        if moved != "equal" and not points:
            moved = "close"
    else:
        shown = formatting.money(amount) if indicator["unit"] == "元" else formatting.count(amount)
    earlier = indicator[entry.comparison]
    kind = rate + moved
    share = ""
    if not rate and moved != "equal" and earlier >= MANY and f"many_{moved}" in words:
        kind, share = f"many_{moved}", formatting.percent(round(amount * 100), round(earlier * 100))
    template = words[kind] if kind in words else words[moved]
    return template.format(
        earlier=EARLIER[entry.comparison], amount=shown, unit=indicator["unit"], share=share
    )
