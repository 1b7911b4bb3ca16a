"""What the disk refuses, in plain words: full, read-only, not permitted."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.errors import EduReportError, ReportFailed


_SAID = {
    errno.ENOSPC: ("磁盘已满", "请腾出空间后重新运行，会接着做没有完成的部分。"),
    errno.EDQUOT: ("磁盘配额已用完", "请清理自己的文件或请管理员增加配额，再重新运行。"),
    errno.EROFS: ("文件夹是只读的", "请换到可以写入的位置，或请管理员取消只读。"),
    errno.EACCES: ("没有写入权限", "请检查该文件夹的权限，或换用有权限的账号运行。"),
    errno.EPERM: ("没有写入权限", "请检查该文件夹的权限，或换用有权限的账号运行。"),
}


def in_words(error: OSError) -> EduReportError | None:
    """The error as a user error with the folder's name, or None if it is of another kind."""
    if error.errno not in _SAID:
        return None
    said, mend = _SAID[error.errno]
    place = str(error.filename or "").replace("\\", "/").rpartition("/")[0].rpartition("/")[2]
    return ReportFailed(f"{said}，没有写成{f'（文件夹 {place}）' if place else ''}。", mend)


@contextmanager
def told() -> Iterator[None]:
    """Turn the disk's refusals inside the block into user errors; other errors pass."""
    try:
        yield
    except OSError as error:
        if (known := in_words(error)) is not None:
            raise known from None
        raise
