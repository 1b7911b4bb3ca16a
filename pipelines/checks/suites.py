"""expectations/*.json: one suite per table, edited by analysts; read, checked and explained here.

Form of a file: ``{"table": …, "expectations": [{"type", "kwargs", "severity": 阻断|警告|提示,
"meta": {"id", "message", "mend", "source" (where there is a limit)}}]}``. expectations/README.md is the analysts' page.
"""

import ast
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.checks.derived import DERIVED, clean_names, parameter_names
from pipelines.checks.findings import SEVERITIES
from pipelines.checks.intake import RECONCILIATION, RECONCILIATION_COLUMNS
from pipelines.checks.volume import HEADERS, SCHOOL_VOLUME
from pipelines.errors import ConfigError
from pipelines.settings import Settings
from pipelines.tables.contract import Contract, load_contract


# Frames that are no tables of the contract, with the headers of their columns
PSEUDO_TABLES = {RECONCILIATION: RECONCILIATION_COLUMNS, SCHOOL_VOLUME: HEADERS}
PSEUDO_TITLES = {RECONCILIATION: "读入核对", SCHOOL_VOLUME: "学校规模变化"}
_COLUMN_KWARGS = ("column", "column_A", "column_B", "column_list", "column_set")


@dataclass(frozen=True)
class Suite:
    """The expectations of one table as read; ``sha256`` is that of the file."""

    table: str
    sha256: str
    expectations: list[dict[str, Any]]


def headers_of(table: str, contract: Contract) -> dict[str, str]:
    """The columns an expectation on the table may name, derived ones included, with their headers."""
    if table in PSEUDO_TABLES:
        return dict(PSEUDO_TABLES[table])
    derived = {name: column.header for name, column in DERIVED.get(table, {}).items()}
    return clean_names(contract.tables[table]) | derived


def columns_of(entry: dict[str, Any]) -> list[str]:
    """The columns an expectation is about, in the order of its kwargs."""
    named: list[str] = []
    for key in _COLUMN_KWARGS:
        value = entry["kwargs"].get(key, [])
        named.extend([value] if isinstance(value, str) else value)
    return named


def condition_columns(entry: dict[str, Any]) -> list[str]:
    """The columns its row_condition names; SyntaxError if it is not an expression."""
    tree = ast.parse(entry["kwargs"].get("row_condition", "True"), mode="eval")
    return sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})


def parameters_of(entry: dict[str, Any]) -> list[str]:
    """The names of the run-time parameters it uses."""
    values = entry["kwargs"].values()
    return [str(value["$PARAMETER"]) for value in values if isinstance(value, dict) and "$PARAMETER" in value]


def has_limit(entry: dict[str, Any]) -> bool:
    """Whether the entry sets a number of its own, which needs a source; plain bounds 0 and 1 are no choice."""
    kwargs = entry["kwargs"]
    bounds = [kwargs.get(key) for key in ("min_value", "max_value", "mostly")]
    return any(isinstance(bound, int | float) and bound not in (0, 1) for bound in bounds)


def problems_of(entry: Any, columns: set[str], parameters: set[str]) -> list[str]:
    """What is wrong with one entry, in Chinese; empty if nothing. Needs no Great Expectations."""
    if not isinstance(entry, dict):
        return ["应是一个花括号括起来的条目"]
    meta, kwargs = entry.get("meta"), entry.get("kwargs")
    if not isinstance(entry.get("type"), str) or not isinstance(kwargs, dict) or not isinstance(meta, dict):
        return ["缺少 type、kwargs 或 meta"]
    found = [f"meta 缺少 {key}" for key in ("id", "message", "mend") if not meta.get(key)]
    if entry.get("severity") not in SEVERITIES:
        found.append(f"severity 只能是{'、'.join(SEVERITIES)}")
    if extra := sorted(set(entry) - {"type", "kwargs", "severity", "meta"}):
        found.append(f"不认识的项：{'、'.join(extra)}")
    if has_limit(entry) and not meta.get("source"):
        found.append("有界限而 meta 缺少 source（出自哪份文件，没有的写建议值）")
    try:
        named = [*columns_of(entry), *condition_columns(entry)]
    except (SyntaxError, TypeError, ValueError):
        return [*found, "列名或 row_condition 写法不对"]
    found += [f"表中没有列“{name}”" for name in named if name not in columns]
    return found + [f"没有名为“{name}”的参数" for name in parameters_of(entry) if name not in parameters]


def read_suite(file: Path, settings: Settings) -> tuple[Suite, list[str]]:
    """A suite and everything wrong with it; ConfigError only if the file is no JSON of the right form."""
    name = f"expectations/{file.name}"
    contract = load_contract(settings.paths.reference)
    try:
        raw = file.read_bytes()
        content = json.loads(raw.decode("utf-8-sig"))
        entries = content["expectations"]
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{name} 第{error.lineno}行写法有误，不是合格的 JSON。", "多为少逗号、多逗号或引号不成对。"
        ) from error
    except (OSError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{name} 读不了，或缺少 expectations。", "请以 UTF-8 保存，并照其他文件的样子写。"
        ) from error
    table = file.stem
    if (
        table not in {*contract.tables, *PSEUDO_TABLES}
        or content.get("table") != table
        or not isinstance(entries, list)
    ):
        raise ConfigError(
            f"{name} 的文件名或 table 不是已有的表，或 expectations 不是列表。",
            "文件名与 table 都写表的英文名。",
        )
    columns, parameters = set(headers_of(table, contract)), parameter_names(settings)
    problems = []
    for number, entry in enumerate(entries, 1):
        label = (entry.get("meta") or {}).get("id", "") if isinstance(entry, dict) else ""
        place = f"{name} 第{number}条" + (f"（{label}）" if label else "")
        problems += [f"{place}：{problem}。" for problem in problems_of(entry, columns, parameters)]
    ids = [entry["meta"]["id"] for entry in entries if not problems]
    problems += [f"{name}：id“{label}”重复。" for label in sorted({i for i in ids if ids.count(i) > 1})]
    return Suite(table, hashlib.sha256(raw).hexdigest(), entries), problems


def load_suites(settings: Settings) -> dict[str, Suite]:
    """All suites by table, in order of name; ConfigError listing everything wrong with them."""
    suites, problems = {}, []
    for file in sorted(settings.paths.expectations.glob("*.json")):
        suite, found = read_suite(file, settings)
        suites[suite.table] = suite
        problems += found
    if problems:
        raise ConfigError(
            "检查规则有误：\n  " + "\n  ".join(problems), "请按 expectations/README.md 改正后重试。"
        )
    return suites


def lint_suites(settings: Settings) -> list[str]:
    """Everything wrong with the suites, one sentence each; also tables without one. Imports Great Expectations."""
    from pipelines.checks import engine

    found = []
    for table in (*load_contract(settings.paths.reference).tables, *PSEUDO_TABLES):
        if not (settings.paths.expectations / f"{table}.json").is_file():
            found.append(f"expectations/{table}.json：缺少这张表的检查规则。")
    for file in sorted(settings.paths.expectations.glob("*.json")):
        try:
            suite, problems = read_suite(file, settings)
        except ConfigError as error:
            found.append(error.message)
            continue
        found += problems
        for entry in [] if problems else suite.expectations:
            try:
                engine.build(entry, f"expectations/{file.name} 的“{entry['meta']['id']}”")
            except ConfigError as error:
                found.append(error.message)
    return found
