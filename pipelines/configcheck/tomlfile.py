"""TOML files as people edit them: where a key stands, and what a syntax error means in Chinese."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.configcheck.finding import Finding


_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)|at end of document")
_SECTION = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r"^\s*([\w\"'.一-鿿-]+)\s*=")
_MEANINGS = (
    ("Cannot overwrite a value", "同一个名字写了两次。", "请只保留一处。"),
    ("Cannot declare", "同一个小节写了两次。", "请把两处合在一起。"),
    ("Unescaped", "文字里有不能直接写的符号。", "文字用一对英文双引号，里面的引号写成“”。"),
    ("Expected '='", "名字后面缺少等号。", "请写成 名字 = 值。"),
    ("Invalid value", "等号后面的值写法不对。", "文字加一对英文双引号；数字不加引号和单位；是非写 true 或 false。"),
    ("Unterminated", "引号或方括号没有配对。", "请补上另一半。"),
    ("Illegal character", "文字没有写完，缺少右边的引号。", "请补上右边的英文双引号。"),
    ("Expected newline", "一行里写了两项，或值后面多了东西。", "一行只写一项；说明写在 # 后面。"),
    ("Invalid statement", "这一行不是“名字 = 值”，也不是小节。", "说明文字前面加 #；小节用方括号括起来。"),
)  # fmt: skip


@dataclass(frozen=True)
class Toml:
    """Content of a file, and the line of every section and key (``("thresholds.report_days", "value")``)."""

    file: str
    content: dict[str, Any]
    lines: dict[tuple[str, str], int]

    def line(self, section: str, key: str = "") -> int:
        """Where a key stands, else its section, else 0."""
        return self.lines.get((section, key)) or self.lines.get((section, ""), 0)


def syntax_finding(name: str, error: tomllib.TOMLDecodeError, text: str = "") -> Finding:
    """A syntax error with its line and column, its meaning and how to mend it."""
    place = _PLACE.search(str(error))
    line, column = (int(place[1]), int(place[2])) if place and place[1] else (len(text.splitlines()), 0)
    found = next(
        (m for m in _MEANINGS if str(error).startswith(m[0])), ("", "写法有误。", "请对照旁边的行改正。")
    )
    at = f"第{column}个字附近，" if column else "文件末尾，"
    return Finding(name, line, "", at + found[1], found[2])


def read_toml(file: Path, name: str = "") -> tuple[Toml | None, list[Finding]]:
    """The file with the lines of its keys; None and a finding if it cannot be read."""
    name = name or file.name
    try:
        text = file.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except OSError:
        return None, [Finding(name, 0, "", "读不了这个文件。", "请确认文件存在、没有被其他程序占用。")]
    except UnicodeDecodeError:
        return None, [Finding(name, 0, "", "不是 UTF-8 编码。", "请以 UTF-8 保存。")]
    except tomllib.TOMLDecodeError as error:
        return None, [syntax_finding(name, error, text)]
    return Toml(name, content, key_lines(text)), []


def key_lines(text: str) -> dict[tuple[str, str], int]:
    """The line of each section (key "") and key."""
    found: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _SECTION.match(line):
            section = re.sub(r"[\"']", "", match[1])
            found.setdefault((section, ""), number)
        elif match := _KEY.match(line):
            found.setdefault((section, match[1].strip("\"'")), number)
    return found
