"""Reading: the figures, worklists and series of one town, and their values as printed."""

from typing import Any

import pandas as pd

from pipelines import formatting, sentences
from pipelines.errors import UsageError
from pipelines.indicators.catalogue import load_catalogue
from pipelines.indicators.worklist import load_actions
from pipelines.reference import load_reference
from pipelines.report.series import point_text, points
from pipelines.settings import Settings
from pipelines.townview import TownView


class Reading:
    """What a notebook can ask: one town's figures of one period, and how each is printed."""

    def __init__(self, settings: Settings, view: TownView):
        self.settings = settings
        self.view = view
        self.town = view.town.name
        self.period = view.period
        self.catalogue = load_catalogue()
        self.actions = load_actions()
        self.register = load_reference(settings, view.dataset).towns
        self._sentences = sentences.load_sentences(settings.paths.reference)
        self._figures = {entry["id"]: entry for entry in view.indicators}
        self._county = {entry["id"]: entry for entry in view.county}

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

    @property
    def public(self) -> bool:
        """Whether this is the public edition, which has figures only."""
        return self.view.edition == "public"

    def _internal_only(self, what: str) -> None:
        if self.public:
            raise UsageError(
                f"公开版不能使用 {what}：个案和各学校的数字不公布，汇总只能用指标。",
                "请给这个单元格加标签 internal（公开版略去它），或写 if not report.public:。",
            )

    @property
    def schools(self) -> pd.DataFrame:
        """The town's schools with their numbers, one row a school; UsageError in the public edition."""
        self._internal_only("report.schools")
        return self.view.schools

    def trend(self, wanted: str) -> list[tuple[str, float | str | None]]:
        """An indicator over up to eight quarters, oldest first: (quarter, value; None where there is none, ＜10)."""
        self.indicator(wanted)
        return points(self.view.trend.get(wanted, []))

    def worklist(self, *items: str) -> pd.DataFrame:
        """The cases of this town to be dealt with, all or those of the named items, most urgent first.

        UsageError in the public edition.
        """
        self._internal_only("report.worklist")
        frame = self.view.worklist
        return frame[frame["item"].isin(items)].reset_index(drop=True) if items else frame

    def value(self, wanted: str) -> str:
        """An indicator as printed, e.g. ``2人``, ``97.9%``, ``缺报``."""
        return formatting.indicator_value(self.indicator(wanted), self.catalogue.decimals(wanted))

    def county_value(self, wanted: str) -> str:
        """The county's value as printed."""
        return formatting.indicator_value(self.county_indicator(wanted), self.catalogue.decimals(wanted))

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
        """An indicator's value for a chart: a number, None where it is not reported, its mark where it is hidden."""
        return self._chart_value(self.indicator(wanted))

    def county_chart_value(self, wanted: str) -> float | str | None:
        """The county's value for a chart."""
        return self._chart_value(self.county_indicator(wanted))

    def _chart_value(self, figure: dict[str, Any]) -> float | str | None:
        return formatting.hidden_mark(figure) if figure["state"] == "suppressed" else figure["value"]

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
