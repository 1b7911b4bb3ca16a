"""What a notebook sees: ``report = Report.open(town, period, edition, dataset)``.

``Reading`` (figures, rows) → ``Wording`` (sentences) → ``Showing`` (tables, charts) → ``CountyParts``, one module each.
What is shown comes out the same in HTML and PDF. Plain pandas and matplotlib work too. The docstrings of what a
notebook calls are Chinese, because ``?`` shows them to analysts.
"""

from pipelines import themes
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.report import handed
from pipelines.report.county import CountyParts
from pipelines.report.series import point_text, points
from pipelines.settings import Settings
from pipelines.townview import load_view


__all__ = ["Report", "point_text", "points"]


class Report(CountyParts):
    """一个镇街区、一个季度、一个主题的报告。输入 report. 后按 Tab 看有哪些功能，后面加 ? 看用法和例子。

    读数：indicator value trend worklist load columns tables schools find_indicators own_indicator
    写数：number percent yuan（表格里用 formats=）
    成句：say phrase texts coverage
    展示：title summary text bullets note table chart indicators cases data_notes
    全市：county_summary matrix tasks counted multiples

    例：report = Report.open("景芝镇", "2026Q3")
        report.text(report.say("D05"))
        report.table(report.load("absence")[["month", "consecutive_days"]], caption="长期缺勤（天）")

    单独写 DataFrame 或用 matplotlib 画图也会出现在报告里，但没有表题、图题和替代文字，请尽量用 table 和 chart。
    """

    @classmethod
    def open(cls, town: str, period: str, edition: str = "internal", dataset: str = "demo") -> "Report":
        """打开一个镇街区（正式名、曾用名、代码或拼音）一个季度的报告；写错了会说明错在哪里。

        例：report = Report.open("景芝镇", "2026Q3")
        """
        settings, quarter = Settings.load(), Period.parse(period)
        themes.check_edition(edition)
        if found := handed.take(settings.root, town, quarter, edition, dataset):
            return cls(settings, found.view, found.register)
        register = load_reference(settings, dataset).towns
        return cls(settings, load_view(settings, dataset, quarter, register.resolve(town), edition), register)
