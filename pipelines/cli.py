"""``edureport``: the commands behind make.

Options may also come from the environment (``EDUREPORT_TOWN`` …), which is how make passes them, so that a town's
name never goes through a shell. Exit codes: contract.md section 1.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from pipelines import __version__
from pipelines.errors import EduReportError, ReportFailed, UsageError
from pipelines.settings import Settings


INTERNAL_ERROR = 5
USAGE_ERROR = 2


class _Parser(argparse.ArgumentParser):
    """Wrong words on the command line are a usage error like any other."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(f"命令写法有误：{message}", "输入 edureport --help 查看用法。")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="edureport", description="农村教育监测报告", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="命令", parser_class=_Parser)
    report = commands.add_parser("report", help="生成一个镇街区的报告", allow_abbrev=False)
    data = commands.add_parser("data", help="只做读取、清洗和检查", allow_abbrev=False)
    demo = commands.add_parser("demo", help="（重新）生成演示数据集", allow_abbrev=False)
    report.add_argument("--town", default=_env("TOWN"), help="镇街区名称、曾用名、九位代码或拼音")
    report.add_argument("--edition", default=_env("EDITION"), help="internal（内部版）")
    report.add_argument("--theme", default=_env("THEME"), help="dropout、aid、left_behind 或 all")
    for command in (report, data):
        command.add_argument("--period", default=_env("PERIOD"), help="季度，如 2026Q3；不写则取最新")
        command.add_argument(
            "--dataset", default=_env("DATASET"), help="数据集；不写则用 monitoring.toml 的默认值"
        )
    demo.add_argument("--scale", default=_env("SCALE") or "1", help="规模倍数")
    return parser


def _env(name: str) -> str:
    return os.environ.get(f"EDUREPORT_{name}", "")


def _say(text: str) -> None:
    print(text, flush=True)


def _shown(settings: Settings, file: Path) -> str:
    return file.relative_to(settings.root).as_posix()


def command_report(settings: Settings, options: argparse.Namespace) -> None:
    """ingest → … → reports for one town; prints what was written and where."""
    from pipelines import issue, pipeline, themes
    from pipelines.reference import load_reference

    dataset = options.dataset or settings.default_dataset
    edition = options.edition or settings.default_edition
    themes.check_edition(edition)
    if not options.town:
        raise UsageError("没有写明镇街区。", "例如：make report TOWN=景芝镇")
    town = load_reference(settings, _plain_name(dataset)).towns.resolve(options.town)
    chosen = themes.choose(themes.load_themes(settings), options.theme or themes.ALL)
    periods = pipeline.ensure_dataset(settings, dataset, _say)
    period = pipeline.choose_period(periods, options.period, dataset)
    prepared = pipeline.prepare(settings, dataset, period, _say)
    outcomes = issue.make_reports(settings, dataset, period, town, edition, chosen, _say)
    _recap(settings, prepared, town.name, period, outcomes)


def _plain_name(dataset: str) -> str:
    """A dataset is one folder name: refuse anything that could lead elsewhere before it is used as a path."""
    if not dataset or dataset.startswith(".") or Path(dataset).name != dataset or "\\" in dataset:
        raise UsageError(f"数据集名“{dataset}”不能使用。", "数据集名就是 data/raw 下的文件夹名，不含斜杠。")
    return dataset


def _recap(settings: Settings, prepared: object, town: str, period: object, outcomes: Sequence) -> None:
    _say(f"\n{town} {period} 报告：")
    for outcome in outcomes:
        if outcome.error is None:
            note = f"已生成（{outcome.reason}）" if outcome.reason else "未变化，沿用"
            _say(f"  {outcome.theme.title}　{note}")
            for file in outcome.files:
                _say(f"    {_shown(settings, file)}")
    done = [outcome for outcome in outcomes if outcome.error is None]
    if done:
        _say(f"  指标数据\n    {_shown(settings, done[0].files[0].parent / 'indicators.json')}")
    for quarter, reason in getattr(prepared, "refused", {}).items():
        _say(f"  注意：{quarter} 的数据未通过检查，没有用于对比。{reason.splitlines()[0]}")
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if failed:
        lines = [
            f"《{o.theme.title}》：{o.error}\n  重做：make report TOWN={town} PERIOD={period} THEME={o.theme.name}"
            for o in failed
        ]
        raise ReportFailed(f"有 {len(failed)} 份报告没有生成：\n" + "\n".join(lines))


def command_data(settings: Settings, options: argparse.Namespace) -> None:
    """Ingest, clean, check one period; prints what was read, used and set aside per table."""
    from pipelines import pipeline, quality

    dataset = _plain_name(options.dataset or settings.default_dataset)
    period = pipeline.choose_period(pipeline.ensure_dataset(settings, dataset, _say), options.period, dataset)
    try:
        pipeline.check_data(settings, dataset, period, _say)
    finally:
        for line in quality.summary_lines(settings, dataset, period):
            _say(line)


def command_demo(settings: Settings, options: argparse.Namespace) -> None:
    """(Re)write the demo dataset."""
    from pipelines.demo import write_demo

    try:
        scale = float(options.scale)
    except ValueError:
        scale = 0.0
    if not 0 < scale <= 200:
        raise UsageError(
            f"规模倍数“{options.scale}”不对。", "请写一个大于 0、不超过 200 的数，例如 SCALE=2。"
        )
    write_demo(settings.paths.raw("demo"), scale=scale, progress=_say)
    _say(f"演示数据集已写入 {_shown(settings, settings.paths.raw('demo'))}")


_COMMANDS = {"report": command_report, "data": command_data, "demo": command_demo}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. User errors print their message and no traceback."""
    try:
        options = _parser().parse_args(arguments)
        if not options.command:
            _parser().print_help()
            return USAGE_ERROR
        _COMMANDS[options.command](Settings.load(), options)
    except EduReportError as error:
        print(f"错误：{error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("已中断；已完成的部分会保留，重新运行即可继续。", file=sys.stderr)
        return INTERNAL_ERROR
    except Exception as error:  # noqa: BLE001 - the last resort: a message and places, never rows of data
        print(f"程序内部错误：{type(error).__name__}。请把下面的位置信息交给维护人员。", file=sys.stderr)
        for frame in traceback.extract_tb(error.__traceback__)[-5:]:
            print(f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}", file=sys.stderr)
        return INTERNAL_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main())
