"""Reading: the figures, worklists, series and rows of one town, and their values as printed.

The docstrings of what a notebook calls are Chinese: ``?`` shows them to analysts, not to developers.
"""

from fractions import Fraction
from typing import Any

import pandas as pd

from pipelines import formatting, sentences
from pipelines.errors import UsageError
from pipelines.indicators.catalogue import Catalogue, load_catalogue
from pipelines.indicators.worklist import load_actions
from pipelines.reference import load_reference
from pipelines.report import own
from pipelines.report.rows import load_rows
from pipelines.report.series import point_text, points
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from pipelines.towns import TownRegister
from pipelines.townview import TownView


class Reading:
    """What a notebook can ask: one town's figures of one period, and how each is printed."""

    def __init__(self, settings: Settings, view: TownView, register: TownRegister | None = None):
        self.settings = settings
        self.view = view
        self.town = view.town.name
        self.period = view.period
        self.catalogue = load_catalogue()
        self.actions = load_actions()
        self.register = register or load_reference(settings, view.dataset).towns
        self._sentences = sentences.load_sentences(settings.paths.reference)
        self._figures = {entry["id"]: entry for entry in view.indicators}
        self._county = {entry["id"]: entry for entry in view.county}

    def indicator(self, wanted: str) -> dict[str, Any]:
        """本镇街区的一个指标：数值、分子、分母、状态、上季度数等（字典）。

        例：report.indicator("D05")["value"]      → 2
            report.indicator("D07")["numerator"]  → 3

        state 为 missing 表示缺报（不等于 0），not_applicable 表示没有基数。有哪些指标：report.find_indicators("辍学")。
        """
        return self._pick(self._figures, wanted)

    def county_indicator(self, wanted: str) -> dict[str, Any]:
        """全市的同一个指标，内容同 report.indicator。"""
        return self._pick(self._county, wanted)

    def _pick(self, figures: dict[str, dict[str, Any]], wanted: str) -> dict[str, Any]:
        if wanted not in figures:
            raise UsageError(f"没有编号为“{wanted}”的指标。", f"可用的编号：{'、'.join(sorted(figures))}。")
        return figures[wanted]

    @property
    def public(self) -> bool:
        """是否公开版：公开版只有指标，没有个案和各学校的数。

        例：if not report.public: report.table(…)
        """
        return self.view.edition == "public"

    def _internal_only(self, what: str) -> None:
        if self.public:
            raise UsageError(
                f"公开版不能使用 {what}：个案和各学校的数字不公布，汇总只能用指标。",
                "请给这个单元格加标签 internal（公开版略去它），或写 if not report.public:。",
            )

    @property
    def schools(self) -> pd.DataFrame:
        """本镇街区的学校表，每校一行（school_id、school_name、on_roll、suspected、confirmed、entitled 等列）；只用于内部版。"""
        self._internal_only("report.schools")
        return self.view.schools

    def own_indicator(self, wanted: str, name: str, rule: str, **declared: Any) -> dict[str, Any]:
        """自己定义一个指标（编号 X01 至 X99），之后用法同目录里的指标：value、say、indicators、data_notes。

        例：report.own_indicator("X01", name="寄宿生比例", rule="在籍学生中，是否住校为“是”的人数占比",
                numerator=boarders, denominator=pupils, unit="%", tables=["student_roll"])
            report.own_indicator("X02", name="寄宿学校数", rule="…", numerator=5, unit="所", tables=["school"])

        rule 写明口径，印在“数据说明”里；unit 为 % 时须给 denominator（分母为 0 即“没有基数”）；没有收到数据时
        写 numerator=None（缺报）。可选：target 目标值，direction "up" 或 "down"（越高、越低越好），source 依据，
        previous 上季度的值，tables 用到的数据表。只用于内部版：公开版的小数值披露控制只管目录里的指标。
        """
        self._internal_only("report.own_indicator")
        entry, figure = own.define(wanted, name, rule, **declared)
        known = {e.id: e for e in self.catalogue if e.id != wanted}
        self.catalogue = Catalogue(known | {wanted: entry})
        self._figures[wanted] = figure
        self._county[wanted] = own.not_compared(figure)
        return figure

    def trend(self, wanted: str) -> list[tuple[str, float | str | None]]:
        """一个指标最多八个季度的数，从早到晚：（季度，数值）；没有数的季度是 None，隐去的小数是“＜10”。

        例：report.chart(charts.trend(report.trend("D05"), unit="人"), caption=…, alt=…)
        """
        self.indicator(wanted)
        return points(self.view.trend.get(wanted, []))

    def worklist(self, *items: str) -> pd.DataFrame:
        """本镇街区的待办个案（只有编号，没有姓名），最急的在前；写事项名则只取这些事项。

        例：report.worklist()                          全部
            report.worklist("confirmed_open")          确认辍学未返校的个案
        """
        self._internal_only("report.worklist")
        frame = self.view.worklist
        return frame[frame["item"].isin(items)].reset_index(drop=True) if items else frame

    def load(self, table: str) -> pd.DataFrame:
        """一张清洗好的数据表中属于本镇街区的行（全市报告为全部行），没有姓名和证件号。

        例：roll = report.load("student_roll")
            roll[roll["stage"] == "小学"].groupby("school")["person"].nunique()

        person 是人员假名，同一人在各表中相同，可用来合并；school 是学校标识码（撤并后的学校）；source_file、
        source_sheet、source_row 指回原始文件的行。表名见 report.tables()，列的含义见 report.columns("student_roll")。
        没有收到这张表时会报错：缺报不等于没有，请先用 report.has_table 判断。只用于内部版。
        """
        self._internal_only("report.load")
        view = self.view
        return load_rows(self.settings, view.dataset, view.period, view.town, table, list(view.refused))

    def has_table(self, table: str) -> bool:
        """本季度是否收到了这张数据表（全市任何一个文件里有即为收到）。

        例：if report.has_table("absence"): …
        """
        return any(entry["table"] == table for entry in self.view.inputs)

    def tables(self) -> pd.DataFrame:
        """有哪些数据表：表名（load 用）、名称、本季度是否收到、全市行数。"""
        known = load_contract(self.settings.paths.reference).tables
        rows = {entry["table"]: entry["rows"] for entry in self.view.inputs}
        return pd.DataFrame(
            [
                {"表名": name, "名称": table.title, "收到": name in rows, "全市行数": rows.get(name)}
                for name, table in known.items()
            ]
        ).astype({"全市行数": object})

    def columns(self, table: str) -> pd.DataFrame:
        """一张数据表有哪些列：列名（load 之后用）、表头原文、类型、可取的值。

        例：report.columns("student_roll")
        """
        known = load_contract(self.settings.paths.reference).tables
        if table not in known:
            raise UsageError(f"没有名为“{table}”的数据表。", "有哪些表：report.tables()。")
        shown = [c for c in known[table].columns if c.privacy in ("fact", "home_town", "flag")]
        return pd.DataFrame(
            {
                "列名": [_clean_name(c.name, c.kind, c.privacy) for c in shown],
                "表头": [c.header for c in shown],
                "类型": [c.kind for c in shown],
                "可取的值": [c.codes for c in shown],
            }
        )

    def find_indicators(self, word: str = "") -> pd.DataFrame:
        """按字查找指标：编号、名称、口径；不写字则列出全部。

        例：report.find_indicators("转出")
        """
        found = [
            e for e in self.catalogue if word in e.id or word in e.name or word in e.rule or word == e.theme
        ]
        return pd.DataFrame({"编号": [e.id for e in found], "指标": [e.name for e in found],
                             "口径": [e.rule for e in found]})  # fmt: skip

    def value(self, wanted: str) -> str:
        """一个指标印出来的样子：2人、97.9%、缺报、—。

        例：report.text(f"确认辍学{report.value('D05')}。")
        """
        return formatting.indicator_value(self.indicator(wanted), self.catalogue.decimals(wanted))

    def county_value(self, wanted: str) -> str:
        """全市的数印出来的样子。"""
        return formatting.indicator_value(self.county_indicator(wanted), self.catalogue.decimals(wanted))

    def number(self, value: float | None, unit: str = "") -> str:
        """一个数印出来的样子：千分位，最多两位小数；None 印作“缺报”。

        例：report.number(12345, "人")  → 12,345人
        """
        if value is None or pd.isna(value):
            return formatting.MISSING
        return (
            formatting.count(value) if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")
        ) + unit

    def percent(self, numerator: int | None, denominator: int | None, decimals: int = 1) -> str:
        """百分比：不会把 99.97% 写成 100%，也不会把 0.03% 写成 0%；分母为 0 印“—”，None 印“缺报”。

        例：report.percent(9997, 10000)  → 99.9%
        """
        if numerator is None or denominator is None:
            return formatting.MISSING
        if not denominator:
            return formatting.NOT_APPLICABLE
        return formatting.percent(int(numerator), int(denominator), decimals)

    def yuan(self, fen: int | None) -> str:
        """金额（数据表里以分为单位的 *_fen 列）印成元。

        例：report.yuan(123450)  → 1,234.50
        """
        return (
            formatting.MISSING
            if fen is None or pd.isna(fen)
            else formatting.money(float(Fraction(int(fen), 100)))
        )

    def known(self, wanted: str) -> bool:
        """一个指标是否有数（不是缺报，也不是没有基数）。"""
        return self.indicator(wanted)["value"] is not None

    def above_zero(self, wanted: str) -> bool:
        """一个指标是否有数并且大于 0。"""
        return bool(self.indicator(wanted)["value"])

    def below_full(self, wanted: str) -> bool:
        """一个比率是否有数并且不到 100%。"""
        figure = self.indicator(wanted)
        return self.known(wanted) and figure["numerator"] < figure["denominator"]

    def points_text(self, points: list[tuple[str, float | str | None]], unit: str) -> str:
        """一串季度数写成文字，用作图的替代文字：2026Q2 1人，2026Q3 2人。

        例：alt="各季度末确认辍学：" + report.points_text(report.trend("D05"), "人")
        """
        return "，".join(f"{name} {point_text(value, unit)}" for name, value in points)

    def points_frame(self, wanted: str) -> pd.DataFrame:
        """同一串数作为表格，用作图的 data：季度、印出来的数值。"""
        unit = self.catalogue.entry(wanted).unit
        series = self.trend(wanted)
        return pd.DataFrame(
            {
                "季度": [name for name, _ in series],
                self.catalogue.entry(wanted).name: [point_text(value, unit) for _, value in series],
            }
        )

    def chart_value(self, wanted: str) -> float | str | None:
        """一个指标画图用的数：缺报为 None，隐去的小数为“＜10”等记号。"""
        return self._chart_value(self.indicator(wanted))

    def county_chart_value(self, wanted: str) -> float | str | None:
        """全市的数，画图用。"""
        return self._chart_value(self.county_indicator(wanted))

    def _chart_value(self, figure: dict[str, Any]) -> float | str | None:
        return formatting.hidden_mark(figure) if figure["state"] == "suppressed" else figure["value"]

    def rates_frame(self, items: list[tuple[str, str]]) -> pd.DataFrame:
        """几个比率作为表格，用作图的 data；items 是（名称，指标编号）。"""
        figures = [self.indicator(wanted) for _, wanted in items]
        return pd.DataFrame(
            {
                "项目": [label for label, _ in items],
                "数值": [self.value(wanted) for _, wanted in items],
                "分子 / 分母": [formatting.base_text(f) or formatting.NOT_APPLICABLE for f in figures],
            }
        )

    def bullets_of(self, items: list[tuple[str, str]]) -> list[tuple]:
        """几个比率及其目标和基数，给 charts.coverage_bullet 用；items 是（名称，指标编号）。"""
        rows = []
        for label, wanted in items:
            figure = self.indicator(wanted)
            # a base of 0 is how the chart tells 不适用 from 缺报
            base = 0 if figure["state"] == "not_applicable" else figure["denominator"]
            rows.append((label, self.chart_value(wanted), figure["target"], figure["numerator"], base))
        return rows

    def school_columns(self, frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """学校表的几列，换成中文表头。

        例：report.table(report.school_columns(report.schools, "school_name", "on_roll"), caption="各校在籍学生")
        """
        titles = self._sentences["school_columns"]
        return frame[list(columns)].rename(columns=titles)


def _clean_name(name: str, kind: str, privacy: str) -> str:
    """What a contract column is called in the clean table (docs/architecture.md, Clean tables)."""
    if privacy == "home_town":
        return "home_town"
    if privacy == "flag":
        return f"has_{name}"
    return f"{name}_fen" if kind == "money" else name
