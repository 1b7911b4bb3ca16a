"""What is wrong with a notebook before it runs: each finding says file, cell, what and how to mend.

Nothing is executed and nothing written. The rules are those a report depends on: it can be run for every town, shows no
person, and carries nothing of an earlier run.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import notebooks
from pipelines.indicators.catalogue import load_catalogue
from pipelines.indicators.worklist import load_actions
from pipelines.notebooks import GIVEN, INJECTED, PARAMETERS, Cell
from pipelines.parameters import TYPES, fits
from pipelines.publicroom import INTERNAL_TAG
from pipelines.settings import EDITIONS, Settings
from pipelines.tables.contract import load_contract
from pipelines.themes import ALL


MEND = "运行 make fix 自动改好。"
_ABSOLUTE = re.compile(
    r"""["'](?:/(?:home|root|Users|mnt|media|tmp|var|opt|work|data)/|~/|[A-Za-z]:[\\/]|\\\\)"""
)
_ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)[1-9]\d{14}(?!\d)")
# Roads around report.load, which lead to names and numbers.
_PRIVATE = re.compile(r"read_identity|identity[/\\\"']|data[/\\]+(?:raw|private)|read_excel|calamine")
_LOOK = (
    "indicator",
    "county_indicator",
    "value",
    "county_value",
    "say",
    "trend",
    "known",
    "above_zero",
    "below_full",
)
# What report/reading.py refuses in the public edition.
_ROWS = (notebooks.LOAD, "own_indicator", "worklist")
INTERNAL_ONLY = '只出内部版的报告，在元数据的 edureport_theme 里写 "editions": ["internal"]。'
_OWN_ID = re.compile(r"X\d\d")


@dataclass(frozen=True)
class Finding:
    """One thing to be mended: file, place in it (第3个单元格, 第12行), what is wrong, what to do."""

    file: str
    place: str
    what: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}{'　' + self.place if self.place else ''}"
        return f"{where}：{self.what}\n  办法：{self.mend}"


def lint_all(settings: Settings) -> list[Finding]:
    """The findings of every notebook in notebooks/, and of two that claim the same title."""
    found: list[Finding] = []
    titles: dict[str, str] = {}
    for file in sorted(settings.paths.notebooks.glob("*.ipynb")):
        found += lint(settings, file)
        try:
            declared = json.loads(file.read_text(encoding="utf-8"))["metadata"].get("edureport_theme") or {}
            title = str(declared.get("title", ""))
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            continue
        if title and title in titles:
            what = f"报告名称“{title}”与 {titles[title]} 相同，两份报告会互相覆盖"
            found.append(
                Finding(f"notebooks/{file.name}", "", what, "在元数据的 edureport_theme 里改一个 title。")
            )
        titles.setdefault(title, file.name)
    return found


def lint(settings: Settings, file: Path) -> list[Finding]:
    """The findings of one notebook."""
    name = f"notebooks/{file.name}"
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        listed = notebooks.cells(content)
        metadata = dict(content["metadata"])
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return [
            Finding(name, "", "不是完好的笔记本文件", "从备份或 git 恢复这个文件，再用 JupyterLab 打开保存。")
        ]
    if content.get("nbformat") != 4:
        return [Finding(name, "", "笔记本的格式版本太旧", "用 JupyterLab 打开并保存一次。")]
    found = [*_clean(name, content), *_declared(name, metadata, listed)]
    for cell in listed:
        if cell.kind == "code":
            found += _cell(name, cell)
    return [*found, *_editions(name, metadata, content), *_names(settings, name, content)]


def _at(name: str, cell: Cell, what: str, mend: str, line: int = 0) -> Finding:
    return Finding(name, f"第{cell.place}个单元格" + (f"第{line}行" if line else ""), what, mend)


def _clean(name: str, content: dict[str, Any]) -> Iterator[Finding]:
    """Nothing of a run in the file."""
    for place, cell in enumerate(content["cells"], 1):
        if cell.get("outputs") or cell.get("execution_count") is not None:
            yield Finding(
                name, f"第{place}个单元格", "文件里存有运行结果或运行次数（结果里可能有个案）", MEND
            )
        if INJECTED in cell.get("metadata", {}).get("tags", []):
            yield Finding(name, f"第{place}个单元格", "文件里存有出报告时填入的参数", MEND)


def _declared(name: str, metadata: dict[str, Any], listed: list[Cell]) -> Iterator[Finding]:
    """The parameters cell, its four names, and what the metadata declare."""
    tagged = [cell for cell in listed if PARAMETERS in cell.tags]
    theme = metadata.get("edureport_theme")
    if theme is None and not tagged:
        return  # a scratch notebook: no report
    if len(tagged) != 1:
        what = (
            "没有带 parameters 标签的单元格，出报告时无处填入镇街区"
            if not tagged
            else "有几个单元格带 parameters 标签"
        )
        yield Finding(name, "", what, MEND if not tagged else "只留最上面那个单元格的标签。")
        return
    cell = tagged[0]
    tree = notebooks.parsed(cell)
    if tree is None:
        return  # said by the rule on syntax
    if theme is not None and (not isinstance(theme, dict) or not theme.get("title")):
        yield Finding(
            name, "元数据", "edureport_theme 没有写明 title", "补上报告名称，可参照 make new 生成的笔记本。"
        )
        return
    if Path(name).stem == ALL:
        yield Finding(name, "", "笔记本不能叫 all：THEME=all 是全部报告", "换一个文件名。")
    yield from _values(name, cell, tree, (theme or {}).get("parameters") or {})


def _values(name: str, cell: Cell, tree: ast.Module, declared: dict[str, str]) -> Iterator[Finding]:
    written: dict[str, ast.expr | None] = {}
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            written[statement.target.id] = statement.value
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            written[statement.targets[0].id] = statement.value
        else:
            yield _at(
                name,
                cell,
                "参数单元格里有别的语句",
                "这里每行只写 名称 = 值；其余移到下面的单元格。",
                statement.lineno,
            )
    if absent := [wanted for wanted in GIVEN if wanted not in written]:
        yield _at(
            name,
            cell,
            f"缺少参数 {'、'.join(absent)}",
            '四个都要有：town、period、edition、dataset，如 town = "景芝镇"。',
        )
    for parameter, kind in declared.items():
        if kind not in TYPES:
            yield Finding(
                name, "元数据", f"参数 {parameter} 的类型“{kind}”不认识", f"可用：{'、'.join(TYPES)}。"
            )
        elif parameter not in written:
            yield _at(
                name,
                cell,
                f"元数据声明了参数 {parameter}，这里没有",
                f"加一行 {parameter} = 值，或从元数据删去。",
            )
    for parameter, value in written.items():
        kind = declared.get(parameter, GIVEN.get(parameter, ""))
        try:
            given = ast.literal_eval(value) if value is not None else None
        except ValueError:
            yield _at(
                name,
                cell,
                f"参数 {parameter} 的值不是直接写出的",
                "参数只写文字、数或 True/False；要算的移到下面。",
            )
            continue
        if kind in TYPES and not fits(kind, given):
            yield _at(name, cell, f"参数 {parameter} 应为 {kind}", "改正它的值或声明的类型。")
        if declared and parameter not in declared:
            yield Finding(name, "元数据", f"参数 {parameter} 没有在 edureport_theme 的 parameters 里声明类型",
                          f'加上 "{parameter}": "类型"（{"、".join(TYPES)}）。')  # fmt: skip


def _editions(name: str, metadata: dict[str, Any], content: dict[str, Any]) -> Iterator[Finding]:
    """Editions that do not exist; rows and own figures in a report that the public edition would have to refuse."""
    theme = metadata.get("edureport_theme")
    if not isinstance(theme, dict):
        return
    listed = theme.get("editions", EDITIONS)
    if not isinstance(listed, list | tuple) or not listed or not set(listed) <= set(EDITIONS):
        yield Finding(name, "元数据", "edureport_theme 的 editions 写法有误", INTERNAL_ONLY)
    elif "public" in listed:
        for cell, called, call in notebooks.calls(content):
            kept = INTERNAL_TAG in cell.tags or "report.public" in cell.source
            if called in _ROWS and _of_report(call) and not kept:
                what = f"公开版不能用 report.{called}，这份报告的公开版会失败"
                yield _at(name, cell, what, f"给单元格加标签 internal；{INTERNAL_ONLY}", call.lineno)
                return


def _cell(name: str, cell: Cell) -> Iterator[Finding]:
    """Syntax, paths, persons."""
    try:
        # what IPython accepts (%time, !ls) is made Python first
        from IPython.core.inputtransformer2 import TransformerManager

        ast.parse(TransformerManager().transform_cell(cell.source))
    except SyntaxError as error:
        yield _at(
            name, cell, "写法有误，Python 读不懂", "检查这一行和上一行的括号、引号、冒号。", error.lineno or 0
        )
    for number, line in enumerate(cell.source.splitlines(), 1):
        code = line.split("#")[0]
        if _ABSOLUTE.search(code):
            yield _at(
                name,
                cell,
                "写了本机的绝对路径，换一台电脑就不能运行",
                "数据用 report.load 读；别的文件用相对路径。",
                number,
            )
        if _ID_NUMBER.search(line):
            yield _at(name, cell, "写有像身份证件号的号码", "删去；要指某个个案，用报告里的编号。", number)
        if _PRIVATE.search(code):
            yield _at(
                name,
                cell,
                "绕过 report.load 读数据，可能读到并印出姓名、证件号",
                '改用 report.load("表名")，它没有姓名和证件号。',
                number,
            )


def _names(settings: Settings, name: str, content: dict[str, Any]) -> Iterator[Finding]:
    """Tables, indicators and kinds of work that do not exist."""
    tables = set(load_contract(settings.paths.reference).tables)
    own = {_first(call) for _, called, call in notebooks.calls(content) if called == "own_indicator"}
    ids, items = {*load_catalogue().ids, *own}, set(load_actions())
    rules: list[tuple[tuple[str, ...], Callable[[str], bool], str, str]] = [
        (
            (notebooks.LOAD, "has_table", "columns"),
            lambda v: v in tables,
            "数据表",
            "表名见 report.tables()。",
        ),
        (_LOOK, lambda v: v in ids, "指标", "编号见 report.find_indicators()。"),
        (
            ("cases", "worklist"),
            lambda v: v in items,
            "待办事项",
            "事项名见 pipelines/indicators/actions.toml。",
        ),
    ]
    for cell, called, call in notebooks.calls(content):
        for methods, known, kind, mend in rules:
            if called not in methods or not _of_report(call):
                continue
            named = call.args if called in ("cases", "worklist") else call.args[:1]
            for argument in named:
                value = argument.value if isinstance(argument, ast.Constant) else None
                if isinstance(value, str) and not known(value):
                    yield _at(name, cell, f"没有名为“{value}”的{kind}", mend, call.lineno)
    for cell, called, call in notebooks.calls(content):
        if called == "own_indicator" and not _OWN_ID.fullmatch(str(_first(call) or "X01")):
            yield _at(
                name, cell, f"自己定义的指标编号“{_first(call)}”不能使用", "写 X01 至 X99。", call.lineno
            )


def _of_report(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "report"
    )


def _first(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
