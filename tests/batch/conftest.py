"""A project root whose figures are made up and whose notebooks take no time: batches without the stages before."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat import v4

from pipelines import atomic, store
from pipelines.batch.run import Options, run_batch
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.themes import load_themes
from tests.conftest import make_root


DATASET, PERIOD, EDITION = "demo", Period.parse("2026Q3"), "internal"
TOWNS = ("景芝镇", "石堆镇")
PARAMETERS = 'town = ""\nperiod = ""\nedition = ""\ndataset = ""'
SHOW = """from IPython.display import HTML, display
import pandas as pd
work = pd.read_parquet(f"data/clean/{dataset}/{period}/worklist.parquet")
display(HTML(f'<h1 class="title">{town}2026年第三季度TITLE监测报告</h1><p>须办 {len(work)} 件</p>'))
"""


def add_notebook(root: Path, name: str, title: str, order: int, extra: str = "") -> None:
    """A notebook that shows its title and how many rows the worklist has."""
    first = v4.new_code_cell(PARAMETERS)
    first.metadata["tags"] = ["parameters"]
    cells = [first, v4.new_code_cell(extra or "pass"), v4.new_code_cell(SHOW.replace("TITLE", title))]
    node = v4.new_notebook(cells=cells)
    node.metadata["edureport_theme"] = {"title": title, "order": order}
    for number, cell in enumerate(node.cells):
        cell["id"] = f"c{number}"
    (root / "notebooks" / f"{name}.ipynb").write_text(nbformat.writes(node), encoding="utf-8")


def worklist(codes: dict[str, str], details: dict[str, str]) -> pd.DataFrame:
    """One row a town."""
    return pd.DataFrame({"town": [*codes.values()], "detail": [details.get(name, "") for name in codes]})


def write_figures(settings: Settings, details: dict[str, str] | None = None, county: int = 5) -> None:
    """The files of the stages before: figures, worklist, schools, manifest."""
    folder = settings.paths.clean(DATASET, PERIOD)
    codes = {"景芝镇": "370784122", "石堆镇": "370784112"}
    entry = {
        "id": "D01", "name": "在籍学生数", "value": 3, "numerator": 3, "denominator": None, "unit": "人",
        "target": None, "status": "", "state": "ok", "breakdown": {}, "theme": "dropout",
    }  # fmt: skip
    towns = {code: [entry] for code in codes.values()} | {"000": [entry | {"value": county}]}
    atomic.write_json(folder / "indicators.json", {"refused": {}, "towns": towns})
    frame = worklist(codes, details or {})
    store.write_frame(folder / "worklist.parquet", frame)
    store.write_frame(folder / "schools.parquet", frame)
    atomic.write_json(folder / "manifest.json", {"files": [], "tables": {}})


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root that every test starts from."""
    root = make_root(tmp_path_factory.mktemp("batch") / "project")
    for notebook in (root / "notebooks").glob("*.ipynb"):
        notebook.unlink()
    add_notebook(root, "dropout", "控辍保学", 1)
    add_notebook(root, "aid", "学生资助", 2)
    register = root / "data" / "reference" / "towns.csv"
    lines = register.read_text(encoding="utf-8").splitlines(keepends=True)
    register.write_text(
        "".join([lines[0], *(line for line in lines[1:] if any(name in line for name in TOWNS))]),
        encoding="utf-8",
    )
    write_figures(Settings.load(root))
    return root


@pytest.fixture
def small(pristine: Path, tmp_path: Path) -> Settings:
    """A copy of it."""
    shutil.copytree(pristine, tmp_path / "p")
    return Settings.load(tmp_path / "p")


Batch = Callable[..., list[dict]]


@pytest.fixture
def batch(small: Settings) -> Batch:
    """Run a batch of that root in threads of this process."""

    def run(**options: object) -> list[dict]:
        chosen = {"workers": 2, "in_process": True, "progress": "lines", **options}
        return run_batch(small, DATASET, PERIOD, EDITION, load_themes(small), Options(**chosen))  # type: ignore[arg-type]

    return run


def summary(settings: Settings) -> dict:
    """batch.json as it was written."""
    file = settings.paths.report(DATASET, PERIOD, EDITION, "batch.json")
    return json.loads(file.read_text(encoding="utf-8"))
