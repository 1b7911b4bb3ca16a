"""Charts of the reports: one style, a few shapes, text as text.

Fonts come from package files by path, never from the system, so a chart is the same on every machine. Colours are
from the Okabe–Ito palette (told apart with colour-blindness); values are written beside the marks instead of in a
legend; a missing value says 缺报 and is never drawn as zero. No pie, no second axis.

Every function returns a matplotlib Figure of 156 mm width (the text width of GB/T 9704); ``figure_svg`` turns it
into SVG that is the same, byte for byte, for the same data.
"""

import io
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import matplotlib as mpl
import pandas as pd
from cycler import cycler
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipelines import formatting
from pipelines.formatting import MISSING
from pipelines.render import fonts


WIDTH = 6.14  # inches: 156 mm
INK, SOFT, GRID = "#1a1a1a", "#5b616a", "#d5d8dc"
BLUE, ORANGE, GREEN, RED, GREY = "#0072b2", "#e69f00", "#007a5a", "#b3261e", "#9aa0a8"
STYLE: Any = {
    "font.family": [fonts.SANS, fonts.FALLBACK],
    "font.size": 9,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": SOFT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, "#cc79a7", "#56b4e9"]),
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "figure.facecolor": "white",
    "figure.figsize": (WIDTH, 3.2),
    "svg.fonttype": "none",
    "svg.hashsalt": "edureport",
    "savefig.facecolor": "white",
}


def use_style() -> None:
    """Register the fonts by path and make the reports' style matplotlib's default; may be called again."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in fonts.files().values():
        if str(path) not in known:
            font_manager.fontManager.addfont(str(path))
    mpl.rcParams.update(STYLE)


use_style()


def _width(text: str) -> int:
    """Width in half characters: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def _wrap(text: str, width: int = 22, lines: int = 3) -> str:
    """Break a long name into lines of ``width`` half characters; more than ``lines`` lines end with …."""
    rows, row = [], ""
    for character in text:
        if _width(row + character) > width:
            rows.append(row)
            row = ""
        row += character
    rows.append(row)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], rows[lines - 1][:-1] + "…"]
    return "\n".join(rows)


def _none(value: Any) -> float | None:
    """A number, or None for everything that means 'not reported'."""
    return None if value is None or pd.isna(value) else float(value)


def _text(value: float | None, percent: bool = False) -> str:
    if value is None:
        return MISSING
    if percent:
        share = Fraction(str(value))
        return formatting.percent(share.numerator, share.denominator)
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


def _figure(height: float) -> tuple[Figure, Axes]:
    # Figure, not pyplot: nothing is kept between charts, so no chart can carry another's state.
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def _bare(axes: Axes, *, left: bool = True) -> None:
    """No value axis: the values stand beside the marks."""
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_visible(left)
    axes.tick_params(axis="y", length=0)


def stock_flow(
    opening: float | None,
    new: float | None,
    resolved: float | None,
    closing: float | None,
    labels: Sequence[str] = ("期初", "新增", "核销", "期末"),
    unit: str = "人",
) -> Figure:
    """Opening + new − resolved = closing as four steps (counts; ``resolved`` is given positive).

    A missing value leaves its step empty and says 缺报; the steps after it start where they can be known.
    """
    figure, axes = _figure(2.6)
    opening, new, resolved, closing = map(_none, (opening, new, resolved, closing))
    after_new = None if opening is None or new is None else opening + new
    steps = [
        (opening, 0.0, BLUE, False),
        (new, opening, ORANGE, True),
        (resolved, None if after_new is None or resolved is None else after_new - resolved, GREEN, True),
        (closing, 0.0, BLUE, False),
    ]
    top = max([1.0, *(value for value in (opening, after_new, closing, new, resolved) if value is not None)])
    for place, (value, base, colour, flow) in enumerate(steps):
        floor = max(base or 0.0, 0.0)
        if value is not None:
            axes.bar(place, value, bottom=floor, width=0.56, color=colour, linewidth=0)
        sign = "" if not flow or value in (None, 0) else ("＋" if place == 1 else "－")
        label = _text(value) if value is None else f"{sign}{_text(value)} {unit}"
        height = floor + (value or 0.0)
        axes.text(
            place, height + top * 0.03, label, ha="center", va="bottom", color=SOFT if value is None else INK
        )
    levels = [opening, after_new, None if after_new is None or resolved is None else after_new - resolved]
    for place, level in enumerate(levels):
        if level is not None:
            axes.plot([place + 0.28, place + 0.72], [level, level], color=SOFT, linewidth=0.7)
    axes.set_xticks(range(4), [_wrap(str(label), 14) for label in labels])
    axes.tick_params(axis="x", length=0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(0, top * 1.18)
    axes.set_xlim(-0.5, 3.5)
    return figure


def bars_by_school(
    frame: pd.DataFrame,
    value: str,
    label: str,
    county: float | None = None,
    *,
    percent: bool = False,
    unit: str = "",
) -> Figure:
    """One horizontal bar a school, in the frame's order; ``value`` and ``label`` name the columns.

    Zero is written 0, a missing value 缺报 in grey; ``county`` draws a line with the county's value. With
    ``percent`` the values are fractions 0–1.
    """
    names = [
        _wrap(str(name), 26 if len(frame) <= 20 else 40, 3 if len(frame) <= 20 else 1)
        for name in frame[label]
    ]
    values = [_none(item) for item in frame[value]]
    lines = sum(1 + 0.62 * name.count("\n") for name in names)
    figure, axes = _figure(max(0.9, 0.45 + lines * (0.27 if len(values) <= 20 else 0.2)))
    top = max([1e-9, *(v for v in [*values, county] if v is not None)])
    axes.set_xlim(0, top * 1.16 if top > 1e-9 else 1)
    axes.barh(range(len(values)), [v or 0.0 for v in values], height=0.62, color=BLUE, linewidth=0)
    for place, number in enumerate(values):
        text = _text(number, percent) + (unit if number is not None else "")
        axes.annotate(
            text, ((number or 0.0), place), xytext=(3, 0), textcoords="offset points", va="center",
            color=SOFT if number is None else INK,
        )  # fmt: skip
    if county is not None:
        axes.axvline(county, color=RED, linewidth=1, linestyle=(0, (4, 2)))
        axes.annotate(
            f"全市 {_text(county, percent)}{unit}", (county, 1), xycoords=("data", "axes fraction"),
            xytext=(0, 2), textcoords="offset points", ha="center", va="bottom", color=RED, fontsize=8,
        )  # fmt: skip
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(values), 1) - 0.4, -0.6)
    _bare(axes)
    return figure


def coverage_bullet(
    items: Sequence[tuple[str, float | None, float | None, float | None, float | None]],
) -> Figure:
    """Rates against their targets: (label, value 0–1 or None, target 0–1 or None, numerator, denominator).

    The base stands beside every rate. A missing rate has an empty frame; one without a base says 不适用.
    """
    figure, axes = _figure(0.35 + 0.42 * max(len(items), 1))
    for place, (_, rate, goal, part, whole) in enumerate(items):
        value, target = _none(rate), _none(goal)
        axes.barh(place, 1.0, height=0.56, color="white" if value is None else "#e9ebee", edgecolor=GREY,
                  linewidth=0.6 if value is None else 0, linestyle=":")  # fmt: skip
        if value is not None:
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
        base = "" if part is None or whole is None else f"（{_text(_none(part))}/{_text(_none(whole))}）"
        empty = "不适用" if whole == 0 else MISSING
        short = "　未达目标" if value is not None and target is not None and value < target else ""
        axes.text(1.03, place, (empty if value is None else _text(value, True) + base) + short, va="center",
                  color=SOFT if value is None else INK)  # fmt: skip
    axes.set_yticks(range(len(items)), [_wrap(str(item[0]), 24) for item in items])
    axes.set_ylim(max(len(items), 1) - 0.4, -0.6)
    axes.set_xlim(0, 1.75)
    _bare(axes, left=False)
    return figure


def trend(
    points: Sequence[tuple[str, float | None]],
    target: float | None = None,
    *,
    percent: bool = False,
    unit: str = "",
) -> Figure:
    """A line over quarters, oldest first; a dotted upright marks each new school year (before every third quarter).

    Labels are periods such as ``2026Q3`` or ``2026年第三季度``. A missing quarter breaks the line and says 缺报.
    """
    values = [_none(value) for _, value in points]
    figure, axes = _figure(2.5 if any(values) else 1.3)  # nothing but zeros needs no height
    numbers = [float("nan") if value is None else value for value in values]
    axes.plot(range(len(values)), numbers, color=BLUE, linewidth=1.8, marker="o", markersize=4.5)
    known = [value for value in [*values, target] if value is not None] or [0.0]
    low, high = min(0.0, *known), max(known)
    span = (high - low) or 1.0
    axes.set_ylim(low, high + span * 0.2)
    for place, value in enumerate(values):
        text = _text(value, percent) + (unit if value is not None and place == len(values) - 1 else "")
        axes.annotate(text, (place, low if value is None else value), xytext=(0, 6), textcoords="offset points",
                      ha="center", va="bottom", color=SOFT if value is None else INK)  # fmt: skip
    for place, (label, _) in enumerate(points):
        if place and (label.upper().endswith("Q3") or "第三季度" in label):
            axes.axvline(place - 0.5, color=SOFT, linewidth=0.7, linestyle=":")
            axes.annotate("新学年", (place - 0.5, 1), xycoords=("data", "axes fraction"), xytext=(3, -1),
                          textcoords="offset points", va="top", color=SOFT, fontsize=8)  # fmt: skip
    if target is not None:
        axes.axhline(target, color=RED, linewidth=1, linestyle=(0, (4, 2)))
        axes.annotate(f"目标 {_text(target, percent)}", (1, target), xycoords=("axes fraction", "data"),
                      xytext=(2, 0), textcoords="offset points", va="center", color=RED, fontsize=8)  # fmt: skip
    axes.set_xticks(range(len(points)), [label.replace("年", "年\n", 1) for label, _ in points])
    axes.set_xlim(-0.5, max(len(points), 1) - 0.5)
    axes.tick_params(length=0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    return figure


def paired_bars(
    categories: Sequence[str],
    first: Sequence[float | None],
    second: Sequence[float | None],
    names: tuple[str, str],
    unit: str = "人",
) -> Figure:
    """Two figures a category side by side, such as the two definitions of left-behind children.

    The names stand at the first pair in the colours of their bars; missing is 缺报, zero is 0.
    """
    figure, axes = _figure(0.55 + 0.62 * max(len(categories), 1))
    top = max([1e-9, *(v for v in map(_none, [*first, *second]) if v is not None)])
    axes.set_xlim(0, top * 1.5 if top > 1e-9 else 1)
    for shift, series, name, colour in ((-0.2, first, names[0], BLUE), (0.2, second, names[1], ORANGE)):
        for place, item in enumerate(series):
            value = _none(item)
            axes.barh(place + shift, value or 0.0, height=0.36, color=colour, linewidth=0)
            text = MISSING if value is None else f"{_text(value)} {unit}"
            axes.annotate(f"{text}　{name}" if place == 0 else text, (value or 0.0, place + shift), xytext=(3, 0),
                          textcoords="offset points", va="center", color=SOFT if value is None else INK)  # fmt: skip
    axes.set_yticks(range(len(categories)), [_wrap(str(name), 24) for name in categories])
    axes.set_ylim(max(len(categories), 1) - 0.45, -0.55)
    _bare(axes)
    return figure


def figure_svg(figure: Figure) -> str:
    """The figure as SVG with real text; the same figure gives the same text, without any date."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "edureport"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
