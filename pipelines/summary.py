"""Page one: 摘要 with its light, and 本季度须办事项; and the tables of figures and cases behind it."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipelines import formatting, markup
from pipelines.indicators.catalogue import Entry
from pipelines.sentences import EARLIER


if TYPE_CHECKING:
    from pipelines.report.wording import Wording as Report  # showing is built on top of this module


_REFS_SHOWN = 8
_CHECK = 3  # severity of what is to be looked into (actions.toml)
_MOST_ROWS = 8


def summary_box(report: "Report", theme: str, key_indicators: Sequence[str]) -> str:
    """The framed first page: overall light with its rule, a sentence per key indicator, and the action table."""
    if report.public:
        return public_box(report, key_indicators)
    others = [
        entry
        for entry in report.view.indicators
        if entry["id"] not in key_indicators and report.catalogue.entry(entry["id"]).theme == theme
    ]
    figures = [report.indicator(wanted) for wanted in key_indicators]
    sentences = [text for wanted in key_indicators if (text := report.say(wanted))]
    parts = [markup.heading("摘要"), markup.bullets(sentences)]
    # Figures that no target is set for are not judged: a light over them would be green by default.
    if any(figure["target"] is not None for figure in [*figures, *others]):
        colour, word = overall_light(figures, others)
        parts.insert(1, f"<p>总体情况：{markup.light(colour, word)}</p>")
        parts.append(markup.paragraph(report.phrase("light_rule", "text"), "note"))
    # An analyst's own report has no kinds of work of its own: "none to do" would be a claim nobody checked.
    if any(action.theme == theme for action in report.actions.values()):
        parts += [markup.heading("本季度须办事项"), action_table(report, theme)]
    return markup.box(*parts)


def public_box(report: "Report", key_indicators: Sequence[str]) -> str:
    """The first page of the public edition: light and sentences; what is to be done names cases and is left out."""
    colour, word = public_light(report, [report.indicator(wanted) for wanted in key_indicators])
    return markup.box(
        markup.heading("摘要"),
        f"<p>总体情况：{markup.light(colour, word)}</p>",
        markup.bullets(public_sentences(report, key_indicators)),
        markup.paragraph(report.phrase("light_rule", "text"), "note"),
        markup.paragraph(report.phrase("public", "no_cases"), "note"),
    )


def public_sentences(report: "Report", ids: Sequence[str]) -> list[str]:
    """A sentence an indicator, and one that names those which are not published."""
    said = {wanted: report.say(wanted) for wanted in ids}
    hidden = [
        report.indicator(wanted)["name"]
        for wanted in ids
        if not said[wanted] and report.indicator(wanted)["state"] == "suppressed"
    ]
    rest = [report.phrase("public", "unpublished", names="、".join(hidden))] if hidden else []
    return [text for text in said.values() if text] + rest


def public_light(report: "Report", figures: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """The light of published figures only; grey rather than green while one of them is hidden."""
    colour, word = overall_light(figures)
    if colour == "green" and any(figure["state"] == "suppressed" for figure in figures):
        return "grey", report.phrase("public", "hidden_light")
    return colour, word


def overall_light(
    figures: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]] = ()
) -> tuple[str, str]:
    """The light over the key indicators: no green light on missing data (design.md, promise 5).

    Nor while any of the theme's ``others`` falls short: that is a yellow one.
    """
    missing = [figure for figure in figures if figure["state"] == "missing"]
    failed = [figure for figure in figures if figure["status"] == "未达标"]
    if failed:
        return "red", "有指标未达标" + ("，另有数据缺报" if missing else "")
    if missing:
        return "grey", "数据缺报，不作评价"
    if short := sum(figure["status"] == "未达标" for figure in others):
        return "yellow", f"重点指标达标，另有{short}项指标未达标"
    return "green", "各项指标均达标" if others else "各项重点指标均达标"


def action_table(report: "Report", theme: str) -> str:
    """One row per kind of action, most urgent first: what, how many and which cases, who, by when, under which rule.

    Page one stays short: kinds that actions.toml keeps off it, and those beyond the eighth, stand in the report.
    """
    work = report.worklist()
    work = work[work["theme"] == theme]
    if work.empty:
        unknown = [
            i
            for i in report.view.indicators
            if i["state"] == "missing" and report.catalogue.entry(i["id"]).theme == theme
        ]
        return markup.paragraph(report.phrase("actions", "unknown" if unknown else "none"))
    first = work[[report.actions[str(item)].page_one for item in work["item"]]]
    first = first.sort_values(["severity", "due", "item"], kind="stable")
    rows: list[dict[str, str]] = []
    for item, group in first.groupby("item", sort=False):
        if len(rows) == _MOST_ROWS:
            break
        rows.append(
            {
                "事项和要求": _task_text(report, str(item)),
                "涉及（学校、编号）": _involved(report, group, report.actions[str(item)].unit),
                "责任人": str(group["who"].iloc[0]),
                "时限": day_text(group["due"].min(), report.period.year),
                "依据": str(group["rule"].iloc[0]),
            }
        )
    parts = []
    if rows:
        caption = report.phrase("actions", "caption")
        parts.append(markup.table(pd.DataFrame(rows), caption, widths=[22, 36, 14, 14, 14]))
    rest = work["item"].nunique() - len(rows)
    below = [
        report.phrase("actions", "numbers") if rows else "",
        report.phrase("actions", "rest" if rows else "rest_only", count=rest) if rest else "",
    ]
    return "".join([*parts, markup.paragraph("".join(below), "note")])


def _task_text(report: "Report", item: str) -> str:
    """What is the matter, and what has to be done: ``确认辍学尚未返校：逐人入户劝返``."""
    todo = report.texts("todo").get(item, "")
    return "：".join(filter(None, [report.actions[item].title, todo]))


def _involved(report: "Report", group: pd.DataFrame, unit: str) -> str:
    """``3人。甲小学：CX-…、CX-…；乙小学：CX-…`` – the case numbers under their schools, so that page one names them.

    After eight numbers, four of what is not pressing, it says where the rest are listed.
    """
    cases = group.drop_duplicates("ref")
    names = dict(zip(report.schools["school_id"], report.schools["school_name"], strict=True))
    schools = cases["school_id"].map(names).fillna("")
    # of a task about a school, the school itself is the number
    schools = schools.where(schools != cases["ref"], "")
    parts = []
    most = _REFS_SHOWN if group["severity"].min() < _CHECK else _REFS_SHOWN // 2
    for school, refs in cases.head(most).groupby(schools.head(most), sort=False)["ref"]:
        parts.append("：".join(filter(None, [str(school), "、".join(refs)])))
    more = report.phrase("actions", "more") if len(cases) > most else ""
    return f"{len(cases)}{unit}。{'；'.join(parts)}{more}"


def day_text(value: Any, year: int) -> str:
    """A deadline as printed; with its year where that is not the report's (the last quarter's are due in the next year)."""
    day: dt.date = pd.Timestamp(value).date()
    return ("" if day.year == year else f"{day.year}年") + f"{day.month}月{day.day}日前"


def case_frame(report: "Report", items: Sequence[str]) -> pd.DataFrame:
    """Cases of the named items (case or file number, school, state, deadline), most urgent first."""
    work = report.worklist(*items)
    names = dict(zip(report.schools["school_id"], report.schools["school_name"], strict=True))
    school = work["school_id"].map(names)
    frame = pd.DataFrame(
        {
            "编号": work["ref"],
            "事项": [report.actions[item].title for item in work["item"]],
            "学校、年级": [
                "　".join(part for part in (_text(name), _text(grade)) if part) or "—"
                for name, grade in zip(school, work["grade"], strict=True)
            ],
            "时限": [day_text(due, report.period.year) for due in work["due"]],
            "情况": [_text(detail) for detail in work["detail"]],
        }
    )
    if len(work) and (school == work["ref"]).all():
        frame = frame.drop(columns="编号")  # the cases are the schools themselves
    # with one kind of case the caption already says what it is
    return frame if work["item"].nunique() > 1 else frame.drop(columns="事项")


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def indicator_frame(report: "Report", ids: Sequence[str]) -> pd.DataFrame:
    """Indicators as a table: id, name, value with base, target, status, earlier value, county value."""
    rows = []
    for wanted in ids:
        figure, county = report.indicator(wanted), report.county_indicator(wanted)
        entry = report.catalogue.entry(wanted)
        rows.append(
            {
                "编号": wanted,
                "指标": figure["name"],
                "本季度": formatting.indicator_value(figure, entry.decimals),
                "分子 / 分母": formatting.base_text(figure) or formatting.NOT_APPLICABLE,
                "评价": verdict_light(figure),
                _COMPARISON: earlier_text(figure, entry),
                "全市": formatting.indicator_value(county, entry.decimals),
            }
        )
    frame = pd.DataFrame(rows)
    # the county beside the county says nothing
    return frame.drop(columns="全市") if report.view.town.is_county and len(frame) else frame


def autumn_frame(report: "Report", figures: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The figures of a closed semester as a table: id, name, value, base, status."""
    decimals = {figure["id"]: report.catalogue.decimals(figure["id"]) for figure in figures}
    return pd.DataFrame(
        {
            "编号": [figure["id"] for figure in figures],
            "指标": [figure["name"] for figure in figures],
            "秋季学期": [formatting.indicator_value(figure, decimals[figure["id"]]) for figure in figures],
            "分子 / 分母": [formatting.base_text(figure) or formatting.NOT_APPLICABLE for figure in figures],
            "评价": [_verdict(figure) for figure in figures],
        }
    )


_COMPARISON = "对比"


def earlier_text(figure: dict[str, Any], entry: Entry) -> str:
    """The fair comparator, as the catalogue says: last quarter or the same quarter last year (domain.md K.23)."""
    earlier = figure.get(entry.comparison)
    if earlier is None:
        return formatting.NOT_APPLICABLE
    if entry.kind == "rate":
        shown = f"{earlier * 100:.{entry.decimals}f}%"
    else:
        shown = formatting.money(earlier) if entry.kind == "money" else formatting.count(earlier)
    return EARLIER[entry.comparison] + shown


_VERDICTS = {"达标": "green", "未达标": "red", formatting.MISSING: "grey"}


def verdict_light(figure: dict[str, Any]) -> object:
    """The verdict as a table cell, with a mark that does not rely on its colour."""
    word = _verdict(figure)
    return markup.Light(_VERDICTS[word], word) if word in _VERDICTS else word


def _verdict(figure: dict[str, Any]) -> str:
    return (
        formatting.MISSING
        if figure["state"] == "missing"
        else (figure["status"] or formatting.NOT_APPLICABLE)
    )
