"""Work to be done about dropout (D02–D20): the cases and pupils behind the figures."""

import pandas as pd

from pipelines.indicators import attendance, closings, dropout, leave
from pipelines.indicators import counting as c
from pipelines.indicators.actions import Action
from pipelines.indicators.worktext import day, fill, lacking, one_each, short_ref
from pipelines.match import Facts


def _suspected(facts: Facts, action: Action) -> pd.DataFrame:
    frame = one_each(dropout.suspected(facts))
    detail = fill(action, frame, reported=day(frame["reported_date"]), lacking=lacking(frame, {}))
    return frame.assign(ref=frame["case_id"], detail=detail)


def _confirmed(facts: Facts, action: Action) -> pd.DataFrame:
    frame = one_each(dropout.confirmed(facts))
    more: dict[str, pd.Series] = {}
    if facts.has("persuasion_log"):
        log = facts.table("persuasion_log")
        month = (log["contact_date"] >= facts.d.replace(day=1)) & (log["contact_date"] <= facts.d)
        more = {"本月劝返记录": ~frame["case_id"].isin(log.loc[month, "case_id"])}
    detail = fill(action, frame, verified=day(frame["verified_date"]), lacking=lacking(frame, more))
    # a child reported missing (51) stays open: that comes before what the file lacks
    missing = (frame["close_type"] == dropout.MISSING_PERSON) & (frame["close_date"] <= facts.d)
    detail = detail.where(~missing.fillna(False), action.reasons["missing"] + detail)
    return frame.assign(ref=frame["case_id"], detail=detail)


def _lost(facts: Facts, action: Action) -> pd.DataFrame:
    frame = dropout.missing_unverified(facts)
    detail = fill(action, frame, when=day(frame["close_date"]), lacking=lacking(frame, {}))
    return frame.assign(ref=frame["case_id"], detail=detail)


def _transfers(facts: Facts, action: Action) -> pd.DataFrame:
    frame = one_each(dropout.unmatched_transfers(facts))
    detail = fill(action, frame, left=day(frame["event_date"]), matched=frame["matched"])
    return frame.assign(ref=short_ref(frame["person"]), detail=detail)


def _gone(facts: Facts, action: Action) -> pd.DataFrame:
    """D19; in the third quarter those of grade 6 are the promotion gap instead.

    Where this roll has the same 学籍号 with another ID number, that is said first: most often the number was corrected,
    and a person has only to confirm it (contract.md section 4, level 丙).
    """
    frame = one_each(dropout.vanished(facts))
    if facts.period.quarter == 3:
        sixth = frame["grade"] == "六年级"
        frame = frame[sixth if action.item == "promotion_gap" else ~sixth]
    now = c.on_roll(facts)
    numbers = now.loc[now["roll_key"].notna() & now["id_key"].notna(), "roll_key"]
    again = frame["roll_key"].notna() & frame["id_key"].notna() & c.among(frame["roll_key"], numbers)
    detail = pd.Series(action.detail, index=frame.index, dtype="str")
    detail = detail.where(~again, action.reasons["same_roll_no"] + detail)
    return frame.assign(ref=short_ref(frame["person"]), detail=detail)


def _never_enrolled(facts: Facts, action: Action) -> pd.DataFrame:
    frame = one_each(dropout.never_enrolled(facts))
    return frame.assign(ref=short_ref(frame["person"]), detail=action.detail)


def _uncontacted(facts: Facts, action: Action) -> pd.DataFrame:
    """Confirmed cases without a T5b row in the month of d."""
    frame, log = dropout.confirmed(facts), facts.table("persuasion_log")
    month = (log["contact_date"] >= facts.d.replace(day=1)) & (log["contact_date"] <= facts.d)
    frame = one_each(frame[~frame["case_id"].isin(log.loc[month, "case_id"])])
    latest = log[log["contact_date"] <= facts.d].groupby("case_id")["contact_date"].max()
    last = latest.reindex(frame["case_id"]).set_axis(frame.index)
    words = ("最近一次" + day(last)).where(last.notna(), "没有任何记录")
    return frame.assign(ref=frame["case_id"], detail=fill(action, frame, last=words))


def _unreported(facts: Facts, action: Action) -> pd.DataFrame:
    frame = one_each(attendance.unreported(facts))
    detail = fill(action, frame, since=day(frame["first_absent_date"]), days=frame["consecutive_days"])
    return frame.assign(ref=short_ref(frame["person"]), detail=detail)


def _late_reports(facts: Facts, action: Action) -> pd.DataFrame:
    frame = dropout.reported(facts)
    frame = frame[~frame["on_time"]]
    late = [
        f"首次缺勤后{int(days)}个上课日才报告" if pd.notna(days) else action.reasons["no_date"]
        for days in frame["days"]
    ]
    why = pd.Series(late, index=frame.index, dtype="str")
    detail = fill(action, frame, reported=day(frame["reported_date"]), why=why)
    return frame.assign(ref=frame["case_id"], detail=detail)


def _leave(facts: Facts, action: Action) -> pd.DataFrame:
    frame = leave.in_force(facts)
    frame = frame[~leave.has_papers(frame)]
    why = [
        "、".join(word for word, lacks in zip(("批准文号", "预计复学日期"), pair, strict=True) if lacks)
        for pair in zip(~frame["has_approval_no"].astype(bool), frame["expected_return"].isna(), strict=True)
    ]
    lacking = pd.Series(why, index=frame.index, dtype="str")
    detail = fill(action, frame, since=day(frame["event_date"]), lacking=lacking)
    return frame.assign(ref=short_ref(frame["person"]), detail=detail)


def _unlawful(facts: Facts, action: Action) -> pd.DataFrame:
    frame = leave.unlawful(facts)
    detail = fill(action, frame, event=frame["event_type"], when=day(frame["event_date"]))
    return frame.assign(ref=short_ref(frame["person"]), detail=detail)


def _late_closings(facts: Facts, action: Action) -> pd.DataFrame:
    frame = closings.late_closings(facts)
    code = facts.codes["close_type"]
    names = frame["close_type"].map({key: entry.text for key, entry in code.items()}).astype("str")
    words = names.fillna(action.reasons["no_type"])
    detail = fill(action, frame, when=day(frame["close_date"]), kind=frame["kind"], words=words)
    return frame.assign(ref=frame["case_id"], detail=detail)


MAKERS = {
    "suspected_open": ("D03", _suspected),
    "confirmed_open": ("D05", _confirmed),
    "missing_unverified": ("D03", _lost),
    "contact_missing": ("D12", _uncontacted),
    "absence_unreported": ("D02", _unreported),
    "unlawful_event": ("D13", _unlawful),
    "leave_papers": ("D13", _leave),
    "transfer_unmatched": ("D14", _transfers),
    "vanished": ("D19", _gone),
    "promotion_gap": ("D20", _gone),
    "never_enrolled": ("D16", _never_enrolled),
    "report_overdue": ("D10", _late_reports),
    "closing_burst": ("D04", _late_closings),
}
