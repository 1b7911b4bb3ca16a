"""Work to be done about student aid (A01–A15): the pupils and payments behind the figures."""

import pandas as pd

from pipelines.indicators import aid, listed, money
from pipelines.indicators.actions import Action
from pipelines.indicators.worktext import day, fill, one_each, short_ref, yuan
from pipelines.match import Facts


def _unpaid(facts: Facts, action: Action) -> pd.DataFrame:
    frame = one_each(aid.unaided(facts))
    return frame.assign(ref=short_ref(frame["person"]), detail=frame["reason"].map(action.reasons))


def _short(facts: Facts, action: Action) -> pd.DataFrame:
    frame = money.short_grants(facts)
    rows = aid.of_semester(facts, "aid_payment")[["row_id", "source_file", "source_row"]]
    frame = frame.merge(rows, on="row_id")
    detail = fill(
        action,
        frame,
        programme=frame["programme"],
        paid=yuan(frame["paid_fen"]),
        standard=yuan(frame["standard_fen"]),
        short=yuan(frame["short_fen"]),
    )
    return frame.assign(ref=short_ref(frame["person"]), detail=detail)


def _unclear(facts: Facts, action: Action) -> pd.DataFrame:
    frame = one_each(aid.unclear(facts))
    return frame.assign(ref=short_ref(frame["person"]), detail=action.detail)


def _bounced(facts: Facts, action: Action) -> pd.DataFrame:
    frame = money.bounced(facts)
    detail = fill(action, frame, programme=frame["programme"], state=frame["pay_status"])
    return frame.assign(ref=short_ref(frame["person"]), detail=detail, grade=None)


def _doubles(facts: Facts, action: Action) -> pd.DataFrame:
    frame = money.doubles(facts)
    detail = fill(
        action,
        frame,
        programme=frame["programme"],
        paid=yuan(frame["paid_fen"]),
        when=day(frame["paid_date"]),
    )
    detail = detail.where(~frame["elsewhere"].astype(bool), detail + action.reasons["elsewhere"])
    return frame.assign(ref=short_ref(frame["person"]), detail=detail, grade=None)


def _late(facts: Facts, action: Action) -> pd.DataFrame:
    frame = money.payments_due(facts)
    frame = frame[~frame["on_time"].astype(bool)]
    paid = frame["pay_status"] == "成功"
    why = frame["pay_status"].where(~paid, day(frame["paid_date"]) + "发放")
    detail = fill(action, frame, programme=frame["programme"], limit=day(frame["due_date"]), why=why)
    return frame.assign(ref=short_ref(frame["person"]), detail=detail, grade=None)


def _not_identified(facts: Facts, action: Action) -> pd.DataFrame:
    frame = listed.newly_listed(facts)
    frame = one_each(frame[~frame["in_time"]])
    detail = fill(action, frame, start=day(frame["start"]), limit=day(frame["last_day"]))
    return frame.assign(ref=short_ref(frame["person"]), detail=detail)


def _elsewhere(facts: Facts, action: Action) -> pd.DataFrame:
    frame = one_each(listed.unexplained(facts))
    return frame.assign(ref=short_ref(frame["person"]), detail=action.detail)


MAKERS = {
    "aid_unpaid": ("A04", _unpaid),
    "aid_bounced": ("A10", _bounced),
    "aid_short": ("A08", _short),
    "aid_double": ("A06", _doubles),
    "aid_not_identified": ("A12", _not_identified),
    "aid_elsewhere": ("A14", _elsewhere),
    "aid_unclear": ("A05", _unclear),
    "aid_late": ("A09", _late),
}
