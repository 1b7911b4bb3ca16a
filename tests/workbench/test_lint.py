"""make check on notebooks: every rule finds what it is for, names file and cell, and leaves good notebooks alone."""

import copy
import json

import pytest

from pipelines.settings import Settings
from pipelines.workbench import checking, lint
from pipelines.workbench.scaffold import new_report
from tests.conftest import PROJECT


def test_the_projects_own_notebooks_are_clean() -> None:
    assert [str(f) for f in lint.lint_all(Settings.load(PROJECT))] == []


@pytest.fixture
def book(settings: Settings):
    """A new report's notebook, to be spoilt: call with a function that changes its content; the findings."""
    file = new_report(settings, "boarding", "住校情况")
    content = json.loads(file.read_text(encoding="utf-8"))

    def spoilt(change) -> list[lint.Finding]:
        spoiled = copy.deepcopy(content)
        change(spoiled)
        file.write_text(json.dumps(spoiled, ensure_ascii=False), encoding="utf-8")
        return lint.lint(settings, file)

    return spoilt


def test_a_new_report_has_no_findings(book) -> None:
    assert book(lambda c: None) == []


def source(text: str, place: int = 5):
    def change(content: dict) -> None:
        content["cells"][place]["source"] = text.splitlines(keepends=True)

    return change


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('df = pd.read_csv("/home/me/x.csv")', "绝对路径"),
        ("open('C:\\\\data\\\\x.txt')", "绝对路径"),
        ('open("~/x.txt")', "绝对路径"),
        ("pd.read_excel('x.xlsx')", "绕过 report.load"),
        ('store.read_identity(settings, "demo", p, "student_roll")', "绕过 report.load"),
        ('glob("data/raw/demo/*")', "绕过 report.load"),
        ('report.text("110101201203150019")', "身份证件号"),
        ("x = (1,\ny = 2", "读不懂"),
        ('report.load("pupils")', "没有名为“pupils”的数据表"),
        ('report.say("D99")', "没有名为“D99”的指标"),
        ('report.cases("no_such_item", caption="x")', "没有名为“no_such_item”的待办事项"),
        ('report.own_indicator("B01", name="x", rule="y", numerator=1)', "“B01”不能使用"),
    ],
)
def test_what_a_cell_may_not_say(book, text: str, said: str) -> None:
    found = book(source(text))
    assert len(found) == 1 and said in found[0].what, found
    assert found[0].file == "notebooks/boarding.ipynb"
    assert found[0].place.startswith("第6个单元格")
    assert found[0].mend


@pytest.mark.parametrize(
    "text",
    ["%time x = 1", "!ls", '# 见 /home/me/x.csv\nx = 1', 'report.say("X01")', "report.load?", 'report.value(wanted)',
     'report.text("电话 053612345678")', 'ratio = a/b\nother = "c/d"'],
)  # fmt: skip
def test_what_it_may_say(book, text: str) -> None:
    assert book(source(text)) == []


def tags(content: dict) -> None:
    content["cells"][0]["metadata"] = {}


def second(content: dict) -> None:
    content["cells"][1]["metadata"] = {"tags": ["parameters"]}


def outputs(content: dict) -> None:
    content["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]


def counted(content: dict) -> None:
    content["cells"][1]["execution_count"] = 3


def injected(content: dict) -> None:
    content["cells"][1]["metadata"] = {"tags": ["injected-parameters"]}


def undeclared(content: dict) -> None:
    del content["metadata"]["edureport_theme"]["parameters"]["least"]


def absent(content: dict) -> None:
    content["metadata"]["edureport_theme"]["parameters"]["most"] = "int"


def wrong_kind(content: dict) -> None:
    content["metadata"]["edureport_theme"]["parameters"]["least"] = "integer"


def untitled(content: dict) -> None:
    content["metadata"]["edureport_theme"] = {"order": 3}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (tags, "没有带 parameters 标签"), (second, "有几个单元格带 parameters 标签"), (outputs, "运行结果"), (counted, "运行次数"),
        (injected, "填入的参数"), (undeclared, "least 没有在"), (absent, "声明了参数 most"), (wrong_kind, "integer"), (untitled, "没有写明 title"),
        (source('town = "景芝镇"\nperiod = "2026Q3"\nedition = "internal"\nleast: int = 5', 0), "缺少参数 dataset"),
        (source('town: str = "景芝镇"\nperiod = "2026Q3"\nedition = "internal"\ndataset = "demo"\nleast: int = "5"', 0), "least 应为 int"),
        (source('town = "景芝镇"\nperiod = now()\nedition = "internal"\ndataset = "demo"\nleast = 5', 0), "period 的值不是直接写出"),
        (source('import os\ntown = "景芝镇"\nperiod = "2026Q3"\nedition = "internal"\ndataset = "demo"\nleast = 5', 0), "别的语句"),
    ],
)  # fmt: skip
def test_parameters_and_what_lies_in_the_file(book, change, said: str) -> None:
    found = book(change)
    assert any(said in f.what for f in found), found


def test_editions(book) -> None:
    def public(content: dict) -> None:
        del content["metadata"]["edureport_theme"]["editions"]

    assert ["公开版会失败" in finding.what for finding in book(public)] == [True]

    def tagged(content: dict) -> None:
        public(content)
        for cell in content["cells"][1:3]:
            cell["metadata"]["tags"] = ["internal"]

    assert book(tagged) == []

    def unknown(content: dict) -> None:
        content["metadata"]["edureport_theme"]["editions"] = ["secret"]

    assert ["editions 写法有误" in finding.what for finding in book(unknown)] == [True]


def test_two_reports_of_one_title_and_a_broken_file(settings: Settings) -> None:
    file = new_report(settings, "boarding", "住校情况")
    twin = settings.paths.notebooks / "twin.ipynb"
    twin.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (settings.paths.notebooks / "bad.ipynb").write_text("{")
    found = {f.file: f.what for f in lint.lint_all(settings)}
    assert "互相覆盖" in found["notebooks/twin.ipynb"]
    assert "不是完好的笔记本" in found["notebooks/bad.ipynb"]


def test_a_scratch_notebook_needs_no_parameters(settings: Settings) -> None:
    file = settings.paths.notebooks / "scratch.ipynb"
    file.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}))
    assert lint.lint(settings, file) == []


def test_settings_and_texts_are_read(settings: Settings) -> None:
    assert checking.config_findings(settings) == []
    texts = settings.paths.reference / "sentences.toml"
    texts.write_text("[D01\n" + texts.read_text(encoding="utf-8"), encoding="utf-8")
    found = checking.config_findings(settings)
    assert any("sentences.toml" in str(f) for f in found)
