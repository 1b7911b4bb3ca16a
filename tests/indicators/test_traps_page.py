"""docs/traps.md names every trap of domain.md section K, and only tests and examples that exist."""

import re

from tests.indicators.builders import ROOT


PAGE = (ROOT / "docs" / "traps.md").read_text(encoding="utf-8")
ROWS = [line.split("|") for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]


def test_all_forty_eight_in_order_each_with_a_place_and_a_test() -> None:
    assert [int(row[1]) for row in ROWS] == list(range(1, 49))
    assert all(cell.strip() for row in ROWS for cell in row[2:5])


def test_tests_and_examples_that_are_named_exist() -> None:
    written = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    for name in re.findall(r"`(test_\w+)`", PAGE):
        assert f"def {name}(" in written, name
    for path in re.findall(r"`(tests/[\w/.]+)`", PAGE):
        assert (ROOT / path).exists(), path
    examples = (ROOT / "docs" / "worked-examples.zh-CN.md").read_text(encoding="utf-8")
    for row in ROWS:
        for name in re.findall(r"\b([DAL]\d\d)\b", row[4]):
            assert f"### {name} " in examples, name
