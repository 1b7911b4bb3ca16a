"""``edureport issue``: what was signed and sent out is recorded, and never overwritten from then on."""

import argparse
import datetime as dt

from pipelines.errors import ReportFailed, UsageError
from pipelines.options import add_options
from pipelines.settings import Settings


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser's."""
    issue = commands.add_parser("issue", help="印发：记下已印发的报告，今后不覆盖", allow_abbrev=False)
    add_options(
        issue, "edition", "theme", "period", "dataset",
        town="镇街区；不写则为该季度已生成的全部报告",
        date="印发日期，如 2026-10-12；可不写",
    )  # fmt: skip


def issue_date(text: str) -> str:
    """A day as ``2026年10月12日``; "" stays ""; UsageError for anything else."""
    if not text:
        return ""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"印发日期“{text}”不对。", "请写成 DATE=2026-10-12。") from None
    return f"{day.year}年{day.month}月{day.day}日"


def command_issue(settings: Settings, options: argparse.Namespace) -> None:
    """Issue one unit's reports, or all of the quarter's; a unit that cannot be is named at the end, the others are."""
    from pipelines import themes
    from pipelines.batch.plan import units
    from pipelines.cli import _chosen_period
    from pipelines.lock import only_one
    from pipelines.manifest import NAME
    from pipelines.reference import load_reference
    from pipelines.revisions.seal import seal

    edition = options.edition or settings.default_edition
    themes.check_edition(edition)
    day = issue_date(options.date)
    dataset, period = _chosen_period(settings, options)
    root = settings.paths.report(dataset, period, edition, "")
    if options.town:
        towns = [load_reference(settings, dataset).towns.resolve(options.town)]
    else:
        named = [(town, "county" if town.is_county else town.name) for town in units(settings, dataset)]
        towns = [town for town, name in named if (root / name / NAME).is_file()]
    if not towns:
        raise UsageError(f"{period} 还没有生成过报告。", "请先运行 make batch 或 make report。")
    failed = []
    with only_one(root / ".lock"):  # a batch may be about to write what is issued here
        for town in towns:
            chosen = themes.choose(themes.load_themes(settings), options.theme or themes.ALL, town)
            try:
                for line in seal(settings, dataset, period, edition, town, chosen, day):
                    print(f"{town.name} {period} {line}", flush=True)
            except ReportFailed as error:
                failed.append(str(error))
    if failed:
        raise ReportFailed(f"有 {len(failed)} 个单位没有印发：\n" + "\n".join(failed))


COMMANDS = {"issue": command_issue}
