"""A view handed over is taken only by a notebook that asks for exactly this town, quarter, edition and dataset."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipelines.errors import UsageError
from pipelines.periods import Period
from pipelines.report import handed
from pipelines.settings import Settings
from pipelines.towns import Town, TownRegister
from pipelines.townview import TownView


QUARTER = Period.parse("2026Q3")
TOWNS = [
    Town("370784122", "景芝镇", "景芝", "镇", pinyin="jingzhi"),
    Town("370784103", "石埠子镇", "石埠子", "镇"),
]


def view_of(town: Town, **changes) -> TownView:
    frame = pd.DataFrame({"case": ["DO-1"]})
    view = TownView("demo", QUARTER, "internal", town, [], [], {}, frame, frame.copy(), [], {}, {})
    return replace(view, **changes)


@pytest.fixture
def given(monkeypatch):
    settings = Settings.load()

    class Reference:
        towns = TownRegister(TOWNS, "安丘市")

    monkeypatch.setattr(handed, "load_reference", lambda *_: Reference)
    monkeypatch.setattr(handed, "_given", b"")
    monkeypatch.setattr(handed, "_last", (None, b""))
    handed.receive(handed.pack(settings, view_of(TOWNS[0])))
    return settings.root


@pytest.mark.parametrize("name", ["景芝镇", "jingzhi", "370784122"])
def test_the_town_is_found_by_any_of_its_names(given, name):
    found = handed.take(given, name, QUARTER, "internal", "demo")
    assert found.view.town.name == "景芝镇"
    assert found.register.resolve("石埠子镇").code == "370784103"


@pytest.mark.parametrize(
    "asked",
    [
        {"town": "石埠子镇"},
        {"period": Period.parse("2026Q2")},
        {"edition": "public"},
        {"dataset": "anqiu"},
        {"root": Path("/elsewhere")},
    ],
)
def test_anything_else_is_read_from_the_disk(given, asked):
    wanted = {"root": given, "town": "景芝镇", "period": QUARTER, "edition": "internal", "dataset": "demo"}
    assert handed.take(**wanted) is not None
    assert handed.take(**(wanted | asked)) is None


def test_an_unknown_town_is_refused_as_ever(given):
    with pytest.raises(UsageError):
        handed.take(given, "没有的镇", QUARTER, "internal", "demo")


def test_each_who_asks_gets_a_view_of_his_own(given):
    first = handed.take(given, "景芝镇", QUARTER, "internal", "demo").view
    first.worklist.loc[0, "case"] = "DO-2"
    again = handed.take(given, "景芝镇", QUARTER, "internal", "demo").view
    assert list(again.worklist["case"]) == ["DO-1"]


def test_nothing_is_taken_where_nothing_was_handed_over(given):
    handed.receive(b"")
    assert handed.take(given, "景芝镇", QUARTER, "internal", "demo") is None


def test_a_public_view_is_never_handed_over():
    assert handed.pack(Settings.load(), view_of(TOWNS[0], edition="public")) == b""


def test_another_view_is_packed_anew(given):
    settings = Settings.load()
    other = handed.pack(settings, view_of(TOWNS[1]))
    handed.receive(other)
    assert handed.take(given, "景芝镇", QUARTER, "internal", "demo") is None
    assert handed.take(given, "石埠子镇", QUARTER, "internal", "demo") is not None
