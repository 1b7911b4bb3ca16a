"""Showing: what comes out the same in HTML and PDF."""

from typing import Any

import pandas as pd
from IPython.display import HTML, display

from pipelines import __version__, charts, markup, notes, summary, themes
from pipelines.masthead import masthead
from pipelines.report.wording import Wording


SORTABLE_ROWS = 6


def cover_facts(head: dict[str, Any]) -> dict[str, str]:
    """What the cover line may name: data date, version of the programs, report number, edition."""
    return {
        "as_of": head["as_of"],
        "version": __version__,
        "run_id": head["run_id"],
        "edition": head["edition_label"],
    }


class Showing(Wording):
    """Title, paragraphs, tables, charts and the closing section of a report."""

    def title(self, theme: str) -> None:
        """The title of the report (``theme`` as in 控辍保学) with its data date.

        The masthead goes along unseen, so that a report exported from JupyterLab's menu carries the same marks
        (演示数据, 内部资料) as one made by make.
        """
        declared = themes.choose(themes.load_themes(self.settings), theme)[0]
        head = masthead(self.settings, self.view, declared)
        parts = [f'<h1 class="title">{markup.escape(head["title"])}</h1>']
        parts.append(markup.paragraph(self.phrase("cover", "line", **cover_facts(head)), "subtitle"))
        display(HTML("".join(parts)), metadata={"edureport": head})

    def summary(self, theme: str, key_indicators: list[str]) -> None:
        """摘要 and 本季度须办事项 in one box: the first page."""
        display(HTML(summary.summary_box(self, theme, key_indicators)))

    def text(self, *texts: str) -> None:
        """Paragraphs of plain text; empty ones are left out."""
        display(HTML("".join(markup.paragraph(text) for text in texts if text)))

    def bullets(self, *texts: str) -> None:
        """A list of plain texts; empty ones are left out."""
        display(HTML(markup.bullets(text for text in texts if text)))

    def note(self, text: str) -> None:
        """A remark in small type."""
        display(HTML(markup.paragraph(text, "note")))

    def table(
        self,
        frame: pd.DataFrame,
        caption: str,
        widths: list[int] | None = None,
        empty: str = "无。",
        sortable: bool | None = None,
    ) -> None:
        """A table (the page numbers it); a frame without rows becomes the sentence ``empty``.

        On the page, tables of six rows and more can be sorted and filtered, unless ``sortable`` says otherwise.
        """
        if frame.empty:
            if empty:
                display(HTML(markup.paragraph(empty)))
            return
        kind = "sortable" if (len(frame) >= SORTABLE_ROWS if sortable is None else sortable) else ""
        display(HTML(markup.table(frame, caption, widths, kind)))

    def chart(self, figure: Any, caption: str, alt: str, data: pd.DataFrame | None = None) -> None:
        """A chart (the page numbers it); ``alt`` says in a sentence what the chart shows.

        ``data`` is what it shows as a table, which the page offers below it, folded, and as a download.
        """
        display(HTML(markup.chart(charts.figure_svg(figure), caption, alt, data)))

    def indicators(self, ids: list[str], caption: str) -> None:
        """A table of indicators: value, base, target, status, comparison, county."""
        frame = summary.indicator_frame(self, ids)
        widths = [6, 26, 12, 12, 12, 19, 13] if "全市" in frame else [8, 30, 14, 15, 13, 20]
        self.table(frame, caption, widths, sortable=False)

    def closing_autumn(self, ids: list[str], caption: str) -> None:
        """In the first quarter the aid indicators of the closing autumn semester as a second table; else nothing."""
        known = {entry["id"]: entry for entry in self.view.autumn if entry["state"] != "not_applicable"}
        if chosen := [wanted for wanted in ids if wanted in known]:
            self.table(
                summary.autumn_frame(self, [known[i] for i in chosen]), caption, widths=[10, 30, 20, 22, 18]
            )

    def cases(self, *items: str, caption: str, of: str = "") -> None:
        """The worklist rows of the named items as a table, by case number.

        Where there are none, the sentence of the indicator ``of`` is printed: none found and not reported are two
        different things. Without ``of`` nothing is said then.
        """
        frame = summary.case_frame(self, items)
        widths = [17, 14, 22, 15, 32] if "事项" in frame else [17, 27, 15, 41]
        self.table(frame, caption, widths, empty=self.say(of) if of else "")

    def data_notes(self, ids: list[str]) -> None:
        """数据说明: definitions and bases, data dates and sources, data quality, how small numbers are read."""
        for part in notes.data_notes(self, ids):
            display(HTML(part))
