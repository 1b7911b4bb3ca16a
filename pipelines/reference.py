"""Reference data of a dataset: towns (T14), aid standards (T8), school calendar (T15), and the plan (plan/).

They lie in data/reference; a dataset may override a table whole with an Excel or CSV file of it under
data/raw/<dataset>/reference/, recognised by its header row (contract.md section 4).
"""

import hashlib
import re
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pandas as pd

from pipelines import provenance
from pipelines.configcheck.csvfile import COMMENT
from pipelines.configcheck.finding import refuse
from pipelines.configcheck.reference_files import reference_findings
from pipelines.errors import ConfigError
from pipelines.ingest.cells import fold_header, squeeze, tidy
from pipelines.ingest.folder import period_files
from pipelines.ingest.readers import Unreadable, read_sheets
from pipelines.periods import Semester
from pipelines.plan import reading
from pipelines.plan.model import Plan
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from pipelines.towns import TownRegister, is_folder_name


TOWNS, STANDARDS, CALENDAR = "towns.csv", "aid_standards.csv", "school_calendar.csv"
# Headers that tell the tables apart (T8 and T14 of the input headers; T15 by the file in data/reference).
REQUIRED = {
    TOWNS: ("代码", "名称", "简称", "类型"),
    STANDARDS: ("资助项目", "学段", "年标准", "学期标准", "起始学期", "文号"),
    **reading.REQUIRED,
}
_TOWN_KINDS = ("镇", "街道", "开发区")
_HEADER_ROWS = 20
_DUE = re.compile(r"([春秋]):?(\d{1,2})[-./月](\d{1,2})日?")


@dataclass(frozen=True)
class Reference:
    """Towns, aid standards and calendar of a dataset.

    ``standards``: programme, stage, boarding and band (null = any), amount_fen (per semester), valid_from, valid_to
    (such as 2023-2024春, valid_to may be null), due_spring, due_autumn ("05-31"), source. ``calendar``: the columns
    of school_calendar.csv as text, or None where there is no such file. ``plan``: tasks and items (docs/plan.md), None
    where there are none.
    """

    towns: TownRegister
    standards: pd.DataFrame
    calendar: pd.DataFrame | None
    digests: dict[str, str] = field(default_factory=dict)
    plan: Plan | None = None

    def sha256(self) -> str:
        """One hash over every file read."""
        lines = "".join(f"{name} {digest}\n" for name, digest in sorted(self.digests.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


def load_reference(settings: Settings, dataset: str) -> Reference:
    """Reference data of a dataset, its own tables first; ConfigError naming file and row if one is not valid.

    Every step of a command asks for it: the same files are read and checked once, known by their content.
    """
    folders = (settings.paths.reference, settings.paths.raw(dataset) / "reference")
    try:
        seen = (settings.root, settings.text, dataset, *map(provenance.sha256_tree, folders))
    except OSError:
        return _load(settings, dataset)  # which says what cannot be read
    if seen not in _kept:
        loaded = _load(settings, dataset)
        _kept.clear()
        _kept[seen] = loaded
    kept = _kept[seen]
    # a frame may be changed by whoever asked for it
    calendar = None if kept.calendar is None else kept.calendar.copy()
    return replace(kept, standards=kept.standards.copy(), calendar=calendar, digests=dict(kept.digests))


_kept: dict[tuple[Hashable, ...], Reference] = {}


def _load(settings: Settings, dataset: str) -> Reference:
    refuse(reference_findings(settings.paths.reference))
    loader = _Loader(settings, dataset)
    towns, town_file = loader.table(TOWNS)
    standards, standards_file = loader.table(STANDARDS)
    calendar = loader.table(CALENDAR)[0] if loader.has(CALENDAR) else None
    assert towns is not None and standards is not None
    return Reference(
        _towns(towns, town_file, settings.county_name),
        _standards(standards, standards_file, settings),
        None if calendar is None else calendar.drop(columns="_row"),
        loader.digests,
        reading.read_plan(loader.plan_tables()),
    )


class _Loader:
    """Reads data/reference and the overrides of a dataset, remembering the hash of each file."""

    def __init__(self, settings: Settings, dataset: str):
        self._folder = settings.paths.reference
        self.digests: dict[str, str] = {}
        self._required = dict(REQUIRED)
        if (self._folder / CALENDAR).is_file():
            rows = self._sheets(self._folder / CALENDAR, CALENDAR)[0]
            header = next((row for row in rows if not _is_comment(row)), [])
            self._required[CALENDAR] = tuple(fold_header(cell) for cell in header if cell is not None)
        self._own = self._overrides(settings.paths.raw(dataset) / "reference", settings.root)

    def has(self, name: str) -> bool:
        """Whether there is such a table anywhere."""
        return name in self._own or (self._folder / name).is_file()

    def table(self, name: str) -> tuple[pd.DataFrame, str]:
        """(table as text with `_row` = row in the file, file name)."""
        if name in self._own:
            return self._own[name]
        found = self._find(self._sheets(self._folder / name, name), name)
        if found is None:
            columns = "、".join(self._required[name])
            raise ConfigError(f"参考数据 {name} 的表头不对。", f"需要有这些列：{columns}。")
        return found, name

    def plan_tables(self) -> dict[str, tuple[pd.DataFrame, str] | None]:
        """The tables of the plan; a dataset that brings one of them brings them all, none of ours is mixed in."""
        own = any(name in self._own for name in reading.REQUIRED)
        return {
            name: self.table(name) if (name in self._own if own else self.has(name)) else None
            for name in reading.REQUIRED
        }

    def _sheets(self, path: Path, label: str) -> list[list[list]]:
        try:
            content = path.read_bytes()
            sheets = [sheet.rows for sheet in read_sheets(content)]
        except OSError as error:
            raise ConfigError(f"读不了参考数据 {label}。", "请确认文件存在、没有被其他程序占用。") from error
        except Unreadable as error:
            raise ConfigError(f"读不了参考数据 {label}：{error}") from error
        self.digests[label] = hashlib.sha256(content).hexdigest()
        return sheets

    def _overrides(self, folder: Path, root: Path) -> dict[str, tuple[pd.DataFrame, str]]:
        found: dict[str, tuple[pd.DataFrame, str]] = {}
        if not folder.is_dir() or folder.is_symlink():
            return found
        for path in period_files(folder)[0]:
            label = path.relative_to(root).as_posix()
            sheets = self._sheets(path, label)
            hits = {name: frame for name in self._required if (frame := self._find(sheets, name)) is not None}
            if not hits:
                raise ConfigError(
                    f"没有识别出参考数据 {label}。",
                    "表头应与资助标准、行政区划、校历或规划的模板一致；不用的文件请移走。",
                )
            for name, frame in hits.items():
                if name in found:
                    raise ConfigError(f"{label} 与 {found[name][1]} 是同一种参考数据。", "请只保留一份。")
                found[name] = (frame, label)
        return found

    def _find(self, sheets: list[list[list]], name: str) -> pd.DataFrame | None:
        required = {fold_header(header) for header in self._required[name]}
        for rows in sheets:
            for index, row in enumerate(rows[:_HEADER_ROWS]):
                headers = [fold_header(cell) if cell is not None else "" for cell in row]
                if required <= set(headers):
                    return _text_frame(headers, rows[index + 1 :], index + 2)
        return None


def _is_comment(row: list) -> bool:
    """A line that begins with # is the editor's own."""
    return bool(row) and str(row[0] or "").startswith(COMMENT)


def _text_frame(headers: list[str], rows: list[list], first_row: int) -> pd.DataFrame:
    records = []
    for number, row in enumerate(rows, start=first_row):
        cells = {h: tidy(row[i]) if i < len(row) else "" for i, h in enumerate(headers) if h}
        if any(cells.values()) and not _is_comment(row):
            records.append({**cells, "_row": number})
    return pd.DataFrame(records, columns=[*dict.fromkeys(h for h in headers if h), "_row"], dtype=object)


def _towns(frame: pd.DataFrame, file: str, county: str) -> TownRegister:
    seen: set[str] = set()
    for row in frame.to_dict("records"):
        code = row["代码"][:9]
        if not is_folder_name(row["名称"]) or row["名称"] in seen:
            raise ConfigError(
                f"参考数据 {file} 第{row['_row']}行的名称不能使用。",
                "报告放在以镇街区名称为名的文件夹里：名称只写汉字、字母、数字和间隔号，不含斜杠等符号，不与别的镇街区相同。",
            )
        if not re.fullmatch(r"\d{9}", code) or code in seen or row["类型"] not in _TOWN_KINDS:
            raise ConfigError(
                f"参考数据 {file} 第{row['_row']}行有误。",
                f"代码应为9位或12位数字且不重复，类型应为{'、'.join(_TOWN_KINDS)}。",
            )
        seen |= {code, row["名称"]}
    if not seen:
        raise ConfigError(f"参考数据 {file} 里没有镇街区。", "请补上各镇街区。")
    return TownRegister.from_frame(frame, county)


def _standards(frame: pd.DataFrame, file: str, settings: Settings) -> pd.DataFrame:
    contract = load_contract(settings.paths.reference)
    programmes = contract.allowed(contract.tables["aid_payment"].column("programme"))
    stages = contract.allowed(contract.tables["student_roll"].column("stage"))
    records = []
    for row in frame.to_dict("records"):
        try:
            records.append(_standard({str(name): cell for name, cell in row.items()}, programmes, stages))
        except ValueError as error:
            raise ConfigError(f"参考数据 {file} 第{row['_row']}行：{error}", "请改正这一行。") from error
    columns = ["programme", "stage", "boarding", "band", "amount_fen", "valid_from", "valid_to", "due_spring"]
    result = pd.DataFrame(records, columns=[*columns, "due_autumn", "source"])
    return result.astype({name: "Int64" if name == "amount_fen" else "str" for name in result.columns})


def _fen(text: str) -> int:
    """Yuan as whole fen; ValueError (Chinese) otherwise."""
    try:
        fen = Decimal(text.replace(",", "").removesuffix("元")) * 100
    except InvalidOperation:
        fen = Decimal(-1)
    if not fen.is_finite() or fen < 0 or fen != fen.to_integral_value():
        raise ValueError("学期标准应为金额（元，最多两位小数）。")
    return int(fen)


def _standard(row: dict[str, str], programmes: dict[str, str], stages: dict[str, str]) -> dict[str, object]:
    cell = lambda name: squeeze(row.get(name, "")).strip("-—/") or None
    if cell("资助项目") not in programmes or cell("学段") not in stages:
        raise ValueError("资助项目或学段不在代码表内。")
    if cell("就读方式") not in (None, "住校", "走读"):
        raise ValueError("就读方式应为住校、走读或空。")
    amount = _fen(cell("学期标准") or "")
    try:
        first = Semester.parse(cell("起始学期") or "")
        last = Semester.parse(cell("终止学期") or str(first))
    except ValueError:
        raise ValueError("起始学期、终止学期应写成 2023-2024春 的样子。") from None
    if last < first:
        raise ValueError("终止学期早于起始学期。")
    due = {
        season: f"{int(month):02d}-{int(day):02d}"
        for season, month, day in _DUE.findall(cell("发放截止日") or "")
    }
    for season, month_day in due.items():
        try:
            Semester(first.school_year, season).due_date(month_day)
        except ValueError:
            raise ValueError("发放截止日应写成 春:05-31;秋:11-30 的样子。") from None
    if not due and cell("发放截止日"):
        raise ValueError("发放截止日应写成 春:05-31;秋:11-30 的样子。")
    return {
        "programme": cell("资助项目"), "stage": cell("学段"), "boarding": cell("就读方式"), "band": cell("资助档次"),
        "amount_fen": amount, "valid_from": str(first), "valid_to": str(last) if cell("终止学期") else None,
        "due_spring": due.get("春"), "due_autumn": due.get("秋"), "source": row["文号"] or None,
    }  # fmt: skip
