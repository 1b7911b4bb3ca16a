"""A town's view: the figures' files are parsed once, and nothing done to one view shows in the next."""

import json

from pipelines import townview
from pipelines.periods import Period


QUARTER = Period.parse("2026Q3")


class _Paths:
    def __init__(self, folder):
        self._folder = folder

    def clean(self, dataset, period):
        return self._folder / dataset / str(period)


class _Settings:
    def __init__(self, folder):
        self.paths = _Paths(folder)


def _write(folder, value):
    file = folder / "demo" / "2026Q3" / townview.INDICATORS
    file.parent.mkdir(parents=True, exist_ok=True)
    entry = {"id": "D05", "value": value, "breakdown": {"stage": {"小学": value}}}
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"refused": {}, "towns": {"370784122": [entry]}}), encoding="utf-8")
    new.replace(file)


def test_a_file_of_figures_is_parsed_once_and_again_when_it_was_replaced(tmp_path):
    settings = _Settings(tmp_path)
    assert townview.read_indicators(settings, "demo", QUARTER) is None
    _write(tmp_path, 2)
    first = townview.read_indicators(settings, "demo", QUARTER)
    assert townview.read_indicators(settings, "demo", QUARTER) is first
    _write(tmp_path, 3)
    assert townview.read_indicators(settings, "demo", QUARTER)["towns"]["370784122"][0]["value"] == 3


def test_what_is_done_to_one_view_does_not_show_in_the_next(tmp_path):
    _write(tmp_path, 2)
    stored = townview.read_indicators(_Settings(tmp_path), "demo", QUARTER)
    one = townview._with_comparisons(stored, {}, QUARTER, "370784122")
    one[0]["value"] = 9
    one[0]["breakdown"]["stage"]["小学"] = 9
    again = townview._with_comparisons(stored, {}, QUARTER, "370784122")
    assert again[0]["value"] == again[0]["breakdown"]["stage"]["小学"] == 2
