"""Every notebook of the project comes out the same from both engines, for a town and for the county."""

import nbformat
import pytest

from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.render import engines
from pipelines.render.execute import execute
from pipelines.report import handed
from pipelines.settings import Settings
from pipelines.themes import load_themes
from pipelines.townview import load_view
from tests.e2e.test_report_command import Issued


pytestmark = pytest.mark.e2e


@pytest.mark.skipif(not engines.fork_works(), reason="this system cannot fork")
def test_every_notebook_of_the_project_is_the_same_from_both_engines(issued: Issued) -> None:
    root, _ = issued
    settings, period = Settings.load(root), Period.parse("2026Q3")
    themes, register = load_themes(settings), load_reference(settings, "demo").towns
    assert themes
    for theme in themes:
        town = "安丘市" if theme.county_only else "景芝镇"
        words = {"town": town, "period": "2026Q3", "edition": "internal", "dataset": "demo"}
        variables = {"EDUREPORT_ROOT": str(root)}
        # as a batch does it: the process is handed the view and reads nothing
        view = handed.pack(settings, load_view(settings, "demo", period, register.resolve(town), "internal"))
        assert view
        made = [
            nbformat.writes(
                execute(theme.notebook, words, cwd=root, engine=engine, variables=variables, handed=view)
            )
            for engine in ("fork", "kernel")
        ]
        assert made[0] == made[1], theme.name
