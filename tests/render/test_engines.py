"""The two engines give the same executed notebook, byte for byte, and neither shares anything between reports."""

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from papermill.engines import papermill_engines

from pipelines.errors import ReportFailed, UsageError
from pipelines.render import engines
from pipelines.render.engines.forkserver import SERVER, SHARED, ForkServer
from pipelines.render.execute import Limits, execute
from pipelines.render.normalise import normalise


AWKWARD = ("displays", "streams", "errors", "magics", "awaiting", "charts", "state")
FOLDER = Path(__file__).parent / "notebooks"
pytestmark = pytest.mark.skipif(not engines.fork_works(), reason="this system cannot fork")


def run(path: Path, folder: Path, engine: str, **limits: int) -> str:
    node = execute(path, {"TOWN": "景芝镇"}, cwd=folder, engine=engine, limits=Limits(**limits))
    return nbformat.writes(node)


def write(folder: Path, *sources: str) -> Path:
    first = v4.new_code_cell('TOWN: str = ""')
    first.metadata["tags"] = ["parameters"]
    path = folder / "样例.ipynb"
    cells = [first, *(v4.new_code_cell(source) for source in sources)]
    path.write_text(nbformat.writes(v4.new_notebook(cells=cells)), encoding="utf-8")
    return path


def cells_alone(name: str, folder: Path, engine: str) -> list[str]:
    """The engine without papermill's own check, which refuses any error output, also an expected one."""
    node = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    node.metadata["papermill"] = {}
    made = papermill_engines.execute_notebook_with_engine(
        engines.NAMES[engine],
        node,
        kernel_name="python3",
        progress_bar=False,
        folder=str(folder),
        output_path=None,
    )
    return nbformat.writes(normalise(made)).splitlines()


@pytest.mark.parametrize("name", AWKWARD)
def test_both_engines_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    forked = cells_alone(name, tmp_path, "fork")
    assert forked == cells_alone(name, tmp_path, "kernel")
    assert forked == cells_alone(name, tmp_path, "fork")


@pytest.mark.parametrize("engine", ["fork", "kernel"])
def test_widgets_are_refused_with_a_clear_word(engine: str, tmp_path: Path) -> None:
    with pytest.raises(ReportFailed, match="交互控件") as caught:
        run(FOLDER / "widgets.ipynb", tmp_path, engine)
    assert "第 3 个单元格" in str(caught.value)


def test_metadata_of_displays_is_kept(tmp_path: Path) -> None:
    node = nbformat.reads(run(FOLDER / "displays.ipynb", tmp_path, "fork"), as_version=4)
    shown = node.cells[3].outputs[0]
    assert shown.metadata["edureport"] == {"town": "景芝镇"}
    assert shown.metadata["text/html"]["alt"] == "说明"
    assert node.cells[4].outputs[0].data["text/html"] == "三"


def test_nothing_is_left_for_the_next_report(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "import builtins, os\nprint(getattr(builtins, 'mark', '空'), os.environ.get('MARK', '空'))\n"
        "builtins.mark = os.environ['MARK'] = TOWN",
    )
    for _ in range(2):
        node = nbformat.reads(run(path, tmp_path, "fork"), as_version=4)
        assert node.cells[-1].outputs[0].text == "空 空\n"


def test_what_a_subprocess_prints_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "import subprocess\nsubprocess.run(['echo', '外面'], check=True)\nNone")
    node = nbformat.reads(run(path, tmp_path, "fork"), as_version=4)
    assert node.cells[-1].outputs[0].text == "外面\n"


def test_an_endless_cell_is_ended_and_its_process_is_gone(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    path = write(tmp_path, f"import os\nopen({str(noted)!r}, 'w').write(str(os.getpid()))\nwhile True: pass")
    with pytest.raises(ReportFailed, match="2 秒"):
        run(path, tmp_path, "fork", cell_seconds=2)
    assert _ends(int(noted.read_text()))


def test_the_whole_report_has_a_limit_too(tmp_path: Path) -> None:
    path = write(tmp_path, *["import time\ntime.sleep(0.6)"] * 8)
    with pytest.raises(ReportFailed, match="整份报告 2 秒"):
        run(path, tmp_path, "fork", report_seconds=2)


@pytest.mark.parametrize("engine", ["fork", "kernel"])
def test_memory_has_a_limit_that_names_the_cell(engine: str, tmp_path: Path) -> None:
    path = write(tmp_path, "x = 1", "big = bytearray(900 * 2**20)")
    with pytest.raises(ReportFailed, match="第 3 个单元格") as caught:
        run(path, tmp_path, engine, memory_mb=300)
    assert "内存超过限额" in caught.value.hint
    assert "MemoryError" in str(caught.value)


@pytest.mark.parametrize("way", ["os.kill(os.getpid(), 9)", "os._exit(0)", "os.abort()"])
def test_a_process_that_dies_fails_its_own_report_only(way: str, tmp_path: Path) -> None:
    with pytest.raises(ReportFailed, match="停止"):
        run(write(tmp_path, f"import os\n{way}"), tmp_path, "fork")
    assert "景芝镇" in run(write(tmp_path, "print(TOWN)"), tmp_path, "fork")


def test_a_parent_that_died_is_started_again(tmp_path: Path) -> None:
    path = write(tmp_path, "print(TOWN)")
    run(path, tmp_path, "fork")
    assert SERVER._process is not None
    os.kill(SERVER._process.pid, signal.SIGKILL)
    SERVER._process.wait()
    assert "景芝镇" in run(path, tmp_path, "fork")


def test_a_parent_that_nobody_asks_ends_without_a_word() -> None:
    """The data were refused: the engine closes its end with the parent's sign of life still unread."""
    ours, theirs = socket.socketpair()
    with theirs:
        parent = subprocess.Popen(
            [sys.executable, "-m", "pipelines.render.engines.server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()], stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    select.select([ours], [], [])
    ours.close()
    _, errors = parent.communicate(timeout=60)
    assert (parent.returncode, errors) == (0, "")


@pytest.fixture
def sharer(monkeypatch: pytest.MonkeyPatch) -> Iterator[ForkServer]:
    """Another process's warm parent, which this process's environment names; this process has none yet."""
    SERVER.stop()
    other = ForkServer()
    monkeypatch.setenv(SHARED, other.share())
    assert os.environ[SHARED]
    yield other
    SERVER.stop()
    other.stop()


def test_a_copy_of_a_shared_parent_gives_the_bytes_of_an_own_one(
    sharer: ForkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = [cells_alone(name, tmp_path, "fork") for name in ("displays", "magics", "charts")]
    assert SERVER._process is None and SERVER._control is not None
    SERVER.stop()
    monkeypatch.delenv(SHARED)
    own = [cells_alone(name, tmp_path, "fork") for name in ("displays", "magics", "charts")]
    assert SERVER._process is not None
    assert copied == own


def test_cells_do_not_learn_of_the_shared_parent(sharer: ForkServer, tmp_path: Path) -> None:
    source = f"import os\nprint(os.environ.get({SHARED!r}, '不知'), os.environ['MPLBACKEND'])"
    node = nbformat.reads(run(write(tmp_path, source), tmp_path, "fork"), as_version=4)
    assert SERVER._process is None
    assert node.cells[-1].outputs[0].text.startswith("不知 module")


def test_every_engine_has_a_copy_of_its_own_and_ends_it_alone(sharer: ForkServer, tmp_path: Path) -> None:
    assert sharer._process is not None
    other = ForkServer()
    try:
        for engine in (SERVER, other):
            engine.start()
            engine._wait_until_warm()
        assert len(_children(sharer._process.pid)) == 2
        assert SERVER.folder != other.folder
        other.stop()
        assert _comes(lambda: len(_children(sharer._process.pid)) == 1)
        assert "景芝镇" in run(write(tmp_path, "print(TOWN)"), tmp_path, "fork")
        assert SERVER._process is None  # still the copy
    finally:
        other.stop()


def test_a_copy_ends_with_its_engine_and_its_report_with_it(sharer: ForkServer, tmp_path: Path) -> None:
    noted, failures = tmp_path / "pids", []
    path = write(
        tmp_path,
        f"import os\nopen({str(noted)!r}, 'w').write(f'{{os.getpid()}} {{os.getppid()}} .')\nwhile True: pass",
    )

    def endless() -> None:
        try:
            run(path, tmp_path, "fork", cell_seconds=60)
        except ReportFailed as error:
            failures.append(str(error))

    running = threading.Thread(target=endless)
    running.start()
    assert _comes(lambda: noted.exists() and noted.read_text().endswith("."), 60)
    report, copy = map(int, noted.read_text().split()[:2])
    assert sharer._process is not None and _children(sharer._process.pid) == [copy]
    SERVER.stop()
    assert _ends(copy) and _ends(report)
    running.join(30)
    assert len(failures) == 1 and "停止" in failures[0]
    assert sharer._process.poll() is None


@pytest.mark.parametrize("when", ["while it starts", "after a report"])
def test_an_own_parent_is_started_when_the_shared_one_was_killed(
    when: str, sharer: ForkServer, tmp_path: Path
) -> None:
    assert sharer._process is not None
    path = write(tmp_path, "import os\nprint(TOWN)")
    if when == "after a report":
        run(path, tmp_path, "fork")
    else:
        SERVER.start()
    copies = _children(sharer._process.pid)
    assert len(copies) == (when == "after a report") and SERVER._process is None
    os.kill(sharer._process.pid, signal.SIGKILL)
    sharer._process.wait()
    assert all(map(_ends, copies))
    node = nbformat.reads(run(path, tmp_path, "fork"), as_version=4)
    assert SERVER._process is not None
    assert node.cells[-1].outputs[0].text == "景芝镇\n"


def test_an_own_parent_is_started_when_the_copy_ended_before_it_was_warm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SERVER.stop()
    place = str(tmp_path / "parent")
    monkeypatch.setenv(SHARED, place)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen()
        SERVER.start()
        listener.accept()[0].close()
    assert SERVER._process is None and SERVER._control is not None
    try:
        assert "景芝镇" in run(write(tmp_path, "print(TOWN)"), tmp_path, "fork")
        assert SERVER._process is not None
    finally:
        SERVER.stop()


def test_a_parent_whose_socket_would_have_too_long_a_path_is_not_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("深" * 40)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    try:
        assert SERVER.share() == ""
        parent = SERVER._process
        assert "景芝镇" in run(write(tmp_path, "print(TOWN)"), tmp_path, "fork")
        assert SERVER._process is parent is not None
    finally:
        SERVER.stop()
    assert not list(deep.iterdir())


def test_who_shares_leaves_no_folder_and_no_process(
    sharer: ForkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(write(tmp_path, "print(TOWN)"), tmp_path, "fork")
    assert sharer._process is not None
    parent, folder = sharer._process.pid, sharer.folder
    (copy,) = _children(parent)
    assert SERVER.folder.parent == folder and SERVER.folder.is_dir()
    sharer.stop()
    assert not folder.exists()
    assert _ends(parent) and _ends(copy)


def test_an_unknown_engine_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUREPORT_ENGINE", "spork")
    with pytest.raises(UsageError, match="spork"):
        engines.choose("fork")


def test_papermill_knows_both_engines() -> None:
    for name in engines.NAMES.values():
        assert papermill_engines.get_engine(name) is not None


def _stat(pid: int) -> list[str]:
    """State, parent and the rest; nothing of a process that is gone, or dead and waiting for its parent."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [] if fields[0] in "ZX" else fields


def _children(pid: int) -> list[int]:
    everybody = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdecimal()]
    return [each for each in everybody if _stat(each)[1:2] == [str(pid)]]


def _comes(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether it comes true within some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _ends(pid: int) -> bool:
    """Whether the process is gone, or dead and waiting for its parent, within some seconds."""
    return _comes(lambda: not _stat(pid))
