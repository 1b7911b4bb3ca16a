"""Figures of a quarter as a public reader may see them."""

from dataclasses import replace
from typing import Any

from pipelines.disclosure.apply import decide, public_figures, public_trend
from pipelines.disclosure.figures import Released
from pipelines.periods import Period


Q2, Q3 = Period(2026, 2), Period(2026, 3)
TOWNS = ("001", "002", "003")


def figure(name: str, value: float | None, base: int | None = None, **more: Any) -> dict[str, Any]:
    """One entry as the indicator stage writes it."""
    number = value
    if base is not None:
        value = number / base if base else None
    entry = {"id": name, "name": name, "value": value, "numerator": number, "denominator": base, "unit": "人"}
    entry |= {"target": 0, "status": "未达标", "state": "ok", "breakdown": {}}
    return entry | more


def quarter(d05: list[int], l01: list[int], l05: list[int]) -> dict[str, list[dict[str, Any]]]:
    """Three towns and the county."""
    rows = [*zip(d05, l01, l05, strict=True), (sum(d05), sum(l01), sum(l05))]
    return {
        code: [
            figure("D05", a, breakdown={"stage": {"小学": a, "初中": 0}, "cause": {"厌学": a}}),
            figure("L01", b),
            figure("L05", c, b),
            figure("A08", 12.5),
        ]
        for code, (a, b, c) in zip([*TOWNS, "000"], rows, strict=True)
    }


def whole(*_: object) -> bool:
    return True


def public(period: Period, code: str, released: dict[Period, Released]) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in public_figures(period, code, released, 10)}


def test_small_counts_their_rates_and_money_are_suppressed() -> None:
    released = {Q2: decide(Q2, quarter([0, 14, 3], [40, 50, 60], [40, 48, 30]), {}, 10, whole)}
    first, second, third = (public(Q2, code, released) for code in TOWNS)
    assert first["D05"]["value"] == 0 and third["D05"]["state"] == "suppressed"
    assert third["D05"]["mark"] == "＜10" and third["D05"]["status"] == "—"
    assert [third["D05"][name] for name in ("value", "numerator", "denominator")] == [None] * 3
    # 48 of 50: two children without an agreement
    assert second["L05"]["state"] == "suppressed" and second["L05"]["mark"] == "—"
    assert all(public(Q2, code, released)["A08"]["state"] == "suppressed" for code in (*TOWNS, "000"))
    assert all(entry["breakdown"] == {} for entry in second.values()), "breakdowns are never published"
    hidden = [public(Q2, code, released)["D05"]["state"] == "suppressed" for code in (*TOWNS, "000")]
    assert sum(hidden) >= 2, "the county minus two towns would give the third"


def test_earlier_values_come_only_from_what_was_released() -> None:
    first = decide(Q2, quarter([0, 14, 3], [40, 50, 60], [40, 48, 30]), {}, 10, whole)
    later = quarter([0, 15, 30], [41, 50, 75], [30, 30, 30])
    alone = {Q3: decide(Q3, later, {}, 10, whole)}
    assert public(Q3, "001", alone)["D05"]["previous"] is None
    both = {Q2: first, Q3: decide(Q3, later, {Q2: first}, 10, whole)}
    assert public(Q3, "001", both)["D05"]["previous"] == 0
    assert public(Q3, "003", both)["D05"]["previous"] is None, "hidden then, hidden now"
    assert both[Q3].shown.keys() == {key for key in both[Q3].shown if key.startswith("2026Q3/")}


def test_a_zero_is_shown_only_where_the_population_is_whole() -> None:
    figures = quarter([0, 14, 30], [40, 50, 60], [40, 48, 30])
    released = {Q2: decide(Q2, figures, {}, 10, lambda code, name: (code, name) != ("001", "D05"))}
    assert public(Q2, "001", released)["D05"]["mark"] == "＜10"
    assert released[Q2].partial == {"001/D05"}
    later = quarter([0, 12, 30], [40, 50, 60], [40, 48, 30])
    released[Q3] = decide(Q3, later, released, 10, whole)
    assert public(Q3, "001", released)["D05"]["value"] == 0 and not released[Q3].partial


def test_what_is_published_does_not_depend_on_what_is_hidden() -> None:
    """Two counties that differ only in hidden numbers have the same public figures."""
    first = quarter([2, 14, 3], [40, 50, 60], [40, 48, 30])
    released = {Q2: decide(Q2, first, {}, 10, whole)}
    other = {Q2: replace(released[Q2], towns=quarter([5, 14, 8], [40, 50, 60], [40, 47, 30]))}
    hidden = [public(Q2, code, released)["D05"]["state"] for code in (*TOWNS, "000")]
    assert hidden == ["suppressed"] * 4 or hidden.count("suppressed") >= 3
    for code in TOWNS:
        assert public(Q2, code, released) == public(Q2, code, other), code


def test_a_trend_shows_marks_and_gaps() -> None:
    released = {Q2: decide(Q2, quarter([0, 14, 3], [40, 50, 60], [40, 48, 30]), {}, 10, whole)}
    later = quarter([0, 15, 30], [41, 50, 75], [30, 30, 30])
    released[Q3] = decide(Q3, later, released, 10, whole)
    quarters = [Period(2026, 1), Q2, Q3]
    points = public_trend(quarters, "003", released, 10)["D05"]
    assert points[0] == {"period": "2026Q1", "value": None}
    assert points[1] == {"period": "2026Q2", "value": None, "state": "suppressed", "mark": "＜10"}
    assert [p["value"] for p in public_trend(quarters, "002", released, 10)["L01"]] == [None, 50, 50]
