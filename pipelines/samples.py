"""Sample pages for looking at: every chart, mark and awkward table, with made-up figures; no data of anybody.

The gallery shows them, and tests/render/test_pictures.py compares them with approved pictures. Schools are numbered,
values follow from the number: the pages are the same on every machine.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import nbformat
import pandas as pd
from matplotlib.figure import Figure
from nbformat import v4

from pipelines import charts, markup
from pipelines.formatting import SUPPRESSED


QUARTERS = ["2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3"]
COUNTS = (1, 3, 12, 40)
LONG = "安丘市景芝镇" + "中心小学附属第二教学点" * 5
RARE = "䶮㛃𬱖小学"
HOSTILE = '=SUM(A1)<b>甲</b>&amp;#read("x")$*'


def notebook(pieces: Iterable[str], title: str = "样张监测报告") -> nbformat.NotebookNode:
    """A notebook that has shown these pieces of markup; its masthead says that the figures are made up."""
    cells = []
    for html in [f'<h1 class="title">{markup.escape(title)}</h1>', *pieces]:
        cell = v4.new_code_cell("")
        cell.outputs = [v4.new_output("display_data", data={"text/html": html})]
        cells.append(cell)
    node = v4.new_notebook(cells=cells)
    node.metadata["edureport"] = {
        "title": title, "town": {"code": "", "name": "样张"}, "period_label": "2026年第三季度", "demo": True,
        "edition_label": "虚构数字", "as_of": "2026-09-30", "letterhead": "安丘市教育和体育局",
    }  # fmt: skip
    return node


def pieces() -> list[str]:
    """All samples in the order of the page."""
    return [
        markup.box(markup.heading("摘要"), _lights(), markup.bullets(["甲句。", "乙句。"]), _actions()),
        markup.heading("一、表"),
        markup.table(_matrix(), "各镇街区", kind="matrix", headed=True),
        markup.table(_awkward(), "很长、很怪的校名"),
        markup.table(pd.DataFrame({"学校": [], "人数": []}), "没有行的表"),
        markup.table(_wide(), "很宽的表"),
        markup.heading("二、图"),
        *[markup.chart(charts.figure_svg(figure), name, name) for name, figure in every_chart()],
    ]


def every_chart() -> list[tuple[str, Figure]]:
    """Each kind of chart with good, missing, zero and hidden values, and with few and many schools."""
    mixed = list(zip(QUARTERS, [3, 2, None, 4, 5, SUPPRESSED, 0, 7], strict=True))
    bullets = [("低保", 0.95, 1.0, 61, 64), ("孤儿", None, 1.0, 0, 0), ("残疾", None, 1.0, None, None), ("特困", SUPPRESSED, 1.0, None, None)]  # fmt: skip
    return [
        ("进出", charts.stock_flow(5, 4, None, 6)),
        ("进出，全部为零", charts.stock_flow(0, 0, 0, 0)),
        *[(f"{count}所学校", schools_chart(count)) for count in COUNTS],
        ("12所学校，全部为零", schools_chart(12, [0] * 12)),
        ("校名很长、很怪", charts.bars_by_school(_awkward(), "人数", "学校", 2.0, unit="人")),
        ("覆盖与目标", charts.coverage_bullet(bullets)),
        (
            "两种口径",
            charts.paired_bars(["登记人数", "另一口径"], [41, 1], [79, None], ("民政口径", "教育口径")),
        ),
        ("八个季度", charts.trend(mixed, 0, unit="人")),
        (
            "八个季度，比率",
            charts.trend([(q, 0.9 + n / 100) for n, q in enumerate(QUARTERS)], 1.0, percent=True),
        ),
        ("全部为零", charts.trend([(q, 0) for q in QUARTERS], 0, unit="人")),
        ("全部缺报", charts.trend([(q, None) for q in QUARTERS], 0, unit="人")),
        ("销号", charts.stacked([("本季度", {"复学": 9, "误报": 7, "应排除": 3}), ("8月", {"复学": None})])),
        ("各镇", charts.multiples([(f"第{n}镇", mixed[n % 3 :]) for n in range(12)], unit="人")),
    ]


def schools_chart(count: int, values: Sequence[Any] | None = None) -> Figure:
    """Bars of so many schools, one in seven not reported and one in eleven hidden."""
    given = values or [
        None if n % 7 == 6 else SUPPRESSED if n % 11 == 10 else (n * 5) % 13 for n in range(count)
    ]
    frame = pd.DataFrame(
        {"学校": [f"第{n + 1}小学" for n in range(count)], "人数": list(given)}, dtype=object
    )
    return charts.bars_by_school(frame, "人数", "学校", 4.0, unit="人")


def _lights() -> str:
    words = {
        "red": "有指标未达标",
        "yellow": "需关注",
        "green": "各项指标均达标",
        "grey": "数据缺报，不作评价",
    }
    return "<p>总体情况：" + "　".join(markup.light(colour, word) for colour, word in words.items()) + "</p>"


def _actions() -> str:
    cases = "；".join(f"第{n}小学：CX-2026Q3-{n:03d}、CX-2026Q3-{n + 50:03d}" for n in range(1, 5))
    row = {"事项和要求": "确认辍学尚未返校：逐人劝返，每月至少联系一次", "涉及（学校、编号）": f"8人。{cases}",
           "责任人": "镇街区包保责任人会同学校", "时限": "10月7日前", "依据": "义务教育法第十三条"}  # fmt: skip
    return markup.table(pd.DataFrame([row] * 3), "本季度须办事项", widths=[22, 36, 14, 14, 14])


def _matrix() -> pd.DataFrame:
    rows = range(12)
    return pd.DataFrame(
        {
            "镇街区": [f"第{n}镇" for n in rows],
            "人数": [markup.Light("red", f"{n * 100:,}人") if n % 3 == 1 else "✓ 0人" for n in rows],
            "覆盖率": [markup.Light("grey", "缺报") if n == 2 else "3/9" if n == 5 else f"✓ {88 + n}.0%" for n in rows],
            "混合": ["1,009人", "50.0%", "0.30%", "—", "缺报", "＜10", "7人", "100.0%", "12元", "0.05元", "3人", "8"],
        }
    )  # fmt: skip


def _awkward() -> pd.DataFrame:
    names = [LONG[:60], RARE, HOSTILE, "丁校"]
    return pd.DataFrame({"学校": names, "人数": pd.Series([0, None, 4, SUPPRESSED], dtype=object)})


def _wide() -> pd.DataFrame:
    return pd.DataFrame({"学校": ["甲小学", "乙小学"]} | {f"第{n}项指标": [n, n * 37] for n in range(24)})
