"""Showing: what comes out the same in HTML and PDF."""

from fractions import Fraction
from typing import Any

import pandas as pd
from IPython.display import HTML, display

from pipelines import __version__, charts, formatting, markup, notes, summary, themes
from pipelines.errors import UsageError
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


def share(value: float | None) -> str:
    """A share 0 to 1 as a percentage with one decimal, never rounded onto 0 or 100 %."""
    if value is None or pd.isna(value):
        return formatting.MISSING
    exact = Fraction(str(value))
    return formatting.percent(exact.numerator, exact.denominator)


class Showing(Wording):
    """Title, paragraphs, tables, charts and the closing section of a report."""

    def title(self, theme: str) -> None:
        """报告的题目和数据截止日；theme 写报告名称（make new 时的 TITLE），如 控辍保学。

        例：report.title("控辍保学")
        """
        # The masthead goes along unseen, so that a report exported from JupyterLab's menu carries the same marks
        # (演示数据, 内部资料) as one made by make.
        declared = themes.choose(themes.load_themes(self.settings), theme)[0]
        head = masthead(self.settings, self.view, declared)
        parts = [f'<h1 class="title">{markup.escape(head["title"])}</h1>']
        parts.append(markup.paragraph(self.phrase("cover", "line", **cover_facts(head)), "subtitle"))
        display(HTML("".join(parts)), metadata={"edureport": head})

    def summary(self, theme: str, key_indicators: list[str]) -> None:
        """第一页的“摘要”和“本季度须办事项”；theme 是笔记本的文件名，key_indicators 是重点指标的编号。

        例：report.summary("dropout", ["D05", "D03", "D19"])
        """
        display(HTML(summary.summary_box(self, theme, key_indicators)))

    def text(self, *texts: str) -> None:
        """一段或几段文字；空的不印。

        例：report.text("本季度共核查12所学校。", report.say("D05"))
        """
        display(HTML("".join(markup.paragraph(text) for text in texts if text)))

    def bullets(self, *texts: str) -> None:
        """分条列出的文字；空的不印。

        例：report.bullets("限期补报缺报的表。", "逐人核实断档学生。")
        """
        display(HTML(markup.bullets(text for text in texts if text)))

    def note(self, text: str) -> None:
        """小字的说明。

        例：report.note("基数不足10的比率只列分子和分母。")
        """
        display(HTML(markup.paragraph(text, "note")))

    def table(
        self,
        frame: pd.DataFrame,
        caption: str,
        widths: list[int] | None = None,
        empty: str = "无。",
        sortable: bool | None = None,
        formats: dict[str, str] | None = None,
    ) -> None:
        """一张表：caption 是表题（自动编号），没有行时印 empty 那句话。

        例：report.table(df, caption="各学校在籍学生（人）")
            report.table(df, caption="各学校寄宿比例", formats={"比例": "percent", "金额": "yuan"})
            report.table(df, caption="…", widths=[40, 30, 30], empty="本季度没有这类学生。")

        整数自动加千分位，空值印作“缺报”（没有收到）。formats 写明某列怎样印：percent 把 0.123 印成 12.3%，yuan 把
        分印成元，number 最多两位小数。widths 是各列宽度的百分比。网页上六行以上的表可以排序、筛选
        （sortable=False 关掉）。
        """
        if frame.empty:
            if empty:
                display(HTML(markup.paragraph(empty)))
            return
        if formats:
            frame = self._formatted(frame, formats)
        kind = "sortable" if (len(frame) >= SORTABLE_ROWS if sortable is None else sortable) else ""
        display(HTML(markup.table(frame, caption, widths, kind)))

    def _formatted(self, frame: pd.DataFrame, formats: dict[str, str]) -> pd.DataFrame:
        """Columns as printed; UsageError for a column or a format there is not."""
        shown = {"percent": share, "yuan": self.yuan, "number": self.number}
        for column, wanted in formats.items():
            if column not in frame or wanted not in shown:
                raise UsageError(
                    f"表里没有列“{column}”，或没有名为“{wanted}”的格式。",
                    f"格式可用：{'、'.join(shown)}；列有：{'、'.join(map(str, frame.columns))}。",
                )
        return frame.assign(
            **{column: frame[column].map(shown[wanted]) for column, wanted in formats.items()}
        )

    def chart(self, figure: Any, caption: str, alt: str, data: pd.DataFrame | None = None) -> None:
        """一张图：figure 是 matplotlib 的图（或 charts 里画好的），caption 是图题（自动编号）。

        例：report.chart(charts.trend(report.trend("D05"), target=0, unit="人"),
                caption="各季度末确认辍学存量（人）",
                alt="各季度末确认辍学存量：" + report.points_text(report.trend("D05"), "人") + "。",
                data=report.points_frame("D05"))

        alt 用一句话写出图里有什么，读屏软件念它，打印不清时也靠它。data 是图中的数（表格），网页上折叠在图下，可下载。
        """
        display(HTML(markup.chart(charts.figure_svg(figure), caption, alt, data)))

    def indicators(self, ids: list[str], caption: str) -> None:
        """几个指标的表：本季度、分子/分母、评价、对比、全市。

        例：report.indicators(["D05", "D06", "X01"], "主要指标")
        """
        if self.public:
            self.note(
                self.phrase("public", "key")
            )  # whoever reads page one alone must know why a number is missing
        frame = summary.indicator_frame(self, ids)
        widths = [6, 26, 12, 12, 12, 19, 13] if "全市" in frame else [8, 30, 14, 15, 13, 20]
        self.table(frame, caption, widths, sortable=False)

    def closing_autumn(self, ids: list[str], caption: str) -> None:
        """第一季度报告里，刚结束的秋季学期的资助指标，作为第二张表；其他季度什么也不印。"""
        known = {entry["id"]: entry for entry in self.view.autumn if entry["state"] != "not_applicable"}
        if chosen := [wanted for wanted in ids if wanted in known]:
            self.table(
                summary.autumn_frame(self, [known[i] for i in chosen]), caption, widths=[10, 30, 20, 22, 18]
            )

    def cases(self, *items: str, caption: str, of: str = "") -> None:
        """几类待办事项的个案表，只列编号，不列姓名。

        例：report.cases("confirmed_open", of="D05", caption="确认辍学未返校的个案")

        没有个案时印指标 of 的那句话：没有查到和没有收到数据是两回事；不写 of 则什么也不印。
        """
        frame = summary.case_frame(self, items)
        widths = [17, 14, 22, 15, 32] if "事项" in frame else [17, 27, 15, 41]
        self.table(frame, caption, widths, empty=self.say(of) if of else "")

    def data_notes(self, ids: list[str]) -> None:
        """“数据说明”：这些指标的口径和依据、数据来源和日期、数据质量、符号说明。每份报告的最后一节。

        例：report.data_notes(["D05", "D06", "X01"])
        """
        for part in notes.data_notes(self, ids):
            display(HTML(part))
