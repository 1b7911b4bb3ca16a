"""make new, make report, the index: a report of one's own on real files, and what report.load may show."""

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest

from pipelines import issue, match, store
from pipelines.errors import UsageError
from pipelines.indexpage import write_index
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.report import Report
from pipelines.report.rows import load_rows
from pipelines.settings import Settings
from pipelines.themes import choose, load_themes
from pipelines.townview import load_view
from tests.e2e.conftest import run


pytestmark = pytest.mark.e2e

PERIOD = Period(2026, 3)
TABLES = ["student_roll", "roll_event", "absence", "dropout_case", "persuasion_log", "aid_identification", "aid_payment",
          "dept_list", "left_behind", "care_log", "care_facility", "hukou_cohort", "school"]  # fmt: skip


@pytest.fixture(scope="module")
def facts(issued):
    """What the indicators see of the whole county."""
    settings = Settings.load(issued[0])
    earlier = [PERIOD.shift(-n) for n in range(1, 6)]
    return settings, match.load_facts(settings, "demo", PERIOD, earlier)


@pytest.mark.parametrize("table", TABLES)
def test_every_row_belongs_to_one_town_and_nobody_is_named(facts, table: str) -> None:
    settings, seen = facts
    towns = load_reference(settings, "demo").towns
    parts = {t.code: load_rows(settings, "demo", PERIOD, t, table) for t in towns.towns}
    whole = load_rows(settings, "demo", PERIOD, towns.county, table)
    ids = [row for part in parts.values() for row in part["row_id"]]
    assert len(ids) == len(set(ids)) > 0
    assert set(ids) <= set(whole["row_id"])
    assert len(whole) == len(seen.tables[table])
    assert not {"id_key", "roll_key", "name_key", "id_no", "name", "roll_no"} & set(whole)
    if "person" in whole:
        assert list(whole["person"]) == list(seen.tables[table]["person"])
    if table in ("student_roll", "aid_payment", "absence"):
        expected = seen.tables[table].groupby("town")["row_id"].apply(set).to_dict()
        assert {code: set(part["row_id"]) for code, part in parts.items() if len(part)} == expected


def test_rows_recompute_an_indicator(facts) -> None:
    settings, _ = facts
    town = load_reference(settings, "demo").towns.resolve("景芝镇")
    roll = load_rows(settings, "demo", PERIOD, town, "student_roll")
    roll = roll[
        roll["roll_status"].isin(["在校", "休学", "转出中"]) & roll["stage"].isin(["小学", "初中", "特教"])
    ]
    view = load_view(settings, "demo", PERIOD, town, "internal")
    assert roll["person"].nunique() == next(e["value"] for e in view.indicators if e["id"] == "D01") > 0


def test_what_cannot_be_loaded_says_so(facts, monkeypatch) -> None:
    settings, _ = facts
    monkeypatch.setenv("EDUREPORT_ROOT", str(settings.root))
    report = Report.open("景芝镇", "2026Q3")
    with pytest.raises(UsageError, match="student_roll（学籍）"):
        report.load("students")
    monkeypatch.setattr(store, "read", lambda *_: None)
    with pytest.raises(UsageError, match="缺报不等于没有"):
        report.load("absence")
    public = Report(settings, dataclasses.replace(report.view, edition="public"))
    for refused in (
        lambda: public.load("absence"),
        lambda: public.own_indicator("X01", "名", "规", numerator=1),
    ):
        with pytest.raises(UsageError, match="公开版"):
            refused()


def test_a_new_report_joins_by_being_there(copied: Path) -> None:
    said = run(copied, "new", EDUREPORT_NAME="boarding", EDUREPORT_TITLE="住校情况")
    assert said.returncode == 0, said.stderr
    settings = Settings.load(copied)
    town = load_reference(settings, "demo").towns.resolve("景芝镇")
    theme = choose(load_themes(settings), "boarding")[0]
    view = load_view(settings, "demo", PERIOD, town, "internal")
    first = issue.make_report(settings, view, theme)
    assert first.error is None and first.reason == "首次运行"
    page = first.files[0].read_text(encoding="utf-8")
    for text in ("景芝镇2026年第三季度", "住校生比例", "就读方式为“住校”的人数占比", "其中住校"):
        assert text in page
    assert "总体情况" not in page  # no target, no light
    row = pd.Series(write_index(settings, "demo", PERIOD, "internal").read_text(encoding="utf-8"))
    assert row.str.contains("住校情况").all()
    assert issue.make_report(settings, view, theme).reason == ""
    # the rows it loads are among what it is made from
    file = settings.paths.clean("demo", PERIOD) / "student_roll.parquet"
    roll = store.read_frame(file)
    own = load_rows(settings, "demo", PERIOD, town, "student_roll")
    store.write_frame(file, roll[roll["row_id"] != own["row_id"].iloc[0]])
    assert "student_roll" in issue.make_report(settings, view, theme).reason


def test_a_parameter_from_monitoring_toml(copied: Path) -> None:
    run(copied, "new", "--name", "boarding", "--title", "住校情况")
    toml = copied / "monitoring.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8") + "\n[notebooks.boarding]\nleast = 99999\n", encoding="utf-8"
    )
    settings = Settings.load(copied)
    town = load_reference(settings, "demo").towns.resolve("景芝镇")
    theme = choose(load_themes(settings), "boarding")[0]
    view = load_view(settings, "demo", PERIOD, town, "internal")
    node = issue.run_notebook(settings, view, theme)
    assert "没有义务教育在籍学生99999人以上的学校" in json.dumps(node, ensure_ascii=False)
