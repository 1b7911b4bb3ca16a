"""The demo county's plan tables (T13, T19–T24), from random streams of their own: no other figure depends on them."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pipelines.demo.rows import Row
from pipelines.demo.world import World, data_toml
from pipelines.plan import model, status
from pipelines.plan.model import Item, Plan


RURAL_KINDS = ("小学", "教学点", "初中", "九年一贯")
KEPT_KINDS = (*RURAL_KINDS, "高中", "中职", "特教", "幼儿园")
NETWORK_KINDS = (*RURAL_KINDS, "高中")
COUNTY = "000"


@dataclass(frozen=True)
class Story:
    """What becomes of one item in one unit: when it is finished, what papers there are, when it is closed."""

    target: int
    finish: dt.date | None
    evidence: bool = False
    reviewer: bool = False
    close: dt.date | None = None
    reopen: dt.date | None = None
    stuck: float | None = None
    typed: str = ""

    def closed(self, day: dt.date) -> bool:
        """Whether the ledger says 已销号 at the day."""
        return self.close is not None and self.close <= day and not (self.reopen and self.reopen <= day)

    def done(self, item: Item, day: dt.date) -> int:
        """What is done at the day."""
        if self.reopen is not None and self.reopen <= day:
            return max(0, self.target - 1)
        if self.stuck is not None:
            return int(self.target * self.stuck)
        assert self.finish is not None
        if day >= self.finish:
            return self.target
        span = (self.finish - item.start).days
        return int(self.target * (day - item.start).days / span) if span > 0 else 0


class PlanStory:
    """All rows of the plan's tables at a data date; the same whatever else happens in the county."""

    def __init__(self, world: World, plan: Plan):
        self.world, self.plan = world, plan
        self.content = data_toml("plan.toml")

    # --- T13 -------------------------------------------------------------------------------------------------

    def ledger(self, index: int) -> Iterator[Row]:
        """Every item that is told by the ledger, for every unit with a duty."""
        day = self.world.end(index)
        for item in self.plan.items:
            for one in item.years(day.year):
                if one.start > day or (item.origin != model.LEDGER and not item.scope):
                    continue
                for unit in self._units(item):
                    row = self._row(one, unit, index, day)
                    if row is not None:
                        yield f"{one.key}:{unit}", row

    def _units(self, item: Item) -> list[str]:
        kinds = {
            code: "街道" if code in ("370784001", "370784002", "370784003") else "镇"
            for code in self.world.plan
        }
        return [code for code, kind in kinds.items() if kind in item.scope] or [COUNTY]

    def story(self, item: Item, unit: str, index: int) -> Story:
        """The story of one item in one unit; good towns finish everything in time."""
        draw = self.world.stream(f"plan {item.key} {unit}")
        due = item.deadline.day
        target = self._target(item, unit, index, draw)
        finish = due + dt.timedelta(days=draw.randrange(-260, 220))
        evidence, reviewer = draw.random() < 0.85, draw.random() < 0.8
        closes = draw.random() < 0.8
        if self.world.plan.get(unit, {}).get("good") == "1":
            finish, evidence, reviewer, closes = min(finish, due - dt.timedelta(days=90)), True, True, True
        story = Story(target, finish, evidence, reviewer)
        if planted := self.content["planted"].get(unit, {}).get(item.id):
            return replace(Story(target, finish), **planted)
        if closes and evidence and reviewer:
            story = replace(story, close=finish + dt.timedelta(days=draw.randrange(15, 70)))
        return story

    def _target(self, item: Item, unit: str, index: int, draw: random.Random) -> int:
        if item.kind == model.YESNO:
            return 1
        if item.base:
            return len(
                [s for s in self._open(index, RURAL_KINDS) if s.area == "乡村" and unit in (COUNTY, s.town)]
            )
        if item.id in self.content["shares"]:
            return Counter(self.content["shares"][item.id])[unit]
        if item.target is not None:
            return int(item.target)
        return draw.randrange(12, 60)

    def _row(self, item: Item, unit: str, index: int, day: dt.date) -> list[Any] | None:
        town = "" if unit == COUNTY else unit
        duty = f"{self.world.names[unit][0]}教管办" if town else self.plan.tasks[item.task].lead
        due = item.deadline.day
        if item.kind == model.OPEN:
            return [item.task, item.name, duty, town, None, item.unit, None, "", due, status.UNQUANTIFIED, "", "",
                    "", None, "", day]  # fmt: skip
        story = self.story(item, unit, index)
        if item.origin != model.LEDGER:
            # the figure comes from other tables; the ledger only carries the papers
            if not story.closed(day):
                return None
            return [item.task, item.id, duty, town, None, item.unit, None, "", due, status.CLOSED, "", "",
                    _number(item, unit), story.close, "教体局督导室", day]  # fmt: skip
        done = story.done(item, day)
        closed = story.closed(day)
        late = done < story.target and due <= day
        typed = status.CLOSED if closed else status.TO_REVIEW if done >= story.target else status.ON_TIME
        typed = story.typed or (status.OVERDUE if late else typed)
        finished = done >= story.target
        return [
            item.task, item.name, duty, town, story.target, item.unit, done, "", due, typed,
            "施工进度滞后" if late else "", "倒排工期，逐周调度" if late else "",
            _number(item, unit) if story.evidence and finished else "",
            story.close if closed else None, "教体局督导室" if story.reviewer and finished else "", day,
        ]  # fmt: skip

    def expected(self, index: int) -> dict[str, dict[str, dict[str, Any]]]:
        """Item → unit → what is done, of how much, and whether it is closed, of every item the ledger tells."""
        day = self.world.end(index)
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for item in self.plan.items:
            if item.origin != model.LEDGER or item.kind == model.OPEN:
                continue
            for one in item.years(day.year):
                for unit in self._units(item) if one.start <= day else []:
                    story = self.story(one, unit, index)
                    if story.target:
                        told = {
                            "done": story.done(one, day),
                            "target": story.target,
                            "closed": story.closed(day),
                        }
                        found.setdefault(one.key, {})[unit] = told
        return found

    # --- schools ---------------------------------------------------------------------------------------------

    def _open(self, index: int, kinds: tuple[str, ...]) -> list[Any]:
        day = self.world.end(index)
        return [
            s
            for s in self.world.schools.all.values()
            if s.kind in kinds and not (s.closed and s.closed <= day)
        ]

    @cached_property
    def pupils(self) -> list[Counter[str]]:
        """Pupils by school at the end of each period."""
        return [Counter(spot.school for _, spot in roll.values()) for roll in self.world.rolls]

    def mentors(self, index: int) -> Iterator[Row]:
        """T20; 景芝镇 has a school that keeps no files, the good town lacks nothing."""
        for s in self._open(index, RURAL_KINDS):
            draw = self.world.stream(f"mentor {s.school_id}")
            pupils = self.pupils[index][s.school_id]
            lacking = 0 if self.world.is_good(s.town) else draw.choice((0, 0, 0, 2, 5))
            weak = pupils // draw.randrange(9, 14)
            filed = weak if self.world.is_good(s.town) or draw.random() < 0.7 else weak // 2
            yield (
                s.school_id,
                [s.school_id, pupils, max(0, pupils - lacking), weak, filed, self.world.end(index)],
            )

    def networks(self, index: int) -> Iterator[Row]:
        """T21; one school of 景芝镇 hands nothing in."""
        schools = self._open(index, NETWORK_KINDS)
        silent = next((s.school_id for s in schools if s.town == "370784122" and s.kind == "教学点"), "")
        for s in schools:
            draw = self.world.stream(f"network {s.school_id}")
            good = self.world.is_good(s.town)
            classes = draw.randrange(6, 25)
            fast = good or draw.random() < 0.92
            behind = 0 if good or draw.random() < 0.75 else draw.randrange(1, 4)
            room = "是" if good or draw.random() < 0.85 else "否"
            if s.school_id != silent:
                yield (
                    s.school_id,
                    [
                        s.school_id,
                        "是" if fast else "否",
                        classes,
                        classes - behind,
                        room,
                        self.world.end(index),
                    ],
                )

    def kindergartens(self, index: int) -> Iterator[Row]:
        """T22; every kindergarten is 普惠 but one private one outside the good town."""
        for number, s in enumerate(self._open(index, ("幼儿园",))):
            other = s.ownership == "民办" and number == 5 and not self.world.is_good(s.town)
            children = self.pupils[index][s.school_id]
            yield s.school_id, [
                s.school_id, "否" if other else "是", children, "" if other else f"普惠认定〔2024〕{number + 1}号",
                self.world.end(index),
            ]  # fmt: skip

    def principals(self, index: int) -> Iterator[Row]:
        """T23: a principal and one or two deputies a school, by band of age."""
        bands = ("35周岁及以下", "36-45周岁", "46-55周岁", "56周岁及以上")
        for s in self._open(index, RURAL_KINDS):
            draw = self.world.stream(f"principal {s.school_id}")
            young = 0.75 if self.world.is_good(s.town) else 0.5
            persons = Counter(
                draw.choice(bands[:2]) if draw.random() < young else draw.choice(bands[2:])
                for _ in range(2 + draw.randrange(2))
            )
            for band in bands:
                if persons[band]:
                    two = 1 if band == bands[2] and draw.random() < 0.4 else 0
                    moved = two if self.world.is_good(s.town) or draw.random() < 0.6 else 0
                    yield (
                        f"{s.school_id}{band}",
                        [s.school_id, band, persons[band], two, moved, self.world.end(index)],
                    )

    # --- inspections and complaints --------------------------------------------------------------------------

    @cached_property
    def _inspections(self) -> list[list[Any]]:
        kinds = ("校园安全", "食堂和饮水", "课程和作业", "校舍和设施", "控辍保学")
        rows = []
        for place, period in enumerate(self.world.periods):
            for number, s in enumerate(self._open(place, KEPT_KINDS)):
                draw = self.world.stream(f"inspection {period} {s.school_id}")
                visits = 1 if period.quarter in (1, 2, 4) else draw.randrange(2)
                if not self.world.is_good(s.town) and draw.random() < 0.1:
                    visits = 0
                for _ in range(
                    max(visits, 1) if self.world.is_good(s.town) and period.quarter == 3 else visits
                ):
                    day = self.world.day(place, 3, draw.randrange(5, 25))
                    found = draw.random() < 0.3
                    due = day + dt.timedelta(days=30) if found else None
                    prompt = self.world.is_good(s.town) or draw.random() < 0.7
                    mended = day + dt.timedelta(days=draw.randrange(6, 16)) if found and prompt else None
                    if found and not prompt and draw.random() < 0.6:
                        mended = day + dt.timedelta(days=draw.randrange(60, 200))
                    rows.append(
                        [f"DX{number % 9 + 1:02d}", s.school_id, day, "春" if 3 <= day.month <= 8 else "秋",
                         draw.choice(kinds) if found else "无问题", "详见督导记录" if found else "", due, mended]
                    )  # fmt: skip
        return sorted(rows, key=lambda row: (row[2], row[1]))

    def inspections(self, index: int) -> Iterator[Row]:
        """T19 as it stands at the end of the period."""
        day = self.world.end(index)
        for row in self._inspections:
            if row[2] <= day:
                yield row[1], [*row[:7], row[7] if row[7] and row[7] <= day else None]

    @cached_property
    def _complaints(self) -> list[list[Any]]:
        topics = ("招生入学", "收费", "食堂和营养餐", "校车和交通", "课后服务和托管", "校园安全", "师德师风")
        draw = self.world.stream("complaints")
        rows = []
        for place in range(len(self.world.periods)):
            for town in self.world.plan:
                for _ in range(draw.randrange(5)):
                    day = self.world.day(place, draw.randrange(1, 4), draw.randrange(1, 28))
                    answered = day + dt.timedelta(days=draw.choice((1, 2, 3, 3, 5, 7, 12, 30)))
                    rows.append([day, town, draw.choice(topics), answered if draw.random() < 0.93 else None])
        rows.sort(key=lambda row: (row[0], row[1], row[2]))
        return [[f"YMT{number:05d}", *row] for number, row in enumerate(rows, 1)]

    def complaints(self, index: int) -> Iterator[Row]:
        """T24 as it stands at the end of the period."""
        day = self.world.end(index)
        for row in self._complaints:
            if row[1] <= day:
                yield row[0], [*row[:4], row[4] if row[4] and row[4] <= day else None]


def _number(item: Item, unit: str) -> str:
    return f"ZJ-{item.key.replace('@', '-')}-{unit[-3:]}"
