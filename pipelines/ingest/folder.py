"""What lies under data/raw: datasets, periods, and the files of one period."""

import os
from pathlib import Path

from pipelines.errors import UsageError
from pipelines.periods import Period
from pipelines.settings import Settings


def list_datasets(settings: Settings) -> list[str]:
    """Names of the folders of data/raw, sorted."""
    return sorted(folder.name for folder in _folders(settings.paths.raw("")))


def list_periods(settings: Settings, dataset: str) -> list[Period]:
    """The periods a dataset has a folder for, in order of time; empty if the dataset does not exist."""
    if not _plain_name(dataset):
        return []
    periods = []
    for folder in _folders(settings.paths.raw(dataset)):
        try:
            period = Period.parse(folder.name)
        except UsageError:
            continue
        if str(period) == folder.name:
            periods.append(period)
    return sorted(periods)


def _plain_name(name: str) -> bool:
    return bool(name) and not name.startswith(".") and "/" not in name and "\\" not in name


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return [entry for entry in parent.iterdir() if not entry.name.startswith(".") and entry.is_dir()]


def period_folder(settings: Settings, dataset: str, period: Period) -> Path:
    """The folder of one period; UsageError if there is none or it leads out of data/raw."""
    folder = settings.paths.raw(dataset, period)
    root = settings.paths.raw("").resolve()
    if not _plain_name(dataset) or not folder.is_dir() or not folder.resolve().is_relative_to(root):
        raise UsageError(
            f"没有数据集“{dataset}”{period}的数据文件夹。",
            f"请把导出的表格放进 data/raw/{dataset}/{period}/。",
        )
    return folder


def period_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """(ordinary files, symbolic links) below a folder, sorted by their path; links are never followed.

    Dotfiles, lock files of Office (``~$…``) and what operating systems leave behind are passed over.
    """
    files: list[Path] = []
    links: list[Path] = []
    for current, names, entries in os.walk(folder, followlinks=False):
        names[:] = [name for name in names if not _passed_over(name)]
        here = Path(current)
        links += [here / name for name in names if (here / name).is_symlink()]
        for name in entries:
            if not _passed_over(name):
                (links if (here / name).is_symlink() else files).append(here / name)
    by_path = lambda path: path.relative_to(folder).as_posix()
    return sorted(files, key=by_path), sorted(links, key=by_path)


def _passed_over(name: str) -> bool:
    return name.startswith((".", "~$", "__MACOSX")) or name.lower() in ("thumbs.db", "desktop.ini")
