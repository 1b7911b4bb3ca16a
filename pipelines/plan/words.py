"""Wording of the plan's pages: data/reference/plan/sentences.toml, and how a figure of an item is printed."""

import datetime as dt
import tomllib
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines import formatting, markup
from pipelines.errors import ConfigError
from pipelines.periods import Period
from pipelines.plan import model, status


FILE = "plan/sentences.toml"
_COLOURS = {status.OVERDUE: "red", status.BEHIND: "yellow", status.CLOSED: "green"}


@lru_cache(maxsize=4)
def load_words(reference: Path) -> dict[str, dict[str, str]]:
    """All sections; ConfigError with the line if the file is not valid."""
    try:
        return tomllib.loads((reference / FILE).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"语句文件 {FILE} 写法有误：{error}", "请改正提示的那一行。") from error


def number(value: float | None) -> str:
    """A number with separators and without needless decimals."""
    if value is None:
        return formatting.MISSING
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent(share: float, decimals: int = 0) -> str:
    """A fraction in per cent; never rounded onto 0 or 100 %."""
    exact = Fraction(share).limit_denominator(10**6)
    return formatting.percent(exact.numerator, exact.denominator, decimals)


def rate(done: float, target: float) -> str:
    """A rate beside its target; one that falls short is never rounded onto it."""
    decimals = next((n for n in (1, 2) if (percent(done, n) == percent(target, n)) == (done == target)), 3)
    return f"{percent(done, decimals)}（目标{percent(target)}）"


def progress(entry: dict[str, Any]) -> str:
    """How far an item is, as printed: ``3/4所``, ``62.0%（目标70%）``, ``未完成``, 缺报, 未量化."""
    if entry["state"] == status.MISSING:
        return formatting.MISSING
    if entry["state"] == status.NOT_APPLICABLE:
        return formatting.NOT_APPLICABLE
    kind, done, target = entry["kind"], entry["done"], entry["target"]
    if kind == model.OPEN:
        return status.UNQUANTIFIED
    if kind == model.RATE:
        return rate(done, target)
    if kind == model.YESNO:
        if target > 1:
            return f"{number(done)}/{number(target)}个镇街区"
        return "是" if done >= target else "否"
    if not target:
        return f"{number(done)}{entry['unit']}（目标{number(target)}）"
    return f"{number(done)}/{number(target)}{entry['unit']}"


def pace(entry: dict[str, Any]) -> str:
    """The elapsed share of the time, or the remaining days of a yes-or-no item."""
    if entry["state"] != status.OK:
        return formatting.NOT_APPLICABLE
    if entry["pace"] is not None:
        return percent(entry["pace"])
    left = entry["days_left"]
    return f"剩{left}天" if left > 0 else "已到期"


def mark(entry: dict[str, Any]) -> markup.Light | str:
    """The state as a table cell, with a mark that does not rely on its colour."""
    if entry["state"] == status.MISSING:
        return markup.Light("grey", formatting.MISSING)
    if entry["state"] == status.NOT_APPLICABLE:
        return formatting.NOT_APPLICABLE
    colour = _COLOURS.get(entry["status"])
    return markup.Light(colour, entry["status"]) if colour else str(entry["status"])


def since(entry: dict[str, Any]) -> str:
    """Since when an item is late: the day it was due, or the quarter from which it is behind."""
    if entry["status"] == status.OVERDUE:
        return f"{entry['due']}到期"
    if entry["status"] == status.BEHIND and entry["late_since"]:
        period = Period.parse(entry["late_since"])
        return f"{period.label}起"
    return formatting.NOT_APPLICABLE


def chinese_day(day: dt.date) -> str:
    """2026年9月30日."""
    return f"{day.year}年{day.month}月{day.day}日"
