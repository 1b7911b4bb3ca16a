"""The public edition, attacked as published: pages, drawings, downloads, PDF, JSON and index of two quarters in a row."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipelines import issue
from pipelines.disclosure import record
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.themes import load_themes
from pipelines.townview import load_view
from tests.disclosure.published import Knowledge, knowledge, secrets, too_narrow
from tests.e2e.conftest import run
from tests.e2e.finished import MARKS, figures, indicator_table, page, sayable, texts, unexplained


pytestmark = pytest.mark.e2e
EARLIER, LATEST = "2026Q2", "2026Q3"
NUMBERS = ("value", "numerator", "denominator")


@pytest.fixture(scope="module")
def published(issued: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two quarters published: of the earlier one the overview and all figures, of the latest one theme for all units,
    every theme for one town and the county, and the index."""
    root = tmp_path_factory.mktemp("public") / "project"
    shutil.copytree(issued[0], root, symlinks=True)
    public = ("--edition", "public")
    for words in (
        ("report", "--town", "安丘市", "--theme", "county", "--period", EARLIER),
        ("batch", "--theme", "left_behind", "--workers", "2"),
        ("report", "--town", "景芝镇"),
        ("report", "--town", "安丘市"),
    ):
        done = run(root, *words, *public)
        assert done.returncode == 0, done.stdout + done.stderr
    settings = Settings.load(root)
    for town in load_reference(settings, "demo").towns.towns:
        issue.write_figures(settings, load_view(settings, "demo", Period.parse(EARLIER), town, "public"))
    return root


def folders(root: Path, period: str) -> dict[str, Path]:
    """{town code: its public folder}."""
    register = load_reference(Settings.load(root), "demo").towns
    base = root / "reports" / "demo" / period / "public"
    return {town.code: base / town.name for town in register.towns} | {"000": base / "county"}


def complaints(folder: Path) -> list[float]:
    """Every number that the county's file publishes of complaints; a town's has none."""
    content = json.loads((folder / "indicators.json").read_text(encoding="utf-8"))
    listed = [entry for entries in content.get("complaints", {}).values() for entry in entries]
    assert all(entry["value"] is None or entry["value"] >= 10 for entry in listed)
    assert bool(listed) == (folder.name == "county")
    return [n for e in listed for n in (e["value"], e.get("days")) if n is not None]


def known(root: Path) -> Knowledge:
    """What a reader of the files knows, with the true numbers to judge by."""
    public, truth, partial = {}, {}, []
    settings = Settings.load(root)
    records = record.records(settings, "demo")
    for period in (EARLIER, LATEST):
        public[period] = {code: figures(f / "indicators.json") for code, f in folders(root, period).items()}
        file = settings.paths.clean("demo", period) / "indicators.json"
        stored = json.loads(file.read_text(encoding="utf-8"))["towns"]
        truth[period] = {code: {entry["id"]: entry for entry in entries} for code, entries in stored.items()}
        partial += [f"{period}/{name}" for name in records[Period.parse(period)].released.partial]
    return knowledge(truth, public, partial)


def test_no_hidden_number_can_be_worked_out(published: Path) -> None:
    facts = known(published)
    assert len(secrets(facts)) > 300 and len(facts.published) > 150
    assert not too_narrow(facts)


def test_the_attacker_sees_what_a_careless_edition_would_tell(published: Path) -> None:
    """Without complementary suppression, or with the small figures of the county shown, he finds out a lot."""
    facts = known(published)
    for key in [
        key for key in facts.bounds if "/000/" in key and key.split("/")[2] in ("D05", "D19", "A04", "L06")
    ]:
        facts.published[key] = facts.truth[key]
        del facts.bounds[key]
    assert too_narrow(facts)


def test_every_indicator_is_there_and_small_numbers_are_not(published: Path) -> None:
    for period in (EARLIER, LATEST):
        for folder in folders(published, period).values():
            content = json.loads((folder / "indicators.json").read_text(encoding="utf-8"))
            assert content["edition"] == "public" and len(content["indicators"]) == 50
            assert "aid_previous_semester" not in content
            assert all(not e["files"] and e["rows"] is None for e in content["inputs"])
            for entry in content["indicators"]:
                assert entry["state"] in {"ok", "suppressed", "missing", "not_applicable"}
                assert entry["breakdown"] == {}
                if entry["state"] == "suppressed":
                    assert [entry[name] for name in NUMBERS] == [None] * 3 and entry["mark"] in MARKS
                    assert entry["status"] == "—"
                    continue
                base, number = entry["denominator"], entry["numerator"]
                parts = [base, number, *([base - number] if base else [])] if base is not None else [number]
                assert not [n for n in parts if n is not None and 0 < n < 10], entry["id"]


def test_pages_say_what_the_json_says(published: Path) -> None:
    for code, folder in folders(published, LATEST).items():
        told = figures(folder / "indicators.json")
        county = figures(folders(published, LATEST)["000"] / "indicators.json")
        for file in sorted(folder.glob("*.html")):
            for name, row in indicator_table(page(file)).items():
                for entry, text in ((told[name], row["本季度"]), (county[name], row.get("全市", ""))):
                    if entry["state"] == "suppressed" and text:
                        assert text == entry["mark"], (code, name)
                    elif entry["state"] == "ok" and entry["denominator"] is None and text:
                        assert re.sub(r"[^\d.]", "", text) == f"{entry['value']:g}", (code, name)
                base = row["分子 / 分母"]
                shown = told[name]["denominator"] is not None
                wanted = f"{told[name]['numerator']:,} / {told[name]['denominator']:,}" if shown else "—"
                assert base == wanted, (code, name)


def test_nothing_but_published_numbers_is_said_anywhere(published: Path) -> None:
    """Sentences, alternative texts, drawings, downloads and PDFs."""
    all_figures = {code: figures(f / "indicators.json") for code, f in folders(published, LATEST).items()}
    before = {code: figures(f / "indicators.json") for code, f in folders(published, EARLIER).items()}
    looked_at = 0
    for code, folder in folders(published, LATEST).items():
        # the overview shows every town, and counts them
        seen = list(all_figures) if code == "000" else [code, "000"]
        allowed = sayable([e for c in seen for e in [*all_figures[c].values(), *before[c].values()]])
        towns = {str(number) for number in range(len(all_figures))} if code == "000" else set()
        allowed |= {f"{n:g}" for n in complaints(folder)}
        for where, text in texts(folder):
            assert not unexplained(text, allowed | towns), where
            looked_at += 1
    assert looked_at > 80


def test_masthead_index_and_files(published: Path) -> None:
    base = published / "reports" / "demo" / LATEST / "public"
    index = (base / "index.html").read_text(encoding="utf-8")
    assert "公开版" in index and "内部资料" not in index
    for folder in folders(published, LATEST).values():
        for where, text in texts(folder):
            assert "内部资料" not in text and "CX-" not in text, where
        for file in folder.glob("*.html"):
            text = page(file).get_text()
            assert "公开版" in text and "演示数据" in text
            assert "xlsx" not in text and "data/" not in text and str(published) not in text
    kept = (published / "data" / "releases" / "demo" / f"{LATEST}.json").stat()
    assert kept.st_mode & 0o777 == 0o600


def own_notebook(root: Path, *sources: str) -> None:
    """The dropout notebook with cells of an analyst's own at its end."""
    notebook = json.loads((root / "notebooks" / "dropout.ipynb").read_text(encoding="utf-8"))
    notebook["metadata"]["edureport_theme"] = {"title": "自编", "order": 9}
    plain = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    notebook["cells"] = [
        *notebook["cells"][:2],
        *({**plain, "id": f"own-{n}", "source": source} for n, source in enumerate(sources)),
    ]
    (root / "notebooks" / "own.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("pd.read_parquet('data/clean/demo/2026Q3/student_roll.parquet')", "read_parquet"),
        ("report.worklist()", "report.worklist"),
        ("report.schools", "report.schools"),
        ("report.text('NAME')", "姓名"),
    ],
)
def test_an_analysts_notebook_is_refused_and_the_cell_named(published: Path, source: str, said: str) -> None:
    settings = Settings.load(published)
    names = pd.read_parquet(settings.paths.identity("demo", LATEST) / "student_roll.parquet")["name"].dropna()
    name = next(name for name in names if len(name) == 3)
    source = source.replace("NAME", name)
    own_notebook(published, "report.title('自编')", source)
    town = load_reference(settings, "demo").towns.resolve("景芝镇")
    theme = next(theme for theme in load_themes(settings) if theme.name == "own")
    try:
        view = load_view(settings, "demo", Period.parse(LATEST), town, "public")
        outcome = issue.make_report(settings, view, theme)
    finally:
        theme.notebook.unlink()
    told = str(outcome.error)
    assert "第 4 个单元格" in told and said in told and name not in told
    assert not list((published / "reports/demo" / LATEST / "public/景芝镇").glob("*自编*"))


def test_a_lost_record_refuses_everything(published: Path, tmp_path: Path) -> None:
    settings = Settings.load(published)
    file = record.record_file(settings, "demo", Period.parse(EARLIER))
    moved = file.rename(tmp_path / "kept.json")
    try:
        with pytest.raises(record.CannotPublish) as caught:
            record.ensure(settings, "demo", Period.parse(LATEST), lambda _: None)
    finally:
        shutil.copy2(moved, file)
    assert EARLIER in str(caught.value) and caught.value.exit_code == 4
