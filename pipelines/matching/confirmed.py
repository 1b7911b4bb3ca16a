"""confirmed_matches.csv: which pairs a person has confirmed (是) or rejected (否).

The sides are pseudonyms (标识甲: the row's person, 标识乙: the pupil of the roll), never row numbers: rows move when
a school sends its file again, and a confirmation must not wander to another child.
"""

import csv
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.errors import ConfigError
from pipelines.settings import Settings


FILE_NAME = "confirmed_matches.csv"
LEFT, RIGHT, ANSWER = "标识甲", "标识乙", "结论"
_YES, _NO = "是", "否"


@dataclass(frozen=True)
class Confirmed:
    """``same``: person → the pupil of the roll it stands for; ``different``: pairs rejected."""

    same: dict[str, str] = field(default_factory=dict)
    different: frozenset[tuple[str, str]] = frozenset()

    def knows(self, left: str, right: str) -> bool:
        """Whether the pair was answered."""
        return self.same.get(left) == right or (left, right) in self.different


def confirmed_file(settings: Settings, dataset: str) -> Path:
    """Where the answers of a dataset lie."""
    return settings.paths.raw(dataset) / FILE_NAME


def load_confirmed(settings: Settings, dataset: str) -> Confirmed:
    """The answers of a dataset; nothing if there is no file, rows without an answer are left out.

    UTF-8 (with or without BOM) or GB18030. ConfigError with the line if an answer is neither 是 nor 否, a side is
    empty, one person is confirmed as two pupils, or the confirmations run in a circle.
    """
    file = confirmed_file(settings, dataset)
    if not file.is_file():
        return Confirmed()
    same: dict[str, str] = {}
    different: set[tuple[str, str]] = set()
    for line, row in _rows(file):
        answer = (row.get(ANSWER) or "").strip()
        left, right = ((row.get(name) or "").strip() for name in (LEFT, RIGHT))
        if not answer:
            continue
        if answer not in (_YES, _NO):
            raise _wrong(
                line, f"“{ANSWER}”既不是“{_YES}”也不是“{_NO}”", f"请填“{_YES}”或“{_NO}”，未核实的留空。"
            )
        if not left or not right:
            raise _wrong(line, f"缺少“{LEFT}”或“{RIGHT}”", "请从《问题数据反馈表》的待确认人员一页整行复制。")
        if answer == _NO:
            different.add((left, right))
        elif same.setdefault(left, right) != right:
            raise _wrong(line, "同一个标识甲被确认为两名不同的学生", "请只保留核实无误的一行。")
    if contradiction := set(same.items()) & different:
        raise ConfigError(
            f"{FILE_NAME} 有{len(contradiction)}对记录既填“是”又填“否”。", "请只保留核实无误的一行。"
        )
    return Confirmed({left: _end(left, same) for left in sorted(same)}, frozenset(different))


def _rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """(line, row) of the file; the header may stand below a title and a note, as in the workbook."""
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    lines = list(csv.reader(text.splitlines()))
    for number, cells in enumerate(lines[:20]):
        header = [cell.strip() for cell in cells]
        if {LEFT, RIGHT, ANSWER} <= set(header):
            return [
                (n, dict(zip(header, row, strict=False)))
                for n, row in enumerate(lines[number + 1 :], number + 2)
            ]
    raise ConfigError(
        f"{FILE_NAME} 的前20行里没有表头。",
        f"应有“{LEFT}”“{RIGHT}”“{ANSWER}”三列，可从《问题数据反馈表》的待确认人员一页另存。",
    )


def _wrong(line: int, what: str, mend: str) -> ConfigError:
    return ConfigError(f"{FILE_NAME} 第{line}行：{what}。", mend)


def _end(start: str, same: dict[str, str]) -> str:
    """Follow confirmations to their end."""
    seen = [start]
    while (following := same.get(seen[-1])) is not None:
        if following in seen:
            raise ConfigError(
                f"{FILE_NAME} 里的确认成了一个圈。", "请改正其中一行：标识乙应是学籍表中的学生。"
            )
        seen.append(following)
    return seen[-1]
