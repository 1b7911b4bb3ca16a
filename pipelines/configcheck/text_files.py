"""Texts and catalogues: sentences.toml, catalogue.toml and actions.toml."""

import string
from collections.abc import Iterable, Mapping
from typing import Any

from pipelines.configcheck.finding import Finding
from pipelines.configcheck.tomlfile import Toml


FIGURE = ("value", "number", "base", "numerator", "denominator", "left", "change")
CHANGE = ("earlier", "amount", "unit", "share")
_CASES = ("missing", "some")
_KINDS: dict[str, tuple[str, ...]] = {"kind": ("count", "rate", "money")}
_KINDS |= {"direction": ("up", "down", "info")}
_KINDS |= {"comparison": ("previous", "year_ago", "none"), "editions": ("town", "county")}
_TEXTS = (
    "name",
    "english",
    "theme",
    "unit",
    "kind",
    "direction",
    "rule",
    "base",
    "view",
    "source",
    "formula",
    "limits",
)
_ACTION = ("theme", "title", "unit", "who", "deadline", "rule", "detail")
_SEVERITIES = (1, 2, 3)


def placeholders(text: str) -> list[str] | None:
    """The names in braces; None if the braces are not in pairs."""
    try:
        return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:
        return None


def _braces(toml: Toml, section: str, key: str, text: Any, allowed: Iterable[str] | None) -> list[Finding]:
    line = toml.line(section, key)
    if not isinstance(text, str):
        return [Finding(toml.file, line, key, "不是文字。", "请加一对英文双引号。")]
    names = placeholders(text)
    if names is None:
        return [Finding(toml.file, line, key, "花括号不成对。", "占位符写成 {value} 的样子。")]
    known = None if allowed is None else set(allowed)
    return [
        Finding(toml.file, line, key, f"占位符 {{{name}}} 不认识。", f"可用：{'、'.join('{' + n + '}' for n in sorted(known))}。")
        for name in names
        if known is not None and name not in known
    ]  # fmt: skip


def sentence_findings(
    toml: Toml, ids: Iterable[str], items: Iterable[str], thresholds: Iterable[str]
) -> list[Finding]:
    """sentences.toml: a section per indicator with the cases that always occur, known placeholders, a task per kind."""
    found: list[Finding] = []
    for name in ids:
        cases = toml.content.get(name)
        if not isinstance(cases, dict):
            found.append(
                Finding(
                    toml.file,
                    0,
                    name,
                    "没有这个指标的语句。",
                    f"请加 [{name}] 一节，至少写 missing 和 some。",
                )
            )
            continue
        lacking = [case for case in _CASES if case not in cases]
        if lacking:
            what = f"缺少 {'、'.join(lacking)}。"
            found.append(Finding(toml.file, toml.line(name), name, what, "缺报和一般情形都要有一句。"))
        for case, text in cases.items():
            found += _braces(toml, name, case, text, (*FIGURE, *thresholds))
    for case, text in toml.content.get("change", {}).items():
        found += _braces(toml, "change", case, text, CHANGE)
    for section, cases in toml.content.items():
        if section not in {*ids, "change"} and isinstance(cases, dict):
            for case, text in cases.items():
                found += _braces(toml, section, case, text, None)
    wanted = toml.content.get("todo", {})
    found += [
        Finding(toml.file, toml.line("todo"), item, "没有这类事项的办理要求。", "请在 [todo] 里补一句。")
        for item in items if item not in wanted
    ]  # fmt: skip
    return found


def catalogue_findings(toml: Toml, tables: Iterable[str], themes: Iterable[str]) -> list[Finding]:
    """catalogue.toml: every entry has its texts, its kinds are known, and it needs tables that there are."""
    inputs = {*tables, "standards", "calendar"}
    found: list[Finding] = []
    for name, entry in toml.content.items():
        if not isinstance(entry, dict):
            found.append(
                Finding(toml.file, toml.line("", name), name, "应是一个小节。", f"请写成 [{name}]。")
            )
            continue
        found += _required(toml, name, entry, _TEXTS)
        for key, allowed in {**_KINDS, "theme": tuple(themes)}.items():
            if key in entry and entry[key] not in allowed:
                mend = f"可写：{'、'.join(allowed)}。"
                found.append(Finding(toml.file, toml.line(name, key), key, f"“{entry[key]}”不认识。", mend))
        for need in entry.get("needs", []):
            if str(need).partition("@")[0] not in inputs:
                mend = "写 tables.csv 的英文表名，或 standards、calendar。"
                found.append(
                    Finding(toml.file, toml.line(name, "needs"), "needs", f"“{need}”不是已有的数据表。", mend)
                )
        if "target" in entry and not entry.get("target_text"):
            mend = "写明目标值和依据。"
            found.append(
                Finding(toml.file, toml.line(name, "target"), "target_text", "有目标值而没有说明。", mend)
            )
    return found


def action_findings(toml: Toml, themes: Iterable[str], deadlines: Mapping[str, Any]) -> list[Finding]:
    """actions.toml: every kind of work says who, by when and by which rule."""
    found: list[Finding] = []
    for item, entry in toml.content.items():
        found += _required(toml, item, entry, _ACTION)
        if entry.get("theme") not in tuple(themes):
            mend = f"可写：{'、'.join(themes)}。"
            found.append(
                Finding(toml.file, toml.line(item, "theme"), "theme", f"“{entry.get('theme')}”不认识。", mend)
            )
        if entry.get("deadline") not in deadlines:
            what = f"“{entry.get('deadline')}”不在 monitoring.toml 的 [deadlines] 里。"
            found.append(
                Finding(
                    toml.file, toml.line(item, "deadline"), "deadline", what, "请改正，或在设置里补上天数。"
                )
            )
        if entry.get("severity") not in _SEVERITIES:
            mend = "写 1（紧急）、2（尽快）或 3（核对）。"
            found.append(Finding(toml.file, toml.line(item, "severity"), "severity", "不对。", mend))
        found += _braces(toml, item, "detail", entry.get("detail", ""), None)
    return found


def _required(toml: Toml, section: str, entry: dict[str, Any], names: Iterable[str]) -> list[Finding]:
    return [
        Finding(
            toml.file,
            toml.line(section, name),
            f"[{section}] {name}",
            "空着或不是文字。",
            "请写上，加英文双引号。",
        )
        for name in names
        if not isinstance(entry.get(name), str) or not entry[name].strip()
    ]
