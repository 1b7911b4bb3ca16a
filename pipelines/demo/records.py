"""The records of the ledgers as the simulation keeps them: whole stories, of which a period sees what had happened.

Each has ``seen``, the day from which it stands in a ledger; fields with a later day are blank until then.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from pipelines.demo.people import Person


@dataclass(slots=True)
class Event:
    """A row of T3."""

    person: Person
    kind: str
    day: dt.date
    from_school: str = ""
    to_school: str = ""
    region: str = ""
    approval: str = ""
    expected_return: dt.date | None = None
    status: str = "已办结"
    matched: str = "是"


@dataclass(slots=True)
class Absence:
    """A row of T4 in one month of one period."""

    person: Person
    month: str
    school: str
    first_day: dt.date
    days: int
    leave: str
    contacted: str
    visit: dt.date | None
    due_days: int


@dataclass(slots=True)
class Case:
    """A row of T5, with its T5b contacts."""

    person: Person
    school: str
    town: str
    grade: int
    reported: dt.date
    source: str = "学校发现"
    first_absent: dt.date | None = None
    verified: dt.date | None = None
    verdict: str = ""
    ledger: str = "疑似"
    cause: str = ""
    other_causes: str = ""
    whereabouts: str = ""
    flags: str = ""
    plan: bool = True
    owners: tuple[str, str, str] = ("分管副镇长", "校长", "村党支部书记")
    returned: dt.date | None = None
    return_school: str = ""
    placement: str = ""
    close_type: str = ""
    closed: dt.date | None = None
    contacts: list[tuple[dt.date, str]] = field(default_factory=list)
    case_id: str = ""

    def open_at(self, day: dt.date) -> bool:
        """Suspected or confirmed open at the day (contract.md section 5)."""
        return self.suspected_at(day) or self.confirmed_at(day)

    def suspected_at(self, day: dt.date) -> bool:
        """Reported, neither verified nor closed."""
        verified = self.verified is not None and self.verified <= day
        closed = self.closed is not None and self.closed <= day
        return self.reported <= day and not verified and not closed

    def confirmed_at(self, day: dt.date) -> bool:
        """Verified as 辍学, not returned, not closed; 51 失踪失联 stays open."""
        if self.verdict != "辍学" or self.verified is None or self.verified > day:
            return False
        back = self.returned is not None and self.returned <= day
        closed = self.closed is not None and self.closed <= day and self.close_type != "51"
        return not back and not closed


@dataclass(slots=True)
class ListRow:
    """A row of T9."""

    person: Person | None
    id_no: str
    name: str
    dept: str
    list_date: dt.date
    town: str
    village: str
    category: str
    status: str = "享受"
    relation: str = "子女"
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    disability: str = ""
    disability_grade: str = ""


@dataclass(slots=True)
class Identification:
    """A row of T6."""

    person: Person
    semester: str
    day: dt.date
    category: str
    grade: str = "困难"
    basis: str = "名单比对"
    cancelled: dt.date | None = None
    waiver: str = "无"


@dataclass(slots=True)
class Payment:
    """A row of T7. ``seen`` is when the batch was made, ``paid_day`` when the bank answered: 待发 in between."""

    person: Person
    semester: str
    school: str
    boarding: str
    programme: str
    due: Decimal
    paid: Decimal
    seen: dt.date
    paid_day: dt.date | None
    outcome: str = "成功"
    batch: str = ""
    reissue_of: str = ""
    channel: str = "一卡通"

    def status(self, day: dt.date) -> str:
        """发放状态 as the ledger shows it at the day."""
        return self.outcome if self.paid_day is not None and self.paid_day <= day else "待发"

    def success(self, day: dt.date) -> bool:
        """Whether the money had arrived by the day."""
        return self.seen <= day and self.status(day) == "成功"


@dataclass(slots=True)
class LeftBehindChild:
    """A row of T10."""

    person: Person
    child_id: str
    father: str
    mother: str
    capacity: str
    in_date: dt.date
    away_since: dt.date
    away_place: str = "省外"
    out_date: dt.date | None = None
    out_reason: str = ""
    carer: str = "祖辈"
    carer_age: str = "18-59岁"
    agreement: str = "有"
    agreement_until: dt.date | None = None
    notified: str = "是"
    risk: str = "低"
    mentor: str = "班主任"

    def meets_definition(self) -> bool:
        """Both parents away, or one away and the other gone or not able (contract.md section 5, L01)."""
        pair = (self.father, self.mother)
        if pair == ("是", "是"):
            return True
        if "是" not in pair:
            return False
        other = pair[1] if pair[0] == "是" else pair[0]
        return other in ("已故", "失联", "服刑") or (other == "否" and self.capacity == "无")


@dataclass(slots=True)
class Care:
    """A row of T11."""

    child: LeftBehindChild
    day: dt.date
    kind: str
    actor: str
    outcome: str = "正常"


@dataclass(slots=True)
class Facility:
    """A row of T12."""

    town: str
    place: str  # 学校标识码 or the name of a village
    kind: str
    built: dt.date | None
    use: str = "使用中"
    area: float = 40.0
    staff: int = 1
