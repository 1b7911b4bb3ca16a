"""How an office writes the tables: which file and sheet, title rows, headers with stars, dates in many forms.

``sheets_of`` turns the rows of one period into ``Sheet`` objects; ``workbook`` writes them. The looks are data
(layout.toml).
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pipelines.demo.planter import BadRow
from pipelines.demo.rows import PLAN_TABLES, Row, Tables
from pipelines.demo.world import World, data_toml
from pipelines.tables.contract import Contract, Table


DATE_FORMS = {
    "compact": lambda d: f"{d:%Y%m%d}",
    "dash": lambda d: f"{d.year}-{d.month}-{d.day}",
    "slash": lambda d: f"{d.year}/{d.month}/{d.day}",
    "dot": lambda d: f"{d.year}.{d.month}.{d.day}",
    "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
}
DISABILITY_KINDS = ["视力残疾", "听力残疾", "言语残疾", "肢体残疾", "智力残疾", "精神残疾", "多重残疾"]
DISABILITY_GRADES = ["一级", "二级", "三级", "四级"]


@dataclass(slots=True)
class Sheet:
    """One sheet, or one CSV file: title lines, header, rows ready to be written, closing lines."""

    file: str
    name: str
    table: str
    format: str
    titles: list[str]
    header: list[str]
    rows: list[list[Any]]
    keys: list[object]
    footers: list[list[Any]] = field(default_factory=list)
    bad: list[tuple[int, BadRow]] = field(default_factory=list)  # position in rows

    def excel_row(self, position: int) -> int:
        """The row as Excel numbers it, of the row at a position."""
        return len(self.titles) + 2 + position


class Office:
    """Lays the tables of one period out as files."""

    def __init__(self, world: World, index: int, contract: Contract, bad_rows: list[BadRow]):
        self.world, self.index, self.contract = world, index, contract
        self.layout = data_toml("layout.toml")
        self.tables = Tables(world, index)
        self.bad = [row for row in bad_rows if row.index == index]

    def sheets(self) -> list[Sheet]:
        """All sheets of the period."""
        found = [*self._simple(), *self._rolls(), *self._absences(), *self._payments(), *self._lists()]
        return sorted(found, key=lambda sheet: sheet.file)  # stable: sheets of one file keep their order

    def _simple(self) -> list[Sheet]:
        names = [
            "school",
            "roll_event",
            "dropout_case",
            "persuasion_log",
            "aid_identification",
            "left_behind",
        ]
        names += ["care_log", "care_facility", "hukou_cohort", *PLAN_TABLES]
        return [
            self._sheet(name, self.layout[name], self.tables.rows(name), self._bad(name)) for name in names
        ]

    def _bad(self, table: str) -> list[BadRow]:
        return [row for row in self.bad if row.table == table]

    def _rolls(self) -> list[Sheet]:
        found = []
        for town, rows in self.tables.roll().items():
            look = self.layout["student_roll"] | self.layout["roll_towns"].get(town, {})
            bad = [row for row in self._bad("student_roll") if row.town == town]
            if not look.get("split"):
                found.append(self._sheet("student_roll", look, rows, bad, town=town))
                continue
            for name, stages in (
                ("小学及学前", ("学前", "小学", "特教")),
                ("初中及以上", ("初中", "高中", "中职")),
            ):
                part = [row for row in rows if row[1][8] in stages]
                found.append(self._sheet("student_roll", look | {"sheet": name}, part, bad, town=town))
                bad = []
        return found

    def _absences(self) -> list[Sheet]:
        period, look = self.world.periods[self.index], self.layout["absence"]
        return [
            self._sheet("absence", look, self.tables.absences(f"{period.year}{m:02d}"), [], month=str(m))
            for m in range(period.start.month, period.start.month + 3)
        ]

    def _payments(self) -> list[Sheet]:
        rows = self.tables.rows("aid_payment")
        semesters = sorted(
            {str(p.semester) for p in self.world.periods[: self.index + 1]}, key=_semester_order
        )
        bad = self._bad("aid_payment")
        found = []
        for semester in semesters:
            part = [row for row in rows if f"{row[1][0]}{row[1][1]}" == semester]
            here = bad if semester == semesters[-1] else []
            found.append(
                self._sheet("aid_payment", self.layout["aid_payment"], part, here, semester=semester)
            )
        return found

    def _lists(self) -> list[Sheet]:
        bad = self._bad("dept_list")
        return [
            self._sheet("dept_list", look, self.tables.lists(dept), bad if dept == "民政" else [])
            for dept, look in self.layout["depts"].items()
        ]

    def _sheet(self, name: str, look: dict, rows: list[Row], bad: list[BadRow], **words: str) -> Sheet:
        table = self.contract.tables[name]
        period = self.world.periods[self.index]
        town = words.get("town", "")
        words = {
            "month": "", "semester": "", **words, "town": self.world.names[town][0] if town else "",
            "period": period.label, "date": DATE_FORMS["chinese"](period.end),
        }  # fmt: skip
        dress = Dress(self.world, self.contract, table, look, self.layout["aliases"])
        written = [dress.row(values, position) for position, (_, values) in enumerate(rows)]
        sheet = Sheet(
            file=look["file"].format(**words),
            name=look.get("sheet", "").format(**words) if look.get("format", "xlsx") == "xlsx" else "",
            table=name,
            format=look.get("format", "xlsx"),
            titles=[line.format(**words) for line in look.get("titles", [])] if "format" not in look else [],
            header=dress.header(),
            rows=written,
            keys=[key for key, _ in rows],
        )
        self._spoil(sheet, dress, table, bad)
        if look.get("total"):
            sheet.footers.append(["合计", f"共{len(sheet.rows)}条"])
        if look.get("footer"):
            sheet.footers.append([look["footer"]])
        return sheet

    def _spoil(self, sheet: Sheet, dress: "Dress", table: Table, bad: list[BadRow]) -> None:
        for number, row in enumerate(bad):
            place = min(len(sheet.rows), 3 + 7 * number)
            values = [row.values.get(column.name, "") for column in table.columns]
            sheet.rows.insert(place, dress.row(values, place))
            sheet.keys.insert(place, "")
            sheet.bad = [(at + (at >= place), other) for at, other in sheet.bad] + [(place, row)]


class Dress:
    """Turns plain values into what stands in the cells of one sheet."""

    def __init__(self, world: World, contract: Contract, table: Table, look: dict, aliases: dict[str, str]):
        self.world, self.contract, self.table, self.look, self.aliases = world, contract, table, look, aliases
        self.columns = [(column.kind, column.name, column.codes) for column in table.columns]

    def header(self) -> list[str]:
        """The canonical headers, deviating as ``marks`` says."""
        marks = self.look.get("marks", "")
        found = []
        for column in self.table.columns:
            text = column.header
            if marks == "star" and column.need == "R":
                text = f"*{text}"
            if marks == "break" and len(text) > 5:
                text = f"{text[:4]}\n{text[4:]}"
            if marks == "wide":
                text = text.replace("(", "（").replace(")", "）")
            if marks == "alias":
                text = self._alias(column.header)
            if column.name == "id_no" and self.look.get("certificate"):
                text = "残疾人证号"
            found.append(text)
        return found

    def _alias(self, header: str) -> str:
        known = [
            alias
            for table, of, alias in self.contract.header_aliases
            if (table, of) == (self.table.name, header)
        ]
        return known[0] if known else header

    def row(self, values: list[Any], position: int) -> list[Any]:
        """The cells of one row; a CSV has text only."""
        cells = [self._cell(kind, name, codes, value, position)
                 for (kind, name, codes), value in zip(self.columns, values, strict=True)]  # fmt: skip
        if self.look.get("certificate"):
            self._certificate(cells)
        if self.look.get("format"):
            return [_csv_text(cell) for cell in cells]
        return cells

    def _cell(self, kind: str, name: str, codes: str, value: Any, position: int) -> Any:
        if value is None or value == "":
            return ""
        if isinstance(value, dt.date):
            form = self.look.get("dates", "excel")
            return value if form == "excel" else DATE_FORMS[form](value)
        if isinstance(value, Decimal):
            return float(value)
        if kind == "town":
            return self._town(value)
        # A place of T12 is a school where the number is known, else a village.
        if (kind == "school" or name == "place") and self.look.get("school") == "name":
            school = self.world.schools.all.get(value)
            return school.name if school else value
        if name == "hukou" and self.look.get("alias"):
            for official, popular in self.aliases.items():
                value = value.replace(official, popular)
            return value
        if kind in ("code", "codes"):
            return self._code(codes[1:], value, position)
        return value

    def _town(self, code: str) -> str:
        name = self.world.names[code][0] if code in self.world.names else code
        return self.aliases.get(name, name) if self.look.get("alias") else name

    def _code(self, listed: str, value: str, position: int) -> str:
        # Different clerks: the code alone, the text alone, or both.
        way = position % 3 if self.look.get("code") == "mixed" else 0
        parts = [self.contract.code_text(listed, part) for part in value.split(";")]
        if way == 1 and ";" not in value:
            return parts[0]
        return f"{value} {parts[0]}" if way == 2 and ";" not in value else value

    def _certificate(self, cells: list[Any]) -> None:
        columns = [column.name for column in self.table.columns]
        at, kind, grade = (columns.index(name) for name in ("id_no", "disability", "disability_grade"))
        if cells[kind] in DISABILITY_KINDS:
            cells[at] += str(DISABILITY_KINDS.index(cells[kind]) + 1) + str(
                DISABILITY_GRADES.index(cells[grade]) + 1
            )


def _csv_text(cell: Any) -> str:
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return f"{cell:.2f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)


def _semester_order(text: str) -> tuple[str, int]:
    return text[:-1], {"秋": 0, "春": 1}[text[-1]]
