"""What notebooks call is documented in Chinese with an example, and prints numbers as the reports do."""

import inspect
import re

import pandas as pd
import pytest

from pipelines.errors import UsageError
from pipelines.report import Report


HELPERS = [name for name, _ in inspect.getmembers(Report, callable) if not name.startswith("_")]


@pytest.fixture
def report() -> Report:
    """A report without a town: what is tested here looks at no data."""
    return Report.__new__(Report)


@pytest.mark.parametrize("name", HELPERS)
def test_question_mark_shows_chinese(name: str) -> None:
    text = inspect.getdoc(getattr(Report, name)) or ""
    assert re.match(r"[\u4e00-\u9fff“]", text), name


def test_the_overview_names_helpers_that_exist_and_all_that_show() -> None:
    overview = Report.__doc__ or ""
    lines = [line for line in overview.splitlines() if re.match(r"\s+(读数|写数|成句|展示|全市)：", line)]
    named = set(re.findall(r"[a-z_]{3,}", " ".join(lines))) - {"formats"}
    assert named - {"schools"} <= set(HELPERS)
    for name in ("load", "indicator", "own_indicator", "table", "chart", "text", "data_notes"):
        assert name in named
        assert "例：" in (inspect.getdoc(getattr(Report, name)) or "")


def test_numbers_as_printed(report: Report) -> None:
    assert report.number(12345, "人") == "12,345人"
    assert report.number(0.5) == "0.5"
    assert report.number(1.25) == "1.25"
    assert report.number(100.0) == "100"
    assert report.number(None, "人") == "缺报"
    assert report.percent(9997, 10000) == "99.9%"
    assert report.percent(1, 3, 2) == "33.33%"
    assert report.percent(0, 0) == "—"
    assert report.percent(None, 5) == "缺报"
    assert report.yuan(123450) == "1,234.50"
    assert report.yuan(500000) == "5,000"
    assert report.yuan(None) == "缺报"


def test_table_formats(report: Report) -> None:
    frame = pd.DataFrame({"比例": [0.12345, 0.9999, None], "金额": [123450, 0, None], "名": ["a", "b", "c"]})
    shown = report._formatted(frame, {"比例": "percent", "金额": "yuan"})
    assert list(shown["比例"]) == ["12.3%", "99.9%", "缺报"]
    assert list(shown["金额"]) == ["1,234.50", "0", "缺报"]
    assert frame["金额"].iloc[0] == 123450
    with pytest.raises(UsageError, match="没有列“比率”"):
        report._formatted(frame, {"比率": "percent"})
    with pytest.raises(UsageError, match="percent、yuan、number"):
        report._formatted(frame, {"比例": "百分比"})
