"""Lines over quarters: one indicator, and the same indicator for every town side by side."""

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from pipelines.charts.style import (
    BLUE,
    GREY,
    INK,
    RED,
    SOFT,
    Value,
    hatch,
    highest,
    label,
    new_figure,
    number,
    text_width,
    wrap,
)


Points = Sequence[tuple[str, Value]]


def _school_years(axes: Any, points: Points, words: bool = True) -> None:
    """A dotted upright before every third quarter, where a school year begins."""
    for place, (name, _) in enumerate(points):
        if place and (name.upper().endswith("Q3") or "第三季度" in name):
            axes.axvline(place - 0.5, color=SOFT, linewidth=0.7, linestyle=":")
            if words:
                axes.annotate("新学年", (place - 0.5, 1), xycoords=("data", "axes fraction"), xytext=(3, -1),
                              textcoords="offset points", va="top", color=SOFT, fontsize=8)  # fmt: skip


def _valley(values: Sequence[float | None], place: int) -> bool:
    """Whether both neighbours are higher, so that the line leaves no room above the point."""
    beside = [values[n] for n in (place - 1, place + 1) if 0 <= n < len(values)]
    here = values[place]
    return here is not None and bool(beside) and all(other is not None and other > here for other in beside)


def trend(
    points: Points,
    target: float | None = None,
    *,
    percent: bool = False,
    unit: str = "",
    county: Points | None = None,
) -> Figure:
    """A line over quarters, oldest first; a dotted upright marks each new school year (before every third quarter).

    Labels are periods such as ``2026Q3`` or ``2026年第三季度``. A missing quarter breaks the line and says 缺报.
    ``county`` adds the county's line in grey, named at its end (rates only: counts of a town and of the whole county
    do not belong on one scale).
    """
    values = [number(value) for _, value in points]
    others = [number(value) for _, value in county or []]
    figure, axes = new_figure(2.0 if any(values) or any(others) else 1.2)  # nothing but zeros needs no height
    axes = axes[0, 0]
    nan = float("nan")
    if county:
        axes.plot(range(len(others)), [nan if v is None else v for v in others], color=GREY, linewidth=1.2)
        if others and others[-1] is not None:
            axes.annotate(f"全市 {label(others[-1], percent)}", (len(others) - 1, others[-1]), xytext=(9, 0),
                          textcoords="offset points", va="center", color=SOFT, fontsize=8)  # fmt: skip
    axes.plot(
        range(len(values)),
        [nan if v is None else v for v in values],
        color=BLUE,
        linewidth=1.8,
        marker="o",
        markersize=4.5,
    )
    known = [v for v in [*values, *others, target] if v is not None] or [0.0]
    low, high = (min(known) - 0.02 if percent else min(0.0, *known)), max(known)
    span = (high - low) or 1.0
    axes.set_ylim(low - (span * 0.05 if percent else 0), high + span * 0.2)
    for place, (_, value) in enumerate(points):
        found = values[place]
        text = label(value, percent) + (unit if found is not None and place == len(values) - 1 else "")
        if found is None:
            axes.axvspan(place - 0.18, place + 0.18, facecolor="white", edgecolor=GREY, hatch=hatch(value), linewidth=0,
                         ymax=0.06)  # fmt: skip
        valley = _valley(values, place) and found is not None and found > low + span * 0.12
        # the last label stands clear of a line that comes down to it
        falls = place and place == len(values) - 1 and found is not None and (values[place - 1] or 0) > found
        axes.annotate(text, (place, low if found is None else found), textcoords="offset points",
                      ha="left" if falls and not valley else "center", va="top" if valley else "bottom",
                      xytext=(0, -6 if valley else 12 if found is None else 6), color=SOFT if found is None else INK)  # fmt: skip
    _school_years(axes, points)
    if target is not None:
        axes.axhline(target, color=RED, linewidth=1, linestyle=(0, (4, 2)))
        axes.annotate(f"目标 {label(target, percent)}", (1, target), xycoords=("axes fraction", "data"),
                      xytext=(2, 0), textcoords="offset points", va="center", color=RED, fontsize=8)  # fmt: skip
    axes.set_xticks(range(len(points)), [name.replace("年", "年\n", 1) for name, _ in points])
    axes.set_xlim(-0.5, max(len(points), 1) - 0.5)
    axes.tick_params(length=0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    return figure


def multiples(
    items: Sequence[tuple[str, Points]],
    *,
    percent: bool = False,
    unit: str = "",
) -> Figure:
    """A small line for each town, all on one scale, in the order given; the last value stands beside the name.

    Six beside each other, or four if there are few or one has a long name. Counts start at zero. A missing quarter breaks the line; if the last one is missing, the value is 缺报.
    """
    columns = 6 if len(items) > 8 and all(text_width(name) <= 10 for name, _ in items) else 4
    rows = max(math.ceil(len(items) / columns), 1)
    figure, grid = new_figure(0.2 + 0.95 * rows, columns, rows)
    figure.set_layout_engine(
        "constrained", wspace=0.1
    )  # a value ends well before the next town's name begins
    cells = [axes for line in grid for axes in line]
    known = [k for _, points in items for k in (number(v) for _, v in points) if k is not None]
    top = highest([*known])
    low = (min(known) if known else 0.0) if percent else 0.0
    span = (top - low) or 1.0
    for axes, (name, points) in zip(cells, items, strict=False):
        values = [number(value) for _, value in points]
        axes.plot(
            range(len(values)), [float("nan") if v is None else v for v in values], color=BLUE, linewidth=1.5
        )
        last = points[-1][1] if points else None
        at = values[-1] if values else None
        if at is not None:
            axes.plot([len(values) - 1], [at], marker="o", markersize=3.5, color=BLUE)
        shown = label(last, percent) + (unit if at is not None else "")
        axes.set_title(shown, loc="right", fontsize=8, pad=3, color=SOFT if at is None else INK)
        axes.set_title(wrap(name, 14, 1), loc="left", fontsize=8, pad=3)
        axes.set_ylim(low - span * 0.12, top + span * 0.12)
        axes.set_xlim(-0.3, max(len(values), 2) - 0.7)
        axes.axhline(low if percent else 0, color=GREY, linewidth=0.5)
        _school_years(axes, points, words=False)
        names = [period for period, _ in points]
        axes.set_xticks([0, len(names) - 1] if len(names) > 1 else [0] * len(names),
                        [names[0], names[-1]] if len(names) > 1 else names, fontsize=7)  # fmt: skip
        axes.tick_params(length=0, pad=1)
        for tick, side in zip(axes.get_xticklabels(), ("left", "right"), strict=False):
            tick.set_horizontalalignment(side)
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_visible(False)
    for axes in cells[len(items) :]:
        axes.set_visible(False)
    return figure
