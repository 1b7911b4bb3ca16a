"""The rows of one clean table that are a town's own, without names, numbers or free text.

A row is the town's own where its 镇街区 is the town (of a case: where its school lies), else where its school lies in
the town (after mergers), else where the case, child or pupil it is about is the town's. The persons in it carry the same pseudonym ``person`` as in
the indicators, so that rows of different tables can be joined; every other key is left out.
"""

from collections.abc import Sequence

import pandas as pd

from pipelines import joining, store
from pipelines.errors import UsageError
from pipelines.ingest import list_periods
from pipelines.matching.confirmed import load_confirmed
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from pipelines.towns import Town


PRIVATE = ("id_key", "roll_key", "name_key")
# Tables with neither a town nor a school: whose row it is stands in another table, joined on this column.
PARENTS = {"care_log": ("left_behind", "child_id"), "persuasion_log": ("dropout_case", "case_id")}
ROLL = "student_roll"
# Cases belong to the town of their school, and to their own 镇街区 only where no school is named (contract.md section 4).
BY_SCHOOL = ("dropout_case",)
_KEYS = ["id_key", "roll_key"]


def load_rows(
    settings: Settings, dataset: str, period: Period, town: Town, table: str, refused: Sequence[str] = ()
) -> pd.DataFrame:
    """The town's rows (all rows for the county): the contract's facts, ``person``, ``school``, ``town``, and the place.

    ``refused`` names earlier quarters whose data do not count. UsageError for an unknown table, or one that no file
    held: a table that was not received must not read as one without rows.
    """
    known = load_contract(settings.paths.reference).tables
    if table not in known:
        names = "、".join(f"{name}（{entry.title}）" for name, entry in known.items())
        raise UsageError(f"没有名为“{table}”的数据表。", f"可用：{names}。")
    frame = store.read(settings, dataset, period, table)
    if frame is None:
        raise UsageError(
            f"{period} 没有收到数据表 {table}（{known[table].title}），缺报不等于没有。",
            f'先用 report.has_table("{table}") 判断，没有收到时写明缺报。',
        )
    source = _Source(settings, dataset, period, refused)
    joined = source.joined(table, frame)
    own = joined if town.is_county else joined[source.town_of(table, joined).eq(town.code)]
    return own.drop(columns=[name for name in PRIVATE if name in own]).reset_index(drop=True)


class _Source:
    """What is needed beside the table itself: who is who, which school stands for which."""

    def __init__(self, settings: Settings, dataset: str, period: Period, refused: Sequence[str]):
        self._settings, self._dataset, self._period = settings, dataset, period
        periods = list_periods(settings, dataset)
        self._earlier = sorted(p for p in periods if p < period and str(p) not in refused)

    def joined(self, table: str, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with ``person`` and ``school`` as the indicators see them (``match.build_facts``)."""
        confirmed = load_confirmed(self._settings, self._dataset).same
        ids = self._ids() if "roll_key" in frame else pd.Series(dtype="str")
        known = joining.as_confirmed(joining.with_person(frame, f"row:{table}:", ids), confirmed)
        return joining.with_school(table, known, self._schools())

    def town_of(self, table: str, joined: pd.DataFrame) -> pd.Series:
        """The code of the town that each row belongs to."""
        if table in PARENTS:
            parent, key = PARENTS[table]
            return joined[key].map(self._towns_by(parent, key))
        if "town" not in joined and "person" in joined:
            return joined["person"].map(self._towns_by(ROLL, "person"))
        own = joined["town"]
        if "school_town" not in joined:
            return own
        return joined["school_town"].fillna(own) if table in BY_SCHOOL else own.fillna(joined["school_town"])

    def _towns_by(self, table: str, key: str) -> pd.Series:
        frame = store.read(self._settings, self._dataset, self._period, table)
        if frame is None:
            return pd.Series(dtype="str")
        joined = self.joined(table, frame)
        towns = self.town_of(table, joined)
        return pd.Series(towns.to_numpy(), index=joined[key]).groupby(level=0).first()

    def _schools(self) -> joining.Schools | None:
        def read(period: Period) -> joining.Tables:
            return {"school": store.read(self._settings, self._dataset, period, "school")}

        earlier = {period: read(period) for period in self._earlier}
        return joining.school_register(read(self._period), earlier, pd.Timestamp(self._period.end))

    def _ids(self) -> pd.Series:
        names = list(load_contract(self._settings.paths.reference).tables)

        def read(period: Period) -> joining.Tables:
            return {name: self._keys(period, name) for name in names}

        return joining.ids_of_roll_numbers(read(self._period), {p: read(p) for p in self._earlier}, names)

    def _keys(self, period: Period, name: str) -> pd.DataFrame | None:
        """The two key columns of a table that has both; None for any other."""
        declared = load_contract(self._settings.paths.reference).tables[name].columns
        if not {"id_no", "roll_no"} <= {column.name for column in declared}:
            return None
        return store.read(self._settings, self._dataset, period, name, _KEYS)
