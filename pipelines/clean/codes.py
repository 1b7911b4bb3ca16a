"""Cells of code lists: one value, one code with or without its text, or several of them.

An unknown value is never guessed: the row is set aside (contract.md section 4).
"""

import re
from collections.abc import Callable
from typing import Any

from pipelines.clean.outcome import Outcome
from pipelines.ingest.cells import squeeze, tidy, without_note
from pipelines.tables.contract import Column, Contract


_MANY = re.compile(r"[;,、|/]+")
_CODE_AND_TEXT = re.compile(r"(\d{1,2})[-—.、:_)]*(\D.*)")
_SHOWN = 12  # so many allowed values are listed in a message


class CodeList:
    """The values one enum or code column accepts, folded, with the value that is kept."""

    def __init__(self, contract: Contract, column: Column):
        listed = {squeeze(text): value for text, value in contract.allowed(column).items()}
        self.coded = column.kind in ("code", "codes")
        self.accepted = dict(listed)
        if self.coded:
            for text, code in listed.items():
                # "失踪失联" for "失踪失联(公安证明)", and "1" where Excel has dropped the zero of "01".
                self.accepted.setdefault(without_note(text), code)
                self.accepted.setdefault(text.lstrip("0") if text.isdigit() else text, code)
        for alias, value in contract.value_aliases.get(column.codes, {}).items():
            if squeeze(value) in listed:
                self.accepted.setdefault(squeeze(alias), listed[squeeze(value)])
        values = list(dict.fromkeys(contract.allowed(column)))
        shown = [text for text in values if not text.isdigit()] if self.coded else values
        self.hint = "、".join(shown[:_SHOWN]) + ("等" if len(shown) > _SHOWN else "")

    @property
    def texts(self) -> frozenset[str]:
        """Every accepted text, folded."""
        return frozenset(self.accepted)

    def one(self, value: Any) -> Outcome:
        """A cell with one value."""
        text = squeeze(value)
        if (found := self.accepted.get(text)) is not None:
            return Outcome(found)
        if self.coded and (match := _CODE_AND_TEXT.fullmatch(text)):
            by_code = self.accepted.get(match[1])
            by_text = self.accepted.get(match[2]) or self.accepted.get(without_note(match[2]))
            if by_code is not None and by_code == by_text:
                return Outcome(by_code)
            if by_code is not None and by_text is not None:
                return Outcome(None, "code_contradicts", self.hint)
        return Outcome(None, "unknown_code", self.hint)

    def many(self, value: Any) -> Outcome:
        """A cell with several values; kept in the order typed, each once, joined with ``;``."""
        kept: dict[str, None] = {}
        whole = self.one(value)
        if whole.rule is None:
            return whole
        for part in _MANY.split(tidy(str(value).replace("\n", ";"))):
            if part.strip():
                outcome = self.one(part)
                if outcome.rule:
                    return outcome
                kept[outcome.value] = None
        return Outcome(";".join(kept)) if kept else Outcome(None, "unknown_code", self.hint)


def code_parser(contract: Contract, column: Column) -> tuple[Callable[[Any], Outcome], frozenset[str]]:
    """(parser, accepted texts) of an enum, code, codes or multi column."""
    codes = CodeList(contract, column)
    return (codes.many if column.kind in ("codes", "multi") else codes.one), codes.texts
