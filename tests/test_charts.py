"""Charts: same bytes, real text, missing told apart from zero, any number of schools."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager
from matplotlib.colors import to_rgb

from pipelines import charts
from pipelines.charts import flows, style
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
        charts.stacked([("本季度", {"复学": 9, "误报": 7, "未结": 1}), ("7月", {"复学": None})]),
        charts.multiples(
            [("景芝镇", [("2026Q2", 3), ("2026Q3", None)]), ("郚山镇", [("2026Q2", 0), ("2026Q3", 1)])]
        ),
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


def patterns(figure) -> int:
    """How many hatched marks a chart has."""
    return charts.figure_svg(figure).count("<pattern ")


def test_missing_zero_and_suppressed_look_different():
    def bar(value):
        return charts.bars_by_school(pd.DataFrame({"s": ["甲", "乙"], "n": [value, 40]}), "n", "s")

    assert texts(bar(None))[-2:] == ["缺报", "40"] or "缺报" in texts(bar(None))
    assert "0" in texts(bar(0)) and "＜10" in texts(bar("＜10"))
    assert patterns(bar(0)) == 0
    assert patterns(bar(None)) == patterns(bar("＜10")) == 1
    marks = {
        re.search(r"<pattern .*?</pattern>", charts.figure_svg(bar(v)), re.DOTALL)[0] for v in (None, "＜10")
    }
    assert len(marks) == 2


def test_suppressed_counts_leave_no_trace_in_any_chart():
    hidden = "＜10"
    drawn = [
        charts.stock_flow(hidden, hidden, hidden, hidden),
        charts.coverage_bullet([("甲", hidden, 1.0, None, None)]),
        charts.trend([("2026Q2", hidden), ("2026Q3", hidden)], 0),
        charts.paired_bars(["甲"], [hidden], [hidden], ("一", "二")),
        charts.stacked([("本季度", {"复学": hidden, "误报": 12})]),
        charts.multiples([("甲", [("2026Q3", hidden)])]),
    ]
    for figure in drawn:
        assert hidden in texts(figure) or any(hidden in text for text in texts(figure))
        assert not re.search(
            r"\b[1-9]\b", " ".join(texts(figure)).replace("2026Q2", "").replace("2026Q3", "")
        )


def test_stacked_names_every_part_once_and_never_adds_over_a_gap():
    found = texts(
        charts.stacked([("本季度", {"复学": 9, "误报": 7, "未结": 0}), ("8月", {"复学": None, "误报": 2})])
    )
    assert found.count("复学") == found.count("误报") == 1 and "未结" not in found
    assert "共 16 件" in found and "缺报" in found and "共 2 件" not in found


def test_multiples_share_one_scale_and_say_the_last_value():
    items = [(f"第{n}镇", [("2026Q1", n), ("2026Q2", None), ("2026Q3", n)]) for n in range(12)]
    figure = charts.multiples(items, unit="人")
    assert len({axes.get_ylim() for axes in figure.axes if axes.get_visible()}) == 1
    assert {f"{n}人" for n in range(12)} <= set(texts(figure))
    assert "缺报" in texts(charts.multiples([("甲镇", [("2026Q2", 3), ("2026Q3", None)])]))


def test_three_hundred_schools_are_counted_not_drawn():
    frame = pd.DataFrame({"school": [f"第{n}小学" for n in range(300)], "n": range(300)})
    found = texts(charts.bars_by_school(frame, "n", "school"))
    assert "另有260所学校未画出，见表。" in found and "第39小学" in found and "第40小学" not in found


@pytest.mark.parametrize("name", ["$x^2$", "<b>甲</b>", "=1+1", "甲&乙", "䶮㛃小学", "\\frac{1}{2}"])
def test_names_are_text_never_formulas_or_markup(name):
    frame = pd.DataFrame({"school": [name], "n": [3]})
    svg = charts.figure_svg(charts.bars_by_school(frame, "n", "school"))
    from html import escape

    assert escape(name, quote=False) in svg


@pytest.mark.parametrize("count", [1, 3, 12, 40])
def test_no_text_of_a_school_chart_leaves_the_picture(count):
    frame = pd.DataFrame({"school": ["安丘市景芝镇" + "中心" * 27] * count, "n": [12345.0] * count})
    figure = charts.bars_by_school(frame, "n", "school", 9999.0, unit="人")
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.axes[0].get_tightbbox(canvas.get_renderer())
    assert box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y0 >= -1 and box.y1 <= figure.bbox.y1 + 1


def test_a_label_never_lies_across_the_countys_line():
    frame = pd.DataFrame({"s": ["甲", "乙"], "n": [0.90, 0.10]})
    figure = charts.bars_by_school(frame, "n", "s", 0.942, percent=True)
    starts = {
        t.get_text(): t.xy[0]
        for t in figure.axes[0].texts
        if "%" in t.get_text() and "全市" not in t.get_text()
    }
    assert starts == {"90.0%": 0.942, "10.0%": 0.10}


def test_many_towns_stand_six_beside_each_other_unless_a_name_is_long():
    items = [(f"第{n}镇", [("2026Q3", n)]) for n in range(12)]
    shown = lambda given: sorted(
        {round(a.get_position().x0, 2) for a in charts.multiples(given).axes if a.get_visible()}
    )
    assert len(shown(items)) == 6
    assert len(shown([*items[:11], ("经济技术开发区", [("2026Q3", 1)])])) == 4


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in to_rgb(colour)
    ]
    return float(np.dot(parts, [0.2126, 0.7152, 0.0722]))


def contrast(one: str, other: str) -> float:
    light, dark = sorted(map(luminance, (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_text_in_a_chart_stands_out_from_its_ground():
    """axe does not look into drawings; 4.5 is WCAG's least for text, 3 for marks."""
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    for ink in (style.INK, style.SOFT, style.RED):
        assert contrast(ink, "white") >= 4.5
    for ground, _, ink in flows.PARTS:
        assert contrast(ink, ground) >= 4.5, ground
    for mark in (style.BLUE, style.GREEN, style.RED):
        assert contrast(mark, "white") >= 3


def test_an_analysts_own_plot_makes_room_for_long_names() -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 2.5))
    axes.barh(["安丘市景芝职业中等专业学校"], [1])
    charts.figure_svg(figure)
    assert axes.get_yticklabels()[0].get_window_extent().x0 >= 0
    plt.close(figure)
