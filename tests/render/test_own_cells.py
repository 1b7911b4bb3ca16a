"""Ordinary pandas and matplotlib cells that an analyst writes herself: run for real, looked at in both outputs."""

import nbformat
import pypdfium2
import pytest
from bs4 import BeautifulSoup
from nbformat import v4

from pipelines.render.body import build
from pipelines.render.execute import execute
from pipelines.render.html import render_html
from pipelines.render.pdf import render_pdf


CELLS = [
    "from pipelines import charts\nimport pandas as pd\nimport matplotlib.pyplot as plt",
    'df = pd.DataFrame({"学校": ["甲小学", "乙初中"], "比例": [0.5, 12.25], "人数": [1, 1234]})\ndf',
    'df.style.format({"比例": "{:.1f}%"}).set_caption("用style写的表")',
    'df["人数"].describe()',
    'plt.plot([1, 2], [3, -1], label="人数")\nplt.title("默认字体的中文题目")\nplt.legend()',
    'plt.figure(); plt.hist([1, 2]); plt.figure(); plt.bar(["第二张"], [1]); plt.title("同格第二张")',
    'df.plot.barh(x="学校", y="人数", title="pandas自带的图")',
    "import io; from IPython.display import Image, Markdown, display; b = io.BytesIO(); f = plt.figure(); plt.plot([1, 2])\n"
    + 'f.savefig(b, format="png"); plt.close(f); display(Image(b.getvalue()), Markdown("**说明**文字"))',
    'print("打印的一行"); 3.14',
]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    nodes = [v4.new_code_cell(cell) for cell in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(v4.new_notebook(cells=nodes, metadata=kernel), folder / "own.ipynb")
    return execute(folder / "own.ipynb", {}, cwd=folder)


def test_both_outputs_show_everything_and_nothing_of_the_machinery(executed) -> None:
    assert build(executed).warnings == []
    page = BeautifulSoup(render_html(executed), "html.parser").main
    paper = "".join(
        "".join(p.get_textpage().get_text_range().split())
        for p in pypdfium2.PdfDocument(render_pdf(executed))
    )
    screen = "".join(page.get_text().split())
    for text in (
        "甲小学",
        "12.2%",
        "用style写的表",
        "默认字体的中文题目",
        "同格第二张",
        "pandas自带的图",
        "说明文字",
        "打印的一行",
        "3.14",
    ):
        assert text in screen and text in paper, text
    for text in ("Text(", "<Axes", "dtype", "matplotlib.", "plt."):
        assert text not in screen and text not in paper, text
    # four drawings, their text in the fonts of the page, and a bitmap
    assert len(page.select("figure svg")) == 4 and len(page.select("figure img")) == 1


def test_numbers_of_a_bare_frame_line_up(executed) -> None:
    table = BeautifulSoup(build(executed).html, "html.parser").table
    cells = [cell for cell in table.select("td.num") if cell.get_text() in ("0.50", "12.25", "1", "1234")]
    assert len(cells) == 4


def test_a_drawing_without_words_of_its_own_is_described_by_those_in_it(executed) -> None:
    first, *_, last = BeautifulSoup(build(executed).html, "html.parser").select("img")
    assert "默认字体的中文题目" in first["alt"]
    assert last["alt"] == "图：未提供文字说明"
