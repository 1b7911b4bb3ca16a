"""The one style of all charts, and what they share: text sizes, unknown values, bytes.

Fonts come from package files by path, never from the system, so a chart is the same on every machine. Colours are
from the Okabe–Ito palette (told apart with colour-blindness). Missing, zero and suppressed look different: a hatched
short bar with 缺报, a bare 0, a short crossed bar with ＜10 or another mark of a hidden value.
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
    "hatch.linewidth": 0.6,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "figure.facecolor": "white",
    # an analyst's own plot makes room for long names, as ours do
    "figure.constrained_layout.use": True,
    "figure.figsize": (WIDTH, 3.2),
    "svg.fonttype": "none",
    "svg.hashsalt": "edureport",
    "savefig.facecolor": "white",
}

# A count or share; None is not reported, a text (＜10, —, ＊) hidden by disclosure control.
Value = float | str | None


def use_style() -> None:
    """Register the fonts by path and make the reports' style matplotlib's default; may be called again.

    Fonts of the system are forgotten: one of the same family would measure text differently, and a chart would not
    be the same on every machine.
    """
    manager, own = font_manager.fontManager, {str(path) for path in fonts.files().values()}
    bundled = [entry for entry in manager.ttflist if str(entry.fname).startswith(mpl.get_data_path())]
    if {str(entry.fname) for entry in manager.ttflist} - {str(entry.fname) for entry in bundled} != own:
        manager.ttflist = bundled
        for path in sorted(own):
            manager.addfont(path)
    mpl.rcParams.update(STYLE)


use_style()


def text_width(text: str) -> int:
    """Width in half characters: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def wrap(text: str, width: int = 22, lines: int = 3) -> str:
    """Break a long name into lines of ``width`` half characters; more than ``lines`` lines end with …."""
    rows, row = [], ""
    for character in text:
        if text_width(row + character) > width:
            rows.append(row)
            row = ""
        row += character
    rows.append(row)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], rows[lines - 1][:-1] + "…"]
    return "\n".join(rows)


def number(value: Value) -> float | None:
    """A number, or None for everything that is no figure: not reported, or suppressed."""
    return None if value is None or suppressed(value) or pd.isna(value) else float(value)


def suppressed(value: Value) -> bool:
    """Whether disclosure control hides the value."""
    return isinstance(value, str)


def label(value: Value, percent: bool = False) -> str:
    """A value as printed beside its mark."""
    known = number(value)
    if known is None:
        return str(value) if suppressed(value) else MISSING
    if percent:
        share = Fraction(str(known))
        return formatting.percent(share.numerator, share.denominator)
    return f"{known:,.0f}" if known.is_integer() else f"{known:,.2f}".rstrip("0").rstrip(".")


def hatch(value: Value) -> str:
    """The pattern of the short bar that stands for an unknown value."""
    return "xxxx" if suppressed(value) else "/////"


def new_figure(height: float, columns: int = 1, rows: int = 1) -> tuple[Figure, Any]:
    """A figure of the text's width and its axes; not pyplot, so that no chart can carry another's state."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def bare(axes: Axes, *, left: bool = True) -> None:
    """No value axis: the values stand beside the marks."""
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_visible(left)
    axes.tick_params(axis="y", length=0)


def bar(axes: Axes, place: float, value: Value, height: float, colour: str, top: float) -> float:
    """One horizontal bar, or a short patterned bar for an unknown value; returns where its label starts."""
    known = number(value)
    if known is None:
        short = top * 0.06
        axes.barh(
            place, short, height=height, color="white", edgecolor=GREY, hatch=hatch(value), linewidth=0.5
        )
        return short
    axes.barh(place, known, height=height, color=colour, linewidth=0)
    return known


def highest(values: Sequence[Value]) -> float:
    """The largest known value; 1 if there is none above zero, so that an axis always has a length."""
    known = [k for k in map(number, values) if k is not None]
    return max(known) if known and max(known) > 0 else 1.0


def figure_svg(figure: Figure) -> str:
    """The figure as SVG with real text; the same figure gives the same text, without any date."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "edureport"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
