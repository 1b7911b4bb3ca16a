"""An analyst's own indicators: whole, apart from the catalogue, never green where nobody set a target."""

import pytest

from pipelines import formatting
from pipelines.errors import UsageError
from pipelines.report import own


def test_a_rate_with_its_base() -> None:
    entry, figure = own.define(
        "X01", "住校生比例", "…", numerator=3, denominator=8, unit="%", tables=["student_roll"]
    )
    assert (figure["value"], figure["state"], figure["status"]) == (3 / 8, "ok", "—")
    assert formatting.indicator_value(figure, entry.decimals) == "37.5%"
    assert entry.tables == ("student_roll",)


def test_target_and_direction_decide_the_verdict() -> None:
    def verdict(value: int, direction: str) -> str:
        return own.define("X02", "名", "规", numerator=value, target=2, direction=direction)[1]["status"]

    assert [verdict(v, "down") for v in (1, 2, 3)] == ["达标", "达标", "未达标"]
    assert [verdict(v, "up") for v in (1, 2, 3)] == ["未达标", "达标", "达标"]


def test_missing_is_not_zero_and_no_base_is_neither() -> None:
    missing = own.define("X01", "名", "规", numerator=None, denominator=None, unit="%")[1]
    half_known = own.define("X01", "名", "规", numerator=3, denominator=None, unit="%")[1]
    empty = own.define("X01", "名", "规", numerator=0, denominator=0, unit="%")[1]
    assert [f["state"] for f in (missing, half_known, empty)] == ["missing", "missing", "not_applicable"]
    assert [f["value"] for f in (missing, half_known, empty)] == [None, None, None]
    assert half_known["numerator"] is None


@pytest.mark.parametrize(
    ("wanted", "changed"),
    [
        ("D05", {}), ("X1", {}), ("X00", {}), ("x01", {}), ("X001", {}),
        ("X01", {"name": " "}), ("X01", {"rule": ""}), ("X01", {"numerator": True}), ("X01", {"numerator": "3"}),
        ("X01", {"denominator": 5}), ("X01", {"direction": "higher"}),
        ("X01", {"unit": "%", "numerator": 6, "denominator": 5}), ("X01", {"unit": "%", "numerator": -1, "denominator": 5}),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused(wanted: str, changed: dict) -> None:
    declared = {"name": "名", "rule": "规", "numerator": 3} | changed
    with pytest.raises(UsageError, match=r"办法"):
        own.define(wanted, **declared)


def test_nobody_has_computed_the_countys() -> None:
    figure = own.define("X01", "名", "规", numerator=3)[1]
    assert own.not_compared(figure)["value"] is None
    assert formatting.indicator_value(own.not_compared(figure)) == "—"
