"""Keyed pseudonyms: what stands in clean tables instead of names, ID numbers and 学籍号.

HMAC-SHA256 under a key that never leaves the office: without it, the few possible ID numbers of a county's
children could simply be tried. The same person has the same pseudonym in every table and period.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pipelines.atomic import PRIVATE, write_text
from pipelines.errors import ConfigError
from pipelines.ingest.cells import squeeze
from pipelines.settings import Settings


KEY_BYTES = 32
LENGTH = 20
MASK_LENGTH = 8
MASK_WORD = "遮盖-"

# Public on purpose: the people of a dataset declared `demo = true` are invented, and its reports have to be
# byte-identical on every machine. It must never serve for real data.
DEMO_KEY = hashlib.sha256(b"edureport demo dataset: invented people, public key").digest()

_ID_LIKE = re.compile(r"\d{14,}[\dXx]")
_NAME_DOTS = re.compile(r"[·•・‧⋅∙●.．]")


class Pseudonymiser:
    """Pseudonyms under one key; each kind of value has its own domain, so keys of two kinds never meet."""

    def __init__(self, key: bytes):
        self._key = key

    @classmethod
    def load(cls, settings: Settings, dataset: str = "") -> "Pseudonymiser":
        """The key of a dataset: the public one for demo data, else the user's own, made on first use.

        ConfigError if the key file can be read by others or is not a key.
        """
        if dataset and settings.is_demo(dataset):
            return cls(DEMO_KEY)
        return cls(_load_key(settings.paths.key_file))

    @property
    def fingerprint(self) -> str:
        """A sign of the key that changes with it and does not reveal it: part of the inputs of cleaning."""
        return self._token("fingerprint", "", LENGTH)

    def id_key(self, values: pd.Series) -> pd.Series:
        """Pseudonyms of normalised ID numbers; null where empty."""
        return self._each(values, "id", lambda text: squeeze(text).upper())

    def roll_key(self, values: pd.Series) -> pd.Series:
        """Pseudonyms of 学籍号; null where empty."""
        return self._each(values, "roll", lambda text: squeeze(text).upper())

    def name_key(self, values: pd.Series) -> pd.Series:
        """Pseudonyms of names, blind to white space, case and the many dots of minority names; null where empty."""
        return self._each(values, "name", lambda text: _NAME_DOTS.sub("·", squeeze(text).upper()))

    def mask(self, text: str) -> str:
        """Text with whatever looks like an ID number replaced, always by the same sign, so that joins still work."""
        return _ID_LIKE.sub(
            lambda match: MASK_WORD + self._token("mask", match[0].upper(), MASK_LENGTH), text
        )

    def _token(self, domain: str, text: str, length: int) -> str:
        digest = hmac.new(self._key, f"{domain}\0{text}".encode(), hashlib.sha256).digest()
        return base64.b32encode(digest).decode("ascii")[:length]

    def _each(self, values: pd.Series, domain: str, normal: Callable[[object], str]) -> pd.Series:
        present = values.dropna()
        tokens = {}
        for value in present.unique():
            if text := normal(value):
                tokens[value] = self._token(domain, text, LENGTH)
        return values.map(tokens).astype("str")


def _load_key(file: Path) -> bytes:
    if not file.exists():
        _create_key(file)
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


def _create_key(file: Path) -> None:
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
