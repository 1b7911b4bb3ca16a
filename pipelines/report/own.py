"""An analyst's own indicators: declared in a notebook, with a rule text, under ids of their own (X01 to X99).

They stand beside the catalogue's in tables, sentences and 数据说明 of their report, and nowhere else: indicators.json
holds the catalogue, which is the same for every report.
"""

import re
from collections.abc import Sequence
from typing import Any

from pipelines.errors import UsageError
from pipelines.indicators.catalogue import Entry


THEME = "own"
_ID = re.compile(r"X(?!00)\d\d")
_NUMBER = (int, float)


def define(
    wanted: str,
    name: str,
    rule: str,
    *,
    numerator: float | None,
    denominator: int | None = None,
    unit: str = "人",
    target: float | None = None,
    direction: str = "info",
    source: str = "本报告自定",
    previous: float | None = None,
    tables: Sequence[str] = (),
    decimals: int = 1,
) -> tuple[Entry, dict[str, Any]]:
    """The catalogue entry and the figure (contract.md section 3) of an own indicator; UsageError if it is not whole."""
    _check(wanted, name, rule, numerator, denominator, unit, direction)
    rate = unit == "%"
    entry = Entry(
        id=wanted, name=name, english="", theme=THEME, unit=unit, kind="rate" if rate else "count",
        direction=direction, rule=rule, base="见口径", view="见口径", source=source, formula="", limits="",
        needs=tuple(tables), target=target, decimals=decimals,
    )  # fmt: skip
    state, value = "ok", numerator
    if numerator is None or (rate and denominator is None):
        state, value, numerator, denominator = "missing", None, None, None
    elif rate:
        assert denominator is not None
        value = numerator / denominator if denominator else None
        state = "ok" if denominator else "not_applicable"
    figure: dict[str, Any] = {
        "id": wanted, "name": name, "value": value, "numerator": numerator, "denominator": denominator,
        "unit": unit, "target": target, "status": entry.status(value), "state": state,
        "previous": previous, "year_ago": None, "breakdown": {},
    }  # fmt: skip
    return entry, figure


def not_compared(figure: dict[str, Any]) -> dict[str, Any]:
    """The county's column beside an own indicator: nobody has computed it."""
    empty = dict.fromkeys(("value", "numerator", "denominator", "previous"))
    return figure | empty | {"state": "not_applicable", "status": "—"}


def _check(
    wanted: str, name: str, rule: str, numerator: Any, denominator: Any, unit: str, direction: str
) -> None:
    if not isinstance(wanted, str) or not _ID.fullmatch(wanted):
        raise UsageError(
            f"自己定义的指标编号“{wanted}”不能使用。", "写 X01 至 X99；D、A、L 等编号属于指标目录。"
        )
    if not str(name).strip() or not str(rule).strip():
        raise UsageError(f"指标 {wanted} 没有写明名称或口径。", "name= 写名称，rule= 写怎么算、分母是谁。")
    if direction not in ("up", "down", "info"):
        raise UsageError(f"指标 {wanted} 的 direction“{direction}”不对。", '写 "up"、"down" 或 "info"。')
    for part in (numerator, denominator):
        # numpy's numbers are numbers too; True is not
        number = isinstance(part, _NUMBER) or hasattr(part, "__index__")  # numpy's numbers too; True is none
        if part is not None and (isinstance(part, bool) or not number):
            raise UsageError(f"指标 {wanted} 的分子或分母不是数。", "写数，没有收到数据时写 None。")
    if unit != "%":
        if denominator is not None:
            raise UsageError(
                f"指标 {wanted} 有分母，单位却是“{unit}”。", '比率写 unit="%"，个数不写 denominator。'
            )
        return
    if numerator is not None and denominator is not None and not 0 <= numerator <= denominator:
        raise UsageError(f"指标 {wanted} 的分子大于分母或小于 0。", "请核对计算：比率的分子是分母的一部分。")
