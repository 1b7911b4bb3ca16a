"""The fonts of the reports: found in packages by path, never on the machine, and checked character by character.

A report must look the same on every machine, so system fonts are never used. Typst prints a box for a character
its fonts lack and does not say so; therefore every text is checked here first (``missing``, ``replace_missing``).
"""

import hashlib
from functools import lru_cache
from pathlib import Path

import noto_cjk_sans_otc
import pylopdf_fonts_zh_cn
import uharfbuzz


SANS = "Noto Sans SC"
SERIF = "Noto Serif SC"
FALLBACK = "Noto Sans CJK SC"
FALLBACK_FACE = 2  # the simplified-Chinese face within the collection
TOFU = "〓"  # the printers' mark for a character that is not in the case

# White space and marks that need no glyph.
_INVISIBLE = set("\n\r\t\u00a0\u200b\u200c\u200d\u2028\u2029\u2060\ufeff\ufe0e\ufe0f")


def files() -> dict[str, Path]:
    """Font family → file, in the order in which a missing character is looked for."""
    return {
        SERIF: Path(pylopdf_fonts_zh_cn.serif_path()),
        SANS: Path(pylopdf_fonts_zh_cn.sans_path()),
        FALLBACK: Path(str(noto_cjk_sans_otc.FONT_PATH)),
    }


def folders() -> list[str]:
    """The folders that hold the fonts, for Typst."""
    return sorted({str(path.parent) for path in files().values()})


@lru_cache
def face(family: str) -> uharfbuzz.Face:
    """The font file, mapped and not read: a report touches a few hundred of its tens of thousands of glyphs."""
    number = FALLBACK_FACE if family == FALLBACK else 0
    return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(files()[family])), number)


@lru_cache
def coverage(family: str) -> frozenset[int]:
    """The code points a family has."""
    return frozenset(face(family).unicodes)


def missing(text: str, families: tuple[str, ...] = (SANS, SERIF)) -> set[str]:
    """The characters of ``text`` that none of the families has; invisible ones never count."""
    wanted = set(map(ord, set(text) - _INVISIBLE))
    for family in families:
        wanted = wanted - coverage(family)  # not -=, which would go through all of the font's characters
    return set(map(chr, wanted))


def replace_missing(text: str) -> tuple[str, list[str]]:
    """``text`` with 〓 for every character that no font has, and one warning a character."""
    # The fallback's character map is large: read it only when a character needs it.
    rare = missing(text)
    lost = sorted(missing("".join(rare), (FALLBACK,))) if rare else []
    for character in lost:
        text = text.replace(character, TOFU)
    warnings = [
        f"报告字体里没有字符 U+{ord(c):04X}（{c}），已印作“{TOFU}”。请核对原始数据中的这个字，或改用通行写法。"
        for c in lost
    ]
    return text, warnings


@lru_cache
def fingerprint() -> str:
    """SHA-256 over the font files, for the provenance of a report."""
    digest = hashlib.sha256()
    for path in files().values():
        digest.update(path.read_bytes())
    return digest.hexdigest()
