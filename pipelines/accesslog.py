"""The log of accesses to names: who, when, what, why; one JSON line each, 0600, only ever added to.

It lies in data/private, which ``make clean`` leaves alone: the law wants each access of staff recorded
(未成年人网络保护条例 Art. 36) and the record kept.
"""

import datetime as dt
import getpass
import json
import os
import stat
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.atomic import PRIVATE
from pipelines.errors import ConfigError
from pipelines.settings import Settings


NAME = "access.log"


def log_file(settings: Settings) -> Path:
    """Where the log lies."""
    return settings.root / "data" / "private" / NAME


def record(settings: Settings, action: str, reason: str, **what: Any) -> Path:
    """Add one line and make sure it is on the disk; ConfigError if the log can be read by others or not be written.

    A line is added, not the file replaced: two people at the same moment must both be recorded.
    """
    file = log_file(settings)
    line = {
        "when": dt.datetime.now(ZoneInfo("Asia/Shanghai")).isoformat(timespec="seconds"),
        "who": f"{getpass.getuser()} (uid {os.getuid()})",
        "action": action,
        "why": reason,
        **what,
    }
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_NOFOLLOW, PRIVATE)
        try:
            if stat.S_IMODE(os.fstat(handle).st_mode) & ~PRIVATE:
                raise ConfigError(
                    f"访问日志 {file.name} 的权限过宽，其他人也能读取。",
                    f"请运行：chmod 600 data/private/{file.name}",
                )
            os.write(handle, (json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n").encode())
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise ConfigError(
            f"写不了访问日志 data/private/{file.name}，因此不继续。", "请确认该文件属于当前用户、可写。"
        ) from error
    return file
