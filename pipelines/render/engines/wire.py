"""Frames between the fork engine and its processes: four bytes of length, then JSON as Jupyter packs it."""

import json
import socket
import struct
from typing import Any

from jupyter_client.session import json_packer


_LENGTH = struct.Struct("!I")


def send(connection: socket.socket, content: Any) -> None:
    """Send one frame; bytes inside ``content`` travel as base64, as Jupyter does it."""
    data = json_packer(content)
    connection.sendall(_LENGTH.pack(len(data)) + data)


def receive(connection: socket.socket) -> Any | None:
    """The next frame; None at the end of the stream, also in the middle of a frame (the other side died)."""
    head = _exactly(connection, _LENGTH.size)
    if head is None or (body := _exactly(connection, _LENGTH.unpack(head)[0])) is None:
        return None
    return json.loads(body.decode("utf-8", "surrogateescape"))


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    parts, missing = [], size
    while missing:
        try:
            part = connection.recv(min(missing, 1 << 20))
        except ConnectionResetError:
            return None
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
