"""County only: every town beside every other. These helpers work in a county's report alone."""

from IPython.display import HTML, display

from pipelines import charts, markup, overview
from pipelines.report.series import point_text
from pipelines.report.showing import Showing


class CountyParts(Showing):
    """What only the county overview shows."""

    def county_summary(self, **themes: list[str]) -> None:
        """Page one of the county overview: a light a theme (``控辍保学=[ids]``), and the most urgent tasks by town."""
        display(HTML(overview.summary_box(self, themes)))

    def matrix(self, ids: list[str], caption: str) -> None:
        """Every town beside every other (county only): values with marks, small bases as fractions, no ranking."""
        display(
            HTML(markup.table(overview.matrix_frame(self, ids), caption, kind="sortable matrix", headed=True))
        )

    def tasks(self, caption: str, theme: str = "") -> None:
        """Open tasks by kind and town (county only), most urgent first."""
        empty = self.phrase("actions", "none")
        self.table(overview.task_frame(self, theme), caption, widths=[16, 30, 12, 16, 26], empty=empty)

    def counted(self, *ids: str) -> str:
        """How many towns meet the targets of these indicators (county only), in a sentence each."""
        return "".join(overview.counted(self, wanted) for wanted in ids)

    def multiples(self, wanted: str, caption: str) -> None:
        """A small line for each town (county only), all on one scale."""
        entry = self.catalogue.entry(wanted)
        found = overview.series(self, wanted)
        unit = "" if entry.kind == "rate" else entry.unit
        last = "，".join(f"{name}{point_text(values[-1][1], entry.unit)}" for name, values in found if values)
        figure = charts.multiples(found, percent=entry.kind == "rate", unit=unit)
        alt = f"{caption}。最近一季：{last}。"
        self.chart(figure, caption, alt, overview.series_frame(self, wanted))
