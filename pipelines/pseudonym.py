"""Keyed pseudonyms: what stands in clean tables instead of names, ID numbers and 学籍号.

HMAC-SHA256 under a key that never leaves the office: without it, the few possible ID numbers of a county's
children could simply be tried. The same person has the same pseudonym in every table and period.
"""

import base64
import contextlib
import hashlib
import importlib
import os
import re
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.atomic import PRIVATE, write_text
from pipelines.errors import ConfigError
from pipelines.ingest.cells import squeeze
from pipelines.settings import Settings


KEY_BYTES = 32
LENGTH = 20
MASK_LENGTH = 8
MASK_WORD = "遮盖-"
_BLOCK = 64  # bytes of a block of SHA-256
_HEAD = 15  # bytes of a digest that give LENGTH characters in base 32, in whole groups of five
_BASE32 = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", dtype=np.uint8)

# Public on purpose: the people of a dataset declared `demo = true` are invented, and its reports have to be
# byte-identical on every machine. It must never serve for real data.
DEMO_KEY = hashlib.sha256(b"edureport demo dataset: invented people, public key").digest()

_ID_LIKE = re.compile(r"\d{14,}[\dXx]")
_BARE_NUMBER = re.compile("[0-9A-Z]+").fullmatch  # nothing to normalise
_BARE_NAME = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+").fullmatch
_NAME_DOTS = re.compile(r"[·•・‧⋅∙●.．]")


class Pseudonymiser:
    """Pseudonyms under one key; each kind of value has its own domain, so keys of two kinds never meet."""

    def __init__(self, key: bytes):
        self._key = key
        # HMAC by hand (RFC 2104), since the two hashes begun once here save half the time of hmac.new per value.
        block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner = _sha256()(bytes(byte ^ 0x36 for byte in block))
        self._outer = _sha256()(bytes(byte ^ 0x5C for byte in block))
        self._known: dict[str, dict[str, str | None]] = {}  # most people stand in several tables

    @classmethod
    def load(cls, settings: Settings, dataset: str = "") -> "Pseudonymiser":
        """The key of a dataset: the public one for demo data, else the user's own, made on first use.

        ConfigError if the key file can be read by others or is not a key, or is gone while there are data made
        with it.
        """
        if dataset and settings.is_demo(dataset):
            return cls(DEMO_KEY)
        if not settings.paths.key_file.exists() and (used := _pseudonymised(settings)):
            # A new key made in silence would cut every child's history in two.
            raise ConfigError(
                f"假名密钥 {settings.paths.key_file} 不见了，而{used}等数据是用它处理的。",
                "请用备份恢复密钥。确实没有备份的，先运行 edureport key create，再重新清洗全部季度。",
            )
        return cls(_load_key(settings.paths.key_file))

    @property
    def fingerprint(self) -> str:
        """A sign of the key that changes with it and does not reveal it: part of the inputs of cleaning."""
        return self._token("fingerprint", "", LENGTH)

    def id_key(self, values: pd.Series) -> pd.Series:
        """Pseudonyms of normalised ID numbers; null where empty."""
        return self._each(values, "id", _normal_number)

    def roll_key(self, values: pd.Series) -> pd.Series:
        """Pseudonyms of 学籍号; null where empty."""
        return self._each(values, "roll", _normal_number)

    def name_key(self, values: pd.Series) -> pd.Series:
        """Pseudonyms of names, blind to white space, case and the many dots of minority names; null where empty."""
        return self._each(values, "name", _normal_name)

    def mask(self, text: str) -> str:
        """Text with whatever looks like an ID number replaced, always by the same sign, so that joins still work."""
        return _ID_LIKE.sub(
            lambda match: MASK_WORD + self._token("mask", match[0].upper(), MASK_LENGTH), text
        )

    def cover(self, text: str) -> str:
        """A sign for a whole text that may hold a name; the same text has the same sign, so that joins still work."""
        return MASK_WORD + self._token("cover", squeeze(text).upper(), MASK_LENGTH)

    def _token(self, domain: str, text: str, length: int) -> str:
        return base64.b32encode(self._digest(domain, text)).decode("ascii")[:length]

    def _digest(self, domain: str, text: str) -> bytes:
        """HMAC-SHA256 of a text in its domain."""
        return self._digests(domain, [text])[0]

    def _digests(self, domain: str, texts: list[str]) -> list[bytes]:
        begun = self._inner.copy()
        begun.update(f"{domain}\0".encode())
        begin, end, made = begun.copy, self._outer.copy, []
        for text in texts:
            inner, outer = begin(), end()
            inner.update(text.encode())
            outer.update(inner.digest())
            made.append(outer.digest())
        return made

    def _each(self, values: pd.Series, domain: str, normal: Callable[[str], str]) -> pd.Series:
        texts = values.tolist()
        known = self._known.setdefault(domain, {})
        fresh = [text for text in dict.fromkeys(texts) if text not in known and isinstance(text, str)]
        filled = {text: bare for text in fresh if (bare := normal(text))}
        known |= zip(filled, _signs(self._digests(domain, list(filled.values()))), strict=True)
        return pd.Series(list(map(known.get, texts)), dtype="str", index=values.index)


def _sha256() -> Callable[[bytes], Any]:
    """Python's own SHA-256 where there is one: for texts this short OpenSSL's takes nearly twice the time per value."""
    for name in ("_sha2", "_sha256"):
        with contextlib.suppress(ImportError, AttributeError):
            return importlib.import_module(name).sha256
    return hashlib.sha256


def _normal_number(text: str) -> str:
    return text if _BARE_NUMBER(text) else squeeze(text).upper()


def _normal_name(text: str) -> str:
    return text if _BARE_NAME(text) else _NAME_DOTS.sub("·", squeeze(text).upper())


def _signs(digests: list[bytes]) -> list[str]:
    """The first characters of each digest in base 32: what ``base64.b32encode`` gives, for all at once."""
    if not digests:
        return []
    heads = np.frombuffer(b"".join(digest[:_HEAD] for digest in digests), dtype=np.uint8)
    groups = heads.reshape(len(digests), _HEAD // 5, 5).astype(np.uint64)
    whole = np.zeros(groups.shape[:2], dtype=np.uint64)
    for place in range(5):
        whole = (whole << np.uint64(8)) | groups[:, :, place]
    letters = [_BASE32[((whole >> np.uint64(35 - 5 * n)) & np.uint64(31)).astype(np.intp)] for n in range(8)]
    text = np.stack(letters, axis=2).reshape(len(digests), -1)[:, :LENGTH].tobytes().decode("ascii")
    return [text[start : start + LENGTH] for start in range(0, len(text), LENGTH)]


def _pseudonymised(settings: Settings) -> str:
    """The first dataset and period (not demo) that holds identity files, as text; empty if there is none."""
    for folder in sorted(settings.paths.clean("").glob("*/*/identity")):
        if not settings.is_demo(folder.parts[-3]) and any(folder.glob("*.parquet")):
            return f"{folder.parts[-3]} {folder.parts[-2]}"
    return ""


def refuse_foreign_key(settings: Settings, what: str, before: str, now: str) -> None:
    """ConfigError if ``what`` was made with another key, unless that key was changed on purpose (``accept_key``).

    With a foreign key (another computer, another user) every pseudonym would change in silence: no child would be found
    again in the quarters before, and every finding of the last run would read as mended.
    """
    if not before or before == now or _accepted(settings) == now:
        return
    raise ConfigError(
        f"现在的假名密钥（标记 {now[:8]}）不是处理 {what} 时用的那一个（标记 {before[:8]}），往期学生会对不上。",
        f"请把原来的密钥恢复到 {settings.paths.key_file}（换电脑、换用户时从备份恢复）；"
        "确要换密钥的，用 edureport key rotate。",
    )


def accept_key(settings: Settings) -> None:
    """Note that the present key has replaced another one on purpose: data may be made again with it."""
    now = Pseudonymiser(_load_key(settings.paths.key_file)).fingerprint
    write_text(_accepted_file(settings), now + "\n", mode=PRIVATE)


def _accepted_file(settings: Settings) -> Path:
    file = settings.paths.key_file
    return file.with_name(f"{file.name}.accepted")


def _accepted(settings: Settings) -> str:
    file = _accepted_file(settings)
    return file.read_text(encoding="ascii").strip() if file.is_file() else ""


def _load_key(file: Path) -> bytes:
    if not file.exists():
        create_key(file)
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"读不了假名密钥文件 {file}。", "请确认该文件属于当前用户，且未被改动。") from error
    if mode & 0o077:
        raise ConfigError(f"假名密钥文件 {file} 的权限过宽，其他人也能读取。", f"请运行：chmod 600 {file}")
    if not re.fullmatch(rf"[0-9a-f]{{{2 * KEY_BYTES}}}", text):
        raise ConfigError(
            f"假名密钥文件 {file} 内容不对（应为{2 * KEY_BYTES}位十六进制数）。",
            "请用备份恢复；没有备份时删除该文件会生成新密钥，此前各季度须全部重新清洗。",
        )
    return bytes.fromhex(text)


def create_key(file: Path) -> None:
    """Make a key; if another run makes one at the same moment, the first one stays."""
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(6)}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_text(fresh, secrets.token_hex(KEY_BYTES) + "\n", mode=PRIVATE)
        try:
            os.link(fresh, file)
        except FileExistsError:
            pass
        except OSError:
            # A file system without hard links: renaming is the best it offers.
            os.replace(fresh, file)
    except OSError as error:
        raise ConfigError(
            f"写不了假名密钥文件 {file}。", "请确认所在文件夹可写，或用 EDUREPORT_KEY_FILE 另行指定。"
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
