"""``make new NAME=… TITLE=…``: a notebook that runs at once and joins the reports by being there."""

import json
import keyword
import re
from pathlib import Path

from pipelines import atomic
from pipelines.errors import UsageError
from pipelines.settings import Settings
from pipelines.themes import ALL, load_themes


TEMPLATE = Path(__file__).with_name("new_report.json")
LONGEST_TITLE = 20
_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
# The title becomes part of file names and stands in a Python text: letters, digits, Chinese and a few marks.
_TITLE = re.compile(r"[\w·（）－—-]+")
_WINDOWS = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def new_report(settings: Settings, name: str, title: str) -> Path:
    """Write ``notebooks/<name>.ipynb`` from the template; return its path.

    UsageError for a name or title that cannot be a file's and a report's, or that exists already.
    """
    check_name(settings, name)
    check_title(settings, title)
    text = TEMPLATE.read_text(encoding="utf-8").replace("{{NAME}}", name).replace("{{TITLE}}", title)
    order = max((theme.order for theme in load_themes(settings)), default=0) + 1
    content = json.loads(text)
    content["metadata"]["edureport_theme"]["order"] = order
    file = settings.paths.notebooks / f"{name}.ipynb"
    return atomic.write_text(file, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def check_name(settings: Settings, name: str) -> None:
    """UsageError unless ``name`` can be a new notebook's: it is a file name and the value of THEME=."""
    example = "例如：make new NAME=boarding TITLE=住校情况"
    if not name:
        raise UsageError("没有写明报告的英文名 NAME。", example)
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or name == ALL or name in _WINDOWS:
        raise UsageError(
            f"英文名“{name[:40]}”不能使用。",
            f"用小写英文字母开头，后面可有数字和下划线，2 至 31 个字符，不用 all 和系统保留的词。{example}",
        )
    if any(file.stem.lower() == name for file in settings.paths.notebooks.glob("*.ipynb")):
        raise UsageError(
            f"notebooks/{name}.ipynb 已经有了。", "换一个 NAME，或直接修改那个笔记本（make edit）。"
        )


def check_title(settings: Settings, title: str) -> None:
    """UsageError unless ``title`` can be a new report's: 景芝镇2026年第三季度〔title〕监测报告."""
    if not title:
        raise UsageError("没有写明报告的名称 TITLE。", "例如：make new NAME=boarding TITLE=住校情况")
    if not _TITLE.fullmatch(title) or len(title) > LONGEST_TITLE or "_" in title:
        raise UsageError(
            f"报告名称“{title[:40]}”不能使用。",
            f"用汉字、字母、数字，可用间隔号和括号，不超过 {LONGEST_TITLE} 个字；不用斜杠、点、引号、空格和下划线。",
        )
    if title.endswith("监测报告"):
        raise UsageError(
            "报告名称不用写“监测报告”。", f"题目会自动写成：某镇某季度{title}。只写前面的部分即可。"
        )
    if any(title in (theme.title, theme.name) for theme in load_themes(settings)):
        raise UsageError(f"已经有名为“{title}”的报告。", "换一个 TITLE。")
