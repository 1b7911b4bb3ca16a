"""Work to be done about left-behind children (L01–L15): the children and schools behind the figures."""

import pandas as pd

from pipelines.indicators import contacts, left_behind
from pipelines.indicators.actions import Action
from pipelines.indicators.worktext import day, fill, not_in, one_each, short_ref
from pipelines.match import Facts


def _child(frame: pd.DataFrame, detail: str | pd.Series) -> pd.DataFrame:
    return frame.assign(ref=frame["child_id"], detail=detail)


def _agreements(facts: Facts, action: Action) -> pd.DataFrame:
    base = left_behind.registered(facts)
    frame = not_in(base, base[left_behind.has_agreement(facts, base)])
    why = ("确认书：" + frame["agreement"]).mask(
        frame["agreement"] == "有", "确认书" + day(frame["agreement_until"]) + "已到期"
    )
    return _child(frame, fill(action, frame, why=why))


def _mentors(facts: Facts, action: Action) -> pd.DataFrame:
    base = left_behind.registered_pupils(facts)
    return _child(not_in(base, base[base["has_mentor_post"].astype(bool)]), action.detail)


def _carers(facts: Facts, action: Action) -> pd.DataFrame:
    frame = one_each(left_behind.without_carer(facts))
    why = pd.Series("照护人未成年", index=frame.index).mask(frame["carer_rel"] == "无", "没有实际照护人")
    return _child(frame, fill(action, frame, why=why))


def _gap(facts: Facts, action: Action) -> pd.DataFrame:
    a = one_each(left_behind.known_to_civil_affairs_only(facts))
    b = one_each(left_behind.known_to_school_only(facts))
    a = _child(a, action.reasons["A"])
    b = b.assign(ref=short_ref(b["person"]), detail=action.reasons["B"])
    columns = ["town", "school", "grade", "ref", "detail", "source_file", "source_row"]
    return pd.concat([a.assign(grade=None)[columns].astype({"grade": "str"}), b[columns]])


def _rooms(facts: Facts, action: Action) -> pd.DataFrame:
    frame = left_behind.rural_schools(facts)
    frame = frame[~frame["has_room"]]
    return frame.assign(school=frame["school_id"], ref=frame["school_name"], detail=action.detail)


def _short_of(frame: pd.DataFrame) -> pd.DataFrame:
    return not_in(frame, frame[frame["enough"]])


def _visits(facts: Facts, action: Action) -> pd.DataFrame:
    frame = _short_of(contacts.visited(facts))
    return _child(frame, fill(action, frame, risk=frame["risk"]))


def _contact(facts: Facts, action: Action) -> pd.DataFrame:
    frame = _short_of(contacts.in_contact(facts))
    some = _child(frame, fill(action, frame, weeks=frame["weeks"], done=frame["done"]))
    none = _child(one_each(contacts.without_contact(facts)), action.reasons["none"])
    return pd.concat([some, none]) if len(none) else some


def _screening(facts: Facts, action: Action) -> pd.DataFrame:
    return _child(_short_of(contacts.screened(facts)), action.detail)


def _out_of_school(facts: Facts, action: Action) -> pd.DataFrame:
    frame = one_each(left_behind.out_of_school(facts))
    why = pd.Series(action.reasons["never"], index=frame.index, dtype="str")
    return _child(frame, why.mask(frame["confirmed"], action.reasons["confirmed"]))


MAKERS = {
    "out_of_school": ("L14", _out_of_school),
    "carer_missing": ("L06", _carers),
    "agreement_missing": ("L05", _agreements),
    "visit_missing": ("L08", _visits),
    "mentor_missing": ("L07", _mentors),
    "care_room_missing": ("L12", _rooms),
    "screening_missing": ("L10", _screening),
    "contact_weeks_missing": ("L09", _contact),
    "definition_gap": ("L04", _gap),
}
