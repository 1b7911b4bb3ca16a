import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import atomic


def test_writes_whole_files_and_leaves_no_other(tmp_path: Path) -> None:
    target = atomic.write_text(tmp_path / "甲" / "a.txt", "正文")
    assert target.read_text(encoding="utf-8") == "正文"
    assert [p.name for p in target.parent.iterdir()] == ["a.txt"]


def test_a_failure_keeps_the_old_file_and_cleans_up(tmp_path: Path) -> None:
    target = atomic.write_text(tmp_path / "a.txt", "旧")
    with pytest.raises(RuntimeError), atomic.atomic_path(target) as temporary:
        temporary.write_text("半", encoding="utf-8")
        raise RuntimeError
    assert target.read_text(encoding="utf-8") == "旧"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_killed_writer_leaves_the_old_file_whole(tmp_path: Path) -> None:
    target = atomic.write_text(tmp_path / "a.txt", "旧")
    script = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom pipelines import atomic\n"
        "with atomic.atomic_path(Path(sys.argv[1])) as t:\n"
        "    t.write_text('half')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(target)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert target.read_text(encoding="utf-8") == "旧"


def test_private_files_are_private_from_the_first_byte(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with atomic.atomic_path(tmp_path / "key", atomic.PRIVATE) as temporary:
            assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
            temporary.write_text("x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_json_is_sorted_and_refuses_nan(tmp_path: Path) -> None:
    file = atomic.write_json(tmp_path / "a.json", {"乙": 1, "甲": [2.5, None]})
    assert json.loads(file.read_text(encoding="utf-8")) == {"甲": [2.5, None], "乙": 1}
    assert atomic.to_json({"b": 1, "a": 2}) == atomic.to_json({"a": 2, "b": 1})
    with pytest.raises(ValueError, match="JSON"):
        atomic.to_json(float("nan"))
