"""Pages compared with approved pictures, tolerantly: a moved line is found, another rounding of a grey is not.

After a wanted change: look at the new pages, then ``EDUREPORT_APPROVE=1 pytest tests/render/test_pictures.py``.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pypdfium2
import pytest
from PIL import Image

from pipelines import charts, markup
from pipelines.render.pdf import render_pdf


APPROVED = Path(__file__).parent / "approved"
SCALE = 0.6
QUARTERS = ["2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3"]
HIDDEN = "＜10"


def every_chart():
    """Each kind of chart with good, missing, zero and hidden values."""
    schools = pd.DataFrame({"s": ["甲小学", "乙小学", "长" * 60, "丁校"], "n": [0, None, 4, HIDDEN]})
    line = list(zip(QUARTERS, [3, 2, None, 4, 5, HIDDEN, 0, 7], strict=True))
    return {
        "进出": charts.stock_flow(5, 4, None, 6),
        "学校": charts.bars_by_school(schools, "n", "s", 2.5, unit="人"),
        "覆盖": charts.coverage_bullet([("低保", 0.95, 1.0, 61, 64), ("孤儿", None, 1.0, 0, 0), ("残疾", None, 1.0, None, None)]),
        "口径": charts.paired_bars(["登记人数", "另一口径"], [41, 1], [79, None], ("民政口径", "教育口径")),
        "八季": charts.trend(line, 0, unit="人"),
        "销号": charts.stacked([("本季度", {"复学": 9, "误报": 7, "应排除": 3}), ("8月", {"复学": None})]),
        "各镇": charts.multiples([(f"第{n}镇", line[n % 3 :]) for n in range(6)]),
    }  # fmt: skip


@pytest.fixture(scope="module")
def pages(request) -> list[np.ndarray]:
    tools = request.getfixturevalue("tools_of_session")
    frame = pd.DataFrame(
        {
            "镇街区": [f"第{n}镇" for n in range(12)],
            "人数": [markup.Light("red", f"{n}人") if n % 3 == 1 else "✓ 0人" for n in range(12)],
            "比率": [markup.Light("grey", "缺报") if n == 2 else "3/9" for n in range(12)],
        }
    )
    node = tools.notebook(
        tools.shown(markup.box(markup.heading("摘要"), markup.bullets(["甲句。", "乙句。"]))),
        tools.shown(markup.table(frame, "各镇街区", kind="matrix", headed=True)),
        *[tools.shown(markup.chart(charts.figure_svg(f), name, name)) for name, f in every_chart().items()],
        letterhead="安丘市教育和体育局",
    )
    document = pypdfium2.PdfDocument(render_pdf(node))
    return [np.asarray(page.render(scale=SCALE, grayscale=True).to_pil().convert("L")) for page in document]


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the page whose grey differs plainly, after a blur of two pixels; 1 for another size."""
    if one.shape != other.shape:
        return 1.0
    small = [np.asarray(Image.fromarray(page).reduce(2), dtype=int) for page in (one, other)]
    return float((abs(small[0] - small[1]) > 48).mean())


def test_pages_look_as_approved(pages) -> None:
    if os.environ.get("EDUREPORT_APPROVE"):
        APPROVED.mkdir(exist_ok=True)
        for old in APPROVED.glob("page-*.png"):
            old.unlink()
        for number, page in enumerate(pages, 1):
            Image.fromarray(page).quantize(16).save(APPROVED / f"page-{number}.png", optimize=True)
    approved = sorted(APPROVED.glob("page-*.png"))
    assert len(approved) == len(pages)
    for file, page in zip(approved, pages, strict=True):
        assert difference(page, np.asarray(Image.open(file).convert("L"))) < 0.004, file.name


def test_the_measure_finds_a_line_that_moved_and_bears_another_grey(pages) -> None:
    page = pages[1]
    assert difference(page, np.roll(page, 3, axis=0)) > 0.004
    assert difference(page, np.clip(page.astype(int) + 12, 0, 255).astype(np.uint8)) < 0.004


def test_approved_pictures_stay_small() -> None:
    assert sum(file.stat().st_size for file in APPROVED.iterdir()) < 300_000
