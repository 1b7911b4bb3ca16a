"""A finding about a file that people edit, and the error it becomes where the file is loaded."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.errors import ConfigError


_SHOWN = 5  # findings in one error; the rest is counted


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong with a file: where (line 0 = the whole file; column a header or key), what, and how to mend it."""

    file: str
    line: int
    column: str
    what: str
    mend: str

    def __str__(self) -> str:
        line = f" 第{self.line}行" if self.line else ""
        column = f"“{self.column}”" if self.column else ""
        return f"{self.file}{line}{column}：{self.what}{self.mend}"


def refuse(findings: Iterable[Finding]) -> None:
    """ConfigError with the first findings, in the order of the file; nothing if there is none."""
    found = sorted(findings)
    if not found:
        return
    lines = [str(finding).removesuffix(finding.mend) for finding in found[:_SHOWN]]
    more = f"\n另有{len(found) - _SHOWN}处，可用 make check 全部列出。" if len(found) > _SHOWN else ""
    raise ConfigError("\n".join(lines) + more, found[0].mend)
