"""monitoring.toml: values of the wrong kind, numbers out of range, names that are nearly a known one."""

import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.configcheck.finding import Finding
from pipelines.configcheck.tomlfile import Toml


_WORDS = {
    "text": "文字",
    "bool": "true 或 false",
    "count": "不小于0的整数",
    "days": "1到400的整数",
    "share": "0到1的小数",
}
_WORDS |= {"number": "不小于0的数"}
_LONGEST = 400  # days
_THRESHOLD = ("value", "unit", "source")


@cache
def known() -> dict[str, dict[str, str]]:
    """Sections with their keys and kinds (settings.toml beside this module)."""
    return tomllib.loads(Path(__file__).with_name("settings.toml").read_text(encoding="utf-8"))


def fits(kind: str, value: Any) -> bool:
    """Whether a value is of a kind of settings.toml."""
    if kind in ("text", "bool"):
        return isinstance(value, str if kind == "text" else bool)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return False
    whole = isinstance(value, int)
    return {"count": whole, "days": whole and 1 <= value <= _LONGEST, "share": value <= 1, "number": True}[
        kind
    ]


def settings_findings(toml: Toml) -> list[Finding]:
    """Everything wrong with the settings; sections and names that nobody knows are left to whoever added them."""
    found: list[Finding] = []
    for section, keys in known().items():
        if section in ("thresholds", "datasets"):
            continue
        written = toml.content.get(section, {})
        if not isinstance(written, dict):
            found.append(
                Finding(toml.file, toml.line("", section), section, "应是一个小节。", f"请写成 [{section}]。")
            )
            continue
        found += _section(toml, section, written, keys)
    found += [f for name in toml.content.get("datasets", {}) for f in _dataset(toml, name)]
    return found + _thresholds(toml)


def _section(toml: Toml, section: str, written: dict[str, Any], keys: dict[str, str]) -> list[Finding]:
    found = []
    for name, declared in keys.items():
        kind, optional = declared.removesuffix("?"), declared.endswith("?")
        if name not in written:
            if not optional:
                found.append(_missing(toml, section, name, list(written), list(keys)))
        elif not fits(kind, written[name]):
            what = f"“{written[name]}”不对，应为{_WORDS[kind]}。"
            found.append(Finding(toml.file, toml.line(section, name), name, what, "请改正等号后面的值。"))
    return found


def _missing(toml: Toml, section: str, name: str, written: list[str], keys: list[str]) -> Finding:
    near = get_close_matches(name, [other for other in written if other not in keys], 1, 0.75)
    line = toml.line(section, near[0]) if near else toml.line(section)
    mend = f"第{line}行的“{near[0]}”是否应写成“{name}”？" if near else "请补上这一项。"
    return Finding(toml.file, line, f"[{section}] {name}", "缺少这一项。", mend)


def _dataset(toml: Toml, name: str) -> list[Finding]:
    written = toml.content["datasets"][name]
    section = f"datasets.{name}"
    if not isinstance(written, dict):
        return [
            Finding(toml.file, toml.line("datasets", name), name, "应是一个小节。", f"请写成 [{section}]。")
        ]
    return _section(toml, section, written, known()["datasets"])


def _thresholds(toml: Toml) -> list[Finding]:
    written = toml.content.get("thresholds", {})
    found = []
    for name, kind in known()["thresholds"].items():
        section, entry = f"thresholds.{name}", written.get(name)
        if not isinstance(entry, dict):
            found.append(_missing_threshold(toml, name, written))
            continue
        if slips := _misspelt(toml, section, entry):
            found += slips
            continue
        if "value" not in entry or not fits(kind, entry["value"]):
            what = (
                f"“{entry['value']}”不对，应为{_WORDS[kind]}。"
                if "value" in entry
                else f"缺少 value 这一行，应为{_WORDS[kind]}。"
            )
            mend = "只写数字，不加引号和单位，例如 value = 30。"
            found.append(Finding(toml.file, toml.line(section, "value"), f"[{section}] value", what, mend))
        if not isinstance(entry.get("source"), str) or not entry["source"].strip():
            mend = "写明出自哪份文件；没有文件的写“建议值”。"
            found.append(
                Finding(toml.file, toml.line(section, "source"), f"[{section}] source", "没有依据。", mend)
            )
    return found


def _misspelt(toml: Toml, section: str, entry: dict[str, Any]) -> list[Finding]:
    """Keys of a threshold that nobody reads but that look like one that is missing: valeu = 3."""
    found = []
    for key in entry:
        near = get_close_matches(key, [name for name in _THRESHOLD if name not in entry], 1, 0.6)
        if key not in _THRESHOLD and near:
            mend = f"是否应写成“{near[0]}”？"
            found.append(
                Finding(toml.file, toml.line(section, key), f"[{section}] {key}", "没有这一项。", mend)
            )
    return found


def _missing_threshold(toml: Toml, name: str, written: dict[str, Any]) -> Finding:
    near = get_close_matches(
        name, [other for other in written if other not in known()["thresholds"]], 1, 0.75
    )
    line = toml.line(f"thresholds.{near[0]}") if near else 0
    mend = f"第{line}行的“{near[0]}”是否应写成“{name}”？" if near else "请从初始的设置文件补上这一小节。"
    return Finding(toml.file, line, f"[thresholds.{name}]", "缺少这一小节。", mend)
