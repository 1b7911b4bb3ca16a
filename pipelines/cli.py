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
from typing import TYPE_CHECKING

from pipelines import __version__, diskerrors, page_cli, private_cli, provenance, revision_cli, workbench_cli
from pipelines.errors import EduReportError, ReportFailed, UsageError
from pipelines.options import add_options, env
from pipelines.settings import Settings


if TYPE_CHECKING:
    from pipelines.periods import Period
    from pipelines.pipeline import Prepared, Progress

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
    batch = commands.add_parser("batch", help="生成全部镇街区和全市的报告", allow_abbrev=False)
    verify = commands.add_parser("verify", help="重新生成并逐字节核对已出的报告", allow_abbrev=False)
    demo = commands.add_parser("demo", help="（重新）生成演示数据集", allow_abbrev=False)
    for command in (report, verify):
        add_options(command, "town")
    for command in (report, batch, verify):
        add_options(command, "edition")
    for command in (report, batch):
        add_options(command, "theme")
    add_options(report, reason="更正原因：已印发的报告出下一版时写在首页")
    add_options(
        batch,
        workers="本机工作进程数；不写则等于处理器核数",
        scheduler="已有 Dask 调度程序的地址，如 tcp://主机:8786",
        store="工作进程不共享文件夹时，经过的存储，如 s3://桶/目录",
    )
    batch.add_argument("--why", action="store_true", default=bool(env("WHY")), help="逐份说明为什么重做")
    batch.add_argument("--json", action="store_true", help="每份报告输出一行 JSON")
    for command in (report, data, batch, verify):
        add_options(command, "period", "dataset")
    demo.add_argument("--scale", default=env("SCALE") or "1", help="规模倍数")
    private_cli.add_commands(commands)
    page_cli.add_commands(commands)
    workbench_cli.add_commands(commands)
    revision_cli.add_commands(commands)
    return parser


def _say(text: str) -> None:
    print(text, flush=True)


def _shown(settings: Settings, file: Path) -> str:
    return file.relative_to(settings.root).as_posix()


def command_report(settings: Settings, options: argparse.Namespace) -> None:
    """ingest → … → reports for one town; prints what was written and where."""
    from pipelines import issue, pipeline, themes
    from pipelines.reference import load_reference
    from pipelines.sentences import load_sentences

    dataset = options.dataset or settings.default_dataset
    edition = options.edition or settings.default_edition
    themes.check_edition(edition)
    if not options.town:
        raise UsageError("没有写明镇街区。", "例如：make report TOWN=景芝镇")
    town = load_reference(settings, _plain_name(dataset)).towns.resolve(options.town)
    _warm_up(settings)
    load_sentences(settings.paths.reference)  # a slip there is told as such, not as a failing notebook
    known, wanted = themes.load_themes(settings), options.theme or themes.ALL
    chosen = themes.choose(known, wanted, town, edition)
    for line in themes.left_out(known, wanted, edition, town):
        _say(line)
    periods = pipeline.ensure_dataset(settings, dataset, _say)
    period = pipeline.choose_period(periods, options.period, dataset)
    prepared = _prepare(settings, dataset, period, edition, _say)
    if options.reason:
        issue.note_reason(settings, dataset, period, town, edition, chosen, options.reason)
    outcomes = issue.make_reports(settings, dataset, period, town, edition, chosen, _say)
    unit = settings.paths.report(dataset, period, edition, "county" if town.is_county else town.name)
    for line in page_cli.refresh_index(settings, dataset, period, edition, unit):
        _say(line)
    _recap(settings, prepared, town.name, period, edition, outcomes)


def _prepare(settings: Settings, dataset: str, period: "Period", edition: str, say: "Progress") -> "Prepared":
    """The figures of all towns; for the public edition also the decision what of them is published."""
    from pipelines import pipeline

    prepared = pipeline.prepare(settings, dataset, period, say)
    if edition == "public":
        from pipelines.disclosure import record

        record.ensure(settings, dataset, period, say)
    return prepared


def _warm_up(settings: Settings) -> None:
    """Let the parent of the notebooks' processes import its libraries while this process imports its own."""
    from pipelines.render import engines

    if engines.choose(settings.engine) == engines.FORK:
        from pipelines.render.engines.forkserver import SERVER

        SERVER.start()


def _plain_name(dataset: str) -> str:
    """A dataset is one folder name: refuse anything that could lead elsewhere before it is used as a path."""
    if not dataset or dataset.startswith(".") or Path(dataset).name != dataset or "\\" in dataset:
        raise UsageError(f"数据集名“{dataset}”不能使用。", "数据集名就是 data/raw 下的文件夹名，不含斜杠。")
    return dataset


def _recap(
    settings: Settings, prepared: object, town: str, period: object, edition: str, outcomes: Sequence
) -> None:
    from pipelines.revisions.records import latest_figures

    _say(f"\n{town} {period} 报告：")
    for outcome in outcomes:
        if outcome.error is None:
            note = f"已生成（{outcome.reason}）" if outcome.reason else "未变化，沿用"
            which = f"　{outcome.note}" if outcome.note else ""
            _say(f"  {outcome.theme.title}　{note}{which}")
            for warning in outcome.warnings:
                _say(f"    提示：{warning}")
            for file in outcome.files:
                _say(f"    {_shown(settings, file)}")
    done = [outcome for outcome in outcomes if outcome.error is None]
    if done:
        _say(f"  指标数据\n    {_shown(settings, latest_figures(done[0].files[0].parent))}")
    for quarter, reason in getattr(prepared, "refused", {}).items():
        _say(f"  注意：{quarter} 的数据未通过检查，没有用于对比。{reason.splitlines()[0]}")
    dataset = getattr(prepared, "dataset", "")
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if failed:
        lines = [
            f"《{o.theme.title}》：{o.error}\n  重做：make report TOWN={town} PERIOD={period} "
            f"DATASET={dataset} THEME={o.theme.name}{'' if edition == 'internal' else f' EDITION={edition}'}"
            for o in failed
        ]
        raise ReportFailed(f"有 {len(failed)} 份报告没有生成：\n" + "\n".join(lines))


def _chosen_period(settings: Settings, options: argparse.Namespace) -> "tuple[str, Period]":
    """The dataset and period that a command's options name."""
    from pipelines import pipeline

    dataset = _plain_name(options.dataset or settings.default_dataset)
    periods = pipeline.ensure_dataset(settings, dataset, _say)
    return dataset, pipeline.choose_period(periods, options.period, dataset)


def command_batch(settings: Settings, options: argparse.Namespace) -> None:
    """Every town and the county, all themes; at the end every failure with the command that redoes it."""
    from pipelines.batch import warm

    if not options.scheduler:
        warm.start(settings)
    from pipelines import themes
    from pipelines.batch.run import Options, run_batch

    edition = options.edition or settings.default_edition
    themes.check_edition(edition)
    if options.workers and not (options.workers.isdecimal() and int(options.workers) > 0):
        raise UsageError(f"工作进程数“{options.workers}”不对。", "请写一个正整数，例如 WORKERS=4。")
    known, wanted = themes.load_themes(settings), options.theme or themes.ALL
    chosen = themes.choose(known, wanted, edition=edition)
    say = (lambda _: None) if options.json else _say
    for line in themes.left_out(known, wanted, edition):
        say(line)
    dataset, period = _chosen_period(settings, options)
    run_batch(
        settings, dataset, period, edition, chosen,
        Options(
            workers=int(options.workers or 0),
            scheduler=options.scheduler,
            store=options.store,
            progress="json" if options.json else "",
            why=options.why,
            prepare=lambda: _prepare(settings, dataset, period, edition, say),
        ),
    )  # fmt: skip
    folder = settings.paths.report(dataset, period, edition, "")
    say(f"报告在 {_shown(settings, folder)}")


def command_verify(settings: Settings, options: argparse.Namespace) -> None:
    """Build a town's issued reports again in a scratch folder and compare every byte."""
    from pipelines import verify
    from pipelines.reference import load_reference

    if not options.town:
        raise UsageError("没有写明镇街区。", "例如：make verify TOWN=景芝镇")
    dataset, period = _chosen_period(settings, options)
    town = load_reference(settings, dataset).towns.resolve(options.town)
    edition = options.edition or settings.default_edition
    for line in verify.verify(settings, dataset, period, town, edition, _say):
        _say(line)


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
    from pipelines import pipeline
    from pipelines.demo import write_demo
    from pipelines.disclosure.record import forget_demo

    try:
        scale = float(options.scale)
    except ValueError:
        scale = 0.0
    if not 0 < scale <= 200:
        raise UsageError(
            f"规模倍数“{options.scale}”不对。", "请写一个大于 0、不超过 200 的数，例如 SCALE=2。"
        )
    with pipeline.turn(settings, "demo", "生成演示数据", _say):
        forget_demo(settings, "demo", _say)
        write_demo(settings.paths.raw("demo"), scale=scale, progress=_say)
    _say(f"演示数据集已写入 {_shown(settings, settings.paths.raw('demo'))}")


_COMMANDS = {
    "report": command_report,
    "batch": command_batch,
    "data": command_data,
    "demo": command_demo,
    "verify": command_verify,
    **private_cli.COMMANDS,
    **page_cli.COMMANDS,
    **workbench_cli.COMMANDS,
    **revision_cli.COMMANDS,
}


def _internal_error(error: Exception) -> int:
    """A message and places, never rows of data."""
    print(f"程序内部错误：{type(error).__name__}。请把下面的位置信息交给维护人员。", file=sys.stderr)
    for frame in traceback.extract_tb(error.__traceback__)[-5:]:
        print(f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}", file=sys.stderr)
    return INTERNAL_ERROR


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. User errors print their message and no traceback."""
    os.environ.pop(provenance.VERSION_VARIABLE, None)  # what made a report is found out, never said
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
    except OSError as error:
        if (known := diskerrors.in_words(error)) is None:
            return _internal_error(error)
        print(f"错误：{known}", file=sys.stderr)
        return known.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort
        return _internal_error(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
