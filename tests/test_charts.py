"""Charts: same bytes, real text, missing told apart from zero, any number of schools."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager

from pipelines import charts
from pipelines.render import fonts


def texts(figure) -> list[str]:
    return re.findall(r"<text [^>]*>([^<]*)</text>", charts.figure_svg(figure))


def every_chart():
    frame = pd.DataFrame({"school": ["甲小学", "乙小学"], "n": [3, None]})
    return [
        charts.stock_flow(5, 4, 3, 6),
        charts.bars_by_school(frame, "n", "school", 2),
        charts.coverage_bullet([("低保", 0.95, 1.0, 61, 64)]),
        charts.trend([("2026Q2", 3), ("2026Q3", 2)], 0),
        charts.paired_bars(["小学"], [12], [9], ("民政口径", "教育口径")),
    ]


def test_same_bytes_and_no_date():
    first = [charts.figure_svg(figure) for figure in every_chart()]
    assert first == [charts.figure_svg(figure) for figure in every_chart()]
    assert not any("<dc:date>" in svg for svg in first)


def test_only_package_fonts():
    for family in charts.STYLE["font.family"]:
        assert str(font_manager.findfont(family, fallback_to_default=False)) in {
            str(p) for p in fonts.files().values()
        }
    assert fonts.SANS in charts.figure_svg(charts.stock_flow(1, 0, 0, 1))


def test_missing_is_not_zero():
    frame = pd.DataFrame(
        {"school": ["甲小学", "乙小学", "丙小学"], "n": pd.array([0, None, 4], dtype="Int64")}
    )
    found = texts(charts.bars_by_school(frame, "n", "school"))
    assert found.count("缺报") == 1 and found.count("0") == 1 and "4" in found
    assert texts(charts.stock_flow(None, 2, None, 0)).count("缺报") == 2
    assert "缺报" in texts(charts.trend([("2026Q2", None), ("2026Q3", 0)]))
    assert "缺报" in "".join(texts(charts.paired_bars(["小学"], [None], [0], ("甲", "乙"))))


def test_bullet_prints_base_and_shortfall():
    found = "".join(
        texts(
            charts.coverage_bullet(
                [("低保", 61 / 64, 1.0, 61, 64), ("孤儿", None, 1.0, 0, 0), ("残疾", None, 1.0, None, None)]
            )
        )
    )
    assert "95.3%（61/64）" in found and "未达目标" in found and "不适用" in found and "缺报" in found


def test_rate_just_below_its_target_is_not_shown_as_met():
    found = "".join(texts(charts.coverage_bullet([("低保", 9999 / 10000, 1.0, 9999, 10000)])))
    assert "100.0%" not in found and "99.9%" in found


@pytest.mark.parametrize("count", [0, 1, 3, 12, 40])
@pytest.mark.parametrize("kind", ["zeros", "missing", "mixed"])
def test_any_number_of_schools(count, kind):
    values = {
        "zeros": [0.0] * count,
        "missing": [np.nan] * count,
        "mixed": [float(n % 4) for n in range(count)],
    }[kind]
    frame = pd.DataFrame(
        {
            "school": [f"安丘市景芝镇第{n}中心小学暨附属教学点（原某某完全小学）" for n in range(count)],
            "n": values,
        }
    )
    found = texts(charts.bars_by_school(frame, "n", "school", 1.5))
    assert sum(text in ("缺报", "0", "1", "2", "3") for text in found) == count


def test_school_year_boundary_is_drawn_once_a_year():
    points = [(f"{year}年第{name}季度", 1) for year in (2025, 2026) for name in "一二三四"]
    assert texts(charts.trend(points)).count("新学年") == 2


def test_flow_signs():
    found = texts(charts.stock_flow(5, 4, 3, 6))
    assert "＋4 人" in found and "－3 人" in found and "6 人" in found
    assert "0 人" in texts(charts.stock_flow(5, 0, 3, 2))
