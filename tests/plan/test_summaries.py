"""Inspections and complaints by hand. q0 = 1 July, d = 30 September 2026."""

from pipelines.plan import complaints, inspections
from tests.indicators.builders import COUNTY, JINGZHI, S3, XINAN, facts
from tests.plan.material import rows


def test_what_was_found_and_is_still_open() -> None:
    found = {"problem_kind": "校园安全", "has_problem": True, "mend_due": "2026-09-30"}
    given = rows(
        "inspection",
        {**found},  # open, and its deadline is d itself: overdue
        {**found, "mend_due": "2026-10-01"},  # open, in time
        {**found, "mended_date": "2026-09-30"},  # mended on d
        {**found, "mended_date": "2026-10-01"},  # not yet
        {**found, "visit_date": "2026-06-30", "mended_date": "2026-07-05"},  # of the last quarter
        {"problem_kind": "无问题", "has_problem": False},
        {"has_problem": True, "problem_kind": None, "school_id": S3},
        {**found, "visit_date": "2026-10-01"},  # after d
    )
    made = inspections.summary(facts(inspection=given))
    assert made[JINGZHI]["kinds"] == [{"kind": "校园安全", "new": 4, "mended": 2, "open": 3, "overdue": 2}]
    assert [(p["due"], p["overdue"]) for p in made[JINGZHI]["open"]] == [
        ("2026-09-30", True), ("2026-09-30", True), ("2026-10-01", False),
    ]  # fmt: skip
    assert made[XINAN]["kinds"] == [{"kind": "未分类", "new": 1, "mended": 0, "open": 1, "overdue": 0}]
    assert made[XINAN]["open"][0]["due"] is None
    assert made[COUNTY]["towns_overdue"] == {JINGZHI: 2}
    assert (made[JINGZHI]["met"], made[JINGZHI]["schools"], made[JINGZHI]["short"]) == (
        0, 2, ["景芝镇中心小学", "景芝镇初级中学"],
    )  # fmt: skip


def test_no_table_is_no_summary() -> None:
    assert inspections.summary(facts()) == {}
    assert complaints.summary(facts()) == {}


def test_complaints_by_topic() -> None:
    given = rows(
        "complaint",
        {"answered_date": "2026-08-03"},  # 2 days
        {
            "received_date": "2026-06-20",
            "answered_date": "2026-07-02",
        },  # of last quarter, answered in this: 12 days
        {"received_date": "2026-09-30"},  # open
        {"received_date": "2026-05-01"},  # open for long
        {"received_date": "2026-09-29", "answered_date": "2026-10-02"},  # not answered at d
        {"received_date": "2026-10-01"},  # after d
        {"received_date": "2026-01-01", "answered_date": "2026-01-05"},  # long over
        {"town": XINAN, "topic": "其他", "answered_date": "2026-08-01"},  # the same day
    )
    made = complaints.summary(facts(complaint=given))
    assert made[JINGZHI] == [
        {"topic": "收费", "received": 3, "answered": 1, "open": 3, "median_days": 7, "most_days": 12}
    ]
    assert made[XINAN][0]["median_days"] == 0
    assert [t["topic"] for t in made[COUNTY]] == ["收费", "其他"]
