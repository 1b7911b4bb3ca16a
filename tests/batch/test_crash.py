"""Killed, full, forbidden, twice at once: whole files or none, a clear word, and the next run goes on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines import atomic, issue, provenance
from pipelines.batch import work
from pipelines.batch.plan import plan
from pipelines.batch.run import Options, run_batch
from pipelines.errors import ReportFailed, UsageError
from pipelines.lock import only_one
from pipelines.settings import Settings
from pipelines.themes import load_themes
from pipelines.townview import load_view
from tests.batch.conftest import DATASET, EDITION, PERIOD, Batch, add_notebook, summary
from tests.batch.test_batch import sums


RUN = """
import sys
from pathlib import Path
from pipelines.batch.run import Options, run_batch
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.themes import load_themes
if __name__ == "__main__":
    settings = Settings.load(Path(sys.argv[1]))
    run_batch(settings, "demo", Period.parse("2026Q3"), "internal", load_themes(settings), Options(workers=2, progress="json"))
"""


def start(settings: Settings, tmp_path: Path) -> subprocess.Popen:
    """A batch in a process of its own."""
    script = tmp_path / "run_it.py"
    script.write_text(RUN, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(script), str(settings.root)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(Path(issue.__file__).parents[1])},
    )  # fmt: skip


def whole(settings: Settings) -> list[Path]:
    """Every report there is; fails if one is cut off."""
    found = sorted(settings.paths.report(DATASET, PERIOD, EDITION, "").glob("*/[!.]*"))
    for file in found:
        content = file.read_bytes()
        if file.suffix == ".pdf":
            assert content.rstrip().endswith(b"%%EOF"), file.name
        elif file.suffix == ".html":
            assert content.rstrip().endswith(b"</html>"), file.name
    return found


def wait_for(condition, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def raw_state(settings: Settings) -> dict[str, tuple[int, int]]:
    raw = settings.root / "data" / "raw"
    return {str(f): (f.stat().st_mtime_ns, f.stat().st_size) for f in raw.rglob("*")} if raw.exists() else {}


def test_a_killed_batch_leaves_whole_files_and_the_next_goes_on_to_the_same_bytes(
    pristine: Path, small: Settings, batch: Batch, tmp_path: Path
) -> None:
    raw = small.root / "data" / "raw" / DATASET
    raw.mkdir(parents=True)
    (raw / "a.csv").write_text("x", encoding="utf-8")
    before = raw_state(small)
    add_notebook(small.root, "aid", "学生资助", 2, "import time\nif town != '景芝镇': time.sleep(600)")
    running = start(small, tmp_path)
    folder = small.paths.report(DATASET, PERIOD, EDITION, "")
    wait_for(lambda: len(list(folder.glob("*/[!.]*.pdf"))) >= 2 or running.poll() is not None)
    running.kill()
    running.communicate()
    made = {file: file.stat().st_mtime_ns for file in whole(small) if file.suffix == ".pdf"}
    assert made and not (folder / "batch.json").exists()
    add_notebook(small.root, "aid", "学生资助", 2)
    outcomes = batch()
    kept = [o for o in outcomes if not o["reason"]]
    assert {o["state"] for o in outcomes} == {"done"}
    assert len(kept) >= 1  # what was finished before the kill is not made again
    assert len([f for f in whole(small) if f.suffix == ".pdf"]) == 6
    assert raw_state(small) == before
    assert sums(small) == uninterrupted_in_another_order(pristine, tmp_path / "别的 文件夹")


def uninterrupted_in_another_order(pristine: Path, target: Path) -> dict[str, str]:
    """The hashes of all files of the same batch, made elsewhere by one worker, last report first."""
    shutil.copytree(pristine, target)
    settings = Settings.load(target)
    for job in reversed(plan(settings, DATASET, PERIOD, EDITION, load_themes(settings))):
        assert work.make_one(str(target), provenance.code_hash(), "t", job)["state"] == "done"
    options = Options(workers=1, in_process=True, progress="json")
    outcomes = run_batch(settings, DATASET, PERIOD, EDITION, load_themes(settings), options)
    assert not any(outcome["reason"] for outcome in outcomes)  # they were all there
    return sums(settings)


def test_a_lost_worker_is_replaced_and_its_report_made(small: Settings, tmp_path: Path) -> None:
    mark = tmp_path / "once"
    kill = (
        f"import os, signal\nfrom pathlib import Path\nmark = Path({str(mark)!r})\n"
        "if town == '石堆镇' and not mark.exists():\n"
        "    mark.touch()\n    parent = int(Path('/proc/self/stat').read_text().split()[3])\n"
        "    worker = int(Path(f'/proc/{parent}/stat').read_text().rpartition(')')[2].split()[1])\n"
        "    os.kill(worker, signal.SIGKILL)\n"
    )
    add_notebook(small.root, "aid", "学生资助", 2, kill)
    running = start(small, tmp_path)
    out, err = running.communicate(timeout=300)
    assert running.returncode == 0, out + err
    assert mark.exists()
    assert [r["state"] for r in summary(small)["reports"]] == ["done"] * 6
    whole(small)


def test_two_batches_at_once_are_told_apart(small: Settings, batch: Batch) -> None:
    folder = small.paths.report(DATASET, PERIOD, EDITION, "")
    with only_one(folder / ".lock") as stale:
        assert not stale
        with pytest.raises(UsageError, match=f"进程 {os.getpid()}"):
            batch()
    batch()


def test_a_report_killed_while_it_is_written_is_whole_or_absent(small: Settings) -> None:
    """A child that is killed between the bytes and the renaming leaves the former file as it was."""
    target = small.root / "reports" / "x.html"
    atomic.write_text(target, "alt</html>")
    child = os.fork()
    if not child:
        with atomic.atomic_path(target) as temporary:
            temporary.write_text("neu", encoding="utf-8")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert target.read_text(encoding="utf-8") == "alt</html>"


def one_report(settings: Settings) -> issue.Outcome:
    town = next(t for t in _towns(settings) if t.name == "景芝镇")
    view = load_view(settings, DATASET, PERIOD, town, EDITION)
    return issue.make_report(settings, view, load_themes(settings)[0])


def _towns(settings: Settings) -> list:
    from pipelines.reference import load_reference

    return load_reference(settings, DATASET).towns.towns


def test_a_read_only_folder_is_named(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small.paths.report(DATASET, PERIOD, EDITION, "景芝镇")
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    if os.geteuid() == 0:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(folder)], check=False)
        if not os.path.ismount(folder):
            pytest.skip("root may write anywhere, and this machine permits no mount")
    try:
        outcome = one_report(small)
    finally:
        if os.path.ismount(folder):
            subprocess.run(["umount", str(folder)], check=True)
        folder.chmod(0o700)
    assert isinstance(outcome.error, ReportFailed)
    assert "景芝镇" in str(outcome.error)
    assert "只读" in str(outcome.error) or "权限" in str(outcome.error)
    assert one_report(small).error is None


def test_a_full_disk_leaves_whole_files_and_says_so(small: Settings) -> None:
    folder = small.paths.report(DATASET, PERIOD, EDITION, "")
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip("mounting a small tmpfs is not permitted here")
    try:
        (folder / "ballast").write_bytes(bytes(190 * 1024))
        outcome = one_report(small)
        assert "磁盘已满" in str(outcome.error)
        assert not [f for f in folder.rglob("*") if f.suffix in (".html", ".pdf")]
        (folder / "ballast").unlink()
        assert subprocess.run(["mount", "-o", "remount,size=50m", str(folder)], check=False).returncode == 0
        assert one_report(small).error is None
        whole(small)
    finally:
        subprocess.run(["umount", str(folder)], check=True)
