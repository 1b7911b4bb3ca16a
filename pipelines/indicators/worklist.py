"""The children, cases and schools behind the figures: what has to be done this quarter, by whom and by when.

Rows are attributed to towns as the indicator counts them, one per child and town, so that the rows of a town add up
to the figure it is shown (docs/architecture.md, Worklist). No name appears: cases have their number, others ``ref``.
"""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from pipelines.indicators import aid, dropout, left_behind, money
from pipelines.indicators.actions import Action, load_actions
from pipelines.indicators.catalogue import load_catalogue
from pipelines.match import Facts


COLUMNS = ["theme", "item", "town", "school_id", "ref", "grade", "detail", "who", "due", "rule"]
COLUMNS += ["source_file", "source_row", "severity"]
_LACKING = {
    "has_plan_id": "一人一案编号",
    "has_owner_town": "镇包保责任人",
    "has_owner_school": "校包保责任人",
    "has_owner_village": "村包保责任人",
}
_REF_LENGTH = 8
_FEN = 100


def build(facts: Facts) -> pd.DataFrame:
    """All rows of the period (columns: COLUMNS), sorted by theme, town, severity, due, item, ref."""
    parts = []
    for item, (indicator, make) in _ITEMS.items():
        entry = load_catalogue().entry(indicator)
        if facts.period.quarter not in entry.quarters or not all(facts.has(need) for need in entry.needs):
            continue  # an absent table makes the figure `missing`; an empty list would look like nothing to do
        parts.append(_finish(facts, load_actions()[item], make(facts, load_actions()[item])))
    frame = pd.concat([_empty(), *parts]) if parts else _empty()
    order = ["theme", "town", "severity", "due", "item", "ref", "source_file", "source_row"]
    return frame.sort_values(order, kind="stable").reset_index(drop=True)


def _empty() -> pd.DataFrame:
    types = dict.fromkeys(COLUMNS, "str") | {
        "due": "datetime64[us]",
        "source_row": "int64",
        "severity": "int64",
    }
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def _finish(facts: Facts, action: Action, frame: pd.DataFrame) -> pd.DataFrame:
    due = facts.d + pd.Timedelta(days=facts.settings.deadline_days(action.deadline))
    frame = frame.assign(
        theme=action.theme,
        item=action.item,
        who=action.who,
        rule=action.rule,
        severity=action.severity,
        due=due,
        grade=frame.get("grade"),
        school_id=frame.get("school"),
    )
    texts = {name: "str" for name in COLUMNS if name not in ("due", "source_row", "severity")}
    return frame[COLUMNS].astype(
        texts | {"source_row": "int64", "severity": "int64", "due": "datetime64[us]"}
    )


def short_ref(person: pd.Series) -> pd.Series:
    """``XS-`` and eight characters of the person key; of a person without one, the number of the row."""
    key, row = person.str[:_REF_LENGTH], "行" + person.str.rsplit(":", n=1).str[-1]
    return "XS-" + key.where(~person.str.startswith("row:"), row)


def _one_each(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per person and town, the first of the files."""
    order = [name for name in ("source_file", "source_row", "row_id") if name in frame]
    return frame.sort_values(order, kind="stable").drop_duplicates(["person", "town"])


def _fill(action: Action, frame: pd.DataFrame, **values: pd.Series) -> pd.Series:
    columns = [list(column) for column in values.values()]
    texts = [
        action.detail.format(**dict(zip(values, row, strict=True))) for row in zip(*columns, strict=True)
    ]
    return pd.Series(texts, index=frame.index, dtype="str")


def _day(dates: pd.Series) -> pd.Series:
    return dates.dt.strftime("%Y-%m-%d").fillna("日期未填")


def _lacking(frame: pd.DataFrame, more: Mapping[str, pd.Series]) -> pd.Series:
    """``缺：…`` with what the case file lacks, or ``档案齐全``."""
    lacks = {label: ~frame[column].astype(bool) for column, label in _LACKING.items()}
    lacks.update(more)
    joined = [
        "、".join(label for label, flag in zip(lacks, flags, strict=True) if flag)
        for flags in zip(*lacks.values(), strict=True)
    ]
    return pd.Series(
        [f"缺：{text}" if text else "档案齐全" for text in joined], index=frame.index, dtype="str"
    )


# -- dropout -----------------------------------------------------------------------------------------------------


def _suspected(facts: Facts, action: Action) -> pd.DataFrame:
    frame = _one_each(dropout.suspected(facts))
    detail = _fill(action, frame, reported=_day(frame["reported_date"]), lacking=_lacking(frame, {}))
    return frame.assign(ref=frame["case_id"], detail=detail)


def _confirmed(facts: Facts, action: Action) -> pd.DataFrame:
    frame = _one_each(dropout.confirmed(facts))
    more: dict[str, pd.Series] = {}
    if facts.has("persuasion_log"):
        log = facts.table("persuasion_log")
        month = (log["contact_date"] >= facts.d.replace(day=1)) & (log["contact_date"] <= facts.d)
        more = {"本月劝返记录": ~frame["case_id"].isin(log.loc[month, "case_id"])}
    detail = _fill(action, frame, verified=_day(frame["verified_date"]), lacking=_lacking(frame, more))
    return frame.assign(ref=frame["case_id"], detail=detail)


def _transfers(facts: Facts, action: Action) -> pd.DataFrame:
    frame = _one_each(dropout.unmatched_transfers(facts))
    detail = _fill(action, frame, left=_day(frame["event_date"]), matched=frame["matched"])
    return frame.assign(ref=short_ref(frame["person"]), detail=detail)


def _gone(facts: Facts, action: Action) -> pd.DataFrame:
    """D19; in the third quarter those of grade 6 are the promotion gap instead."""
    frame = _one_each(dropout.vanished(facts))
    if facts.period.quarter == 3:
        sixth = frame["grade"] == "六年级"
        frame = frame[sixth if action.item == "promotion_gap" else ~sixth]
    return frame.assign(ref=short_ref(frame["person"]), detail=action.detail)


def _never_enrolled(facts: Facts, action: Action) -> pd.DataFrame:
    frame = _one_each(dropout.never_enrolled(facts))
    return frame.assign(ref=short_ref(frame["person"]), detail=action.detail)


# -- aid ---------------------------------------------------------------------------------------------------------


def _unpaid(facts: Facts, action: Action) -> pd.DataFrame:
    frame = _one_each(aid.unaided(facts))
    return frame.assign(ref=short_ref(frame["person"]), detail=frame["reason"].map(action.reasons))


def _short(facts: Facts, action: Action) -> pd.DataFrame:
    frame = money.short_grants(facts)
    rows = aid.of_semester(facts, "aid_payment")[["row_id", "source_file", "source_row"]]
    frame = frame.merge(rows, on="row_id")
    detail = _fill(
        action,
        frame,
        programme=frame["programme"],
        paid=_yuan(frame["paid_fen"]),
        standard=_yuan(frame["standard_fen"]),
        short=_yuan(frame["short_fen"]),
    )
    return frame.assign(ref=short_ref(frame["person"]), detail=detail)


def _yuan(fen: pd.Series) -> pd.Series:
    return pd.Series([f"{int(amount) / _FEN:.2f}".removesuffix(".00") for amount in fen], index=fen.index)


def _unclear(facts: Facts, action: Action) -> pd.DataFrame:
    frame = _one_each(aid.unclear(facts))
    return frame.assign(ref=short_ref(frame["person"]), detail=action.detail)


# -- left-behind -------------------------------------------------------------------------------------------------


def _child(frame: pd.DataFrame, detail: str | pd.Series) -> pd.DataFrame:
    return frame.assign(ref=frame["child_id"], detail=detail)


def _not_in(frame: pd.DataFrame, good: pd.DataFrame) -> pd.DataFrame:
    """The (person, town) pairs of the base that are not among the good ones."""
    pairs = pd.MultiIndex.from_frame(good[["person", "town"]])
    return _one_each(frame[~pd.MultiIndex.from_frame(frame[["person", "town"]]).isin(pairs)])


def _agreements(facts: Facts, action: Action) -> pd.DataFrame:
    base = left_behind.registered(facts)
    frame = _not_in(base, base[left_behind.has_agreement(facts, base)])
    why = ("确认书：" + frame["agreement"]).mask(
        frame["agreement"] == "有", "确认书" + _day(frame["agreement_until"]) + "已到期"
    )
    return _child(frame, _fill(action, frame, why=why))


def _mentors(facts: Facts, action: Action) -> pd.DataFrame:
    base = left_behind.registered_pupils(facts)
    return _child(_not_in(base, base[base["has_mentor_post"].astype(bool)]), action.detail)


def _carers(facts: Facts, action: Action) -> pd.DataFrame:
    frame = _one_each(left_behind.without_carer(facts))
    why = pd.Series("照护人未成年", index=frame.index).mask(frame["carer_rel"] == "无", "没有实际照护人")
    return _child(frame, _fill(action, frame, why=why))


def _gap(facts: Facts, action: Action) -> pd.DataFrame:
    a = _one_each(left_behind.known_to_civil_affairs_only(facts))
    b = _one_each(left_behind.known_to_school_only(facts))
    a = _child(a, action.reasons["A"])
    b = b.assign(ref=short_ref(b["person"]), detail=action.reasons["B"])
    columns = ["town", "school", "grade", "ref", "detail", "source_file", "source_row"]
    return pd.concat([a.assign(grade=None)[columns].astype({"grade": "str"}), b[columns]])


def _rooms(facts: Facts, action: Action) -> pd.DataFrame:
    frame = left_behind.rural_schools(facts)
    frame = frame[~frame["has_room"]]
    return frame.assign(school=frame["school_id"], ref=frame["school_name"], detail=action.detail)


_Maker = Callable[[Facts, Action], pd.DataFrame]
# item → the indicator whose figure the rows explain (its inputs are needed), and what finds them
_ITEMS: dict[str, tuple[str, _Maker]] = {
    "suspected_open": ("D03", _suspected),
    "confirmed_open": ("D05", _confirmed),
    "transfer_unmatched": ("D14", _transfers),
    "vanished": ("D19", _gone),
    "promotion_gap": ("D20", _gone),
    "never_enrolled": ("D16", _never_enrolled),
    "aid_unpaid": ("A04", _unpaid),
    "aid_short": ("A08", _short),
    "aid_unclear": ("A05", _unclear),
    "carer_missing": ("L06", _carers),
    "agreement_missing": ("L05", _agreements),
    "mentor_missing": ("L07", _mentors),
    "definition_gap": ("L04", _gap),
    "care_room_missing": ("L12", _rooms),
}


def items() -> Iterator[tuple[str, str]]:
    """(item, id of the indicator it explains)."""
    return ((item, indicator) for item, (indicator, _) in _ITEMS.items())
