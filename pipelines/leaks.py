"""Finding personal values in files, whatever the files are packed in: the proof behind ``make purge``.

Parquet is decoded, zip archives (xlsx) are unpacked, the streams of a PDF are decompressed and its text extracted;
everything else is read as bytes.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
import pikepdf
import pypdfium2


def contents(file: Path) -> Iterator[str]:
    """All that can be read in a file, decompressed, as texts; also its name."""
    yield file.name
    yield from _unpacked(file.suffix.lower(), file.read_bytes())


def _unpacked(suffix: str, content: bytes) -> Iterator[str]:
    yield content.decode("utf-8", "replace")
    if suffix == ".parquet":
        frame = pd.read_parquet(io.BytesIO(content))
        yield "\n".join(frame[name].astype("str").str.cat(sep="\n") for name in frame.columns)
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name
                yield from _unpacked(Path(name).suffix.lower(), archive.read(name))
    elif content[:5] == b"%PDF-":
        yield from _pdf(content)


def _pdf(content: bytes) -> Iterator[str]:
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            for item in document.objects:
                if isinstance(item, pikepdf.Stream):
                    try:
                        yield item.read_bytes().decode("utf-8", "replace")
                    except pikepdf.PdfError:
                        continue  # an image format that is no text
            yield str(document.docinfo)
        with pypdfium2.PdfDocument(content) as pages:
            for page in pages:
                yield page.get_textpage().get_text_bounded()
    except pikepdf.PasswordError:
        return  # encrypted: nothing can be read without the pass phrase


def find(files: Iterable[Path], values: Iterable[str]) -> dict[str, int]:
    """{file: how many different values it contains} of those that contain any; the values are never told."""
    wanted = sorted({value for value in values if value})
    found: dict[str, int] = {}
    for file in files:
        text = "\n".join(contents(file))
        hits = sum(value in text for value in wanted)
        if hits:
            found[str(file)] = hits
    return found
