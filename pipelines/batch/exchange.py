"""Files that travel between the machine that starts a batch and workers that share no folder with it.

The store is any address fsspec understands (``s3://bucket/folder``, ``file:///mnt/share``, ``memory://``). Everything in
it lies under its own SHA-256, so that a file is whole or counts as absent, two batches cannot disturb each other, what
is there already is not sent again, and nothing has to be deleted in a hurry. Names and ID numbers never go there.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines import atomic, provenance
from pipelines.batch.plan import Job
from pipelines.errors import EduReportError, UsageError
from pipelines.periods import Period
from pipelines.revisions.records import NAME
from pipelines.settings import SETTINGS_FILE, Settings
from pipelines.townview import INDICATORS, SCHOOLS, TREND_QUARTERS, WORKLIST


Listing = dict[str, str]  # path below the project folder → SHA-256
_SETTINGS = (SETTINGS_FILE, "requirements.lock")
_FOLDERS = ("data/reference", "notebooks", "expectations")
# Cells that read clean tables themselves; the reports of the project need figures and lists only.
_READS_TABLES = re.compile(r"read_parquet|read_table|data/clean|load_facts|\bstore\b|\.load\(")
_NEVER = {"findings", "set_aside", "person_names"}


class StoreFailed(EduReportError):
    """The store did not give or take a file."""

    exit_code = 4


class Store:
    """A folder of content by hash at an fsspec address; UsageError if the address cannot be used."""

    def __init__(self, address: str):
        import fsspec

        parts = urlsplit(address)
        if parts.password or parts.username:
            raise UsageError(
                "存储地址里不能写用户名和密码。", "请用存储自己的配置文件或环境变量（例如 AWS_PROFILE）提供。"
            )
        self.address = address
        try:
            self._system, self._base = fsspec.core.url_to_fs(address)
        except ImportError as error:
            raise UsageError(
                f"存储地址 {address} 需要另装软件库。", f"{error}。S3 兼容存储请先安装 s3fs。"
            ) from error
        except ValueError as error:
            raise UsageError(
                f"不认识存储地址 {address}。", "形如 s3://桶/目录 或 file:///共享目录。"
            ) from error

    def _place(self, digest: str) -> str:
        return f"{self._base.rstrip('/')}/objects/{digest[:2]}/{digest}"

    def put(self, content: bytes) -> str:
        """Keep the content; its SHA-256. What is there whole is not written again."""
        digest = hashlib.sha256(content).hexdigest()
        place = self._place(digest)
        try:
            if not (self._system.exists(place) and self._system.size(place) == len(content)):
                if "file" in _protocols(self._system):
                    atomic.write_bytes(Path(place), content)
                else:
                    self._system.pipe_file(place, content)  # object stores show a file when it is whole
        except Exception as error:
            raise StoreFailed(
                f"写不进存储 {self.address}（{type(error).__name__}）。", "请检查地址、权限和网络后重试。"
            ) from error
        return digest

    def get(self, digest: str) -> bytes:
        """The content of a hash; StoreFailed if it is not there or not what it should be."""
        try:
            content = self._system.cat_file(self._place(digest))
        except Exception as error:
            raise StoreFailed(
                f"从存储 {self.address} 取不到文件（{type(error).__name__}）。",
                "请检查地址、权限和网络后重试。",
            ) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreFailed(
                f"存储 {self.address} 里的文件内容与名称不符。", "请删除存储里的 objects 文件夹后重试。"
            )
        return content


def open_store(address: str, edition: str) -> Store | None:
    """The store of a batch, or None without one; UsageError for an edition that is not made through a store."""
    if not address:
        return None
    if edition != "internal":
        raise UsageError("公开版不能经过 STORE 分发生成。", "请不写 STORE，在本机或共享文件夹上生成公开版。")
    return Store(address)


def _protocols(system: Any) -> tuple[str, ...]:
    found = system.protocol
    return (found,) if isinstance(found, str) else tuple(found)


def _reads_tables(settings: Settings) -> bool:
    texts = (file.read_text(encoding="utf-8") for file in settings.paths.notebooks.glob("*.ipynb"))
    return any(_READS_TABLES.search(text) for text in texts)


def shared_files(settings: Settings, dataset: str, period: Period) -> Iterator[Path]:
    """What every report of a period may read: settings, reference data, notebooks, figures, lists; no identities."""
    for name in _SETTINGS:
        yield settings.root / name
    folders = [settings.root / name for name in _FOLDERS] + [settings.paths.raw(dataset) / "reference"]
    for folder in folders:
        yield from (f for f in folder.rglob("*") if f.is_file() and ".ipynb_checkpoints" not in f.parts)
    clean = settings.paths.clean(dataset)
    for quarter in sorted(folder.name for folder in clean.glob("*") if folder.name <= str(period)):
        stamps = clean / quarter / ".stamps"
        yield from (stamps / "clean.json", stamps / "indicators.json")
        if quarter >= str(period.shift(1 - TREND_QUARTERS)):
            yield clean / quarter / INDICATORS
    own = settings.paths.clean(dataset, period)
    yield from (own / "manifest.json", own / f"{WORKLIST}.parquet", own / f"{SCHOOLS}.parquet")
    if _reads_tables(settings):
        yield from (file for file in own.glob("*.parquet") if file.stem not in _NEVER)
    yield settings.paths.quality(dataset, period) / "quality.json"


def unit_folder(settings: Settings, job: Job) -> Path:
    """Where the unit's reports lie."""
    name = "county" if job.town == "000" else job.town_name
    return settings.paths.report(job.dataset, job.period, job.edition, name)


def own_files(settings: Settings, job: Job) -> Iterator[Path]:
    """What making this one report writes: its editions and their stamps, and no other theme's of the unit."""
    stem = f"{job.town_name}_{job.period}_{job.theme_title}"
    for pattern in (f"{stem}.*", f"{stem}_第*版.*"):
        yield from unit_folder(settings, job).glob(pattern)
    stamps = settings.paths.clean(job.dataset, job.period) / ".stamps"
    name = f"report-{job.edition}-{job.town}-{job.theme}"
    yield from (f for f in stamps.glob(f"{name}*.json") if re.fullmatch(r"(-\d+)?", f.stem[len(name) :]))


def unit_files(settings: Settings, job: Job) -> Iterator[Path]:
    """What making the report may read of its unit: the above, the record of editions, the figures of each."""
    yield from own_files(settings, job)
    yield unit_folder(settings, job) / NAME
    yield from unit_folder(settings, job).glob("indicators*.json")


def listed(settings: Settings, files: Iterable[Path]) -> Listing:
    """The files that are there, with their hashes."""
    present = sorted({file for file in files if file.is_file()})
    return {file.relative_to(settings.root).as_posix(): provenance.sha256_file(file) for file in present}


def send(settings: Settings, store: Store, listing: Listing) -> None:
    """Bring the files of a listing into the store."""
    for name in listing:
        store.put((settings.root / name).read_bytes())


def publish(settings: Settings, store: Store, dataset: str, period: Period) -> str:
    """Bring what all reports of a period share into the store; the hash of its listing."""
    listing = listed(settings, shared_files(settings, dataset, period))
    send(settings, store, listing)
    # Which commit the program is cannot be seen from a copy.
    version = provenance.code_version(settings.root).encode("utf-8")
    listing[provenance.VERSION_FILE] = store.put(version)
    return store.put(json.dumps(listing, ensure_ascii=False, sort_keys=True).encode("utf-8"))


def check_places(job: Job, names: Iterable[str]) -> None:
    """StoreFailed if a worker hands back anything but its own unit's reports and stamps."""
    name = "county" if job.town == "000" else job.town_name
    reports = f"reports/{job.dataset}/{job.period}/{job.edition}/{name}/"
    stamps = f"data/clean/{job.dataset}/{job.period}/.stamps/report-{job.edition}-{job.town}-"
    for path in names:
        rest = path.removeprefix(reports).removeprefix(stamps)
        if rest == path or "/" in rest or rest in ("", "..", NAME):
            raise StoreFailed(
                f"工作进程交回了不属于{job.town_name}的文件，没有采用。", "请检查工作进程的来源。"
            )


def bring(root: Path, store: Store, listing: Listing) -> None:
    """Put the files of a listing under a root, in their order; what lies there already is left."""
    for name, digest in listing.items():
        target = root / name
        if not (target.is_file() and provenance.sha256_file(target) == digest):
            atomic.write_bytes(target, store.get(digest))
