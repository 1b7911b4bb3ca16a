"""Finding personal values in files, whatever the files are packed in: the proof behind ``make purge`` and the tests.

Parquet is decoded, zip archives (xlsx) and gzip are unpacked; of a PDF the streams are decompressed, every string
(titles, bookmarks, alternative texts) is read and the text extracted; escaped characters of JSON and HTML, percent
signs and base64 data are undone. Everything else is read as bytes.
"""

import base64
import binascii
import contextlib
import gzip
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pikepdf
import pypdfium2


_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_ENTITY = re.compile(r"&#?\w+;")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_DEPTH = 6
_MANY = 200


def contents(file: Path) -> Iterator[str]:
    """All that can be read in a file, decompressed, as texts; also its name."""
    yield file.name
    yield from _unpacked(file.read_bytes(), _DEPTH)


def _unpacked(content: bytes, depth: int) -> Iterator[str]:
    if not depth:
        return
    if content[:4] == b"PAR1":
        yield from _parquet(content)
    elif content[:4] == b"PK\x03\x04":
        yield from _zip(content, depth)
    elif content[:2] == b"\x1f\x8b":
        with contextlib.suppress(OSError, EOFError, zlib.error):  # it may only begin like one
            yield from _unpacked(gzip.decompress(content), depth - 1)
    elif content[:5] == b"%PDF-":
        yield from _pdf(content, depth)
    else:
        yield from _text(content, depth)
        return
    yield content.decode("utf-8", "replace")


def _text(content: bytes, depth: int) -> Iterator[str]:
    """A text as it stands, and with what is escaped in it undone."""
    text = content.decode("utf-8", "replace")
    yield text
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield content.decode("utf-16", "replace")
    if "\\u" in text:
        yield _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    if _ENTITY.search(text):
        yield html.unescape(text)
    if _PERCENT.search(text):
        yield unquote(text)
    for match in _BASE64.finditer(text):
        word = match[0][: len(match[0]) // 4 * 4]
        try:
            yield from _unpacked(base64.b64decode(word), depth - 1)
        except binascii.Error:
            continue


def _parquet(content: bytes) -> Iterator[str]:
    frame = pd.read_parquet(io.BytesIO(content))
    yield "\n".join(frame[name].astype("str").str.cat(sep="\n") for name in frame.columns)


def _zip(content: bytes, depth: int) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield archive.comment.decode("utf-8", "replace")
        for name in archive.namelist():
            yield name
            yield from _unpacked(archive.read(name), depth - 1)


def _pdf(content: bytes, depth: int) -> Iterator[str]:
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            yield "\n".join(_strings(document.trailer))
            for item in document.objects:
                yield "\n".join(_strings(item))
                if isinstance(item, pikepdf.Stream):
                    try:
                        yield from _unpacked(item.read_bytes(), depth - 1)
                    except pikepdf.PdfError:
                        continue  # an image format that is no text
        with pypdfium2.PdfDocument(content) as pages:
            for number in range(len(pages)):
                # closed here, not by the garbage collector: see render/readback.py
                with (
                    contextlib.closing(pages[number]) as page,
                    contextlib.closing(page.get_textpage()) as text,
                ):
                    yield text.get_text_bounded()
    except pikepdf.PasswordError:
        return  # encrypted: nothing can be read without the pass phrase


def _strings(item: Any) -> Iterator[str]:
    """The strings within one object of a PDF, its direct parts included; what it refers to is an object of its own."""
    if isinstance(item, pikepdf.String):
        yield str(item)
        return
    if isinstance(item, pikepdf.Array):
        parts = list(item)
    elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        parts = [item[name] for name in item.keys()]  # noqa: SIM118 (a pikepdf object is no mapping)
    else:
        return
    for part in parts:
        if not getattr(part, "is_indirect", False):
            yield from _strings(part)


def find(files: Iterable[Path], values: Iterable[str]) -> dict[str, int]:
    """{file: how many different values it contains} of those that contain any; the values are never told."""
    by_length: dict[int, set[str]] = {}
    for value in values:
        by_length.setdefault(len(value), set()).add(value)
    by_length.pop(0, None)
    found: dict[str, int] = {}
    for file in files:
        text = "\n".join(contents(file))
        if hits := sum(_hits(text, length, wanted) for length, wanted in by_length.items()):
            found[str(file)] = hits
    return found


def _hits(text: str, length: int, wanted: set[str]) -> int:
    """How many of the values, all of one length, stand in the text.

    Many are looked for at once, by all pieces of that length: one by one, those of a county would take a minute a file.
    """
    if len(wanted) < _MANY:
        return sum(value in text for value in wanted)
    return len(wanted & {text[start : start + length] for start in range(len(text) - length + 1)})
