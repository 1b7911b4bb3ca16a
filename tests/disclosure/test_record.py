"""The record of what was published: made once, never changed, missed when it is lost."""

import json
from pathlib import Path

import pytest

from pipelines import atomic, pipeline
from pipelines.disclosure import record
from pipelines.disclosure.record import CannotPublish
from pipelines.errors import ConfigError, UsageError
from pipelines.periods import Period
from pipelines.publicview import load_public_view
from pipelines.reference import load_reference
from pipelines.settings import Settings

from .test_figures import quarter


Q1, Q2, Q3 = Period(2026, 1), Period(2026, 2), Period(2026, 3)
FIGURES = {
    Q1: ([0, 14, 12], [40, 50, 60], [30, 30, 30]),
    Q2: ([0, 14, 3], [40, 50, 60], [40, 48, 30]),
    Q3: ([0, 16, 2], [41, 53, 75], [30, 30, 30]),
}


def put(settings: Settings, period: Period, set_aside: int = 0) -> None:
    """A quarter's figures as the indicator stage leaves them."""
    folder = settings.paths.clean("county", period)
    atomic.write_json(folder / "indicators.json", {"towns": quarter(*FIGURES[period])})
    gap = {"table": "dropout_case", "town": "001", "read": 9, "used": 9 - set_aside, "set_aside": set_aside}
    table = {"read": 8123, "used": 8123, "warned": 0, "set_aside": set_aside, "as_of": "2026-09-30"}
    manifest = {"files": [], "tables": {"dropout_case": table}, "reconciliation": [gap]}
    atomic.write_json(folder / "manifest.json", manifest)


@pytest.fixture
def released(settings: Settings) -> Settings:
    """Two quarters released."""
    for period in (Q2, Q3):
        put(settings, period)
        record.ensure(settings, "county", period, lambda _: None)
    return settings


def test_a_record_is_private_and_the_same_every_time(released: Settings) -> None:
    file = record.record_file(released, "county", Q3)
    assert file.stat().st_mode & 0o777 == 0o600 and "releases" in file.parts and "clean" not in file.parts
    before = file.read_bytes()
    record.ensure(released, "county", Q3, lambda _: None)
    assert file.read_bytes() == before
    file.unlink()
    record.ensure(released, "county", Q3, lambda _: None)
    assert file.read_bytes() == before
    file.chmod(0o640)
    with pytest.raises(ConfigError):
        record.records(released, "county")


def test_published_figures_are_not_taken_back(released: Settings) -> None:
    town = load_reference(released, "county").towns.county
    before = load_public_view(released, "county", Q2, town)
    atomic.write_json(
        released.paths.clean("county", Q2) / "indicators.json", {"towns": quarter(*FIGURES[Q1])}
    )
    said: list[str] = []
    record.ensure(released, "county", Q2, said.append)
    assert "不能收回" in said[0]
    assert load_public_view(released, "county", Q2, town).digest() == before.digest()
    put(released, Q1)
    with pytest.raises(UsageError) as caught:
        record.ensure(released, "county", Q1, lambda _: None)
    assert "2026Q3" in str(caught.value)


def test_a_lost_or_altered_record_refuses(released: Settings) -> None:
    file = record.record_file(released, "county", Q2)
    content = file.read_bytes()
    file.unlink()
    with pytest.raises(CannotPublish) as caught:
        record.ensure(released, "county", Q3, lambda _: None)
    assert "2026Q2" in str(caught.value) and "备份" in str(caught.value)
    file.write_bytes(content.replace(b'"source"', b' "source"'))
    file.chmod(0o600)
    with pytest.raises(CannotPublish):
        record.records(released, "county")
    file.write_bytes(b"{")
    with pytest.raises(CannotPublish):
        record.records(released, "county")


def test_reports_without_their_record_refuse(released: Settings) -> None:
    page = released.paths.report("county", Q1, "public", "甲镇") / "甲镇_2026Q1_控辍保学.html"
    atomic.write_text(page, "x")
    with pytest.raises(CannotPublish) as caught:
        record.records(released, "county")
    assert "2026Q1" in str(caught.value)


def test_another_threshold_refuses(released: Settings) -> None:
    file = released.root / "monitoring.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("[thresholds.suppression]\nvalue = 10", "[thresholds.suppression]\nvalue = 5")
    )
    with pytest.raises(CannotPublish):
        record.records(Settings.load(released.root), "county")


def test_a_public_view_holds_no_rows_files_cases_or_hidden_numbers(released: Settings) -> None:
    county = load_reference(released, "county").towns.county
    view = load_public_view(released, "county", Q3, county)
    assert view.worklist.empty and view.schools.empty and not (view.quality or view.refused or view.autumn)
    assert view.inputs == [
        {"table": "dropout_case", "as_of": "2026-09-30", "files": [], "sha256": [], "rows": None}
    ]
    text = json.dumps([view.indicators, view.county, view.trend, view.towns], ensure_ascii=False)
    assert "8123" not in text and set(view.towns) == {"001", "002", "003"}
    shown = {entry["id"]: entry for entry in view.towns["003"]["indicators"]}
    assert shown["D05"]["value"] is None and shown["D05"]["mark"] == "＜10"
    assert view.trend["L01"][-1]["value"] == 169


def test_set_aside_rows_hide_a_towns_zeros(settings: Settings) -> None:
    put(settings, Q2, set_aside=1)
    record.ensure(settings, "county", Q2, lambda _: None)
    released = record.records(settings, "county")[Q2].released
    assert "001/D05" in released.partial and not released.shown["2026Q2/001/D05"]
    assert "002/D05" not in released.partial


def test_the_notebooks_view_is_the_file_it_was_given(
    released: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.publicroom import room
    from pipelines.publicview import VARIABLE

    register = load_reference(released, "county").towns
    view = load_public_view(released, "county", Q3, register.county)
    with room(released, view) as (folder, variables):
        names = {file.relative_to(folder).parts[0] for file in folder.rglob("*") if file.is_file()}
        assert not (folder / "data" / "clean").exists() and not (folder / "data" / "releases").exists()
        assert "published.json" in names
        monkeypatch.setenv(VARIABLE, variables[VARIABLE])
        again = load_public_view(Settings.load(folder), "county", Q3, register.county)
        assert again.digest() == view.digest()
        with pytest.raises(UsageError):
            load_public_view(Settings.load(folder), "county", Q2, register.county)
    assert not folder.exists()


@pytest.mark.parametrize("demo", [True, False])
def test_only_a_demo_written_anew_forgets_what_was_published(released: Settings, demo: bool) -> None:
    """Else the public edition would go on giving the figures of a demo that is no more."""
    page = released.paths.reports("county") / str(Q3) / "public" / "景芝镇" / "景芝镇.html"
    internal = released.paths.reports("county") / str(Q3) / "internal" / "景芝镇" / "景芝镇.html"
    for file in (page, internal):
        file.parent.mkdir(parents=True)
        file.write_text("x")
    released.content.setdefault("datasets", {})["county"] = {"demo": demo}
    said: list[str] = []
    record.forget_demo(released, "county", said.append)
    assert internal.is_file() and page.is_file() is not demo
    assert bool(record.records(released, "county")) is not demo and bool(said) is demo
    record.forget_demo(released, "county", said.append)
    assert len(said) == demo, "nothing to forget, nothing to say"


def test_make_demo_forgets_before_it_writes(released: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import cli, demo

    file = record.record_file(released, "demo", Q3)
    for missing in (False, True):  # the command, and a report that finds no demo
        atomic.write_json(file, {}, atomic.PRIVATE)
        seen: list[bool] = []
        monkeypatch.setattr(demo, "write_demo", lambda *_, seen=seen, **__: seen.append(file.exists()))
        if missing:
            with pytest.raises(UsageError):
                pipeline.ensure_dataset(released, "demo", lambda _: None)
        else:
            monkeypatch.setenv("EDUREPORT_ROOT", str(released.root))
            assert cli.main(["demo"]) == 0
        assert seen == [False]
