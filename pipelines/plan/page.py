"""What plan.ipynb and notice.ipynb show: ``page = PlanPage(report)``, then ``page.summary()`` and so on."""

from collections import Counter
from collections.abc import Callable

import pandas as pd
from IPython.display import HTML, display

from pipelines import formatting, markup
from pipelines.errors import UsageError
from pipelines.plan import county, measures, notice, status, words
from pipelines.plan.model import MEASURE
from pipelines.plan.unit import Entry, PlanUnit
from pipelines.tables.contract import load_contract


NAMES_SHOWN = 6
TOWNS = "各镇街区"  # among the supporting units of a plan: the reader herself


class PlanPage(PlanUnit):
    """The parts of a unit's pages about the plan."""

    # --- page one --------------------------------------------------------------------------------------------

    def summary(self) -> None:
        """摘要 in a box: the counts, what lacks papers, what is due, and every item that is late."""
        if not self.view:
            display(
                HTML(markup.box(markup.heading("摘要"), markup.paragraph(self.say("summary", "no_plan"))))
            )
            return
        parts = [markup.heading("摘要"), f"<p>{markup.light(*self.light())}</p>"]
        parts.append(markup.bullets(self._headlines()))
        parts.append(markup.paragraph(self.say("summary", "rule"), "note"))
        parts.append(markup.heading("本季度须办事项"))
        late = self.late_frame()
        if len(late):
            parts.append(markup.table(late, "到期未完成和滞后的子项", widths=[28, 24, 27, 21]))
            parts.append(markup.paragraph(self.units_text(), "note"))
        else:
            case = "good_unknown" if self.unknown else "good"  # no good word on missing data
            parts.append(markup.paragraph(self.say("summary", case, count=len(self.unknown))))
        display(HTML(markup.box(*parts)))

    def counts_text(self) -> str:
        """The sentence of the counts."""
        number = lambda *states: len(self.with_status(*states))
        return self.say(
            "summary", "counts_county" if self.county else "counts",
            town=self.report.town, tasks=len({e["task"] for e in self.own if e["task"]}), items=len(self.own),
            closed=number(status.CLOSED), review=number(status.TO_REVIEW), on_time=number(status.ON_TIME),
            not_started=number(status.NOT_STARTED), behind=number(status.BEHIND), overdue=number(status.OVERDUE),
            **self.others_text(),
        )  # fmt: skip

    def others_text(self) -> dict[str, str]:
        """What a sentence of counts ends with: items not reported, without a number, without an object; "" of none."""
        none = [e for e in self.own if e["state"] == status.NOT_APPLICABLE]
        found = {"unknown": self.unknown, "open": self.with_status(status.UNQUANTIFIED), "none": none}
        return {
            case: self.say("summary", case, count=len(items)) if items else ""
            for case, items in found.items()
        }

    def _headlines(self) -> list[str]:
        say, period = self.say, self.report.period
        following = period.shift(1)
        papers = self.with_status(status.TO_REVIEW)
        again = [e for e in self.own if e["reopened"]]
        now, soon = self.due_in(period.start, period.end), self.due_in(following.start, following.end)
        texts = [self.counts_text()]
        if papers:
            lacks = Counter(lack for entry in papers for lack in entry["lacks"])
            told = "、".join(say("summary", "lack", what=what, count=count) for what, count in lacks.items())
            texts.append(say("summary", "papers", count=len(papers), lacks=told))
        for case, found, extra in (
            ("reopened", again, lambda e: f"{e['reopened']}次"),
            ("due_now", now, lambda e: ""),
            ("due_next", soon, lambda e: ""),
        ):
            if found:
                texts.append(say("summary", case, names=self._short(found, extra)))
        if not now and not soon:
            texts.append(say("summary", "due_none"))
        return texts

    def _short(self, entries: list[Entry], extra: Callable[[Entry], str]) -> str:
        shown = self.names(entries[:NAMES_SHOWN], extra)
        return shown + (f"等{len(entries)}项" if len(entries) > NAMES_SHOWN else "")

    def late_frame(self) -> pd.DataFrame:
        """Every late item, overdue ones first: progress, since when, who is responsible."""
        rows = [
            {
                "子项": self.label(e),
                "完成/应完成": self.situation(e),
                "到期或滞后": markup.Light(
                    "red" if e["status"] == status.OVERDUE else "yellow", words.since(e)
                ),
                "责任单位": self.responsible(e),
            }
            for e in [*self.with_status(status.OVERDUE), *self.with_status(status.BEHIND)]
        ]
        return pd.DataFrame(rows)

    def units_text(self) -> str:
        """Who leads and who supports the tasks with late items."""
        assert self.plan is not None
        late = {e["task"] for e in self.with_status(*status.LATE)}
        tasks = [self.plan.tasks[n] for n in self.plan.tasks if n in late]
        leads = list(dict.fromkeys(task.lead for task in tasks))
        support = "；".join(
            self.say("summary", "support", number=task.number, units="、".join(units))
            for task in tasks
            if (units := [unit for unit in task.support if unit != TOWNS])
        )
        return self.say("summary", "units", leads="、".join(leads), support=support or "无")

    # --- sections --------------------------------------------------------------------------------------------

    def basics(self) -> None:
        """Where the plan comes from, what the city leads, what has no number, what is closed or has no object."""
        if self.plan is None:
            return
        plan, say = self.plan, self.say
        self.report.text(
            say("basics", "plan", listing=plan.listing, name=plan.name, document=plan.document,
                issued=words.chinese_day(plan.issued), ends=plan.ends.text)
        )  # fmt: skip
        led = [str(t.number) for t in plan.tasks.values() if not t.town_duty]
        groups = {
            "open": self.with_status(status.UNQUANTIFIED),
            "on_time": self.with_status(status.ON_TIME),
            "closed": self.with_status(status.CLOSED),
            "none": [e for e in self.own if e["state"] == status.NOT_APPLICABLE],
        }
        texts = [say("basics", "city_led", numbers="、".join(led))] if led and not self.county else []
        extra = {"on_time": words.progress}
        for case, found in groups.items():
            if found:
                names = self.names(found, extra.get(case, lambda _: ""))
                texts.append(say("basics", case, count=len(found), names=names))
        for text in texts:
            self.report.note(text)

    def coverage(self, indicators: list[str]) -> None:
        """Which tables behind the plan's figures were not received: those of the indicators and the plan's own."""
        contract = load_contract(self.report.settings.paths.reference).tables
        named = {item.named for item in self._by_id.values() if item.origin == MEASURE}
        wanted = {"task_ledger", *(need for name in named for need in measures.RULES[name].needs)}
        wanted |= {table for i in indicators for table in self.report.catalogue.entry(i).tables}
        present = {entry["table"] for entry in self.report.view.inputs}
        tables = [name for name in contract if name in wanted]
        absent = [contract[name].title for name in tables if name not in present]
        values = {"all": len(tables), "got": len(tables) - len(absent), "tables": "、".join(absent)}
        self.report.text(self.report.phrase("basics", "missing_tables" if absent else "complete", **values))

    def open_items(self, caption: str) -> None:
        """What remains to be done besides the late items: not begun, lacking papers, unknown; progress, pace, deadline."""
        settled = (status.CLOSED, status.UNQUANTIFIED, status.ON_TIME, *status.LATE)
        chosen = [e for e in self.own if e["state"] != status.NOT_APPLICABLE and e["status"] not in settled]
        self.report.table(self.frame(chosen), caption, widths=[27, 14, 10, 13, 36], sortable=False)

    def frame(self, entries: list[Entry]) -> pd.DataFrame:
        """Items as a table."""
        return pd.DataFrame(
            [
                {
                    "子项": self.label(e),
                    "完成/应完成": words.progress(e) if e["state"] == status.OK else self.situation(e),
                    "时间进度": words.pace(e),
                    "时限": e["due"],
                    "状态": self.state(e),
                }
                for e in entries
            ]
        )

    def notice(self) -> None:
        """The notice of a quarter (county only): what is late by responsible unit, with the plan's paragraph."""
        if not self.county:
            raise UsageError("通报只由全市生成。", "请运行 make notice。")
        if self.plan is None:
            self.report.text(self.say("summary", "no_plan"))
            return
        for part in notice.parts(self):
            display(HTML(part))

    def matrix(self, caption: str) -> None:
        """Tasks × towns (county only; nothing in a town's report): the state that most needs attention, and how often."""
        if self.county and self.plan is not None:
            frame = county.matrix_frame(self.plan, self.view["towns"], self.items, self.report.register)
            display(HTML(markup.table(frame, caption, kind="matrix", headed=True)))
            self.report.note(self.say("notes", "legend"))

    def inspections(self) -> None:
        """Visits of the semester, schools short of two, what was found and is still open."""
        found, say = self.view.get("inspections"), self.say
        if not found:
            self.report.text(say("inspection", "missing"))
            return
        short = found["short"]
        more = say("inspection", "more", count=len(short)) if len(short) > NAMES_SHOWN else ""
        names = "、".join(short[:NAMES_SHOWN]) + more
        tail = say("inspection", "short", names=names) if short else ""
        values = {k: found[k] for k in ("semester", "visits", "schools", "met")}
        case = "visits" if found["met"] or not short else "visits_none"
        texts = [say("inspection", case, **values, short=tail)]
        total = {
            name: sum(kind[name] for kind in found["kinds"]) for name in ("new", "mended", "open", "overdue")
        }
        kinds = "、".join(f"{kind['kind']}{kind['open']}个" for kind in found["kinds"] if kind["open"])
        case = "none" if not found["kinds"] else "found" if total["open"] else "clear"
        texts.append(say("inspection", case, kinds=kinds, **total))
        self.report.text(*texts)
        rows = [
            {"学校": p["school"], "问题类别": p["kind"], "督导日期": p["visited"], "整改期限": p["due"] or "没有写",
             "状态": markup.Light("red", "超期") if p["overdue"] else "整改中"}
            for p in found["open"]
        ]  # fmt: skip
        if rows:
            self.report.table(pd.DataFrame(rows), "尚未整改的督导问题", widths=[32, 18, 18, 18, 14])

    def complaints(self) -> None:
        """一码通 complaints of the quarter by topic; a sentence where there are none or no table."""
        found = self.view.get("complaints")
        if found is None:
            self.report.text(self.say("complaint", "missing"))
            return
        rows = [
            {"主题": t["topic"], "受理": t["received"], "其中已答复": t["answered"], "季末未答复": t["open"],
             "答复天数（中位数）": _days(t["median_days"]), "答复天数（最长）": _days(t["most_days"])}
            for t in found
        ]  # fmt: skip
        frame = pd.DataFrame(rows).astype(object) if rows else pd.DataFrame()
        self.report.table(
            frame,
            self.say("complaint", "caption"),
            widths=[28, 10, 14, 14, 18, 16],
            empty=self.say("complaint", "none"),
        )

    def measures(self) -> None:
        """下一步措施, those that have an occasion."""
        overdue_problems = any(k["overdue"] for k in (self.view.get("inspections") or {}).get("kinds", []))
        occasions = {
            "overdue": self.with_status(status.OVERDUE), "behind": self.with_status(status.BEHIND),
            "papers": self.with_status(status.TO_REVIEW), "missing": self.unknown, "inspection": overdue_problems,
        }  # fmt: skip
        said = [self.say("measures", case) for case, found in occasions.items() if found]
        self.report.text("".join([*said, self.say("measures", "keep")]))

    def notes(self) -> None:
        """数据说明 in small type."""
        assumed = self.say("basics", "assumed_all") if any(e["due_assumed"] for e in self.own) else ""
        values = {"assumed": assumed, "note": self.plan.note if self.plan else ""}
        self.report.note(self.say("notes", "rules"))
        self.report.note(self.say("notes", "units", **values) + self.say("notes", "internal"))
        self._strange()

    def _strange(self) -> None:
        rows = self.view.get("strange", [])
        texts = []
        for reason in ("no_item", "no_duty"):
            found = [row for row in rows if row["reason"] == reason]
            if found:
                places = "、".join(
                    f"{row['source_file']} 第{row['source_row']}行" for row in found[:NAMES_SHOWN]
                )
                texts.append(
                    self.say("strange", reason, count=len(found))
                    + self.say("strange", "where", places=places)
                )
        if texts:
            self.report.note("".join(texts))


def _days(value: float | None) -> str:
    return formatting.NOT_APPLICABLE if value is None else words.number(value)
