"""The register of towns (T14): names, aliases, former names, and two official code editions.

Towns are joined by name, never by code alone: 370784003 is 新安街道 in one official list and 凌河街道 in the
other (data/reference/towns.csv keeps both).
"""

import difflib
import re
import unicodedata
from dataclasses import dataclass

import pandas as pd

from pipelines.errors import UsageError


COUNTY_CODE = "000"
OUTSIDE = "县外"
_TAKEN = {COUNTY_CODE, "county"}  # the county's own folder, and what stands for the county


@dataclass(frozen=True)
class Town:
    """One 镇街区: nine-digit code (MCA-2026), official name, short name, kind (镇/街道/开发区)."""

    code: str
    name: str
    short_name: str
    kind: str
    nbs_code: str = ""
    pinyin: str = ""
    aliases: tuple[str, ...] = ()
    former_codes: tuple[str, ...] = ()

    @property
    def is_county(self) -> bool:
        """Whether this stands for the whole county."""
        return self.code == COUNTY_CODE


def _fold(text: object) -> str:
    """Width-folded text without any white space or zero-width characters, in lower case."""
    folded = unicodedata.normalize("NFKC", str(text))
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf").lower()


def _split(cell: object) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(cell or "").replace("；", ";").split(";") if part.strip())


def is_folder_name(name: str) -> bool:
    """Whether a town's reports may lie in a folder of this name: no path, and none of the names already in use there."""
    return bool(re.fullmatch(r"[\w·（）()]{1,40}", name)) and name.lower() not in _TAKEN


class TownRegister:
    """All towns of the county in the order of the table, with look-up by any of their names."""

    def __init__(self, towns: list[Town], county: str):
        self.towns = towns
        self.county = Town(COUNTY_CODE, county, county, "县")
        self.by_code = {town.code: town for town in towns}
        self._names: dict[str, Town] = {}
        for town in towns:
            for name in (town.name, town.short_name, *town.aliases):
                self._names.setdefault(_fold(name), town)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, county: str) -> "TownRegister":
        """Build from table T14 (columns 代码, 名称, 简称, 类型; the others optional), all text."""
        get = lambda row, column: str(row.get(column, "") or "").strip()
        towns = [
            Town(
                code=get(row, "代码")[:9],
                name=get(row, "名称"),
                short_name=get(row, "简称") or get(row, "名称"),
                kind=get(row, "类型"),
                nbs_code=get(row, "统计代码2023") or get(row, "代码")[:9],
                pinyin=get(row, "拼音"),
                aliases=_split(row.get("别名")),
                former_codes=_split(row.get("曾用代码")),
            )
            for row in frame.to_dict("records")
        ]
        return cls(towns, county)

    def named(self, text: object) -> Town | None:
        """The town whose name, short name, alias or former name this is exactly; None otherwise."""
        return self._names.get(_fold(text))

    def coded(self, code: str, edition: str) -> Town | None:
        """The town of a nine-digit code in the given edition (MCA-2026 or NBS-2023); None otherwise."""
        for town in self.towns:
            if code == (town.nbs_code if edition == "NBS-2023" else town.code) or code in town.former_codes:
                return town
        return None

    def home_of(self, text: str, edition: str) -> str:
        """The code of the home town of a 户口所在地 cell, or 县外 (contract.md section 4).

        A town's name anywhere in the text decides, the longest name first; else the first nine digits.
        """
        folded = _fold(text)
        # Short names such as 大盛 also occur inside other places' names; only full names may match inside text.
        for name in sorted(self._full_names, key=lambda n: (-len(n), n)):
            if name in folded:
                return self._full_names[name].code
        town = self.named(folded) or self.coded(folded[:9], edition)
        return town.code if town else OUTSIDE

    @property
    def _full_names(self) -> dict[str, Town]:
        pairs = ((name, town) for town in self.towns for name in (town.name, *town.aliases))
        return {_fold(name): town for name, town in pairs if len(name) > 2}

    def resolve(self, text: str) -> Town:
        """The town a user typed: name, alias, nine-digit code, pinyin, or 000 / the county's name.

        Raises UsageError with the closest matches. The text is only ever compared, never used as a path.
        """
        folded = _fold(text)
        if folded in (COUNTY_CODE, _fold(self.county.name)):
            return self.county
        if (found := self._names.get(folded)) is not None:
            return found
        hits = [
            t
            for t in self.towns
            if folded and folded in (t.code, t.pinyin.lower(), t.pinyin.lower() + "zhen")
        ]
        if len(hits) == 1:
            return hits[0]
        raise UsageError(f"没有找到镇街区“{text}”。", f"最接近的是：{'、'.join(self.closest(folded))}。")

    def closest(self, folded: str, count: int = 3) -> list[str]:
        """The official names nearest to a folded text, nearest first; all names if nothing is near."""

        def score(town: Town) -> float:
            names = (town.name, town.short_name, town.pinyin, town.code, *town.aliases)
            return max(difflib.SequenceMatcher(None, folded, _fold(n)).ratio() for n in names if n)

        ranked = sorted(self.towns, key=lambda t: (-score(t), t.code))
        near = [t.name for t in ranked if score(t) > 0.3][:count]
        return near or [t.name for t in self.towns]
