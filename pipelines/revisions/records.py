"""editions.json in a unit's folder: which editions of its reports were issued, and why a later one is made.

It is written by people's decisions only (``make issue``, ``REASON=``); everything else about the editions is derived
and stands in manifest.json. A folder without it has issued nothing.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipelines import atomic
from pipelines.errors import ReportFailed


NAME = "editions.json"
MANIFEST = "manifest.json"  # derived from the record; pipelines/manifest.py
FIGURES = "figures"  # the document that indicators.json is; the others are called after their theme
FIGURES_STEM = "indicators"
_DIGITS = "零一二三四五六七八九"


def label(number: int) -> str:
    """第一版, 第二版, … 第十二版 …; up to 99."""
    tens, ones = divmod(number, 10)
    text = (_DIGITS[tens] if tens > 1 else "") + "十" if tens else ""
    return f"第{text}{_DIGITS[ones] if ones or not tens else ''}版"


def edition_name(stem: str, number: int, suffix: str) -> str:
    """A file of an edition: the first has the plain name (contract.md section 2), later ones say which they are."""
    return f"{stem}{suffix}" if number == 1 else f"{stem}_{label(number)}{suffix}"


@dataclass(frozen=True)
class Issued:
    """One issued edition of one document.

    ``outputs`` file → SHA-256; ``inputs`` those of its stamp; ``notes`` what the stamp says it was made from
    (``basis``, ``work`` …); ``figures`` the file with its figures; ``issued_on`` the day as the office gave it, or "".
    """

    number: int
    outputs: dict[str, str]
    inputs: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    figures: str = ""
    issued_on: str = ""


@dataclass(frozen=True)
class Document:
    """The issued editions of one document, first to last, and the reasons given for later ones by number."""

    issued: tuple[Issued, ...] = ()
    reasons: dict[int, str] = field(default_factory=dict)

    @property
    def last(self) -> Issued | None:
        """The latest issued edition."""
        return self.issued[-1] if self.issued else None

    def reason(self, number: int) -> str:
        """Why that edition is made, in the office's words; "" if nobody said."""
        return self.reasons.get(number, "")


def read(folder: Path) -> dict[str, Document]:
    """The documents of a unit by name (theme, or ``figures``); empty if nothing was issued.

    ReportFailed if the file cannot be read, or is gone where the manifest still names issued editions: then it is not
    known what must not be overwritten.
    """
    file = folder / NAME
    if not file.exists():
        _refuse_if_lost(folder)
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {name: _document(entry) for name, entry in content["documents"].items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportFailed(
            f"读不了 {folder.name} 的印发记录 {NAME}，不知道哪些报告已经印发，因此没有生成。",
            "请从备份恢复这个文件后重试。",
        ) from error


def _refuse_if_lost(folder: Path) -> None:
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        documents = [*content["reports"].values(), content["figures"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return  # nothing was made here, or what derives from the record is gone as well
    if any(edition.get("issued") for document in documents for edition in document["editions"]):
        raise ReportFailed(
            f"{folder.name} 的印发记录 {NAME} 不见了，而这里有已经印发的报告，因此没有生成。",
            f"请从备份恢复 {NAME} 后重试。",
        )


def _document(entry: dict[str, Any]) -> Document:
    reasons = {int(number): str(text) for number, text in entry.get("reasons", {}).items()}
    return Document(tuple(Issued(**issued) for issued in entry.get("issued", [])), reasons)


def write(folder: Path, documents: dict[str, Document]) -> Path:
    """Write editions.json; return its path."""
    content = {
        name: {
            "issued": [asdict(issued) for issued in document.issued],
            "reasons": {str(number): text for number, text in document.reasons.items()},
        }
        for name, document in documents.items()
    }
    return atomic.write_json(folder / NAME, {"schema": 1, "documents": content})


def set_reason(folder: Path, name: str, text: str) -> bool:
    """Say why the next edition of a document is made; False (and nothing written) if none was issued yet."""
    documents = read(folder)
    document = documents.get(name, Document())
    if document.last is None:
        return False
    number = document.last.number + 1
    if document.reason(number) != text:
        reasons = {**document.reasons, number: text}
        write(folder, {**documents, name: Document(document.issued, reasons)})
    return True


def editions_of(folder: Path, stem: str, suffix: str) -> list[tuple[int, Path]]:
    """The editions of a document that lie in the folder, latest first: (number, file)."""
    found, number = [], 1
    while (file := folder / edition_name(stem, number, suffix)).is_file():
        found.append((number, file))
        number += 1
    return found[::-1]


def latest_figures(folder: Path) -> Path:
    """The file with the current figures: indicators.json, or that of the latest edition."""
    found = editions_of(folder, FIGURES_STEM, ".json")
    return found[0][1] if found else folder / f"{FIGURES_STEM}.json"
