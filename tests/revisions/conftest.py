"""The batch tests' project root with made-up figures, and a way to change a town's figure in it."""

import json
from collections.abc import Callable

import pytest

from pipelines import atomic, issue
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.themes import load_themes
from tests.batch.conftest import DATASET, EDITION, PERIOD, pristine, small


__all__ = ["pristine", "small"]

Make = Callable[..., list[issue.Outcome]]


@pytest.fixture
def make(small: Settings) -> Make:
    """``make(石堆镇=4)`` sets those towns' D01 first, then makes 景芝镇's reports; ``town=`` another's, ``theme=`` one."""

    def run(town: str = "景芝镇", reason: str = "", theme: str = "", **values: int) -> list[issue.Outcome]:
        codes = {"景芝镇": "370784122", "石堆镇": "370784112", "全市": "000"}
        file = small.paths.clean(DATASET, PERIOD) / "indicators.json"
        content = json.loads(file.read_text(encoding="utf-8"))
        for name, value in values.items():
            content["towns"][codes[name]][0] |= {"value": value, "numerator": value}
        atomic.write_json(file, content)
        unit = load_reference(small, DATASET).towns.resolve(town)
        themes = [chosen for chosen in load_themes(small) if theme in ("", chosen.name)]
        if reason:
            issue.note_reason(small, DATASET, PERIOD, unit, EDITION, themes, reason)
        return issue.make_reports(small, DATASET, PERIOD, unit, EDITION, themes, lambda _: None)

    return run
