"""What calls for a new edition: everything a report shows, and nothing that it does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import atomic, issue
from pipelines.manifest import NAME, figures_files
from pipelines.revisions.figures import Scope, figures, figures_hash
from pipelines.revisions.seal import seal
from pipelines.settings import Settings
from pipelines.themes import load_themes
from pipelines.towns import Town
from tests.batch.conftest import DATASET, EDITION, PERIOD, add_notebook
from tests.conftest import PROJECT
from tests.revisions.conftest import Make


JINGZHI, SHIDUI = "370784122", "370784112"
ITEM = {
    "id": "3.1", "name": "乡村学校改造", "task": 3, "state": "ok", "status": "滞后", "kind": "数量", "done": 1, "target": 4,
    "unit": "所", "lacks": [], "unreported": 0, "due": "2026-12-31", "reason": "", "note": "", "pace": 0.5, "days_left": 92,
}  # fmt: skip


def change(settings: Settings, name: str, edit: Any) -> None:
    """Edit a JSON file of the stage before."""
    file = settings.paths.clean(DATASET, PERIOD) / name
    content = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    edit(content)
    atomic.write_json(file, content)


def issue_all(settings: Settings, place: str) -> None:
    seal(settings, DATASET, PERIOD, EDITION, town(settings, place), load_themes(settings))


def town(settings: Settings, place: str) -> Town:
    from pipelines.reference import load_reference

    return load_reference(settings, DATASET).towns.resolve(place)


def second_editions(outcomes: list[issue.Outcome]) -> dict[str, str]:
    """Theme → why it has a second edition."""
    assert not [outcome.error for outcome in outcomes if outcome.error]
    return {o.theme.name: o.reason for o in outcomes if o.note.startswith("第二版（未印发）")}


def plan_file(done: int) -> Any:
    def edit(content: dict[str, Any]) -> None:
        item = ITEM | {"done": done, "status": "序时推进" if done > 1 else "滞后"}
        content |= {"figures": {code: [item] for code in (JINGZHI, SHIDUI, "000")}}
        content |= {"inspections": {}, "complaints": {}, "strange": []}

    return edit


def test_an_item_of_the_plan_calls_back_the_plans_report_only(small: Settings, make: Make) -> None:
    add_notebook(small.root, "plan", "重点任务进展", 3, "import pipelines.plan")
    change(small, "plan.json", plan_file(1))
    make()
    issue_all(small, "景芝镇")
    change(small, "plan.json", plan_file(2))
    assert second_editions(make()) == {"plan": "与第一版相比，子项3.1有变化"}
    folder = small.paths.report(DATASET, PERIOD, EDITION, "景芝镇")
    page = (folder / "景芝镇_2026Q3_重点任务进展_第二版.html").read_text(encoding="utf-8")
    for words in ("乡村学校改造（子项3.1）", "1/4所，滞后", "2/4所，序时推进"):
        assert words in page
    # the second figures lie beside the first, and are those of the second report
    stored = json.loads((folder / "indicators_第二版.json").read_text(encoding="utf-8"))
    assert stored["plan"]["items"][0]["done"] == 2
    # an indicator that the plan's pages do not name leaves them alone
    assert set(second_editions(make(景芝镇=4))) == {"plan", "dropout"}


def test_the_closed_semester_calls_back_the_aid_report(small: Settings, make: Make) -> None:
    entry = {
        "id": "A03", "name": "应助尽助覆盖率", "value": 0.5, "numerator": 10, "denominator": 20, "unit": "%",
        "target": 1, "status": "未达标", "state": "ok", "breakdown": {}, "theme": "aid",
    }  # fmt: skip

    def autumn(paid: int) -> Any:
        new = entry | {"numerator": paid, "value": paid / 20}
        return lambda content: content.update({"aid_previous_semester": {JINGZHI: [new]}})

    change(small, "indicators.json", autumn(10))
    make()
    issue_all(small, "景芝镇")
    change(small, "indicators.json", autumn(12))
    assert second_editions(make()) == {"aid": "与第一版相比，A03秋季学期有变化"}


def test_a_pupil_counted_in_another_town_calls_back_what_compares_the_towns(
    small: Settings, make: Make
) -> None:
    add_notebook(small.root, "county", "全市总览", 4)
    make(town="安丘市", 景芝镇=3, 石堆镇=5)
    issue_all(small, "安丘市")
    # the county's own figure is what it was
    why = second_editions(make(town="安丘市", 景芝镇=4, 石堆镇=4))
    assert why == {"county": "与第一版相比，石堆镇、景芝镇的数字有变化"}
    folder = small.paths.report(DATASET, PERIOD, EDITION, "county")
    page = (folder / "安丘市_2026Q3_全市总览_第二版.html").read_text(encoding="utf-8")
    assert "另有变化：石堆镇、景芝镇的数字。" in page


def test_rows_that_a_notebook_reads_itself_call_it_back(
    small: Settings, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {"table:student_roll": "a"}
    monkeypatch.setattr(
        issue, "_rows_read", lambda settings, view, theme: rows if theme.name == "aid" else {}
    )
    make()
    issue_all(small, "景芝镇")
    assert second_editions(make()) == {}
    rows["table:student_roll"] = "b"
    assert second_editions(make()) == {"aid": "与第一版相比，学籍的行有变化"}


@pytest.mark.parametrize(
    ("theme", "shown", "not_shown"),
    [
        ("dropout", {"now:D05"}, {"now:A03", "item:3.1"}),
        ("aid", {"now:A03", "autumn:A03"}, {"now:D05"}),
        ("plan", {"item:3.1", "now:A03", "summary:complaints"}, {"now:D06", "autumn:A03"}),
        ("notice", {"item:3.1"}, {"now:A03", "summary:complaints"}),
        ("county", {"now:D05", "now:A03", "now:L05"}, {"item:3.1", "autumn:A03"}),
    ],
)
def test_what_the_projects_reports_show(theme: str, shown: set[str], not_shown: set[str]) -> None:
    scope = Scope(next(t for t in load_themes(Settings.load(PROJECT)) if t.name == theme))
    assert {key for key in shown | not_shown if scope.shows(key)} == shown
    assert scope.cases == (theme not in ("plan", "notice"))
    assert scope.towns == (theme in ("plan", "notice", "county"))


def test_an_indicator_that_the_catalogue_no_longer_knows_is_still_compared() -> None:
    old = {
        "id": "D99",
        "name": "旧指标",
        "value": 2,
        "numerator": 2,
        "denominator": None,
        "unit": "人",
        "state": "ok",
    }
    found = figures({"indicators": [old]})
    assert found["now:D99"].text == "2人"
    assert figures_hash({"indicators": [old]}) != figures_hash({"indicators": [old | {"value": 3}]})


def test_history_and_comparisons_make_no_figure_another(tmp_path: Path) -> None:
    one = {"indicators": [], "plan": {"items": [ITEM | {"previous": "滞后", "days_left": 1}]}}
    assert figures_hash(one) == figures_hash({"indicators": [], "plan": {"items": [ITEM]}})


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ('{"reports": {"aid": {"editions": [{"number": 1, "figures": "indicators.json"}]}}}', {("aid", 1): "indicators.json"}),
        ('{"reports": {"aid": {"outputs": {}}}}', None),  # an older program's
        ('{"reports": []}', None),
        ("cut off", None),
        (None, None),
    ],
)  # fmt: skip
def test_which_figures_an_edition_was_made_with(tmp_path: Path, manifest: str | None, told: Any) -> None:
    if manifest is not None:
        (tmp_path / NAME).write_text(manifest, encoding="utf-8")
    assert figures_files(tmp_path) == told
