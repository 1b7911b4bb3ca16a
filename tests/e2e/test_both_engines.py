"""Every notebook of the project comes out the same from both engines, for a town and for the county."""

import nbformat
import pytest

from pipelines.render import engines
from pipelines.render.execute import execute
from pipelines.settings import Settings
from pipelines.themes import load_themes
from tests.e2e.test_report_command import Issued


pytestmark = pytest.mark.e2e


@pytest.mark.skipif(not engines.fork_works(), reason="this system cannot fork")
def test_every_notebook_of_the_project_is_the_same_from_both_engines(issued: Issued) -> None:
    root, _ = issued
    themes = load_themes(Settings.load(root))
    assert themes
    for theme in themes:
        town = "安丘市" if theme.county_only else "景芝镇"
        words = {"town": town, "period": "2026Q3", "edition": "internal", "dataset": "demo"}
        variables = {"EDUREPORT_ROOT": str(root)}
        made = [
            nbformat.writes(execute(theme.notebook, words, cwd=root, engine=engine, variables=variables))
            for engine in ("fork", "kernel")
        ]
        assert made[0] == made[1], theme.name
