"""``edureport gallery`` and ``edureport index``: pictures of the demo's reports, and the index page of a quarter."""

import argparse
from pathlib import Path

from pipelines.errors import ReportFailed, UsageError
from pipelines.options import add_options
from pipelines.periods import Period
from pipelines.settings import Settings


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add both to the parser's commands."""
    commands.add_parser("gallery", help="把演示报告的各种情形画成图，供审阅", allow_abbrev=False)
    index = commands.add_parser("index", help="重写一个季度的目录页", allow_abbrev=False)
    add_options(index, "period", "dataset", "edition")


def refresh_index(settings: Settings, dataset: str, period: Period, edition: str, unit: Path) -> list[str]:
    """Write the quarter's index again if there is one that does not know the unit's latest reports; what to tell.

    ``unit`` is the folder of the unit's reports, whose manifest changes with every report of it.
    """
    index, made = unit.parent / "index.html", unit / "manifest.json"
    if not (index.is_file() and made.is_file()) or index.stat().st_mtime_ns > made.stat().st_mtime_ns:
        return []  # without loading what draws pages
    from pipelines.indexpage import write_index

    try:
        write_index(settings, dataset, period, edition)
    except ReportFailed as error:  # of another unit: this one's reports are made
        return [f"提示：{error}"]
    return ["目录页 index.html 已更新。"]


def command_gallery(settings: Settings, options: argparse.Namespace) -> None:
    """Draw the demo's reports; prints where."""
    from pipelines.gallery import write_gallery

    file = write_gallery(settings, lambda text: print(text, flush=True))
    print(f"样张：{file.relative_to(settings.root).as_posix()}")


def command_index(settings: Settings, options: argparse.Namespace) -> None:
    """Write the index page again from the reports that lie there."""
    from pipelines.cli import _plain_name
    from pipelines.indexpage import write_index
    from pipelines.ingest import list_periods
    from pipelines.pipeline import choose_period
    from pipelines.settings import EDITIONS

    dataset = _plain_name(options.dataset or settings.default_dataset)
    edition = options.edition or settings.default_edition
    periods = list_periods(settings, dataset)
    if edition not in EDITIONS or not periods:
        raise UsageError("没有这个数据集或版本。", "请先运行 make report 或 make batch。")
    period = choose_period(periods, options.period, dataset)
    if not settings.paths.report(dataset, period, edition, "").is_dir():
        raise UsageError(f"{period} 还没有报告。", "请先运行 make report 或 make batch。")
    file = write_index(settings, dataset, period, edition)
    print(f"目录页：{file.relative_to(settings.root).as_posix()}")


COMMANDS = {"gallery": command_gallery, "index": command_index}
