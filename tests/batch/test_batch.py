"""A batch makes everything once, redoes only what changed, and tells of every failure."""

import hashlib
import io
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipelines import manifest
from pipelines.batch import cluster, work
from pipelines.batch.cluster import connect
from pipelines.batch.plan import plan
from pipelines.batch.progress import BAR, JSON, LINES, Progress
from pipelines.errors import ReportFailed, UsageError
from pipelines.settings import Settings
from pipelines.themes import load_themes
from tests.batch.conftest import DATASET, EDITION, PERIOD, Batch, add_notebook, summary, write_figures
from tests.conftest import PROJECT


def sums(settings: Settings) -> dict[str, str]:
    """Everything under reports except what tells of one run."""
    root = settings.paths.report(DATASET, PERIOD, EDITION, "")
    return {
        file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(root.rglob("*"))
        if file.is_file() and file.name not in (".lock", "batch-run.json")
    }


def test_every_town_and_theme_and_the_county_in_a_fixed_order(small: Settings) -> None:
    jobs = plan(small, DATASET, PERIOD, EDITION, load_themes(small))
    assert [job.theme for job in jobs] == ["dropout", "aid"] * 3
    assert [job.town_name for job in jobs[4:]] == ["安丘市"] * 2
    assert {job.town_name for job in jobs[:4]} == {"景芝镇", "石堆镇"}
    assert len({(job.town, job.theme) for job in jobs}) == 6
    assert jobs[0].redo.startswith("make report TOWN=")


def test_one_batch_then_nothing_then_one_town(
    small: Settings, batch: Batch, capsys: pytest.CaptureFixture
) -> None:
    first = batch()
    assert [o["state"] for o in first] == ["done"] * 6
    assert {o["reason"] for o in first} == {"首次运行"}
    made = sums(small)
    assert {name.partition("/")[0] for name in made} >= {
        "景芝镇",
        "石堆镇",
        "county",
        "batch.json",
        "index.html",
    }
    assert sum(name.endswith(".pdf") for name in made) == 6

    assert not any(o["reason"] for o in batch())
    assert sums(small) == made

    write_figures(small, {"石堆镇": "改过的一行"})
    capsys.readouterr()
    redone = {(o["job"]["town_name"], o["reason"]) for o in batch(why=True) if o["reason"]}
    assert redone == {("石堆镇", "本单位的数据有变化"), ("安丘市", "本单位的数据有变化")}
    assert "石堆镇 控辍保学　已生成（本单位的数据有变化）" in capsys.readouterr().out

    write_figures(small, {"石堆镇": "改过的一行"}, county=6)
    reasons = {o["job"]["town_name"]: o["reason"] for o in batch()}
    assert reasons["景芝镇"] == "全市对比数（D01）有变化"
    assert "D01" in reasons["安丘市"]


def test_one_failure_stops_nobody_and_says_where_and_how_to_redo(small: Settings, batch: Batch) -> None:
    add_notebook(small.root, "aid", "学生资助", 2, "if town == '石堆镇':\n    raise ValueError('坏在这里')")
    with pytest.raises(ReportFailed) as caught:
        batch()
    said = str(caught.value)
    assert "有 1 份报告没有生成" in said
    assert "石堆镇《学生资助》" in said
    assert "第 2 个单元格" in said
    assert "make report TOWN=石堆镇 PERIOD=2026Q3 THEME=aid DATASET=demo" in said
    told = [r for r in summary(small)["reports"] if r["state"] == "failed"]
    assert [(r["town_name"], r["theme"], r["cell"]) for r in told] == [("石堆镇", "aid", 2)]
    assert sum(r["state"] == "done" for r in summary(small)["reports"]) == 5


def test_a_surprise_in_a_worker_is_a_result_too(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    job = plan(small, DATASET, PERIOD, EDITION, load_themes(small))[0]

    def broken(*_: object) -> None:
        raise ZeroDivisionError("370784199001010000")

    monkeypatch.setattr(work.issue, "make_report", broken)
    outcome = work.make_one(str(small.root), work.provenance.code_hash(), "t", job)
    assert outcome["state"] == "failed"
    assert "ZeroDivisionError" in outcome["error"]
    assert "370784199001010000" not in outcome["error"]


TASKS = """
import sys
import pipelines.batch.preload  # all that a forked worker has from the start
from pipelines.batch import work
from pipelines.batch.plan import Job
from pipelines.provenance import code_hash
root, job = sys.argv[1], Job(*sys.argv[2:])
outcome = work.make_one(root, code_hash(), "t", job)
said = work.close_town(root, "t", job, [outcome])
sys.exit(outcome["error"] or said or " ".join(set(SLOW) & set(filter(sys.modules.get, sys.modules))) or None)
"""
# what no internal report needs, and what takes longer to import than a report to be made
SLOW = ("great_expectations", "scipy", "rfc3987_syntax")


def test_what_a_worker_does_imports_no_library_that_it_does_not_need(small: Settings) -> None:
    """Neither the worker's process nor the notebook's, which is forked off a parent that preloads libraries."""
    add_notebook(
        small.root, "aid", "学生资助", 2, f"import sys\nassert not any(map(sys.modules.get, {SLOW}))"
    )
    job = next(j for j in plan(small, DATASET, PERIOD, EDITION, load_themes(small)) if j.theme == "aid")
    done = subprocess.run(
        [sys.executable, "-c", f"SLOW = {SLOW}{TASKS}", str(small.root), *job.facts().values()],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_workers_of_another_version_are_refused(small: Settings) -> None:
    job = plan(small, DATASET, PERIOD, EDITION, load_themes(small))[0]
    outcome = work.make_one(str(small.root), "0" * 64, "t", job)
    assert outcome["state"] == "failed"
    assert "不是同一版本" in outcome["error"]


def test_the_number_and_kind_of_workers_change_no_byte(small: Settings, batch: Batch, tmp_path: Path) -> None:
    batch(workers=1)
    alone = sums(small)
    for file in small.paths.report(DATASET, PERIOD, EDITION, "").rglob("*.html"):
        file.unlink()
    batch(workers=2, in_process=False)
    assert sums(small) == alone


def test_manifest_names_inputs_code_settings_libraries_and_outputs(small: Settings, batch: Batch) -> None:
    batch()
    folder = small.paths.report(DATASET, PERIOD, EDITION, "景芝镇")
    content = json.loads((folder / manifest.NAME).read_text(encoding="utf-8"))
    assert set(content["reports"]) == {"dropout", "aid"}
    editions = [report["editions"] for report in content["reports"].values()]
    editions.append(content["figures"]["editions"])
    assert [[e["number"] for e in each] for each in editions] == [[1], [1], [1]]
    listed = {name: sha for each in editions for name, sha in each[0]["outputs"].items()}
    for name, sha in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha
    assert {file.name for file in folder.iterdir()} == {*listed, manifest.NAME}
    made_from = editions[0][0]["notes"]["made_from"]
    assert made_from["libraries"]["pandas"]
    assert len(made_from["code"]["sha256"]) == 64


def test_an_address_nobody_answers_at_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="tcp://127.0.0.1:1"), connect("tcp://127.0.0.1:1", 1):
        pass


def dies(*_: object) -> str:
    """What becomes of a unit's closing when one of its reports lost its worker for good."""
    raise RuntimeError("lost")


def test_figures_of_a_unit_are_written_even_if_its_closing_is_lost(
    small: Settings, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "close_town", dies)
    assert {o["state"] for o in batch()} == {"done"}
    for unit in ("景芝镇", "石堆镇", "county"):
        folder = small.paths.report(DATASET, PERIOD, EDITION, unit)
        assert (folder / "indicators.json").is_file() and (folder / manifest.NAME).is_file()


class NoWorkers:
    """A client whose workers are gone."""

    def __init__(self, cluster: object):
        self.cluster = cluster
        self.cancelled: list[str] = []
        self.done = threading.Event()

    def nthreads(self) -> dict[str, int]:
        return {}

    def cancel(self, futures: list[str]) -> None:
        self.cancelled += futures
        self.done.set()


def test_a_local_batch_without_workers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.04)
    local = NoWorkers("local")
    with cluster.watched(local, ["a", "b"]) as gone:  # type: ignore[arg-type]
        assert local.done.wait(30)
    assert gone.is_set() and local.cancelled == ["a", "b"]


def test_workers_of_a_foreign_scheduler_may_take_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.04)
    foreign = NoWorkers(None)
    with cluster.watched(foreign, ["a"]) as gone:  # type: ignore[arg-type]
        assert not foreign.done.wait(0.3)
    assert not gone.is_set()


def outcome(state: str, reason: str = "") -> dict:
    job = {"town_name": "景芝镇", "theme": "aid", "theme_title": "学生资助"}
    return {"job": job, "state": state, "reason": reason, "error": "坏", "cell": 3, "seconds": 0.5}


@pytest.mark.parametrize("mode", [BAR, LINES, JSON])
def test_progress_in_three_ways(mode: str) -> None:
    out = io.StringIO()
    progress = Progress(3, mode, out=out)
    progress.start(dataset="demo")
    for state, reason in (("done", "首次运行"), ("done", ""), ("failed", "")):
        progress.report(outcome(state, reason))
    progress.end()
    said = out.getvalue()
    if mode == JSON:
        events = [json.loads(line) for line in said.splitlines()]
        assert [e["event"] for e in events] == ["start", "report", "report", "report", "end"]
        assert events[-1]["made"], events[-1]["failed"] == (1, 1)
        assert events[3]["cell"] == 3
    else:
        assert "生成 1 份，未变化沿用 1 份，失败 1 份" in said
        assert "3/3" in said
        assert ("剩余" in said) == (mode == BAR)
        assert ("\r" in said) == (mode == BAR)
