"""Handling of the pseudonym key: show its sign, make a backup, change it (docs/privacy/keys.zh-CN.md).

The key itself is never printed. What is printed is its fingerprint, which changes with the key and does not reveal it.
"""

import os
from pathlib import Path

from pipelines.atomic import PRIVATE, write_bytes
from pipelines.errors import ConfigError, UsageError
from pipelines.ingest import list_datasets, list_periods
from pipelines.periods import Period
from pipelines.pseudonym import Pseudonymiser, accept_key, create_key
from pipelines.settings import Settings


SIGN = 8


def fingerprint(settings: Settings) -> str:
    """The sign of the user's key; ConfigError if there is none, or it is unfit."""
    _there(settings)
    return Pseudonymiser.load(settings).fingerprint[:SIGN]


def backup(settings: Settings, target: str) -> Path:
    """Copy the key to a new file (0600); UsageError if it exists or lies in the project, where it might be sent along."""
    fingerprint(settings)
    if not target.strip():
        raise UsageError("没有写明备份到哪里。", "例如：edureport key backup /media/usb/pseudonym.key")
    file = Path(target).expanduser().absolute()
    if file.is_dir():
        file = file / settings.paths.key_file.name
    if file.resolve().is_relative_to(settings.root.resolve()):
        raise UsageError("密钥不得备份到项目文件夹里。", "请存到离线介质（如加密U盘），与数据分开保管。")
    if file.exists() or file.is_symlink():
        raise UsageError(f"备份文件 {file} 已存在，不覆盖。", "请换一个文件名。")
    return write_bytes(file, settings.paths.key_file.read_bytes(), PRIVATE)


def rotate(settings: Settings) -> tuple[str, str, Path]:
    """Put a new key in the old one's place; (old sign, new sign, where the old key is kept).

    The clean tables are made again with the new key afterwards (``clean_again``); without their received files they
    cannot be, which is refused here.
    """
    old = fingerprint(settings)
    if lost := _without_files(settings):
        raise UsageError(
            f"以下季度的原始文件已不在，换密钥后无法与其他季度对应：{'、'.join(lost)}。",
            "请先恢复原始文件，或用 make purge 清除这些季度的个人信息后再换密钥。",
        )
    file = settings.paths.key_file
    kept = file.with_name(f"{file.name}.{old}.old")
    if kept.exists():
        raise UsageError(f"上次更换留下的旧密钥 {kept} 还在。", "确认不再需要后删除它，再更换。")
    write_bytes(kept, file.read_bytes(), PRIVATE)
    # A crash between the two leaves both files: the old key is never lost.
    file.unlink()
    create_key(file)
    accept_key(settings)
    return old, fingerprint(settings), kept


def own_periods(settings: Settings) -> list[tuple[str, Period]]:
    """Every (dataset, period) with received files that is not demo data, oldest first."""
    datasets = [name for name in list_datasets(settings) if not settings.is_demo(name)]
    return [(name, period) for name in datasets for period in list_periods(settings, name)]


def _there(settings: Settings) -> None:
    file = settings.paths.key_file
    if not file.exists():
        raise ConfigError(
            f"假名密钥 {file} 不存在。",
            "第一次清洗数据时会自动生成；如果以前有过，请用备份恢复，不要重新生成。",
        )


def _without_files(settings: Settings) -> list[str]:
    """Cleaned quarters that still hold pseudonyms and have no received files any more."""
    have = {(name, str(period)) for name, period in own_periods(settings)}
    found = []
    for folder in sorted(settings.paths.clean("").glob("*/*/identity")):
        if os.path.isdir(folder) and any(folder.iterdir()):
            dataset, period = folder.parts[-3], folder.parts[-2]
            if not settings.is_demo(dataset) and (dataset, period) not in have:
                found.append(f"{dataset} {period}")
    return found
