import json

import pytest

from pipelines import themes
from pipelines.errors import ConfigError, UsageError
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.workbench.scaffold import new_report


def test_the_reports_in_their_order(settings: Settings) -> None:
    assert [(t.name, t.title) for t in themes.load_themes(settings)] == [
        ("dropout", "控辍保学"),
        ("aid", "学生资助"),
        ("left_behind", "留守儿童关爱"),
        ("plan", "重点任务进展"),
        ("county", "农村教育总览"),
        ("notice", "重点任务进展情况"),
    ]


def test_the_overview_is_made_for_the_county_only(settings: Settings) -> None:
    known = themes.load_themes(settings)
    register = load_reference(settings, "demo").towns
    town, county = register.towns[0], register.county
    assert [t.name for t in themes.choose(known, "all", town)] == ["dropout", "aid", "left_behind", "plan"]
    assert [t.name for t in themes.choose(known, "all", county)][-2:] == ["county", "notice"]
    with pytest.raises(UsageError, match="county"):
        themes.choose(known, "county", town)


def test_choice(settings: Settings) -> None:
    known = themes.load_themes(settings)
    assert themes.choose(known, "all") == known
    assert [t.name for t in themes.choose(known, "学生资助")] == ["aid"]
    with pytest.raises(UsageError, match="dropout"):
        themes.choose(known, "dropouts")


def test_a_notebook_joins_by_declaring_itself(settings: Settings) -> None:
    file = settings.paths.notebooks / "mine.ipynb"
    file.write_text(json.dumps({"metadata": {"edureport_theme": {"title": "营养", "order": 0}}, "cells": []}))
    (settings.paths.notebooks / "scratch.ipynb").write_text(json.dumps({"metadata": {}, "cells": []}))
    assert [t.name for t in themes.load_themes(settings)][:2] == ["mine", "dropout"]
    assert len(themes.load_themes(settings)) == 7


def test_a_broken_notebook_is_named(settings: Settings) -> None:
    (settings.paths.notebooks / "bad.ipynb").write_text("{")
    with pytest.raises(ConfigError, match=r"bad\.ipynb"):
        themes.load_themes(settings)


def test_editions() -> None:
    for edition in ("internal", "public"):
        themes.check_edition(edition)
    with pytest.raises(UsageError) as caught:
        themes.check_edition("secret")
    assert caught.value.exit_code == 2


def test_the_plan_is_kept_out_of_the_public_edition(settings: Settings) -> None:
    known = themes.load_themes(settings)
    names = {theme.name for theme in themes.choose(known, themes.ALL, edition="public")}
    assert names == {"dropout", "aid", "left_behind", "county"}
    with pytest.raises(UsageError):
        themes.choose(known, "plan", edition="public")


def test_all_leaves_out_internal_reports_with_a_word(settings: Settings) -> None:
    new_report(settings, "boarding", "住校情况")
    known = themes.load_themes(settings)
    assert "boarding" in {theme.name for theme in themes.choose(known, themes.ALL, edition="internal")}
    assert "boarding" not in {theme.name for theme in themes.choose(known, themes.ALL, edition="public")}
    said = themes.left_out(known, themes.ALL, "public")
    assert any("略去《住校情况》只有内部版" in line and "boarding.ipynb" in line for line in said)
    assert len(said) == 3  # and the plan's two
    assert themes.left_out(known, themes.ALL, "internal") == []
    assert themes.left_out(known, "dropout", "public") == []


def test_names_of_the_contract() -> None:
    period = Period(2026, 3)
    assert themes.report_title("景芝镇", period, "控辍保学") == "景芝镇2026年第三季度控辍保学监测报告"
    assert themes.file_stem("景芝镇", period, "控辍保学") == "景芝镇_2026Q3_控辍保学"
