"""What a notebook sees: ``report = Report.open(town, period, edition, dataset)``.

Reading: ``report.indicator("D05")``, ``report.worklist("confirmed_open")``, ``report.schools``, ``report.trend("D05")``.
Showing: ``report.title()``, ``report.summary(...)``, ``report.say("D05")``, ``report.text(...)``, ``report.table(df,
caption=…)``, ``report.chart(fig, caption=…, alt=…)``, ``report.data_notes(...)``. What is shown comes out the same in
HTML and PDF. Plain pandas and matplotlib work too.
"""

from pipelines import themes
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.report.county import CountyParts
from pipelines.report.series import point_text, points
from pipelines.settings import Settings
from pipelines.townview import load_view


__all__ = ["Report", "point_text", "points"]


class Report(CountyParts):
    """One town's report of one theme: its figures, and the ways to show them.

    ``Reading`` (figures) → ``Wording`` (sentences) → ``Showing`` (tables, charts) → ``CountyParts``: one module each.
    """

    @classmethod
    def open(cls, town: str, period: str, edition: str = "internal", dataset: str = "demo") -> "Report":
        """The report of a town (any of its names) and a period (``2026Q3``); UsageError says what is wrong."""
        settings = Settings.load()
        themes.check_edition(edition)
        register = load_reference(settings, dataset).towns
        return cls(
            settings, load_view(settings, dataset, Period.parse(period), register.resolve(town), edition)
        )
