"""Ctrl+C is how a preview ends: one Chinese word, nothing of make's, no exit code of a failure."""

import argparse
import os
import pty
import shlex
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from pipelines import workbench_cli
from pipelines.settings import Settings


COMMAND = """
import time
from pipelines.workbench.terminal import until_stopped

try:
    with until_stopped():
        print("ready", flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    print("预览已停止。", flush=True)
"""


@pytest.fixture
def makefile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):  # of make test: this make is nobody's part
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "command.py").write_text(COMMAND, encoding="utf-8")
    (tmp_path / "Makefile").write_text(
        f"preview:\n\t@{shlex.quote(sys.executable)} command.py\n", encoding="utf-8"
    )
    return tmp_path


def test_ctrl_c_in_a_terminal_ends_make_well(makefile: Path) -> None:
    child, terminal = pty.fork()
    if not child:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # as in a shell; what runs in the background ignores it
        os.chdir(makefile)
        os.environ["PYTHONPATH"] = str(Path(workbench_cli.__file__).parents[1])
        os.execlp("make", "make", "preview")
    # With the key a terminal throws away what is still to be shown, and may do so after the command has already answered.
    settings = termios.tcgetattr(terminal)
    settings[3] |= termios.NOFLSH
    termios.tcsetattr(terminal, termios.TCSANOW, settings)
    shown, pressed = b"", False
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the terminal's last user is gone
            break
        if not piece:
            break
        shown += piece
        if b"ready\r\n" in shown and not pressed:  # the whole line: a key may cut what is being written
            os.write(terminal, b"\x03")
            pressed = True
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(terminal)
    assert shown.decode().replace("^C", "").split() == ["ready", "预览已停止。"]
    assert ended == 0


def test_without_a_terminal_the_end_is_quiet_too(makefile: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(workbench_cli.__file__).parents[1])}
    process = subprocess.Popen(
        ["make", "preview"], cwd=makefile, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    # as a closing terminal or a machine that is shut down; make passes it on
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30)[0] == "预览已停止。\n"


def test_stopped_while_the_figures_are_made_is_stopped_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.themes.check_edition", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    workbench_cli.command_preview(settings, argparse.Namespace(port="", edition="internal"))
    assert capsys.readouterr().out.strip() == "预览已停止。"
    assert signal.getsignal(signal.SIGTERM) is before
