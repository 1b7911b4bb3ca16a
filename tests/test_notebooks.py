"""What holds for every notebook of the project."""

import json
import re

import nbformat
import pytest

from pipelines.indicators.catalogue import load_catalogue
from pipelines.indicators.worklist import load_actions
from pipelines.render.execute import declared
from tests.conftest import PROJECT


NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
REPORTS = [file for file in NOTEBOOKS if file.stem != "notice"]  # a letter has no sections and no indicators


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda f: f.stem)
def test_committed_clean_and_with_the_four_parameters(file) -> None:
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    assert set(declared(notebook)) == {"town", "period", "edition", "dataset"}
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert not re.search(r"/(home|root|Users|work)/", file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", REPORTS, ids=lambda f: f.stem)
def test_sections_of_the_公文_form(file) -> None:
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    headings = re.findall(r"^## (.+)$", "\n".join("".join(c["source"]) for c in cells), re.MULTILINE)
    assert headings == ["一、基本情况", "二、监测结果", "三、重点问题", "四、下一步措施", "五、数据说明"]


@pytest.mark.parametrize("file", REPORTS, ids=lambda f: f.stem)
def test_names_only_indicators_and_items_that_exist(file) -> None:
    text = "\n".join(cell.source for cell in nbformat.read(file, as_version=4).cells)
    ids, items = set(load_catalogue().ids), set(load_actions())
    named = set(re.findall(r'"([DAL]\d\d)"', text))
    assert named
    assert named <= ids
    for call in re.findall(r"report\.cases\((.*)\)", text):
        chosen = set(re.findall(r'"([a-z_]+)"', call))
        assert chosen and chosen <= items


def test_every_kind_of_work_and_every_indicator_is_shown_in_its_report() -> None:
    for theme in ("dropout", "aid", "left_behind"):
        cells = nbformat.read(PROJECT / "notebooks" / f"{theme}.ipynb", as_version=4).cells
        text = "\n".join(cell.source for cell in cells)
        cased = set(re.findall(r'"([a-z_]+)"', "".join(re.findall(r"report\.cases\((.*)\)", text))))
        assert cased == {item for item, action in load_actions().items() if action.theme == theme}
        letter, most = re.search(
            r'indicators = \[f"([DAL])\{number:02d\}" for number in range\(1, (\d+)\)\]', text
        ).groups()
        expected = {i for i in load_catalogue().ids if load_catalogue().entry(i).theme == theme}
        assert {f"{letter}{number:02d}" for number in range(1, int(most))} == expected
        said = set(re.findall(r'say\("([DAL]\d\d)"\)', text))
        assert said >= expected - {"D01"}
