"""Every state by hand: a reader can check each line with a pencil."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest

from pipelines.plan import model
from pipelines.plan.model import Deadline, Item
from pipelines.plan.status import Proof, Standing, elapsed, judge


START, DUE = dt.date(2024, 1, 1), dt.date(2024, 12, 31)  # 366 days; half of them gone on 1 July (183rd day)
HALF = dt.date(2024, 7, 1)
ITEM = Item(
    "2.3", 2, "书香校园", "8处", model.COUNT, model.AT_LEAST, 8.0, "处", "", 0.0,
    Deadline("2024年", DUE, True), START, ("镇",), "", model.LEDGER, "", (), "附件第2项",
)  # fmt: skip
NONE = Proof()
FULL = Proof(evidence=True, reviewer=True, closed=dt.date(2024, 6, 1))


def state(
    done: float, day: dt.date = HALF, proof: Proof = NONE, item: Item = ITEM, unreported: int = 0
) -> str:
    target = Fraction(str(item.target)) if item.target is not None else Fraction(1)
    return judge(item, Standing(Fraction(str(done)), target, unreported), proof, day).status


@pytest.mark.parametrize(
    ("done", "day", "proof", "expected"),
    [
        # 8 wanted in 366 days; on 1 July 183/366 = half is gone, so 4 are wanted
        (0, HALF, Proof(), "未启动"),
        (4, HALF, Proof(), "序时推进"),
        (3, HALF, Proof(), "滞后"),
        (7, dt.date(2024, 12, 30), Proof(), "滞后"),  # the day before: 8 × 365/366 = 7.98 wanted
        (7, DUE, Proof(), "到期未完成"),  # the deadline day itself: the data stand at its end
        (7, dt.date(2025, 1, 1), Proof(), "到期未完成"),  # the day after
        (0, DUE, Proof(), "到期未完成"),  # nothing done is no longer 未启动 when it is due
        (8, HALF, Proof(), "已完成待核"),
        (9, dt.date(2025, 3, 31), Proof(), "已完成待核"),
        (8, HALF, FULL, "已销号"),
        (8, dt.date(2025, 3, 31), FULL, "已销号"),  # closed stays closed after the deadline
        (7, dt.date(2025, 3, 31), FULL, "到期未完成"),  # all papers there, but the number is not: 反弹
        (8, HALF, replace(FULL, reviewer=False), "已完成待核"),
        (8, HALF, replace(FULL, evidence=False), "已完成待核"),
        (8, HALF, replace(FULL, closed=None), "已完成待核"),
        (8, HALF, replace(FULL, closed=HALF), "已销号"),  # closed on the day itself
        (8, HALF, replace(FULL, closed=dt.date(2024, 7, 2)), "已完成待核"),  # closed tomorrow: not yet
    ],
)
def test_a_number_with_a_deadline(done: float, day: dt.date, proof: Proof, expected: str) -> None:
    assert state(done, day, proof) == expected


def test_what_is_lacking_is_named() -> None:
    verdict = judge(ITEM, Standing(Fraction(8), Fraction(8)), Proof(evidence=True), HALF)
    assert verdict.lacks == ["审核人", "销号日期"]
    late = judge(ITEM, Standing(Fraction(8), Fraction(8)), replace(FULL, closed=DUE), HALF)
    assert late.lacks == ["已到的销号日期"]


def test_unit_without_a_number_is_never_finished() -> None:
    item = replace(ITEM, kind=model.OPEN, target=None)
    assert judge(item, Standing(Fraction(5), Fraction(5)), FULL, DUE).status == "未量化"


@pytest.mark.parametrize(
    ("done", "typed", "day", "expected"),
    [
        (0, "序时推进", HALF, "序时推进"),
        (0, "未启动", HALF, "未启动"),
        (0, "滞后", HALF, "滞后"),
        (0, "已销号", HALF, "序时推进"),  # a word without the fact counts for nothing
        (0, "序时推进", DUE, "到期未完成"),
        (1, "序时推进", HALF, "已完成待核"),
    ],
)
def test_yes_or_no_has_no_pace(done: int, typed: str, day: dt.date, expected: str) -> None:
    item = replace(ITEM, kind=model.YESNO, target=None)
    verdict = judge(item, Standing(Fraction(done), Fraction(1)), Proof(typed=typed), day)
    assert verdict.status == expected and verdict.pace is None


@pytest.mark.parametrize(
    ("done", "day", "expected"),
    [(0, HALF, "序时推进"), (1, HALF, "滞后"), (1, DUE, "到期未完成"), (0, DUE, "已完成待核")],
)
def test_a_zero_that_has_to_be_kept(done: int, day: dt.date, expected: str) -> None:
    item = replace(ITEM, target=0.0, direction=model.AT_MOST, cycle=model.KEEP)
    assert state(done, day, item=item) == expected


def test_a_rate_that_has_to_be_kept_is_not_finished_before_its_day() -> None:
    item = replace(ITEM, kind=model.RATE, target=1.0, cycle=model.KEEP)
    assert state(1, HALF, FULL, item) == "序时推进"
    assert state(0.99, HALF, FULL, item) == "滞后"
    assert state(1, DUE, FULL, item) == "已销号"


def test_pace_starts_at_the_baseline() -> None:
    # 40 % at the start, 70 % wanted: half-way 55 %
    item = replace(ITEM, kind=model.RATE, target=0.7, baseline=0.4)
    assert state(0.55, item=item) == "序时推进"
    assert state(0.54, item=item) == "滞后"


@pytest.mark.parametrize("kind", [model.ALL, model.RATE])
def test_a_part_that_reported_nothing_prevents_completion(kind: str) -> None:
    item = replace(ITEM, kind=kind, target=None if kind == model.ALL else 1.0)
    assert state(1, HALF, FULL, item, unreported=1) == "序时推进"
    assert state(1, DUE, FULL, item, unreported=1) == "到期未完成"
    assert state(1, DUE, FULL, item) == "已销号"


def test_a_number_can_be_reached_though_a_town_is_silent() -> None:
    assert state(8, HALF, FULL, unreported=3) == "已销号"


@pytest.mark.parametrize(
    ("day", "share"),
    [
        (dt.date(2023, 12, 31), Fraction(0)),
        (START, Fraction(1, 366)),
        (HALF, Fraction(1, 2)),
        (DUE, Fraction(1)),
        (dt.date(2030, 1, 1), Fraction(1)),
    ],
)
def test_elapsed_share_counts_both_days(day: dt.date, share: Fraction) -> None:
    assert elapsed(START, DUE, day) == share


@pytest.mark.parametrize(
    ("text", "day", "assumed"),
    [
        ("2025年", dt.date(2025, 12, 31), True),
        ("2025", dt.date(2025, 12, 31), True),
        ("2025年底前", dt.date(2025, 12, 31), False),
        ("2025年底", dt.date(2025, 12, 31), False),
        ("2026年6月底前", dt.date(2026, 6, 30), False),
        ("2024年2月", dt.date(2024, 2, 29), True),
        ("2025-06-15", dt.date(2025, 6, 15), False),
        ("2025年6月5日", dt.date(2025, 6, 5), False),
    ],
)
def test_deadlines_as_plans_word_them(text: str, day: dt.date, assumed: bool) -> None:
    found = Deadline.parse(text)
    assert (found.day, found.assumed, found.text) == (day, assumed, text)


@pytest.mark.parametrize("text", ["", "长期", "2025年13月", "2025-02-30", "今年底"])
def test_other_deadlines_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Deadline.parse(text)


def test_yearly_items_become_one_a_year() -> None:
    item = replace(
        ITEM,
        cycle=model.YEARLY,
        start=dt.date(2023, 12, 7),
        deadline=Deadline("2025年", dt.date(2025, 12, 31), True),
    )
    years = item.years(2026)
    assert [(one.key, one.start, one.deadline.day) for one in years] == [
        ("2.3@2024", dt.date(2024, 1, 1), dt.date(2024, 12, 31)),
        ("2.3@2025", dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
    ]
    assert [one.year for one in item.years(2024)] == [2024]
