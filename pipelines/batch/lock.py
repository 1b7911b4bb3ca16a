"""One batch at a time in one folder. The lock is the operating system's: it goes when its process does."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.diskerrors import told
from pipelines.errors import UsageError


_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


@contextmanager
def only_one(file: Path) -> Iterator[bool]:
    """Hold ``file`` locked; yield whether a former batch left it behind without ending properly.

    UsageError naming the process and machine that hold it. A file system without locks gets none.
    """
    with told():
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                holder = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip() or "另一个进程"
                raise UsageError(
                    f"另一个批处理正在同一个文件夹里运行（{holder}）。",
                    "请等它结束，或先停止它，再重新运行。",
                ) from None
        stale = os.fstat(descriptor).st_size > 0
        note = f"{socket.gethostname()} 上的进程 {os.getpid()}".encode()
        with told():
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, note, 0)
        yield stale
        # Emptied, not removed: a file removed while another process waits for it would make two locks.
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
