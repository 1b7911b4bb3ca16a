"""What the handbook tells analysts to type works as it stands, in the notebook it says."""

import json
import re
from pathlib import Path

import pytest

from pipelines import issue
from pipelines.check import lint_suites
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.render.html import render_html
from pipelines.settings import Settings
from pipelines.themes import choose, load_themes
from pipelines.townview import load_view
from pipelines.workbench.checking import config_findings
from tests.conftest import PROJECT


pytestmark = pytest.mark.e2e
BLOCK = re.compile(r"^ {0,3}```python\n(.*?)^ {0,3}```", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[str]:
    text = (PROJECT / "docs" / "handbook" / page).read_text(encoding="utf-8")
    found = BLOCK.findall(text)
    return [re.sub(r"^   ", "", b, flags=re.MULTILINE) if b.startswith("   ") else b for b in found]


def test_every_example_of_the_page_on_editing_runs_in_the_dropout_notebook(copied: Path) -> None:
    examples = blocks("edit.md")
    assert len(examples) == 4
    settings = Settings.load(copied)
    file = settings.paths.notebooks / "dropout.ipynb"
    content = json.loads(file.read_text(encoding="utf-8"))
    for number, source in enumerate(examples):
        content["cells"].append(
            {
                "cell_type": "code", "id": f"handbook-{number}", "metadata": {}, "outputs": [], "execution_count": None,
                "source": source,
            }
        )  # fmt: skip
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    town = load_reference(settings, "demo").towns.resolve("景芝镇")
    view = load_view(settings, "demo", Period(2026, 3), town, "internal")
    node = issue.run_notebook(settings, view, choose(load_themes(settings), "dropout")[0])
    page = render_html(node)
    for text in (
        "各季度末义务教育在籍学生（人）",
        "各学校义务教育在籍学生（人）",
        "各年级在籍人数（人）",
        "住校生比例",
    ):
        assert text in page


def test_the_check_of_the_page_on_adding_is_one(settings: Settings) -> None:
    text = (PROJECT / "docs" / "handbook" / "add.md").read_text(encoding="utf-8")
    example = next(b for b in re.findall(r"```json\n(.*?)```", text, re.DOTALL) if "expect_" in b)
    file = settings.root / "expectations" / "student_roll.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["expectations"].append(json.loads(example))
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    assert lint_suites(settings) == []


def test_the_town_of_the_page_on_adding_is_one(settings: Settings) -> None:
    text = (PROJECT / "docs" / "handbook" / "add.md").read_text(encoding="utf-8")
    row = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)[0]
    file = settings.paths.reference / "towns.csv"
    file.write_text(file.read_text(encoding="utf-8-sig").rstrip("\n") + "\n" + row, encoding="utf-8")
    assert config_findings(settings) == []
    assert load_reference(settings, "demo").towns.resolve("qingyunhu").name == "青云湖镇"


def test_pictures_are_there_and_small() -> None:
    folder = PROJECT / "docs" / "handbook"
    named = {
        picture
        for page in folder.glob("*.md")
        for picture in re.findall(r"\]\((images/[^)]+)\)", page.read_text(encoding="utf-8"))
    }
    assert named == {f"images/{file.name}" for file in (folder / "images").iterdir()}
    assert sum((folder / picture).stat().st_size for picture in named) < 1_500_000


def test_pages_link_to_what_is_there() -> None:
    folder = PROJECT / "docs" / "handbook"
    for page in folder.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (folder / target).exists(), f"{page.name}: {target}"
