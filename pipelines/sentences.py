"""Sentences that follow the figures: data/reference/sentences.toml holds every wording, this module picks one.

For each indicator the file gives a text per case (missing, not_applicable, zero, one, full, some …); a case that is
not there falls back to the next more general one. Analysts edit the texts, never this module.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines import formatting
from pipelines.errors import ConfigError
from pipelines.indicators.catalogue import Entry


EARLIER = {"previous": "上季度", "year_ago": "上年同期", "none": ""}


@lru_cache(maxsize=4)
def load_sentences(reference: Path) -> dict[str, dict[str, str]]:
    """All sections of sentences.toml; ConfigError with the line if it is not valid."""
    try:
        return tomllib.loads((reference / "sentences.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"语句文件 sentences.toml 写法有误：{error}", "请改正提示的那一行。") from error


def case_of(indicator: dict[str, Any]) -> list[str]:
    """The cases that fit an indicator, the most particular first."""
    if indicator["state"] != "ok" or indicator["value"] is None:
        return [indicator["state"] if indicator["state"] != "ok" else "not_applicable"]
    if indicator.get("denominator") is not None:
        if indicator["numerator"] == indicator["denominator"]:
            return ["full", "some"]
        return ["zero", "some"] if indicator["numerator"] == 0 else ["some"]
    if indicator["value"] == 0:
        return ["zero", "some"]
    return ["one", "some"] if indicator["value"] == 1 else ["some"]


def sentence(texts: dict[str, str], indicator: dict[str, Any], entry: Entry) -> str:
    """The text of the first case that the section has, its figures filled in; empty if it has none of them.

    Placeholders: {value} with unit, {number} without, {base} (``95 / 97``), {left} (base minus numerator),
    {change} (“，比上季度增加2人” or empty; what is compared with
    which quarter stands in the catalogue).
    """
    template = next((texts[case] for case in case_of(indicator) if case in texts), "")
    change = "" if entry.comparison == "none" else formatting.change_text(indicator, entry.comparison)
    known = indicator["state"] == "ok" and indicator["value"] is not None
    base = indicator.get("denominator")
    values = {
        "value": formatting.indicator_value(indicator, entry.decimals),
        "number": formatting.indicator_value(indicator, entry.decimals, unit=False),
        "base": formatting.base_text(indicator) if known else "",
        "numerator": formatting.count(indicator["numerator"]) if known else "",
        "denominator": formatting.count(base) if known and base is not None else "",
        "left": formatting.count(base - indicator["numerator"]) if known and base is not None else "",
        "change": _than(EARLIER[entry.comparison], change),
    }
    try:
        return template.format_map(values)
    except (KeyError, ValueError, IndexError) as error:
        raise ConfigError(
            f"语句“{template}”里有不认识的占位符 {error}。",
            f"可用：{'、'.join('{' + k + '}' for k in values)}。",
        ) from error


def _than(earlier: str, change: str) -> str:
    if not change:
        return ""
    return f"，与{earlier}{change}" if change.endswith("持平") else f"，比{earlier}{change}"
