"""The fonts inside a page: cut down to the characters that are set in them, packed as WOFF2.

HarfBuzz cuts (milliseconds, where a general font library decodes every outline); the packing is a short list of
tables and one Brotli stream. Both are pure functions of the font file and the set of characters.
"""

import base64
import struct

import brotli
import uharfbuzz

from pipelines.render import fonts


# What a browser needs to show horizontal Chinese text without ligatures; the rest is weight.
_DROPPED = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG")
# Subroutines make the font smaller but the packed font larger: Brotli finds the same repetitions itself.
_FLAGS = (
    uharfbuzz.SubsetFlags.NO_HINTING
    | uharfbuzz.SubsetFlags.DESUBROUTINIZE
    | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
    | uharfbuzz.SubsetFlags.NO_LAYOUT_CLOSURE
)
_NAMES = {1, 2}  # family and style
# 11, the usual, takes nearly five hundred times as long for a font that is an eighth smaller.
_QUALITY = 3
_KNOWN = (
    "cmap",
    "head",
    "hhea",
    "hmtx",
    "maxp",
    "name",
    "OS/2",
    "post",
)  # WOFF2 section 4.1, the first eight
_OTHER = 63
_LOSSLESS = 1 << 11  # head.flags: the font went through a lossless packing


def font_face(family: str, text: str) -> str:
    """A CSS ``@font-face`` with the family cut down to the characters of ``text``; empty if it has none of them."""
    characters = set(map(ord, set(text))) & fonts.coverage(family)
    if not characters:
        return ""
    data = base64.b64encode(woff2(subset(family, characters))).decode("ascii")
    return (
        f'@font-face{{font-family:"{family}";font-display:block;'
        f"src:url(data:font/woff2;base64,{data}) format('woff2')}}"
    )


def subset(family: str, characters: set[int]) -> bytes:
    """An OpenType font with the glyphs of these code points only."""
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.set(characters)
    wanted.name_id_set.set(_NAMES)
    wanted.drop_table_tag_set.update({int.from_bytes(tag.encode(), "big") for tag in _DROPPED})
    wanted.flags = _FLAGS
    return uharfbuzz.subset(fonts.face(family), wanted).blob.data


def woff2(font: bytes) -> bytes:
    """An OpenType font with CFF outlines, packed as WOFF2 (W3C Recommendation of 2022) without transformations."""
    flavor, count = font[:4], struct.unpack_from(">H", font, 4)[0]
    directory, tables, unpacked = b"", b"", 12 + 16 * count
    for number in range(count):
        tag, _, offset, length = struct.unpack_from(">4sIII", font, 12 + 16 * number)
        table = font[offset : offset + length]
        if tag == b"head":
            (flags,) = struct.unpack_from(">H", table, 16)
            table = table[:16] + struct.pack(">H", flags | _LOSSLESS) + table[18:]
        name = tag.decode("ascii")
        directory += bytes([_KNOWN.index(name)]) if name in _KNOWN else bytes([_OTHER]) + tag
        directory += _base128(length)
        tables += table
        unpacked += -(-length // 4) * 4
    packed = brotli.compress(tables, mode=brotli.MODE_FONT, quality=_QUALITY)
    length = 48 + len(directory) + len(packed)
    padding = -length % 4
    head = struct.pack(
        ">4s4sIHHIIHHIIIII",
        *(b"wOF2", flavor, length + padding, count, 0, unpacked, len(packed), 1, 0, 0, 0, 0, 0, 0),
    )
    return head + directory + packed + bytes(padding)


def _base128(number: int) -> bytes:
    """A number in groups of seven bits, the highest first, all but the last marked (WOFF2 section 4.1)."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))
