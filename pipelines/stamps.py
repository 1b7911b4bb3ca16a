"""Skipping a stage whose inputs have not changed, and saying why one is done again.

A stamp is a small JSON file beside the outputs: the hashes of all declared inputs and of all outputs. A stage
is skipped only if every input hash is the same *and* every output is still what the stamp says. Of identity files only
the size is looked at: a run that needs no names opens no file that holds them.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import atomic
from pipelines.provenance import sha256_file, sha256_json


FORMAT = 1
FIRST_TIME = "首次运行"
IDENTITY = "identity"  # the folder of names and ID numbers
_NAMES = {
    "raw": "原始数据",
    "reference": "参考数据",
    "settings": "设置文件",
    "code": "程序",
    "lock": "软件库版本",
    "key": "假名密钥",
    "clean": "清洗后的数据",
    "history": "往期数据",
    "expectations": "检查规则",
    "previous": "上季度数据",
    "confirmed": "人员确认结果",
    "view": "本单位的数据",
    "notebook": "笔记本",
    "provenance": "程序版本",
    "masthead": "报头信息",
    "sources": "数据来源（文件、行数、数据日期）",
    "quality": "数据质量统计",
    "refused": "往期数据的取舍",
    "correction": "更正内容",
}


def _is_private(output: Path) -> bool:
    return output.parent.name == IDENTITY


def _said(changed: list[str]) -> str:
    """The changed inputs in words; what is a town's own first, county figures together by their numbers."""
    county = [name.partition(":")[2] for name in changed if name.startswith("county:")]
    named = [
        f"数据表 {name.partition(':')[2]} 的行" if name.startswith("table:") else _NAMES.get(name, name)
        for name in changed
        if not name.startswith("county:")
    ]
    if county:
        named.append(f"全市对比数（{'、'.join(county[:8])}{' 等' if len(county) > 8 else ''}）")
    return "、".join(named) + "有变化"


@dataclass(frozen=True)
class Stamp:
    """The stamp file of one stage."""

    file: Path
    root: Path

    def reason(self, inputs: dict[str, str]) -> str:
        """Why the stage must be done (again), in Chinese; empty if it need not."""
        try:
            stored = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return FIRST_TIME
        if stored.get("format") != FORMAT:
            return "记录格式已更新"
        before = stored["inputs"]
        changed = sorted(
            name for name in inputs.keys() | before.keys() if inputs.get(name) != before.get(name)
        )
        if changed:
            return _said(changed)
        for name, digest in sorted(stored["outputs"].items()):
            output = self.root / name
            if not output.is_file():
                return f"成果文件 {output.name} 不在了"
            if _is_private(output):
                same = output.stat().st_size == stored.get("sizes", {}).get(name)
            else:
                same = sha256_file(output) == digest
            if not same:
                return f"成果文件 {output.name} 被改动过"
        return ""

    def inputs(self) -> dict[str, str]:
        """The recorded inputs: name → SHA-256; empty without a stamp."""
        try:
            return json.loads(self.file.read_text(encoding="utf-8"))["inputs"]
        except (OSError, ValueError, KeyError):
            return {}

    def outputs(self) -> dict[str, str]:
        """The recorded outputs: path below the root → SHA-256; empty without a stamp."""
        try:
            return json.loads(self.file.read_text(encoding="utf-8"))["outputs"]
        except (OSError, ValueError, KeyError):
            return {}

    def notes(self) -> dict[str, Any]:
        """What was noted with the outputs; empty without a stamp."""
        try:
            return json.loads(self.file.read_text(encoding="utf-8")).get("notes", {})
        except (OSError, ValueError):
            return {}

    def digest(self) -> str:
        """One hash that stands for all outputs."""
        return sha256_json(self.outputs())

    def write(
        self, inputs: dict[str, str], outputs: Iterable[Path], notes: dict[str, Any] | None = None
    ) -> None:
        """Record that these outputs were made from these inputs; ``notes`` decide nothing."""
        hashes = {output.relative_to(self.root).as_posix(): sha256_file(output) for output in outputs}
        self._write(inputs, hashes, notes)

    def _write(self, inputs: dict[str, str], hashes: dict[str, str], notes: dict[str, Any] | None) -> None:
        content = {"format": FORMAT, "inputs": inputs, "outputs": hashes}
        private = [name for name in hashes if _is_private(self.root / name)]
        sizes = {name: (self.root / name).stat().st_size for name in private}
        atomic.write_json(
            self.file, content | ({"sizes": sizes} if sizes else {}) | ({"notes": notes} if notes else {})
        )

    def run(
        self,
        inputs: dict[str, str],
        work: Callable[[], Iterable[Path]],
        notes: dict[str, Any] | None = None,
    ) -> str:
        """Do the work unless nothing changed; return the reason it was done for, or "" if it was skipped.

        The old stamp goes first: a run that dies half-way must not look finished. Notes are kept up to date even if
        nothing had to be done.
        """
        reason = self.reason(inputs)
        if reason:
            self.file.unlink(missing_ok=True)
            self.write(inputs, work(), notes)
        elif notes and notes != self.notes():
            self._write(inputs, self.outputs(), notes)
        return reason
