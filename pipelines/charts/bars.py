"""Bars: by school, against a target, and two definitions side by side."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from pipelines.charts.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    RED,
    SOFT,
    Value,
    bar,
    bare,
    hatch,
    highest,
    label,
    new_figure,
    number,
    text_width,
    wrap,
)


MOST = 40  # bars on one page; more are counted in a line below, and stand in the table


def bars_by_school(
    frame: pd.DataFrame,
    value: str,
    name: str,
    county: float | None = None,
    *,
    percent: bool = False,
    unit: str = "",
    county_label: str = "全市",
) -> Figure:
    """One horizontal bar a school, in the frame's order; ``value`` and ``name`` are its columns.

    Zero is written 0, a missing value is a short hatched bar with 缺报; ``county`` draws a line with the county's value.
    With ``percent`` the values are fractions 0–1. After 40 schools a line says how many are not drawn.
    """
    rest = max(len(frame) - MOST, 0)
    frame = frame.head(MOST)
    few = len(frame) <= 20
    names = [wrap(str(text), 26 if few else 40, 3 if few else 1) for text in frame[name]]
    values: list[Value] = list(frame[value])
    lines = sum(1 + 0.62 * text.count("\n") for text in names)
    figure, axes = new_figure(max(0.9, 0.5 + lines * (0.27 if few else 0.2)))
    axes = axes[0, 0]
    top = highest([*values, county])
    axes.set_xlim(0, top * 1.16)
    if county is not None:
        axes.axvline(county, color=RED, linewidth=1, linestyle=(0, (4, 2)), zorder=0.5)
        axes.annotate(
            f"{county_label} {label(county, percent)}{unit}", (county, 1), xycoords=("data", "axes fraction"),
            xytext=(0, 2), textcoords="offset points", ha="center", va="bottom", color=RED, fontsize=8,
        )  # fmt: skip
    for place, item in enumerate(values):
        end = bar(axes, place, item, 0.62, BLUE, top)
        known = number(item) is not None
        text = label(item, percent) + (unit if known else "")
        axes.annotate(text, (_beside(end, text, county, top), place), xytext=(3, 0), textcoords="offset points",
                      va="center", color=INK if known else SOFT, zorder=5)  # fmt: skip
    if rest:
        axes.annotate(f"另有{rest}所学校未画出，见表。", (0, 0), xycoords="axes fraction", xytext=(0, -4),
                      textcoords="offset points", va="top", color=SOFT, fontsize=8)  # fmt: skip
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(values), 1) - 0.4, -0.6)
    bare(axes)
    return figure


def _beside(end: float, text: str, line: float | None, top: float) -> float:
    """Where a label starts: at the end of its bar, or behind the county's line if it would lie across it."""
    reach = top * (0.02 + 0.02 * text_width(text))
    return line if line is not None and end <= line < end + reach else end


def coverage_bullet(items: Sequence[tuple[str, Value, float | None, Value, Value]]) -> Figure:
    """Rates against their targets: (label, value 0–1 or None, target 0–1 or None, numerator, denominator).

    The base stands beside every rate. A missing rate is a hatched frame; one without a base says 不适用.
    """
    figure, axes = new_figure(0.3 + 0.34 * max(len(items), 1))
    axes = axes[0, 0]
    for place, (_, rate, target, part, whole) in enumerate(items):
        value = number(rate)
        if value is None:
            axes.barh(place, 1.0, height=0.5, color="white", edgecolor=GREY, linewidth=0.5,
                      hatch=None if whole == 0 else hatch(rate))  # fmt: skip
        else:
            axes.barh(place, 1.0, height=0.56, color="#e9ebee", linewidth=0)
            met = target is None or value >= target
            axes.barh(place, min(value, 1.0), height=0.34, color=BLUE if met else ORANGE, linewidth=0)
        if target is not None:
            axes.plot(
                [target, target],
                [place - 0.34, place + 0.34],
                color=INK,
                linewidth=1.6,
                solid_capstyle="butt",
            )
        base = "" if number(part) is None or number(whole) is None else f"（{label(part)}/{label(whole)}）"
        unknown = "不适用" if whole == 0 else label(rate)
        short = "　未达目标" if value is not None and target is not None and value < target else ""
        axes.text(1.03, place, (unknown if value is None else label(value, True) + base) + short, va="center",
                  color=SOFT if value is None else INK)  # fmt: skip
    axes.set_yticks(range(len(items)), [wrap(str(item[0]), 24) for item in items])
    axes.set_ylim(max(len(items), 1) - 0.4, -0.6)
    axes.set_xlim(0, 1.75)
    bare(axes, left=False)
    return figure


def paired_bars(
    categories: Sequence[str],
    first: Sequence[Value],
    second: Sequence[Value],
    names: tuple[str, str],
    unit: str = "人",
) -> Figure:
    """Two figures a category side by side, such as the two definitions of left-behind children.

    The names stand at the first pair; missing is a short hatched bar with 缺报, zero is 0.
    """
    figure, axes = new_figure(0.4 + 0.56 * max(len(categories), 1))
    axes = axes[0, 0]
    top = highest([*first, *second])
    axes.set_xlim(0, top * 1.5)
    for shift, series, name, colour in ((-0.2, first, names[0], BLUE), (0.2, second, names[1], ORANGE)):
        for place, item in enumerate(series):
            end = bar(axes, place + shift, item, 0.36, colour, top)
            known = number(item) is not None
            text = f"{label(item)} {unit}" if known else label(item)
            axes.annotate(f"{text}　{name}" if place == 0 else text, (end, place + shift), xytext=(3, 0),
                          textcoords="offset points", va="center", color=INK if known else SOFT)  # fmt: skip
    axes.set_yticks(range(len(categories)), [wrap(str(name), 24) for name in categories])
    axes.set_ylim(max(len(categories), 1) - 0.45, -0.55)
    bare(axes)
    return figure
