"""One at a time: the second is told who is at work, waits, and finds it done."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines import demo, lock, pipeline
from pipelines.errors import ReportFailed
from pipelines.lock import in_turn, only_one
from pipelines.settings import Settings


FORK = multiprocessing.get_context("fork")


def _hold(file: str, go: Any) -> None:
    with in_turn(Path(file), "生成演示数据", print):
        go.recv()


def _hold_and_die(file: str) -> None:
    with only_one(Path(file)):
        os.kill(os.getpid(), signal.SIGKILL)


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def test_the_second_is_told_who_holds_it_and_goes_on_afterwards(tmp_path: Path) -> None:
    file = tmp_path / "demo" / ".lock"
    here, there = FORK.Pipe()
    first = FORK.Process(target=_hold, args=(str(file), there))
    first.start()
    wait_for(lambda: file.is_file() and file.stat().st_size > 0)
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        here.send(None)  # the first ends only when the second has said that it waits

    with in_turn(file, "生成演示数据", say):
        first.join()
        assert len(said) == 1 and f"进程 {first.pid}" in said[0] and "正在生成演示数据" in said[0]
    with in_turn(file, "生成演示数据", said.append):
        assert len(said) == 1  # nobody holds it now


def test_the_lock_of_a_killed_process_does_not_stand_in_the_way(tmp_path: Path) -> None:
    file = tmp_path / ".lock"
    process = FORK.Process(target=_hold_and_die, args=(str(file),))
    process.start()
    process.join()
    assert file.read_bytes()
    with in_turn(file, "处理数据", lambda _: pytest.fail("nobody is there")):
        pass
    with only_one(file) as stale:
        assert not stale  # the turn before ended properly


def test_a_folder_that_may_only_be_read_gets_no_lock_and_a_full_disk_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    for number in (errno.EROFS, errno.ENOSPC):

        def refuse(file: Path, number: int = number) -> int:
            raise OSError(number, "no", str(file))

        monkeypatch.setattr(lock, "_open", refuse)
        if number == errno.EROFS:
            with in_turn(tmp_path / ".lock", "处理数据", print):
                pass
        else:
            with (
                pytest.raises(ReportFailed, match="磁盘已满"),
                in_turn(tmp_path / ".lock", "处理数据", print),
            ):
                pass


def _ensure(settings: Settings, end: Any) -> None:
    said: list[str] = []
    periods = pipeline.ensure_dataset(settings, pipeline.DEMO, said.append)
    end.send((len(periods), said))


def test_two_commands_at_once_on_a_fresh_folder_write_the_demo_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = settings.root / "written"

    def slow_demo(target: Path, **_: object) -> None:
        with written.open("a") as handle:
            handle.write("once\n")
        time.sleep(1)
        (target / "2026Q3").mkdir(parents=True)
        (target / "2026Q3" / "a.csv").write_text("x", encoding="utf-8")
        (target / "planted.json").write_text("{}", encoding="utf-8")

    monkeypatch.setattr(demo, "write_demo", slow_demo)
    pipes = [FORK.Pipe() for _ in range(2)]
    commands = [FORK.Process(target=_ensure, args=(settings, there)) for _, there in pipes]
    for command in commands:
        command.start()
    for command in commands:
        command.join(60)
    told = [here.recv() for here, _ in pipes]
    assert written.read_text() == "once\n"
    assert [count for count, _ in told] == [1, 1]
    assert sorted("正在生成演示数据" in line for _, said in told for line in said) == [False, True]
