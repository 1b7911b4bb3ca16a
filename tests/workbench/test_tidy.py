"""Notebook files carry nothing of a run: when saved, in git, after make fix; and nothing fails without git."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from pipelines.settings import Settings
from pipelines.workbench import tidy
from tests.conftest import PROJECT


PARAMETERS = 'town = "景芝镇"\nperiod = "2026Q3"\nedition = "internal"\ndataset = "demo"'


def ran(content: dict) -> dict:
    """The notebook as it is after papermill and JupyterLab have run it."""
    content = copy.deepcopy(content)
    for number, cell in enumerate(content["cells"], 1):
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["张三\n"]}]
            cell["metadata"]["execution"] = {"iopub.status.busy": "2026-11-27T00:00:00Z"}
    injected = nbformat.v4.new_code_cell('town = "官庄镇"', metadata={"tags": ["injected-parameters"]})
    content["cells"].insert(1, dict(injected))
    content["metadata"]["papermill"] = {"duration": 3}
    content["metadata"]["language_info"] = {
        "name": "python",
        "version": "3.12.1",
        "pygments_lexer": "ipython3",
    }
    return content


@pytest.fixture
def notebook(settings: Settings) -> Path:
    return settings.paths.notebooks / "dropout.ipynb"


def test_committed_notebooks_are_as_they_would_be_saved() -> None:
    for file in (PROJECT / "notebooks").glob("*.ipynb"):
        text = file.read_text(encoding="utf-8")
        assert tidy.as_text(tidy.mended(json.loads(text))) == text, file.name


def test_saving_from_jupyterlab_leaves_the_file_as_it_was(notebook: Path) -> None:
    before = notebook.read_text(encoding="utf-8")
    model = {"type": "notebook", "content": ran(json.loads(before))}
    tidy.before_saving(model)
    assert tidy.as_text(model["content"]) == before
    other = {"type": "file", "content": "x"}
    tidy.before_saving(other)
    assert other == {"type": "file", "content": "x"}


def test_fix_restores_the_tag_where_it_can_only_be_one_cell(notebook: Path) -> None:
    before = notebook.read_text(encoding="utf-8")
    content = ran(json.loads(before))
    content["cells"][0]["metadata"] = {}
    notebook.write_text(json.dumps(content), encoding="utf-8")
    assert tidy.mend(notebook)
    assert notebook.read_text(encoding="utf-8") == before
    assert not tidy.mend(notebook)
    twice = json.loads(before)
    twice["cells"][0]["metadata"] = {}
    twice["cells"].append(copy.deepcopy(twice["cells"][0]) | {"id": "again"})
    assert tidy.mended(twice)["cells"][0]["metadata"] == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"nbformat": 3}', '{"nbformat": 4}'])
def test_fix_leaves_alone_what_it_cannot_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "n.ipynb"
    file.write_text(text, encoding="utf-8")
    assert not tidy.mend(file)
    assert file.read_text(encoding="utf-8") == text


def git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    return subprocess.run(
        ["git", "-C", str(root), *identity, *words], capture_output=True, text=True, check=True
    ).stdout


def test_git_stays_clean_whatever_was_run(root: Path) -> None:
    (root / ".gitattributes").write_bytes((PROJECT / ".gitattributes").read_bytes())
    (root / ".venv").symlink_to(sys.prefix)
    assert not tidy.filter_missing(root) and not tidy.set_up_filter(
        root
    )  # no git yet: nothing to do, nothing fails
    git(root, "init", "-q")
    assert tidy.filter_missing(root)
    assert tidy.set_up_filter(root)
    assert not tidy.filter_missing(root) and not tidy.set_up_filter(root)
    git(root, "add", "notebooks", ".gitattributes")
    git(root, "commit", "-qm", "a")
    file = root / "notebooks" / "aid.ipynb"
    file.write_text(json.dumps(ran(json.loads(file.read_text(encoding="utf-8"))), indent=1), encoding="utf-8")
    assert "张三" in file.read_text(encoding="utf-8") or "\\u5f20" in file.read_text(encoding="utf-8")
    git(root, "add", "notebooks")
    assert git(root, "status", "--porcelain", "notebooks") == ""


def test_a_project_inside_another_repository_is_none_of_ours(root: Path) -> None:
    git(root.parent, "init", "-q")
    assert not tidy.set_up_filter(root)
    assert "nbstripout" not in (root.parent / ".git" / "config").read_text(encoding="utf-8")


def test_a_checkout_without_its_environment_passes_files_as_they_are(root: Path) -> None:
    (root / ".gitattributes").write_bytes((PROJECT / ".gitattributes").read_bytes())
    git(root, "init", "-q")
    assert tidy.set_up_filter(root)
    done = subprocess.run(
        ["git", "-C", str(root), "add", "notebooks"], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
