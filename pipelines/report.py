"""What a notebook sees: ``report = Report.open(town, period, edition, dataset)``.

Reading: ``report.indicator("D05")``, ``report.worklist("confirmed_open")``, ``report.schools``, ``report.trend("D05")``.
Showing: ``report.title()``, ``report.summary(...)``, ``report.say("D05")``, ``report.text(...)``, ``report.table(df,
caption=…)``, ``report.chart(fig, caption=…, alt=…)``, ``report.data_notes(...)``. What is shown comes out the same in
HTML and PDF. Plain pandas and matplotlib work too.
"""

from typing import Any

import pandas as pd
from IPython.display import HTML, display

from pipelines import charts, formatting, markup, notes, sentences, summary, themes
from pipelines.errors import UsageError
from pipelines.indicators.catalogue import load_catalogue
from pipelines.indicators.worklist import load_actions
from pipelines.masthead import masthead
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.townview import TownView, load_view


class Report:
    """One town's report of one theme: its figures, and the ways to show them."""

    def __init__(self, settings: Settings, view: TownView):
        self.settings = settings
        self.view = view
        self.town = view.town.name
        self.period = view.period
        self.schools = view.schools
        self.catalogue = load_catalogue()
        self.actions = load_actions()
        self._sentences = sentences.load_sentences(settings.paths.reference)
        self._figures = {entry["id"]: entry for entry in view.indicators}
        self._county = {entry["id"]: entry for entry in view.county}

    @classmethod
    def open(cls, town: str, period: str, edition: str = "internal", dataset: str = "demo") -> "Report":
        """The report of a town (any of its names) and a period (``2026Q3``); UsageError says what is wrong."""
        settings = Settings.load()
        themes.check_edition(edition)
        register = load_reference(settings, dataset).towns
        return cls(
            settings, load_view(settings, dataset, Period.parse(period), register.resolve(town), edition)
        )

    # --- reading ---------------------------------------------------------------------------------------------

    def indicator(self, wanted: str) -> dict[str, Any]:
        """An indicator of this town by its id, e.g. ``D05``: value, numerator, denominator, state, previous …"""
        return self._pick(self._figures, wanted)

    def county_indicator(self, wanted: str) -> dict[str, Any]:
        """The same indicator for the whole county."""
        return self._pick(self._county, wanted)

    def _pick(self, figures: dict[str, dict[str, Any]], wanted: str) -> dict[str, Any]:
        if wanted not in figures:
            raise UsageError(f"没有编号为“{wanted}”的指标。", f"可用的编号：{'、'.join(sorted(figures))}。")
        return figures[wanted]

    def trend(self, wanted: str) -> list[tuple[str, float | None]]:
        """An indicator over up to eight quarters, oldest first: (quarter, value or None where there is none)."""
        self.indicator(wanted)
        return [(point["period"], point["value"]) for point in self.view.trend.get(wanted, [])]

    def worklist(self, *items: str) -> pd.DataFrame:
        """The cases of this town to be dealt with, all or those of the named items, most urgent first."""
        frame = self.view.worklist
        return frame[frame["item"].isin(items)].reset_index(drop=True) if items else frame

    def value(self, wanted: str) -> str:
        """An indicator as printed, e.g. ``2人``, ``97.9%``, ``缺报``."""
        return formatting.indicator_value(self.indicator(wanted), self.catalogue.decimals(wanted))

    def say(self, wanted: str, section: str = "") -> str:
        """The sentence of sentences.toml that fits the indicator's figure."""
        texts = self._sentences.get(section or wanted, {})
        return sentences.sentence(texts, self.indicator(wanted), self.catalogue.entry(wanted))

    def known(self, wanted: str) -> bool:
        """Whether the indicator has a value (it is neither missing nor without a base)."""
        return self.indicator(wanted)["value"] is not None

    def above_zero(self, wanted: str) -> bool:
        """Whether the indicator is known and greater than zero."""
        return bool(self.indicator(wanted)["value"])

    def below_full(self, wanted: str) -> bool:
        """Whether a rate is known and short of 100 %."""
        figure = self.indicator(wanted)
        return self.known(wanted) and figure["numerator"] < figure["denominator"]

    def coverage(self, ids: list[str]) -> str:
        """The sentence that says which of the tables behind these indicators were not received."""
        absent = notes.missing_titles(self, ids)
        if absent:
            return self.phrase("basics", "missing_tables", tables="、".join(absent))
        return self.phrase("basics", "complete")

    def points_text(self, points: list[tuple[str, float | None]], unit: str) -> str:
        """A series in words, for alternative texts: ``2026Q2 1人，2026Q3 2人``."""
        shown = [
            f"{name} {formatting.MISSING if value is None else f'{value:g}{unit}'}" for name, value in points
        ]
        return "，".join(shown)

    def school_columns(self, frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """Columns of the school table under their Chinese headings, the school's name first."""
        titles = self._sentences["school_columns"]
        return frame[list(columns)].rename(columns=titles)

    def phrase(self, section: str, case: str, **values: object) -> str:
        """A text of sentences.toml that hangs on no indicator, with its placeholders filled in."""
        return self._sentences[section][case].format(**values)

    # --- showing ---------------------------------------------------------------------------------------------

    def title(self, theme: str) -> None:
        """The title of the report (``theme`` as in 控辍保学) with its data date.

        The masthead goes along unseen, so that a report exported from JupyterLab's menu carries the same marks
        (演示数据, 内部资料) as one made by make.
        """
        declared = themes.choose(themes.load_themes(self.settings), theme)[0]
        head = masthead(self.settings, self.view, declared)
        parts = [f'<h1 class="title">{markup.escape(head["title"])}</h1>']
        parts.append(markup.paragraph(f"数据截止日期：{head['as_of']}", "subtitle"))
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
        self, frame: pd.DataFrame, caption: str, widths: list[int] | None = None, empty: str = "无。"
    ) -> None:
        """A table (the page numbers it); a frame without rows becomes the sentence ``empty``."""
        if frame.empty:
            display(HTML(markup.paragraph(empty)))
            return
        display(HTML(markup.table(frame, caption, widths)))

    def chart(self, figure: Any, caption: str, alt: str) -> None:
        """A chart (the page numbers it); ``alt`` says in a sentence what the chart shows."""
        display(HTML(markup.chart(charts.figure_svg(figure), caption, alt)))

    def indicators(self, ids: list[str], caption: str) -> None:
        """A table of indicators: value, base, target, status, comparison, county."""
        self.table(summary.indicator_frame(self, ids), caption, widths=[8, 22, 13, 14, 10, 20, 13])

    def cases(self, *items: str, of: str, caption: str) -> None:
        """The worklist rows of the named items as a table, by case number.

        Where there are none, the sentence of the indicator ``of`` is printed: none found and not reported are two
        different things.
        """
        frame = summary.case_frame(self, items)
        widths = [17, 14, 22, 15, 32] if "事项" in frame else [17, 27, 15, 41]
        self.table(frame, caption, widths, empty=self.say(of))

    def data_notes(self, ids: list[str]) -> None:
        """数据说明: definitions and bases, data dates and sources, data quality, how small numbers are read."""
        for part in notes.data_notes(self, ids):
            display(HTML(part))
