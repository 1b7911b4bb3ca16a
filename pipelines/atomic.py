"""The one way this project writes files: whole or not at all.

Everything is first written beside its destination under a temporary name and then renamed, so that a killed
run leaves the old file or the new one, never half of one.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


PRIVATE = 0o600


@contextmanager
def atomic_path(destination: Path, mode: int | None = None) -> Iterator[Path]:
    """Yield a temporary path on the destination's file system; rename it there if the block succeeds.

    ``mode`` sets the permission bits *before* anything is written, for files that hold personal data.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays last: writers that choose a format by extension must see the real one.
    temporary = destination.with_name(f".{destination.stem}.{secrets.token_hex(6)}{destination.suffix}")
    try:
        if mode is not None:
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
        yield temporary
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, destination)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_bytes(destination: Path, content: bytes, mode: int | None = None) -> Path:
    """Write bytes whole or not at all; return the destination."""
    with atomic_path(destination, mode) as temporary:
        temporary.write_bytes(content)
    return destination


def write_text(destination: Path, content: str, mode: int | None = None) -> Path:
    """Write UTF-8 text with ``\\n`` line ends, whole or not at all; return the destination."""
    return write_bytes(destination, content.encode("utf-8"), mode)


def to_json(content: Any) -> str:
    """Serialise with sorted keys and readable Chinese: the same content gives the same text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"


def write_json(destination: Path, content: Any, mode: int | None = None) -> Path:
    """Write ``to_json(content)``, whole or not at all; return the destination."""
    return write_text(destination, to_json(content), mode)
