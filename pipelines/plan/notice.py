"""通报: one page for the whole county, what is late by responsible unit, and the complete list as its annex."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipelines import formatting, markup
from pipelines.plan import status, words


if TYPE_CHECKING:
    from pipelines.plan.page import PlanPage

Entry = dict[str, Any]
SHOWN = 3  # items of a unit on page one; all of them stand in the annex


def late_by_unit(page: "PlanPage") -> dict[str, list[Entry]]:
    """Responsible unit → its late items, overdue ones first: towns in the register's order, then what the city leads."""
    found: dict[str, list[Entry]] = {}
    assert page.plan is not None
    for code in (town.code for town in page.report.register.towns if town.code in page.view["towns"]):
        for entry in _late(page.view["towns"][code]):
            unit = formatting.chinese_marks(
                entry["duty_unit"] or f"{page.report.register.by_code[code].name}教管办"
            )
            found.setdefault(unit, []).append(entry)
    for entry in _late(page.items):
        if not page.of(entry).scope:
            lead = page.plan.tasks[entry["task"]].lead
            found.setdefault(page.say("notice", "city", lead=lead), []).append(entry)
    return found


def _late(entries: Sequence[Entry]) -> list[Entry]:
    return [e for state in status.LATE for e in entries if e["status"] == state]


def parts(page: "PlanPage") -> list[str]:
    """The notice as markup: address, opening, table by unit, demand, signature; the annex on the following page."""
    assert page.plan is not None
    plan, period, say = page.plan, page.report.period, page.say
    number = lambda *states: len(page.with_status(*states))
    units = late_by_unit(page)
    opening = say(
        "notice", "opening", period=period.label, name=plan.name, document=plan.document, listing=plan.listing,
        day=words.chinese_day(period.end), items=len(page.own), overdue=number(status.OVERDUE),
        behind=number(status.BEHIND), review=number(status.TO_REVIEW), closed=number(status.CLOSED),
        not_started=number(status.NOT_STARTED), on_time=number(status.ON_TIME), **page.others_text(),
    )  # fmt: skip
    found = [markup.paragraph(say("notice", "to")), markup.paragraph(opening)]
    if not units:
        case = "none_unknown" if page.unknown else "none"  # no good word on missing data
        return [*found, markup.paragraph(say("notice", case, count=len(page.unknown))), *_signature(page)]
    days = page.report.settings.deadline_days("plan_report_days")
    found += [
        markup.table(unit_frame(page, units), say("notice", "table"), widths=[19, 7, 7, 67]),
        markup.paragraph(say("notice", "demand", days=days)),
        *_signature(page),
        markup.heading(say("notice", "annex")),
        markup.table(annex_frame(page, units), say("notice", "annex_table"), widths=[17, 26, 20, 17, 20]),
    ]
    return found


def unit_frame(page: "PlanPage", units: dict[str, list[Entry]]) -> pd.DataFrame:
    """One row a unit: how many overdue and behind, and the first of them with the plan's paragraph."""
    rows = []
    for unit, entries in units.items():
        cells = [say_item(page, entry) for entry in entries[:SHOWN]]
        more = page.say("notice", "more", count=len(entries)) if len(entries) > SHOWN else ""
        rows.append(
            {
                "责任单位": unit,
                "到期": sum(e["status"] == status.OVERDUE for e in entries),
                "滞后": sum(e["status"] == status.BEHIND for e in entries),
                "子项（规划段落）": "；".join(cells) + more,
            }
        )
    return pd.DataFrame(rows)


def say_item(page: "PlanPage", entry: Entry) -> str:
    """An item in a cell: ``2.2 绿色校园（附件第2项）``."""
    return page.say("notice", "cell", name=page.label(entry), source=page.of(entry).source)


def annex_frame(page: "PlanPage", units: dict[str, list[Entry]]) -> pd.DataFrame:
    """Every late item of every unit: paragraph, progress, since when."""
    return pd.DataFrame(
        [
            {
                "责任单位": unit,
                "子项": page.label(entry),
                "规划段落": page.of(entry).source,
                "完成/应完成": page.situation(entry),
                "到期或滞后": words.since(entry),
            }
            for unit, entries in units.items()
            for entry in entries
        ]
    )


def _signature(page: "PlanPage") -> list[str]:
    """The bureau and the date to be filled in when it is issued."""
    bureau = page.report.settings.bureau
    return [markup.paragraph(page.say("notice", case, bureau=bureau)) for case in ("signature", "date")]
