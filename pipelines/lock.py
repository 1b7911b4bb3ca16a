"""One at a time. The lock is the operating system's: it goes when its process does."""

import errno
import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.diskerrors import told
from pipelines.errors import UsageError


_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def only_one(file: Path) -> Iterator[bool]:
    """Hold ``file`` locked; yield whether a former batch left it behind without ending properly.

    UsageError naming the process and machine that hold it. A file system without locks gets none.
    """
    with told():
        descriptor = _open(file)
    try:
        if not _taken(descriptor):
            raise UsageError(
                f"另一个批处理正在同一个文件夹里运行（{_holder(descriptor)}）。",
                "请等它结束，或先停止它，再重新运行。",
            )
        stale = os.fstat(descriptor).st_size > 0
        with _noted(descriptor):
            yield stale
    finally:
        os.close(descriptor)


@contextmanager
def in_turn(file: Path, doing: str, say: Callable[[str], None]) -> Iterator[None]:
    """Hold ``file`` locked; while another process does, say who and what it is ``doing``, and wait for it to end.

    What was done by then need not be done again, so ask inside the block. A folder that nobody may write gets no lock.
    """
    try:
        descriptor = _open(file)
    except OSError as error:
        if error.errno not in _READ_ONLY:
            with told():
                raise
        yield
        return
    try:
        if not _taken(descriptor):
            say(f"另一个命令（{_holder(descriptor)}）正在{doing}，等它做完再继续（按 Ctrl+C 可以不等）……")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        with _noted(descriptor):
            yield
    finally:
        os.close(descriptor)


def _open(file: Path) -> int:
    file.parent.mkdir(parents=True, exist_ok=True)
    return os.open(file, os.O_RDWR | os.O_CREAT, 0o644)


def _taken(descriptor: int) -> bool:
    """Try to take the lock; True also where there are no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _NO_LOCKS
    return True


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip() or "另一个进程"


@contextmanager
def _noted(descriptor: int) -> Iterator[None]:
    """Who holds the lock, written into its file for the time of the block."""
    note = f"{socket.gethostname()} 上的进程 {os.getpid()}".encode()
    with told():
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, note, 0)
    yield
    # Emptied, not removed: a file removed while another process waits for it would make two locks.
    os.ftruncate(descriptor, 0)
