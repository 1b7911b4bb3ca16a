"""make new: what it writes is a report, and what cannot be a file's name is refused before anything is written."""

import json

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import notebooks, themes
from pipelines.errors import UsageError
from pipelines.render.execute import declared
from pipelines.settings import Settings
from pipelines.workbench.scaffold import check_name, check_title, new_report
from tests.conftest import PROJECT


def test_the_notebook_is_whole_clean_and_a_report(settings: Settings) -> None:
    file = new_report(settings, "boarding", "住校情况")
    node = nbformat.read(file, as_version=4)
    nbformat.validate(node)
    text = file.read_text(encoding="utf-8")
    assert "{{NAME}}" not in text and "{{TITLE}}" not in text
    known = {theme.name: theme for theme in themes.load_themes(settings)}
    theme = known.pop("boarding")
    assert (theme.title, theme.editions) == ("住校情况", ("internal",))
    assert theme.order == 1 + max(other.order for other in known.values())
    assert declared(node) == dict(theme.parameters)
    assert notebooks.tables_read(notebooks.read(file)) == ["student_roll"]
    assert all(not cell.get("outputs") for cell in node.cells)


@pytest.mark.parametrize(
    "name",
    ["", "../x", "a/b", "a.b", ".hidden", "a", "A", "boarding.ipynb", "住校", "1st", "all", "import", "con", "com1",
     "a b", "a;b", "$(touch x)", "a\nb", "x" * 32, "dropout"],
)  # fmt: skip
def test_names_that_are_refused(settings: Settings, name: str) -> None:
    before = sorted(settings.paths.notebooks.iterdir())
    with pytest.raises(UsageError) as caught:
        new_report(settings, name, "住校情况")
    assert caught.value.exit_code == 2
    assert sorted(settings.paths.notebooks.iterdir()) == before


@pytest.mark.parametrize(
    "title",
    ["", "住/校", "..", "a.b", "住 校", "住\n校", '住"校', "住\\校", "住_校", "<b>", "{{NAME}}", "住" * 21, "控辍保学", "aid",
     "住校监测报告"],
)  # fmt: skip
def test_titles_that_are_refused(settings: Settings, title: str) -> None:
    with pytest.raises(UsageError):
        new_report(settings, "boarding", title)
    assert not (settings.paths.notebooks / "boarding.ipynb").exists()


def test_a_name_differing_in_case_only_is_taken(settings: Settings) -> None:
    (settings.paths.notebooks / "Boarding.ipynb").write_text(json.dumps({"metadata": {}, "cells": []}))
    with pytest.raises(UsageError, match="已经有了"):
        new_report(settings, "boarding", "住校情况")


SETTINGS = Settings.load(PROJECT)


@given(st.text(max_size=40))
def test_a_name_that_is_accepted_can_only_lie_in_the_folder(name: str) -> None:
    try:
        check_name(SETTINGS, name)
    except UsageError:
        return
    assert name.isascii() and name.isidentifier()


@given(st.text(max_size=30))
def test_a_title_that_is_accepted_needs_no_escaping(title: str) -> None:
    try:
        check_title(SETTINGS, title)
    except UsageError:
        return
    assert json.dumps(title, ensure_ascii=False) == f'"{title}"'
    assert repr(title) == f"'{title}'"
    assert not set(title) & set("/\\.:*?\"<>|'$`{}")
