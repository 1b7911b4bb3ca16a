"""What a notebook of the public edition may do and show; the first cell that does more is named.

Before it runs (``look_through``): only the modules listed here may be imported, nothing may be opened, read from disk
or evaluated, nothing private of an object touched. The process has nothing but published figures to read anyway
(``publicroom``); this turns a mistake into a message. Afterwards (``look_at_outputs``): no name, ID number, 学籍号,
account or telephone number may stand in a cell's source or in what it shows.
"""

import ast
import base64
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from pipelines.namecheck import CannotCheck, NameCheck
from pipelines.publicroom import INTERNAL_TAG
from pipelines.render import svg
from pipelines.render.execute import NotebookFailed
from pipelines.settings import Settings
from pipelines.townview import TownView


_MODULES = {
    "pandas", "numpy", "math", "datetime", "decimal", "fractions", "statistics", "re", "itertools", "functools",
    "collections", "typing", "matplotlib", "matplotlib.pyplot", "pipelines", "pipelines.charts",
    "pipelines.formatting", "pipelines.report",
}  # fmt: skip
_FROM_PIPELINES = {"charts", "formatting", "report"}
_NAMES = {
    "open", "exec", "eval", "compile", "input", "globals", "locals", "vars", "getattr", "setattr", "breakpoint",
    "get_ipython", "Path", "store",
}  # fmt: skip
_ATTRIBUTES = re.compile(
    r"(read_\w+|ExcelFile|HDFStore|io|load|loadtxt|genfromtxt|fromfile|memmap|settings|to_\w+|lib|ctypeslib)$"
)
_ALLOWED_TO = {
    "to_list",
    "to_numpy",
    "to_dict",
    "to_frame",
    "to_datetime",
    "to_numeric",
    "to_period",
    "to_timestamp",
}
_NUMBERS = {
    "证件号、学籍号或账号": re.compile(r"(?<![0-9A-Za-z.])[A-Z]?\d{15,19}[Xx]?(?![0-9A-Za-z])"),
    "手机号": re.compile(r"(?<![0-9A-Za-z.])1[3-9]\d{9}(?![0-9A-Za-z])"),
}
_ID = re.compile(r"(?<![0-9A-Za-z.])[GJL]?(\d{17}[\dXx])(?![0-9A-Za-z])")
_TAG = re.compile(r"<[^>]*>")
_VALUE = re.compile(r"""(?<==)\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)""")
_DATA = re.compile(r"data:([a-z/+]+);base64,([A-Za-z0-9+/=\s]+)")


def _refused(name: str, position: int, what: str, hint: str) -> NotebookFailed:
    failed = NotebookFailed(f"公开版没有生成：笔记本 {name} 第 {position} 个单元格{what}。", hint)
    failed.cell = position
    return failed


def _positions(notebook: Any) -> Iterator[tuple[int, Any]]:
    """(position in the analyst's notebook from 1, cell); the cell that papermill adds has none of its own."""
    position = 0
    for cell in notebook.cells:
        position += "injected-parameters" not in cell.metadata.get("tags", [])
        yield position, cell


def leave_out(notebook: Any) -> None:
    """Empty the cells tagged ``internal``; they keep their place, so that messages name the right cell."""
    for cell in notebook.cells:
        if INTERNAL_TAG in cell.metadata.get("tags", []):
            cell.source = ""


def drop(notebook: Any) -> None:
    """Take the emptied cells out of an executed notebook."""
    notebook.cells = [cell for cell in notebook.cells if INTERNAL_TAG not in cell.metadata.get("tags", [])]


def look_through(name: str, notebook: Any) -> None:
    """NotebookFailed naming the first cell that does what a public edition may not do."""
    for position, cell in _positions(notebook):
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError as error:
            what = f"第 {error.lineno} 行不是普通的 Python 语句"
            raise _refused(
                name, position, what, "公开版不能用 % 或 ! 开头的命令；请改正，或加标签 internal。"
            ) from None
        for node in ast.walk(tree):
            if what := _forbidden(node):
                hint = "公开版的数字只能来自 report（已作披露控制），不能自己读数据汇总。请改用指标，或给单元格加标签 internal。"
                raise _refused(name, position, f"使用了 {what}", hint)


def _forbidden(node: ast.AST) -> str:
    """What a node uses that it may not; empty if nothing."""
    if isinstance(node, ast.Import):
        return next((alias.name for alias in node.names if alias.name not in _MODULES), "")
    if isinstance(node, ast.ImportFrom):
        return _forbidden_from(node)
    if isinstance(node, ast.Name) and (node.id in _NAMES or node.id.startswith("__")):
        return node.id
    if isinstance(node, ast.Attribute):
        word = node.attr
        if word.startswith("_") or (_ATTRIBUTES.fullmatch(word) and word not in _ALLOWED_TO):
            return word
    return ""


def _forbidden_from(node: ast.ImportFrom) -> str:
    module = node.module or ""
    if node.level or module not in _MODULES:
        return module or "相对导入"
    for alias in node.names:
        wrong = (
            alias.name not in _FROM_PIPELINES if module == "pipelines" else _ATTRIBUTES.fullmatch(alias.name)
        )
        if wrong or alias.name.startswith("_") or alias.name == "*":
            return f"{module}.{alias.name}"
    return ""


def look_at_outputs(name: str, notebook: Any, names: NameCheck) -> None:
    """NotebookFailed naming the first cell that shows, or whose source holds, something personal."""
    for position, cell in _positions(notebook):
        for number, text in enumerate((cell.source, *_shown(cell))):
            for what, pattern in _NUMBERS.items():
                if pattern.search(text):
                    raise _refused(name, position, f"的内容里有{what}", "请删去后重试。")
            if found := names.first_in(text):
                where = "结果" if number else f"源代码第 {found.line} 行"
                raise _refused(
                    name,
                    position,
                    f"的{where}里有人的姓名（{found.length} 个字；学生、监护人、照护人、帮扶人等）",
                    "请删去后重试；公开版不得出现任何人的姓名。只是与某人同名的普通词语的，请换一种写法。",
                )


def look_for_persons(settings: Settings, view: TownView, name: str, notebook: Any) -> None:
    """Refuse an internal report that names a person. A worker without the key cannot look (docs/privacy)."""
    try:
        names = NameCheck.load(settings, view.dataset, view.period, strict=False)
    except CannotCheck:
        return
    refuse_persons(name, notebook, names)


def refuse_persons(name: str, notebook: Any, names: NameCheck) -> None:
    """NotebookFailed naming the first cell that shows a name or an ID number."""
    cells = [(position, (cell.source, *_shown(cell))) for position, cell in _positions(notebook)]
    # All at once first (neither names nor numbers go over a line's end): there is hardly ever anything to be found.
    if not _personal("\n".join(text for _, texts in cells for text in texts), names):
        return
    for position, texts in cells:
        for number, text in enumerate(texts):
            if what := _personal(text, names):
                where = "结果" if number else "源代码"
                failed = NotebookFailed(
                    f"报告没有生成：笔记本 {name} 第 {position} 个单元格的{where}里{what}。",
                    "报告里只用个案编号；确需名单的用 make annex。只是与某人同名的普通词语的，请换一种写法。",
                )
                failed.cell = position
                raise failed


def _personal(text: str, names: NameCheck) -> str:
    """What of a person the text holds, in words; "" if nothing."""
    if found := names.first_in(text):
        return f"有人的姓名（{found.length} 个字）"
    return "有证件号或学籍号" if any(_is_id(one) for one in _ID.findall(text)) else ""


def _is_id(number: str) -> bool:
    """Whether the check digit of an 18-character ID number fits (GB 11643)."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()


def _shown(cell: Any) -> Iterator[str]:
    """Every text that a cell's outputs hold: streams, plain and HTML text, charts, alternative texts."""
    for output in cell.get("outputs", []):
        if "text" in output:
            yield str(output["text"])
        for kind, content in output.get("data", {}).items():
            text = "".join(content) if isinstance(content, list) else str(content)
            yield from _texts(kind, text)


def _texts(kind: str, text: str) -> Iterator[str]:
    if kind == "image/svg+xml":
        yield svg.text_of(text)
    elif kind == "text/html":
        for inner, data in _DATA.findall(text):
            yield from _texts(inner, base64.b64decode(data).decode("utf-8", "replace"))
        yield from _html_texts(_DATA.sub("", text))
    elif kind.startswith("text/"):
        yield text


def _html_texts(text: str) -> Iterator[str]:
    """What stands between the tags, and what stands in them: every character is in one or the other, however it is nested.

    No tree is made for it: a report has hundreds of pieces, and only what stands side by side matters.
    """
    yield unescape("\n".join(_TAG.split(text)))
    tags = list(dict.fromkeys(_TAG.findall(text)))
    yield unescape("\n".join(value.strip("\"'") for tag in tags for value in _VALUE.findall(tag)))
    yield unescape("\n".join(_VALUE.sub("\n", tag) for tag in tags))
