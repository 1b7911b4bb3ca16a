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
        self._sentences = sentences.load_sentences(settings.paths.reference)
        self._figures = {entry["id"]: entry for entry in view.indicators}
        self._county = {entry["id"]: entry for entry in view.county}
        self._numbers = {"表": 0, "图": 0}

    @classmethod
    def open(cls, town: str, period: str, edition: str = "internal", dataset: str = "demo") -> "Report":
        """The report of a town (any of its names) and a period (``2026Q3``); UsageError says what is wrong."""
        settings = Settings.load()
        themes.check_edition(edition)
        register = load_reference(settings, dataset).towns
        return cls(settings, load_view(settings, dataset, Period.parse(period), register.resolve(town), edition))

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
        return formatting.indicator_value(self.indicator(wanted), self._decimals(wanted))

    def say(self, wanted: str, section: str = "") -> str:
        """The sentence of sentences.toml that fits the indicator's figure."""
        texts = self._sentences.get(section or wanted, {})
        return sentences.sentence(texts, self.indicator(wanted), self._decimals(wanted))

    def phrase(self, section: str, case: str, **values: object) -> str:
        """A text of sentences.toml that hangs on no indicator, with its placeholders filled in."""
        return self._sentences[section][case].format(**values)

    def _decimals(self, wanted: str) -> int:
        return self.catalogue.decimals(wanted)

    # --- showing ---------------------------------------------------------------------------------------------

    def title(self, theme: str) -> None:
        """The title of the report with its data date."""
        name = themes.report_title(self.town, self.period, theme)
        parts = [f'<h1 class="title">{markup.escape(name)}</h1>']
        parts.append(markup.paragraph(f"数据截止日期：{self.period.end.isoformat()}", "subtitle"))
        display(HTML("".join(parts)))

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

    def table(self, frame: pd.DataFrame, caption: str, widths: list[int] | None = None, empty: str = "无。") -> None:
        """A numbered table; a frame without rows becomes the sentence ``empty``."""
        if frame.empty:
            display(HTML(markup.paragraph(empty)))
            return
        display(HTML(markup.table(frame, f"{self._number('表')}　{caption}", widths)))

    def chart(self, figure: Any, caption: str, alt: str) -> None:
        """A numbered chart; ``alt`` says in a sentence what the chart shows."""
        display(HTML(markup.chart(charts.figure_svg(figure), f"{self._number('图')}　{caption}", alt)))

    def indicators(self, ids: list[str], caption: str) -> None:
        """A table of indicators: value, base, target, status, comparison, county."""
        self.table(summary.indicator_frame(self, ids), caption, widths=[9, 25, 13, 15, 11, 14, 13])

    def cases(self, *items: str, caption: str, empty: str = "本季度无此类事项。") -> None:
        """The worklist rows of the named items as a table, by case number."""
        self.table(summary.case_frame(self, items), caption, widths=[17, 14, 22, 13, 34], empty=empty)

    def data_notes(self, ids: list[str]) -> None:
        """数据说明: definitions and bases, data dates and sources, data quality, how small numbers are read."""
        for part in notes.data_notes(self, ids):
            display(HTML(part))

    def _number(self, kind: str) -> str:
        self._numbers[kind] += 1
        return f"{kind}{self._numbers[kind]}"
