"""The commands about keys and names: ``key``, ``annex``, ``purge`` (docs/privacy)."""

import argparse
from collections import Counter
from collections.abc import Callable

from pipelines.errors import UsageError
from pipelines.options import add_options, env
from pipelines.periods import Period
from pipelines.settings import Settings


_LISTED = 20


def add_commands(commands: "argparse._SubParsersAction") -> None:
    """Declare the commands and their options."""
    key = commands.add_parser(
        "key", help="假名密钥：show-fingerprint、create、backup 路径、rotate", allow_abbrev=False
    )
    key.add_argument("action", choices=["show-fingerprint", "create", "backup", "rotate"])
    key.add_argument("target", nargs="?", default="", help="备份到的文件")
    annex = commands.add_parser("annex", help="生成加密的名单附件（口令从终端输入）", allow_abbrev=False)
    add_options(annex, "town", reason="调取名单的事由，记入访问日志")
    annex.add_argument(
        "--passphrase-fd", default=env("PASSFD"), help="从这个文件描述符读口令，不写则在终端输入"
    )
    purge = commands.add_parser("purge", help="清除一个季度的个人信息，保留汇总数", allow_abbrev=False)
    add_options(purge, confirm="重写一遍季度；2026Q1+raw 连同原始文件")
    for command in (annex, purge):
        add_options(command, period="季度，如 2026Q3", dataset="数据集")


def command_key(settings: Settings, options: argparse.Namespace) -> None:
    """Show the sign of the key, make one, back it up, or change it and clean everything again."""
    from pipelines import keys
    from pipelines.pseudonym import accept_key, create_key

    if options.action == "create":
        if settings.paths.key_file.exists():
            raise UsageError("密钥已存在，没有重新生成。", "要更换请用 edureport key rotate。")
        create_key(settings.paths.key_file)
        accept_key(
            settings
        )  # the old one is lost: whoever asks for a new one knows that all quarters are made again
    elif options.action == "backup":
        file = keys.backup(settings, options.target)
        print(f"已备份到 {file}（仅本人可读写）。请离线保管，与数据分开存放。")
    elif options.action == "rotate":
        _rotate(settings)
    print(f"密钥文件：{settings.paths.key_file}\n密钥标记：{keys.fingerprint(settings)}")


def _rotate(settings: Settings) -> None:
    from pipelines import keys, pipeline

    old, new, kept = keys.rotate(settings)
    print(f"密钥已更换：{old} → {new}。旧密钥暂存于 {kept}。", flush=True)
    for dataset, period in keys.own_periods(settings):
        pipeline.run_clean(settings, dataset, period, lambda text: print(f"  {text}", flush=True))
    print("全部季度已用新密钥重新清洗；核对无误后请销毁旧密钥文件。报告请重新生成。")


def command_annex(settings: Settings, options: argparse.Namespace) -> None:
    """The encrypted named list of one town."""
    from pipelines import annex, pipeline
    from pipelines.ingest import list_periods
    from pipelines.reference import load_reference

    dataset = _plain(options.dataset or settings.default_dataset)
    if not options.town:
        raise UsageError("没有写明镇街区。", "例如：make annex TOWN=景芝镇 REASON=九月入户劝返")
    town = load_reference(settings, dataset).towns.resolve(options.town)
    periods = list_periods(settings, dataset)
    if not periods:
        raise UsageError(f"没有数据集“{dataset}”的数据。", "请检查 DATASET=。")
    period = pipeline.choose_period(periods, options.period, dataset)
    annex.checked_reason(options.reason)  # before anybody types a pass phrase for nothing
    passphrase = annex.read_passphrase(options.passphrase_fd)
    file, rows = annex.make_annex(settings, dataset, period, town, options.reason, passphrase)
    print(f"已生成加密名单附件（{rows} 行，AES-256）：\n  {file.relative_to(settings.root).as_posix()}")
    print("已记入访问日志 data/private/access.log。口令请另行告知，用毕销毁。")


def command_purge(settings: Settings, options: argparse.Namespace) -> None:
    """Remove the personal data of a period, or list what would be removed."""
    from pipelines.purge import RAW, purge

    if not options.period:
        raise UsageError("没有写明季度。", "例如：make purge PERIOD=2026Q1")
    dataset, period = _plain(options.dataset or settings.default_dataset), Period.parse(options.period)
    result = purge(settings, dataset, period, options.confirm)
    print(f"{'已删除' if result.done else '将删除'} {len(result.removed)} 个文件：")
    folders = Counter(file.relative_to(settings.root).parent.as_posix() for file in result.removed)
    for folder, count in sorted(folders.items())[:_LISTED]:
        print(f"  {folder}/　{count} 个")
    if len(folders) > _LISTED:
        print(f"  ……另有 {len(folders) - _LISTED} 个文件夹")
    if not result.done:
        print(f"尚未删除任何内容。确认请加 CONFIRM={period}；连同原始文件请加 CONFIRM={period}{RAW}")
        return
    if result.searched:
        print(f"已在保留的文件中逐一查找 {result.searched:,} 项姓名、号码和假名，均未找到。")
    elif result.searched_before:
        print(
            f"处理后的数据此前已清除，当时查找了 {result.searched_before:,} 项，均未找到；本次删除的是原始文件。"
        )
    else:
        print("注意：没有处理后的数据，不知道该查找哪些姓名和号码，保留的文件没有查证。")
    if result.raw_left:
        print(f"注意：原始文件仍在 data/raw/{dataset}/{period}/，再次运行会重新生成个人信息。")


def _plain(dataset: str) -> str:
    from pipelines.cli import _plain_name

    return _plain_name(dataset)


COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], None]] = {
    "key": command_key,
    "annex": command_annex,
    "purge": command_purge,
}
