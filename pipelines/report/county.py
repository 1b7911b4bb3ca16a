"""County only: every town beside every other. These helpers work in a county's report alone."""

from IPython.display import HTML, display

from pipelines import charts, markup, overview
from pipelines.errors import UsageError
from pipelines.report.series import point_text
from pipelines.report.showing import Showing
from pipelines.towns import COUNTY_CODE


class CountyParts(Showing):
    """What only the county overview shows."""

    def county_summary(self, **themes: list[str]) -> None:
        """全市总览的第一页：每个主题一盏灯（控辍保学=[指标编号]），以及各镇街区最急的事项。"""
        display(HTML(overview.summary_box(self, themes)))

    def matrix(self, ids: list[str], caption: str) -> None:
        """各镇街区并列的指标表（只用于全市报告）：按行政区划顺序，不排名次。

        例：report.matrix(["D05", "A03"], "各镇街区主要指标")
        """
        display(
            HTML(markup.table(overview.matrix_frame(self, ids), caption, kind="sortable matrix", headed=True))
        )

    def tasks(self, caption: str, theme: str = "") -> None:
        """各类待办事项按镇街区汇总（只用于全市报告），最急的在前。"""
        # none known and none are two things
        unknown = any(
            figure["state"] == "missing" and theme in ("", self.catalogue.entry(figure["id"]).theme)
            for figure in self.view.indicators
        )
        empty = self.phrase("actions", "unknown" if unknown else "none")
        self.table(overview.task_frame(self, theme), caption, widths=[16, 30, 12, 16, 26], empty=empty)

    def counted(self, *ids: str) -> str:
        """有多少个镇街区达到这些指标的目标（只用于全市报告），每个指标一句话。"""
        return "".join(overview.counted(self, wanted) for wanted in ids)

    def complaints(self, caption: str) -> None:
        """一码通诉求的受理数、答复数和答复天数，按主题和按镇街区各一张表（只用于全市报告的公开版）。

        例：report.complaints("一码通诉求")

        公开版的数经过小数值披露控制；内部版见重点任务进展报告。
        """
        if not self.public:
            raise UsageError(
                "report.complaints 只用于公开版。", "请写 if report.public: report.complaints(…)。"
            )
        found = self.view.complaints
        if not found.get(COUNTY_CODE):
            self.text(self.phrase("complaint", "missing"))
            return
        self.text(self.phrase("complaint", "text"))
        by_topic, by_town = overview.complaint_frames(self)
        self.table(by_topic, f"{caption}（按主题）", widths=[34, 22, 22, 22], sortable=False)
        self.table(by_town, f"{caption}（按镇街区）", widths=[34, 22, 22, 22], sortable=False)
        self.note(self.phrase("complaint", "note"))

    def multiples(self, wanted: str, caption: str) -> None:
        """每个镇街区一条小折线，共用一个刻度（只用于全市报告）。"""
        entry = self.catalogue.entry(wanted)
        found = overview.series(self, wanted)
        unit = "" if entry.kind == "rate" else entry.unit
        last = "，".join(f"{name}{point_text(values[-1][1], entry.unit)}" for name, values in found if values)
        figure = charts.multiples(found, percent=entry.kind == "rate", unit=unit)
        alt = f"{caption}。最近一季：{last}。"
        self.chart(figure, caption, alt, overview.series_frame(self, wanted))
