"""What a notebook sees: ``report = Report.open(town, period, edition, dataset)``.

Reading: ``report.indicator("D05")``, ``report.worklist("confirmed_open")``, ``report.schools``, ``report.trend("D05")``.
Showing: ``report.title()``, ``report.summary(...)``, ``report.say("D05")``, ``report.text(...)``, ``report.table(df,
caption=…)``, ``report.chart(fig, caption=…, alt=…)``, ``report.data_notes(...)``. What is shown comes out the same in
HTML and PDF. Plain pandas and matplotlib work too.
"""

from fractions import Fraction
from typing import Any

import pandas as pd
from IPython.display import HTML, display

from pipelines import __version__, charts, formatting, markup, notes, overview, sentences, summary, themes
from pipelines.errors import UsageError
from pipelines.indicators.catalogue import load_catalogue
from pipelines.indicators.worklist import load_actions
from pipelines.masthead import masthead
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.townview import TownView, load_view


SORTABLE_ROWS = 6


def points(series: list[dict[str, Any]]) -> list[tuple[str, float | str | None]]:
    """A stored series as (quarter, value); a hidden value is ＜10, never None, which means not reported."""
    return [
        (p["period"], formatting.SUPPRESSED if p.get("state") == "suppressed" else p["value"]) for p in series
    ]


def point_text(value: float | str | None, unit: str) -> str:
    """One value of a series as printed; rates are fractions with the unit ``%``."""
    if value is None:
        return formatting.MISSING
    if isinstance(value, str):
        return value
    if unit == "%":
        share = Fraction(str(value))
        return formatting.percent(share.numerator, share.denominator)
    return f"{value:g}{unit}"


def cover_facts(head: dict[str, Any]) -> dict[str, str]:
    """What the cover line may name: data date, version of the programs, report number, edition."""
    return {
        "as_of": head["as_of"],
        "version": __version__,
        "run_id": head["run_id"],
        "edition": head["edition_label"],
    }


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
        self.register = load_reference(settings, view.dataset).towns
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

    def trend(self, wanted: str) -> list[tuple[str, float | str | None]]:
        """An indicator over up to eight quarters, oldest first: (quarter, value; None where there is none, ＜10)."""
        self.indicator(wanted)
        return points(self.view.trend.get(wanted, []))

    def worklist(self, *items: str) -> pd.DataFrame:
        """The cases of this town to be dealt with, all or those of the named items, most urgent first."""
        frame = self.view.worklist
        return frame[frame["item"].isin(items)].reset_index(drop=True) if items else frame

    def value(self, wanted: str) -> str:
        """An indicator as printed, e.g. ``2人``, ``97.9%``, ``缺报``."""
        return formatting.indicator_value(self.indicator(wanted), self.catalogue.decimals(wanted))

    def county_value(self, wanted: str) -> str:
        """The county's value as printed."""
        return formatting.indicator_value(self.county_indicator(wanted), self.catalogue.decimals(wanted))

    def say(self, wanted: str, section: str = "") -> str:
        """The sentence of sentences.toml that fits the indicator's figure."""
        texts = self._sentences.get(section or wanted, {})
        thresholds = self.settings.threshold_texts()
        words = self._sentences["change"]
        return sentences.sentence(
            texts, self.indicator(wanted), self.catalogue.entry(wanted), thresholds, words
        )

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

    def points_text(self, points: list[tuple[str, float | str | None]], unit: str) -> str:
        """A series in words, for alternative texts: ``2026Q2 1人，2026Q3 2人``."""
        return "，".join(f"{name} {point_text(value, unit)}" for name, value in points)

    def points_frame(self, wanted: str) -> pd.DataFrame:
        """The same series as a table, for the data of a chart: quarter, value as printed."""
        unit = self.catalogue.entry(wanted).unit
        series = self.trend(wanted)
        return pd.DataFrame(
            {
                "季度": [name for name, _ in series],
                self.catalogue.entry(wanted).name: [point_text(value, unit) for _, value in series],
            }
        )

    def chart_value(self, wanted: str) -> float | str | None:
        """An indicator's value for a chart: a number, None where it is not reported, ＜10 where it is hidden."""
        figure = self.indicator(wanted)
        return formatting.SUPPRESSED if figure["state"] == "suppressed" else figure["value"]

    def rates_frame(self, items: list[tuple[str, str]]) -> pd.DataFrame:
        """Rates as a table, for the data of a bullet chart; items are (label, indicator id)."""
        figures = [self.indicator(wanted) for _, wanted in items]
        return pd.DataFrame(
            {
                "项目": [label for label, _ in items],
                "数值": [self.value(wanted) for _, wanted in items],
                "分子 / 分母": [formatting.base_text(f) or formatting.NOT_APPLICABLE for f in figures],
            }
        )

    def bullets_of(self, items: list[tuple[str, str]]) -> list[tuple]:
        """Rates with their targets and bases for ``charts.coverage_bullet``; items are (label, indicator id)."""
        rows = []
        for label, wanted in items:
            figure = self.indicator(wanted)
            # a base of 0 is how the chart tells 不适用 from 缺报
            base = 0 if figure["state"] == "not_applicable" else figure["denominator"]
            rows.append((label, self.chart_value(wanted), figure["target"], figure["numerator"], base))
        return rows

    def school_columns(self, frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """Columns of the school table under their Chinese headings, the school's name first."""
        titles = self._sentences["school_columns"]
        return frame[list(columns)].rename(columns=titles)

    def unless_missing(self, columns: list[str], text: str) -> str:
        """``text`` (none were found) if these columns of the school table are known, else that they are not."""
        unknown = self.schools.empty or bool(self.schools[columns].isna().any(axis=None))
        return self.phrase("basics", "schools_unknown") if unknown else text

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
        widths = [8, 22, 12, 14, 13, 18, 13] if "全市" in frame else [8, 30, 14, 16, 14, 18]
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

    def data_notes(self, ids: list[str]) -> None:
        """数据说明: definitions and bases, data dates and sources, data quality, how small numbers are read."""
        for part in notes.data_notes(self, ids):
            display(HTML(part))
