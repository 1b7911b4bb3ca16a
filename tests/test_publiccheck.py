"""What a public notebook may do and show: the first cell that does more is named."""

import base64

import nbformat
import pandas as pd
import pytest

from pipelines import publiccheck
from pipelines.clean.idnumbers import check_digit
from pipelines.namecheck import NameCheck
from pipelines.pseudonym import Pseudonymiser
from pipelines.render.execute import NotebookFailed


PSEUDONYMS = Pseudonymiser(b"k" * 32)
NAME = "欧阳测试"


@pytest.fixture
def names() -> NameCheck:
    signs = PSEUDONYMS.name_key(pd.Series([NAME, "阿依·测试", "指标"]))
    return NameCheck(PSEUDONYMS, frozenset(signs), "各项指标")


def notebook(*sources: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])


def shown(**data: str) -> nbformat.NotebookNode:
    content = notebook("1", "2")
    kinds = {name.replace("_", "/"): text for name, text in data.items()}
    content.cells[1].outputs = [nbformat.v4.new_output("display_data", kinds)]
    return content


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from pathlib import Path",
        "from pipelines import store",
        "from pipelines.settings import Settings",
        "from pandas import read_parquet",
        "import pandas as pd\npd.read_parquet('data/clean/demo/2026Q3/student_roll.parquet')",
        "pd.io.parquet.read_parquet(x)",
        "np.load('x')",
        "open('data/clean/demo/2026Q3/indicators.json')",
        "__import__('os')",
        "getattr(pd, 'read' + '_parquet')",
        "eval('1')",
        "report._figures",
        "report.settings.paths",
        "report.__class__",
        "frame.to_csv('x')",
        "!cat data/clean/demo/2026Q3/indicators.json",
        "%run other.ipynb",
    ],
)
def test_a_notebook_that_reads_data_itself_is_refused(source: str) -> None:
    with pytest.raises(NotebookFailed) as caught:
        publiccheck.look_through("own.ipynb", notebook("a = 1", source))
    assert "own.ipynb 第 2 个单元格" in str(caught.value) and caught.value.cell == 2


def test_ordinary_cells_pass_and_internal_ones_are_left_out() -> None:
    content = notebook(
        "import pandas as pd\nfrom pipelines import charts\nfrom pipelines.report import Report",
        "frame = pd.DataFrame({'a': [report.indicator('D01')['value']]}).to_dict()",
        "open('x')",
    )
    content.cells[2].metadata.tags = ["internal"]
    publiccheck.leave_out(content)
    publiccheck.look_through("own.ipynb", content)
    publiccheck.drop(content)
    assert len(content.cells) == 2


def test_a_name_or_number_anywhere_is_found_and_not_told(names: NameCheck) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><text>学生{NAME}</text></svg>'
    data = base64.b64encode(svg.encode()).decode()
    leaks = [
        shown(text_plain=f"共1人：{NAME}"),
        shown(text_html=f"<p>共<b>{NAME[:2]}</b>，{NAME}</p>"),
        shown(text_html=f'<figure><img alt="{NAME}" src=""></figure>'),
        shown(text_html=f'<figure><img alt="" src="data:image/svg+xml;base64,{data}"></figure>'),
        shown(**{"image_svg+xml": svg}),
        shown(text_plain="阿依·测试"),
        shown(text_plain="370784201001011234"),
        shown(text_html="<p>G370784201001011234</p>"),
        shown(text_plain="电话13800138000"),
    ]
    for content in leaks:
        with pytest.raises(NotebookFailed) as caught:
            publiccheck.look_at_outputs("own.ipynb", content, names)
        assert "第 2 个单元格" in str(caught.value)
        assert NAME not in str(caught.value) and "370784" not in str(caught.value)
    with pytest.raises(NotebookFailed) as caught:
        publiccheck.look_at_outputs("own.ipynb", notebook("1", f"2\n# {NAME}"), names)
    assert "第 2 个单元格的源代码第 2 行里有人的姓名（4 个字" in str(caught.value)


def test_ordinary_words_and_numbers_pass(names: NameCheck) -> None:
    content = shown(text_html="<p>各项指标均达标，共1,234人，报告编号36302b3389d3，0.123456789012345678</p>")
    publiccheck.look_at_outputs("own.ipynb", content, names)


def test_an_internal_report_may_not_name_a_person_either(names: NameCheck) -> None:
    loose = NameCheck(
        PSEUDONYMS, names._signs | set(PSEUDONYMS.name_key(pd.Series(["高原"]))), "", strict=False
    )
    publiccheck.refuse_persons(
        "own.ipynb", shown(text_plain="共有高原学校3所，批次370784201001011230"), loose
    )
    number = "00000020150319301"
    number += check_digit(number)
    for text in (f"由{NAME}负责", "高原", f"<b>G{number}</b>", f"证件 {number}"):
        with pytest.raises(NotebookFailed) as caught:
            publiccheck.refuse_persons("own.ipynb", shown(text_html=f"<p>{text}</p>"), loose)
        assert "第 2 个单元格的结果里有" in str(caught.value) and NAME not in str(caught.value)


def test_positions_are_those_of_the_analysts_notebook(names: NameCheck) -> None:
    content = notebook("town = ''", "injected", f"print('{NAME}')")
    content.cells[1].metadata.tags = ["injected-parameters"]
    with pytest.raises(NotebookFailed) as caught:
        publiccheck.look_at_outputs("own.ipynb", content, names)
    assert caught.value.cell == 2
