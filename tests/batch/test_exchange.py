"""Workers without the project folder: the same bytes through any store fsspec knows, and no name ever in it."""

import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from pipelines import atomic, provenance
from pipelines.batch import away, exchange
from pipelines.batch.plan import plan
from pipelines.errors import UsageError
from pipelines.settings import Settings
from pipelines.themes import load_themes
from tests.batch.conftest import DATASET, EDITION, PERIOD, Batch, add_notebook, write_figures
from tests.batch.test_batch import sums


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"memory://{tmp_path.name}"


def content(address: str) -> dict[str, bytes]:
    system, base = fsspec.core.url_to_fs(address)
    return {name: system.cat_file(name) for name in system.find(base)}


def test_through_a_store_the_same_bytes_then_nothing_then_one_town(
    small: Settings, batch: Batch, address: str
) -> None:
    batch()
    plain = sums(small)
    for file in small.paths.report(DATASET, PERIOD, EDITION, "").rglob("*.html"):
        file.unlink()
    outcomes = batch(store=address)
    assert {o["state"] for o in outcomes} == {"done"}
    assert sums(small) == plain
    assert not any(o["reason"] for o in batch(store=address))
    write_figures(small, {"石堆镇": "改过的一行"})
    assert {o["job"]["town_name"] for o in batch(store=address) if o["reason"]} == {"石堆镇", "安丘市"}
    assert not any(o["reason"] for o in batch())  # and the folder's own stamps agree


def test_no_identity_and_no_table_nobody_reads_goes_into_the_store(
    small: Settings, batch: Batch, address: str
) -> None:
    clean = small.paths.clean(DATASET, PERIOD)
    for name in ("identity/student_roll.parquet", "student_roll.parquet", "set_aside.parquet"):
        atomic.write_text(clean / name, f"secret {name}")
    for name in ("dropout", "aid"):
        notebook = small.paths.notebooks / f"{name}.ipynb"
        text = notebook.read_text(encoding="utf-8")
        notebook.write_text(re.sub(r"pd\.read_parquet\(.*?\)", "[]", text), encoding="utf-8")
    batch(store=address)
    assert not any(b"secret" in part for part in content(address).values())
    add_notebook(
        small.root, "aid", "学生资助", 2, "open(f'data/clean/{dataset}/{period}/student_roll.parquet')"
    )
    batch(store=address)
    found = {part for part in content(address).values() if part.startswith(b"secret")}
    assert found == {b"secret student_roll.parquet"}


def test_a_worker_needs_nothing_but_the_store(small: Settings, tmp_path: Path) -> None:
    store = exchange.Store(f"file://{tmp_path}/store")
    job = plan(small, DATASET, PERIOD, EDITION, load_themes(small))[0]
    shared = exchange.publish(small, store, DATASET, PERIOD)
    small.root.rename(tmp_path / "gone")
    outcome = away.make_away(store.address, shared, {}, provenance.code_hash(), "turn", job)
    assert outcome["state"] == "done", outcome
    names = list(outcome["objects"])
    assert [Path(name).suffix for name in names] == [".html", ".pdf", ".json"]
    assert "/.stamps/" in names[-1]  # a report counts as made when it is there
    for name, digest in outcome["objects"].items():
        assert hashlib.sha256(store.get(digest)).hexdigest() == digest, name


def test_a_cut_off_object_is_written_again_and_an_altered_one_refused(address: str) -> None:
    store = exchange.Store(address)
    digest = store.put(b"whole")
    (name,) = content(address)
    system = fsspec.filesystem("memory")
    system.pipe_file(name, b"who")
    with pytest.raises(exchange.StoreFailed, match="不符"):
        store.get(digest)
    assert store.put(b"whole") == digest
    assert store.get(digest) == b"whole"
    system.pipe_file(name, b"other")
    with pytest.raises(exchange.StoreFailed, match="不符"):
        store.get(digest)


def test_a_store_that_gives_nothing_is_the_reports_failure(small: Settings, address: str) -> None:
    job = plan(small, DATASET, PERIOD, EDITION, load_themes(small))[0]
    outcome = away.make_away(address, "0" * 64, {}, provenance.code_hash(), "turn", job)
    assert outcome["state"] == "failed"
    assert "取不到文件" in outcome["error"]


@pytest.mark.parametrize(
    ("address", "said"),
    [("s3://me:secret@bucket", "用户名和密码"), ("nowhere://x", "不认识存储地址")],
)
def test_addresses_that_cannot_be_used(address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        exchange.Store(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "path",
    [
        "monitoring.toml",
        "reports/demo/2026Q3/internal/石堆镇/x.html",
        "reports/demo/2026Q3/internal/景芝镇/../石堆镇/x.html",
        "reports/demo/2026Q3/internal/景芝镇/editions.json",
        "data/clean/demo/2026Q3/.stamps/clean.json",
        "/etc/passwd",
    ],
)
def test_a_worker_can_hand_back_its_own_units_files_only(small: Settings, path: str) -> None:
    jobs = plan(small, DATASET, PERIOD, EDITION, load_themes(small))
    job = next(job for job in jobs if job.town_name == "景芝镇")
    exchange.check_places(job, ["reports/demo/2026Q3/internal/景芝镇/x.html"])
    with pytest.raises(exchange.StoreFailed, match="不属于"):
        exchange.check_places(job, [path])


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 server of this machine; the test is skipped where its libraries are not installed."""
    pytest.importorskip("s3fs")
    pytest.importorskip("moto.server")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "5555"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5555")
    system = fsspec.filesystem("s3")
    end = time.monotonic() + 60
    while True:
        try:
            system.mkdir("edureport-test")
            break
        except Exception:  # noqa: BLE001 - whatever the server says before it is there
            assert time.monotonic() < end and server.poll() is None
            time.sleep(0.3)
    yield "s3://edureport-test/anqiu"
    server.kill()
    server.wait()


def test_an_s3_store_and_worker_processes(small: Settings, batch: Batch, bucket: str) -> None:
    outcomes = batch(store=bucket, in_process=False)
    assert {o["state"] for o in outcomes} == {"done"}, outcomes
    made = sums(small)
    assert not any(o["reason"] for o in batch())
    assert sums(small) == made
    listing = [name for name in content(bucket) if "/objects/" in name]
    assert len(listing) > 12
    assert json.dumps(listing)
