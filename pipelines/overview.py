"""The county overview: every town beside every other, without a league table.

Towns stand in the order of the register, never by rank. A rate is compared only where its base is large enough
(monitoring.toml, thresholds.suppression): of three cases one more or less says nothing about a town. Marks do not rely
on colour: ● short of the target, ✓ met, ？ not reported.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipelines import formatting, markup
from pipelines.disclosure import complaints
from pipelines.errors import UsageError
from pipelines.summary import day_text, overall_light, public_light, public_sentences
from pipelines.towns import COUNTY_CODE


if TYPE_CHECKING:
    from pipelines.report.wording import Wording as Report  # showing is built on top of this module


MOST_TASKS = 5  # kinds of tasks on page one


def figures(report: "Report", town: str, wanted: str) -> dict[str, Any]:
    """A town's indicator (by town code); UsageError in a report that is not the county's."""
    if town not in report.view.towns:
        raise UsageError("只有全市报告能看各镇街区的数字。", "请用 TOWN=全市名称（如 安丘市）生成总览。")
    found = [entry for entry in report.view.towns[town]["indicators"] if entry["id"] == wanted]
    if not found:
        raise UsageError(f"没有编号为“{wanted}”的指标。", "编号见指标目录。")
    return found[0]


def codes(report: "Report") -> list[str]:
    """The towns of the overview in the register's order."""
    return [town.code for town in report.register.towns if town.code in report.view.towns]


def matrix_frame(report: "Report", ids: Sequence[str]) -> pd.DataFrame:
    """Towns × indicators, the county last: each cell its value with a mark."""
    rows = []
    for code in [*codes(report), ""]:
        name = report.register.by_code[code].name if code else "全市"
        cells: dict[str, object] = {"镇街区": name}
        for wanted in ids:
            figure = figures(report, code, wanted) if code else report.indicator(wanted)
            cells[str(figure["name"])] = cell(report, figure)
        rows.append(cells)
    return pd.DataFrame(rows)


def small_base(report: "Report", figure: Mapping[str, Any]) -> bool:
    """Whether a rate rests on too few to be compared."""
    base = figure.get("denominator")
    return base is not None and 0 < base < report.settings.threshold("suppression").value


def cell(report: "Report", figure: Mapping[str, Any]) -> object:
    """A figure with its mark; a rate on a small base stands as 2/3 and is not judged."""
    if figure["state"] == "missing":
        return markup.Light("grey", formatting.MISSING)
    if figure["state"] == "ok" and small_base(report, figure):
        return f"{figure['numerator']}/{figure['denominator']}"
    shown = formatting.indicator_value(dict(figure), report.catalogue.decimals(figure["id"]))
    if figure["status"] == "未达标":
        return markup.Light("red", shown)
    return f"✓ {shown}" if figure["status"] == "达标" else shown


def task_frame(report: "Report", theme: str = "") -> pd.DataFrame:
    """Open tasks by kind and town, the most urgent and soonest due first: what, where, how many, by when, who.

    Within a kind the towns stand in the register's order: a larger town has more cases.
    """
    work = report.worklist()
    work = work[work["theme"] == theme] if theme else work
    order = {code: place for place, code in enumerate(codes(report))}
    rows = []
    for (item, town), group in work.groupby(["item", "town"], sort=False):
        action = report.actions[str(item)]
        due = group["due"].min()
        key = (int(group["severity"].min()), due, str(item), order.get(str(town), len(order)))
        name = report.register.by_code[str(town)].name if str(town) in report.register.by_code else "—"
        row = {
            "镇街区": name,
            "事项": action.title,
            "涉及": f"{group['ref'].nunique()}{action.unit}",
            "时限": day_text(due, report.period.year),
            "责任人": str(group["who"].iloc[0]),
        }
        rows.append((key, row))
    return pd.DataFrame([row for _, row in sorted(rows, key=lambda pair: pair[0])])


def urgent_frame(report: "Report") -> pd.DataFrame:
    """The kinds of open tasks for page one, most urgent and soonest due first, each with its towns and their numbers."""
    work = report.worklist()
    order = {code: place for place, code in enumerate(codes(report))}
    rows = []
    for item, group in work.groupby("item", sort=False):
        action = report.actions[str(item)]
        if not action.page_one:
            continue
        towns = sorted(
            group.groupby("town")["ref"].nunique().items(), key=lambda pair: order.get(str(pair[0]), 99)
        )
        named = [
            report.phrase(
                "county", "place", town=report.register.by_code[str(t)].name, count=n, unit=action.unit
            )
            for t, n in towns
            if str(t) in report.register.by_code
        ]
        due = group["due"].min()
        key = (int(group["severity"].min()), due, str(item))
        row = {
            "事项": action.title,
            "镇街区": "、".join(named),
            "时限": day_text(due, report.period.year),
            "责任人": action.who,
        }
        rows.append((key, row))
    return pd.DataFrame([row for _, row in sorted(rows, key=lambda pair: pair[0])])


def series(report: "Report", wanted: str) -> list[tuple[str, list]]:
    """An indicator's quarters for every town, for ``charts.multiples``."""
    from pipelines.report.series import points

    return [
        (report.register.by_code[code].name, points(report.view.towns[code]["trend"].get(wanted, [])))
        for code in codes(report)
    ]


def series_frame(report: "Report", wanted: str) -> pd.DataFrame:
    """The same as a table: a row a town, a column a quarter."""
    from pipelines.report.series import point_text

    unit = report.catalogue.entry(wanted).unit
    rows = [
        {"镇街区": name} | {quarter: point_text(value, unit) for quarter, value in found}
        for name, found in series(report, wanted)
    ]
    return pd.DataFrame(rows)


def summary_box(report: "Report", themes: Mapping[str, Sequence[str]]) -> str:
    """Page one: a light a theme with its sentences, and the most urgent tasks by town; ``themes`` maps titles to ids."""
    parts = [markup.heading("摘要")]
    for title, ids in themes.items():
        figures = [report.indicator(wanted) for wanted in ids]
        colour, word = public_light(report, figures) if report.public else overall_light(figures)
        parts.append(f"<p>{markup.escape(title)}：{markup.light(colour, word)}</p>")
        said = [text for wanted in ids if (text := report.say(wanted))]
        parts.append(markup.bullets(public_sentences(report, ids) if report.public else said))
    parts.append(markup.paragraph(report.phrase("light_rule", "text"), "note"))
    if report.public:
        return markup.box(*parts, markup.paragraph(report.phrase("public", "no_cases"), "note"))
    parts.append(markup.heading("本季度须办事项"))
    tasks = urgent_frame(report)
    if tasks.empty:
        unknown = any(report.indicator(i)["state"] == "missing" for ids in themes.values() for i in ids)
        parts.append(markup.paragraph(report.phrase("actions", "unknown" if unknown else "none")))
        return markup.box(*parts)
    parts.append(
        markup.table(tasks.head(MOST_TASKS), "最紧急的须办事项（按紧急程度和时限）", widths=[20, 44, 14, 22])
    )
    if len(tasks) > MOST_TASKS:
        rest = report.phrase("county", "more_tasks", count=len(tasks) - MOST_TASKS)
        parts.append(markup.paragraph(rest, "note"))
    return markup.box(*parts)


def complaint_frames(report: "Report") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Complaints as published: by topic with the county's total, and by town in the register's order."""
    found = report.view.complaints
    of = {code: {entry["id"]: entry for entry in entries} for code, entries in found.items()}
    whole = of[COUNTY_CODE]
    topics = [name for name in whole if name.startswith(f"{complaints.RECEIVED}.")]
    rows = [
        _complaint_row("主题", name.partition(".")[2], whole, f".{name.partition('.')[2]}") for name in topics
    ]
    by_topic = [*rows, _complaint_row("主题", "合计", whole, "")]
    towns = [
        _complaint_row("镇街区", report.register.by_code[c].name, of[c], "") for c in codes(report) if c in of
    ]
    return pd.DataFrame(by_topic), pd.DataFrame([*towns, _complaint_row("镇街区", "全市", whole, "")])


def _complaint_row(head: str, name: str, entries: Mapping[str, Any], ending: str) -> dict[str, str]:
    received, answered = (entries[f"{n}{ending}"] for n in (complaints.RECEIVED, complaints.ANSWERED))
    days = answered.get(complaints.DAYS)
    return {
        head: name,
        "受理（件）": formatting.indicator_value(received, unit=False),
        "其中已答复（件）": formatting.indicator_value(answered, unit=False),
        "答复天数中位数": formatting.NOT_APPLICABLE if days is None else f"{days:g}天",
    }


def counted(report: "Report", wanted: str) -> str:
    """How many towns meet the target of an indicator, fall short, did not report; small bases apart."""
    found = [figures(report, code, wanted) for code in codes(report)]
    judged = [f for f in found if not small_base(report, f)]
    values = {
        "name": report.catalogue.entry(wanted).name,
        "met": sum(f["status"] == "达标" for f in judged),
        "short": sum(f["status"] == "未达标" for f in judged),
        "missing": sum(f["state"] == "missing" for f in found),
        "small": len(found) - len(judged),
        "hidden": sum(f["state"] == "suppressed" for f in found),
        "all": len(found),
    }
    if values["missing"] == len(found):
        return report.phrase("county", "counted_missing", **values)
    case = "counted_all" if values["met"] == len(found) else "counted"
    extra = "".join(
        report.phrase("county", part, **values) for part in ("missing", "small", "hidden") if values[part]
    )
    return report.phrase("county", case, **values, extra=extra)
