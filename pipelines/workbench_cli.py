"""``edureport new``, ``edit``, ``preview``, ``check`` and ``diff``: the commands of those who edit reports."""

import argparse
import os

from pipelines.settings import Settings


def _env(name: str) -> str:
    return os.environ.get(f"EDUREPORT_{name}", "")


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add all of them to the parser's commands."""
    new = commands.add_parser("new", help="新建一份报告的笔记本", allow_abbrev=False)
    new.add_argument("--name", default=_env("NAME"), help="英文名：小写字母、数字、下划线")
    new.add_argument("--title", default=_env("TITLE"), help="报告名称，如 住校情况")


def command_new(settings: Settings, options: argparse.Namespace) -> None:
    """Write a new notebook; says what to do with it."""
    from pipelines.workbench.scaffold import new_report

    file = new_report(settings, options.name, options.title)
    theme = file.stem
    print(
        f"已新建 {file.relative_to(settings.root).as_posix()}（{options.title}）。\n"
        f"  生成：make report TOWN=景芝镇 THEME={theme}\n"
        f"  边改边看：make preview TOWN=景芝镇 THEME={theme}\n"
        f"  打开修改：make edit\n"
        "  以后 make report、make batch 和目录页都会带上它；不要了就删去这个文件。"
    )


COMMANDS = {"new": command_new}
