"""Cases that come and go: stock and flow, and closings by type."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipelines.charts.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
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


# Colour and pattern together: the parts can be told apart in grey too.
PARTS = [
    (GREEN, "", "white"),
    ("#c9dcea", "", INK),
    ("#f3d9a4", "///", INK),
    ("#a65300", "", "white"),
    ("#e3e5e8", "\\\\\\", INK),
]


def stock_flow(
    opening: Value,
    new: Value,
    resolved: Value,
    closing: Value,
    labels: Sequence[str] = ("期初", "新增", "核销", "期末"),
    unit: str = "人",
) -> Figure:
    """Opening + new − resolved = closing as four steps (counts; ``resolved`` is given positive).

    A missing value is a short hatched bar that says 缺报; the steps after it start where they can be known.
    """
    figure, axes = new_figure(1.65)
    axes = axes[0, 0]
    given = (opening, new, resolved, closing)
    start, more, less, end = map(number, given)
    after_new = None if start is None or more is None else start + more
    after_all = None if after_new is None or less is None else after_new - less
    steps = [
        (opening, 0.0, BLUE, ""),
        (new, start, ORANGE, "＋"),
        (resolved, after_all, GREEN, "－"),
        (closing, 0.0, BLUE, ""),
    ]
    top = highest([start, after_new, end, more, less])
    for place, (value, base, colour, sign) in enumerate(steps):
        known, floor = number(value), max(base or 0.0, 0.0)
        if known is None:
            axes.bar(place, top * 0.08, bottom=floor, width=0.56, color="white", edgecolor=GREY, linewidth=0.5,
                     hatch=hatch(value))  # fmt: skip
        else:
            axes.bar(place, known, bottom=floor, width=0.56, color=colour, linewidth=0)
        shown = label(value) if known is None else f"{sign if known else ''}{label(value)} {unit}"
        height = floor + (top * 0.08 if known is None else known)
        axes.text(
            place, height + top * 0.03, shown, ha="center", va="bottom", color=SOFT if known is None else INK
        )
    for place, level in enumerate([start, after_new, after_all]):
        if level is not None:
            axes.plot([place + 0.28, place + 0.72], [level, level], color=SOFT, linewidth=0.7)
    axes.set_xticks(range(4), [wrap(str(text), 14) for text in labels])
    axes.tick_params(axis="x", length=0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(0, top * 1.18)
    axes.set_xlim(-0.5, 3.5)
    return figure


def stacked(rows: Sequence[tuple[str, Mapping[str, Value]]], unit: str = "件") -> Figure:
    """Parts of a whole, a bar a row: (label, {part: count}); the first row is the longest, as a total is.

    Every part is named once, above the first row; counts stand in their parts, and at the end the sum. A row with an
    unknown part is a short hatched bar: parts of it must not look like the whole.
    """
    figure, axes = new_figure(0.65 + 0.32 * max(len(rows), 1))
    axes = axes[0, 0]
    parts = list(dict.fromkeys(part for _, values in rows for part in values))
    sums = [_whole(values) for _, values in rows]
    top = highest([*sums])
    for place, ((_, values), whole) in enumerate(zip(rows, sums, strict=True)):
        if whole is None:
            axes.barh(
                place, top * 0.06, height=0.6, color="white", edgecolor=GREY, hatch="/////", linewidth=0.5
            )
            axes.text(top * 0.075, place, label(next(iter(values.values()), None)), va="center", color=SOFT)
            continue
        left = 0.0
        for part, value in values.items():
            colour, pattern, ink = PARTS[parts.index(part) % len(PARTS)]
            count = number(value) or 0.0
            if not count:
                continue
            axes.barh(
                place,
                count,
                left=left,
                height=0.6,
                color=colour,
                hatch=pattern,
                edgecolor="white",
                linewidth=1,
            )
            axes.text(left + count / 2, place, label(value), ha="center", va="center", color=ink, fontsize=8,
                      bbox={"facecolor": colour, "edgecolor": "none", "pad": 0.6} if pattern else None)  # fmt: skip
            left += count
        axes.text(left + top * 0.015, place, f"共 {label(whole)} {unit}", va="center")
    if rows and sums[0] is not None:
        _name_parts(axes, rows[0][1], top)
    axes.set_yticks(range(len(rows)), [wrap(str(name), 24) for name, _ in rows])
    axes.set_ylim(max(len(rows), 1) - 0.5, -1.25)
    axes.set_xlim(0, top * 1.2)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure


def _whole(values: Mapping[str, Value]) -> float | None:
    known = [number(value) for value in values.values()]
    return None if not known or None in known else sum(value for value in known if value is not None)


def _name_parts(axes: Axes, values: Mapping[str, Value], top: float) -> None:
    """Names above the first bar, each over its part, moved right where the one before needs the room."""
    half = top * 1.2 / 92  # width of half a character at this size, in data units
    left, free = 0.0, 0.0
    for part, value in values.items():
        count = number(value) or 0.0
        if not count:
            continue
        place = max(left, free)
        axes.plot([left + count / 2, place + half * 2], [-0.33, -0.62], color=SOFT, linewidth=0.5)
        axes.text(place, -0.68, part, ha="left", va="bottom", fontsize=8)
        free = place + half * (text_width(part) + 2)
        left += count
