"""``edureport new``, ``edit``, ``preview``, ``check`` and ``diff``: the commands of those who edit reports."""

import argparse
import os

from pipelines.options import add_options, env
from pipelines.settings import Settings


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add all of them to the parser's commands."""
    new = commands.add_parser("new", help="新建一份报告的笔记本", allow_abbrev=False)
    add_options(new, name="英文名：小写字母、数字、下划线", title="报告名称，如 住校情况")

    preview = commands.add_parser("preview", help="边改边看一份报告（只在本机）", allow_abbrev=False)
    edit = commands.add_parser("edit", help="打开 JupyterLab 修改笔记本（只在本机）", allow_abbrev=False)
    for command in (preview, edit):
        add_options(command, "town", port="端口；不写则自动选择")
    add_options(preview, theme="报告，如 dropout", edition="internal（内部版）")
    check = commands.add_parser(
        "check", help="检查数据、笔记本、检查规则和设置，不改动任何文件", allow_abbrev=False
    )
    check.add_argument(
        "--full",
        action="store_true",
        default=bool(env("FULL")),
        help="并对演示数据的全部镇街区运行每个笔记本（较慢）",
    )
    commands.add_parser("tidy", help="整理笔记本：去掉运行结果，补上参数标签", allow_abbrev=False)
    diff = commands.add_parser("diff", help="比较两次印发的报告", allow_abbrev=False)
    add_options(
        diff,
        against="与哪一季度或哪一版相比，如 2026Q2、第一版",
        town="镇街区；不写则比较全部",
        edition="internal（内部版）",
    )
    for command in (preview, edit, check, diff):
        add_options(command, "period", "dataset")


def _say(text: str) -> None:
    print(text, flush=True)


def command_preview(settings: Settings, options: argparse.Namespace) -> None:
    """Prepare the quarter, then show one report until Ctrl+C, at whatever moment that comes."""
    from pipelines.workbench.terminal import until_stopped

    try:
        with until_stopped():
            _preview(settings, options)
    except KeyboardInterrupt:
        _say("\n预览已停止。")


def _preview(settings: Settings, options: argparse.Namespace) -> None:
    import asyncio

    from pipelines import cli, pipeline, themes
    from pipelines.errors import UsageError
    from pipelines.reference import load_reference
    from pipelines.workbench import preview
    from pipelines.workbench.rebuild import Studio

    port = preview.port_of(options.port)
    edition = options.edition or settings.default_edition
    themes.check_edition(edition)
    if not options.town:
        raise UsageError("没有写明镇街区。", "例如：make preview TOWN=景芝镇 THEME=dropout")
    dataset, period = cli._chosen_period(settings, options)
    town = load_reference(settings, dataset).towns.resolve(options.town)
    chosen = themes.choose(themes.load_themes(settings), options.theme or themes.ALL, town)
    if not options.theme or len(chosen) != 1:
        names = "、".join(f"{theme.name}（{theme.title}）" for theme in chosen)
        raise UsageError("没有写明看哪一份报告。", f"请写 THEME=，可用：{names}。")
    cli._warm_up(settings)
    pipeline.prepare(settings, dataset, period, _say)
    studio = Studio(settings, dataset, period, town, edition, chosen[0])
    asyncio.run(preview.serve(studio, port, _say))


def command_edit(settings: Settings, options: argparse.Namespace) -> None:
    """Become JupyterLab; Ctrl+C ends it."""
    from pipelines import cli, pipeline
    from pipelines.reference import load_reference
    from pipelines.townview import read_indicators
    from pipelines.workbench import edit, preview, tidy

    port = preview.port_of(options.port) or edit.free_port()
    edit.check_free(port)
    dataset, period = cli._chosen_period(settings, options)
    chosen = {"period": str(period), "dataset": dataset} if options.period or options.dataset else {}
    if options.town:
        chosen["town"] = load_reference(settings, dataset).towns.resolve(options.town).name
        chosen |= {"period": str(period), "dataset": dataset}
    if read_indicators(settings, dataset, period) is None:
        pipeline.prepare(settings, dataset, period, _say)
    tidy.set_up_filter(settings.root)
    edit.lay_out(edit.home())
    token = edit.new_token()
    _say(f"JupyterLab（只在本机）：{edit.address(port, token)}")
    _say(
        "用浏览器打开上面的地址；按 Ctrl+C 停止。"
        + (f"打开的镇街区：{chosen['town']}。" if options.town else "")
    )
    words = edit.command(settings, port)
    os.execve(words[0], words, edit.environment(settings, chosen, token))


def command_check(settings: Settings, options: argparse.Namespace) -> None:
    """Print every finding with place and remedy; DataRefused (3) or ConfigError (2) if there is anything to mend."""
    from pipelines import cli
    from pipelines.errors import ConfigError, DataRefused
    from pipelines.workbench.checking import REPORT, check

    dataset, period = cli._chosen_period(settings, options)
    found, refused = check(settings, dataset, period, options.full, _say)
    for finding in found:
        _say(str(finding))
    _say(f"检查结果：reports/{REPORT}")
    if refused:
        raise DataRefused(refused)
    if found:
        raise ConfigError(f"共有 {len(found)} 处要改。", "见上面逐处的办法；能自动改的运行 make fix。")
    _say(f"{dataset} {period} 的数据、笔记本、检查规则和设置都没有问题。")


def command_diff(settings: Settings, options: argparse.Namespace) -> None:
    """Write the page of what changed; prints one line a unit."""
    from pipelines import cli, pipeline, themes
    from pipelines.errors import UsageError
    from pipelines.reference import load_reference
    from pipelines.workbench import diffpage, issued

    edition = options.edition or settings.default_edition
    themes.check_edition(edition)
    dataset = cli._plain_name(options.dataset or settings.default_dataset)
    periods = pipeline.ensure_dataset(settings, dataset, _say)
    latest = pipeline.choose_period(periods, "", dataset)
    after = issued.parse(options.period, latest)
    if not options.against:
        raise UsageError(
            "没有写明与哪一次相比。", "例如：make diff PERIOD=2026Q3 AGAINST=2026Q2，或 AGAINST=第一版"
        )
    before = issued.parse(options.against, after[0])
    if before == after:
        raise UsageError("两边是同一次报告。", "AGAINST= 写另一个季度，或另一版，如 AGAINST=第一版。")
    register = load_reference(settings, dataset).towns
    towns = [register.resolve(options.town)] if options.town else [register.county, *register.towns]
    file, lines = diffpage.compare(
        settings, dataset, edition, themes.load_themes(settings), towns, after, before, bool(options.town)
    )
    for line in lines:
        _say(f"  {line}")
    _say(f"变化情况：{file.relative_to(settings.root).as_posix()}")


def command_tidy(settings: Settings, _: argparse.Namespace) -> None:
    """Mend notebooks in place and set up the git filter."""
    from pipelines.workbench import tidy

    tidy.set_up_filter(settings.root)
    for file in sorted(settings.paths.notebooks.glob("*.ipynb")):
        if tidy.mend(file):
            _say(f"已整理 {file.relative_to(settings.root).as_posix()}")


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


COMMANDS = {
    "new": command_new,
    "preview": command_preview,
    "edit": command_edit,
    "check": command_check,
    "diff": command_diff,
    "tidy": command_tidy,
}
