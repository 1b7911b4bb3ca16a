"""What the check stage hands back: findings with coordinates, and never a value of a cell.

Values stay out by construction: a finding is built from counts, the suite's own texts and the three source
columns of the failing rows, nothing else of the data (design.md, promise 4).
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.errors import DataRefused


BLOCKING, WARNING, INFO = "阻断", "警告", "提示"
SEVERITIES = (BLOCKING, WARNING, INFO)
FIRST_ROWS = 5


@dataclass(frozen=True)
class Position:
    """Where a failing row stands: file below the period folder, sheet ("" for CSV), row as Excel numbers it.

    ``row`` is 0 where the finding is about a whole table.
    """

    file: str
    sheet: str
    row: int

    def __str__(self) -> str:
        sheet = f"工作表“{self.sheet}”" if self.sheet else ""
        return f"文件“{self.file}”{sheet}" + (f"第{self.row}行" if self.row else "")


@dataclass(frozen=True)
class Finding:
    """One expectation that the data of one table do not meet."""

    table: str
    title: str
    expectation: str
    column: str
    header: str
    severity: str
    message: str
    mend: str
    unexpected: int
    elements: int
    rows: tuple[Position, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """A plain dictionary for quality.json."""
        return {**asdict(self), "rows": [asdict(position) for position in self.rows]}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Finding":
        """The finding that ``as_json`` wrote."""
        return cls(**{**content, "rows": tuple(Position(**row) for row in content["rows"])})

    def sentence(self) -> str:
        """What is wrong, where, and how to mend it, in one paragraph of Chinese."""
        count = f"（{self.unexpected}处，共查{self.elements}处）" if self.unexpected else ""
        where = f"位置：{self.rows[0]}{'等' if len(self.rows) > 1 else ''}。" if self.rows else ""
        return f"【{self.title}】{self.message.rstrip('。')}{count}。{where}办法：{self.mend}"


@dataclass
class CheckResult:
    """All findings of one period by severity; ``path`` is quality.json.

    ``details`` (checks/details.py) has one row per failing row, for the workbook; it is not stored.
    """

    dataset: str
    period: str
    path: Path
    root: Path
    findings: list[Finding] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    details: pd.DataFrame | None = field(default=None, repr=False)

    def of(self, severity: str) -> list[Finding]:
        """The findings of one severity, in order of table and rule."""
        return [finding for finding in self.findings if finding.severity == severity]

    @property
    def blocking(self) -> list[Finding]:
        """Findings that make figures meaningless: no report may be written."""
        return self.of(BLOCKING)

    @property
    def warnings(self) -> list[Finding]:
        """Findings to be mended, with which reports are still written."""
        return self.of(WARNING)

    @property
    def infos(self) -> list[Finding]:
        """Findings worth a look."""
        return self.of(INFO)

    def raise_if_blocked(self) -> None:
        """DataRefused (exit code 3) naming every blocking finding, its place and how to mend it."""
        if not self.blocking:
            return
        lines = [f"  {number}. {finding.sentence()}" for number, finding in enumerate(self.blocking, 1)]
        folder = self.path.parent.relative_to(self.root).as_posix()
        raise DataRefused(
            f"{self.dataset} {self.period} 的数据有{len(lines)}项必须先改正的问题，不出报告：\n"
            + "\n".join(lines),
            f"改正后重新运行；逐行问题和改法见 {folder}/问题数据反馈表.xlsx，全部检查结果见 {folder}/quality.json。",
        )
