"""Charts of the reports: one style, a few shapes, text as text.

Values are written beside the marks instead of in a legend; a missing value says 缺报 and is never drawn as zero. No
pie, no second axis. Every function returns a matplotlib Figure of 156 mm width (the text width of GB/T 9704);
``figure_svg`` turns it into SVG that is the same, byte for byte, for the same data.
"""

from pipelines.charts.bars import bars_by_school, coverage_bullet, paired_bars
from pipelines.charts.flows import stacked, stock_flow
from pipelines.charts.lines import multiples, trend
from pipelines.charts.style import STYLE, WIDTH, figure_svg, use_style


__all__ = [
    "STYLE",
    "WIDTH",
    "bars_by_school",
    "coverage_bullet",
    "figure_svg",
    "multiples",
    "paired_bars",
    "stacked",
    "stock_flow",
    "trend",
    "use_style",
]
