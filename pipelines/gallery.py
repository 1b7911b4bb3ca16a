"""``make gallery``: the demo's reports in every state, as files and as pictures on one page, for people to look at.

States: ``bad`` is the demo as it stands; ``good`` has every target met and nothing to do; ``missing`` has no table but
the list of schools. The last two are made by changing the computed figures in a copy, so they are no data of anybody,
and the copy is gone afterwards. Before them stand the samples: every chart and awkward table with made-up figures.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import pypdfium2

from pipelines import atomic, store
from pipelines.errors import ReportFailed, UsageError
from pipelines.ingest import list_periods
from pipelines.periods import Period
from pipelines.pipeline import DEMO
from pipelines.plan.stage import FILE as PLAN
from pipelines.plan.status import CLOSED, UNQUANTIFIED
from pipelines.render import fonts, webfonts
from pipelines.settings import SETTINGS_FILE, Settings
from pipelines.townview import INDICATORS, SCHOOLS, WORKLIST


TOWN = "景芝镇"
STATES = {"bad": "有未达标（演示数据原样）", "good": "全部达标", "missing": "数据缺报"}
SCALE = 0.75  # of 72 dots an inch: enough to judge a page by
_COUNTED = ("suspected", "confirmed", "vanished", "transfers")


def good(entry: dict[str, Any]) -> dict[str, Any]:
    """A figure with its target met; a missing one does not apply."""
    if entry["state"] == "missing":
        return entry | {"state": "not_applicable"}
    if entry["status"] != "未达标":
        return entry
    base = entry["denominator"]
    met = 0 if base is None or entry["target"] == 0 else base
    value = met if base is None else met / base
    return entry | {"value": value, "numerator": met, "status": "达标", "breakdown": {}}


def missing(entry: dict[str, Any]) -> dict[str, Any]:
    """The figure as it is when its tables were not received."""
    empty = dict.fromkeys(("value", "numerator", "denominator"))
    return entry | empty | {"state": "missing", "status": "—", "breakdown": {}}


def good_schools(frame: pd.DataFrame) -> pd.DataFrame:
    """Schools with nothing open."""
    return frame.assign(**dict.fromkeys(_COUNTED, 0), aided=frame["entitled"], care_room=True)


def missing_schools(frame: pd.DataFrame) -> pd.DataFrame:
    """Schools of which nothing but the list is known."""
    known = ["school_id", "school_name", "town", "school_type", "urban_rural"]
    unknown = frame.copy()
    for name in frame.columns.difference(known):
        unknown[name] = frame[name].where(pd.Series(False, index=frame.index))
    return unknown


def good_item(item: dict[str, Any]) -> dict[str, Any]:
    """An item of the plan done, with all its papers."""
    if item["state"] == "missing":
        return item | {"state": "not_applicable", "reason": "no_base"}
    if item["state"] != "ok" or item["status"] == UNQUANTIFIED:
        return item
    done = {"done": item["target"], "unreported": 0, "share": None if item["share"] is None else 1.0}
    return item | done | {"status": CLOSED, "lacks": [], "typed": CLOSED}


def missing_item(item: dict[str, Any]) -> dict[str, Any]:
    """An item of the plan when no ledger and no table was received."""
    if item["state"] != "ok" or item["status"] == UNQUANTIFIED:
        return item
    empty = dict.fromkeys(("done", "target", "share", "pace", "status", "typed", "duty_unit"))
    return item | empty | {"state": "missing", "reason": "no_ledger", "lacks": []}


def good_plan(content: dict[str, Any]) -> dict[str, Any]:
    """The plan's figures with nothing late and nothing open."""
    calm = json.loads(json.dumps(content))
    for unit in calm["inspections"].values():
        for kind in unit["kinds"]:
            kind |= {"open": 0, "overdue": 0}
    for topics in calm["complaints"].values():
        for topic in topics:
            topic |= {"open": 0}
    return calm | {"figures": _each(content["figures"], good_item), "strange": []}


def missing_plan(content: dict[str, Any]) -> dict[str, Any]:
    """The plan's figures when none of its tables was received."""
    empty: dict[str, Any] = {"strange": [], "inspections": {}, "complaints": {}}
    return content | {"figures": _each(content["figures"], missing_item)} | empty


def _each(units: dict[str, list[dict[str, Any]]], change: Callable) -> dict[str, list[dict[str, Any]]]:
    return {code: [change(entry) for entry in entries] for code, entries in units.items()}


_CHANGES: dict[str, tuple[Callable, Callable, Callable]] = {
    "good": (good, good_schools, good_plan),
    "missing": (missing, missing_schools, missing_plan),
}


_HEAD = (
    '<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>报告样张（演示数据）</title>'
    "<style>{fonts}body{font:16px 'Noto Sans SC',sans-serif;background:#ddd;margin:1.5rem}img{background:#fff;margin:4px;"
    "border:1px solid #999}</style><h1>报告样张（演示数据）</h1>"
)


def write_gallery(settings: Settings, progress: Callable[[str], None]) -> Path:
    """Write ``reports/gallery/`` from the demo's figures of the latest quarter; return its index.html.

    UsageError if the demo has not been computed yet (``make report`` does that).
    """
    done = [p for p in list_periods(settings, DEMO) if (settings.paths.clean(DEMO, p) / INDICATORS).is_file()]
    if not done:
        raise UsageError("演示数据集的指标还没有计算。", f"请先运行 make report TOWN={TOWN}。")
    target = settings.root / "reports" / "gallery"
    shown: list[tuple[str, list[Path]]] = [
        ("样张：各种图、标记和难排的表（虚构数字）", _samples(target / "samples"))
    ]
    for state, title in STATES.items():
        progress(f"{title}……")
        with tempfile.TemporaryDirectory(prefix="edureport-") as folder:
            root = Path(folder) / "root"
            prepare(settings, root, max(done), state)
            _run(root, max(done))
            made = _collect(root, target / state)
        shown.append((title, made))
    return atomic.write_text(target / "index.html", _page(target, shown))


def _samples(target: Path) -> list[Path]:
    from pipelines import samples
    from pipelines.render.html import render_html
    from pipelines.render.pdf import render_pdf

    node = samples.notebook(samples.pieces())
    pdf = render_pdf(node)
    atomic.write_text(target / "样张.html", render_html(node))
    atomic.write_bytes(target / "样张.pdf", pdf)
    return draw(pdf, target / "样张")


def prepare(settings: Settings, root: Path, period: Period, state: str) -> None:
    """A project root at ``root`` with the demo's computed figures, those of ``period`` changed to the state."""
    for name in ("data/reference", "notebooks"):
        shutil.copytree(settings.root / name, root / name)
    for name in (SETTINGS_FILE, "requirements.lock"):
        shutil.copyfile(settings.root / name, root / name)
    for quarter in list_periods(settings, DEMO):
        source, copy = settings.paths.clean(DEMO, quarter), root / "data" / "clean" / DEMO / str(quarter)
        copy.mkdir(parents=True)
        for name in (INDICATORS, f"{WORKLIST}.parquet", f"{SCHOOLS}.parquet", "manifest.json", PLAN):
            if (source / name).is_file():
                shutil.copyfile(source / name, copy / name)
    quality = settings.paths.quality(DEMO, period) / "quality.json"
    if quality.is_file():
        atomic.write_bytes(root / quality.relative_to(settings.root), quality.read_bytes())
    if state in _CHANGES:
        _change(root / "data" / "clean" / DEMO / str(period), *_CHANGES[state])
    if state == "missing":
        _forget_tables(root / "data" / "clean" / DEMO / str(period) / "manifest.json")
        if quality.is_file():
            _forget_quality(root / quality.relative_to(settings.root))


def _change(folder: Path, figure: Callable, schools: Callable, plan: Callable) -> None:
    stored = json.loads((folder / INDICATORS).read_text(encoding="utf-8"))
    atomic.write_json(folder / INDICATORS, stored | {"towns": _each(stored["towns"], figure)})
    if (folder / PLAN).is_file():
        content = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        atomic.write_json(folder / PLAN, plan(content))
    frame = pd.read_parquet(folder / f"{SCHOOLS}.parquet")
    store.write_frame(folder / f"{SCHOOLS}.parquet", schools(frame))
    work = pd.read_parquet(folder / f"{WORKLIST}.parquet")
    store.write_frame(folder / f"{WORKLIST}.parquet", work.head(0))


def _forget_tables(file: Path) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    for entry in content["files"]:
        entry["tables"] = [part for part in entry["tables"] if part["table"] == "school"]
    content["reconciliation"] = [part for part in content["reconciliation"] if part["table"] == "school"]
    atomic.write_json(file, content)


def _forget_quality(file: Path) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    gone = [name for name in content["tables"] if name != "school"]
    for name in gone:
        del content["tables"][name]
    for block in content["block"].values():
        for part in block.values():
            for name in gone:
                part.pop(name, None)
    content["block"]["000"]["Q5"] = {"missing": gone, "old": [], "problems": 0}
    atomic.write_json(file, content)


def _run(root: Path, period: Period) -> None:
    """Make the reports of the copy in a process of its own: what is the project's root is decided at the start."""
    environment = os.environ | {"EDUREPORT_ROOT": str(root)}
    command = [sys.executable, "-m", "pipelines.gallery", str(period)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReportFailed(f"画廊的报告没有生成：{done.stderr.strip()[-500:]}")


def _make(period: Period) -> None:
    """In the copy: the town's reports and the county's."""
    from pipelines import issue, themes
    from pipelines.reference import load_reference

    settings = Settings.load()
    register = load_reference(settings, DEMO).towns
    known = themes.load_themes(settings)
    for town in (register.resolve(TOWN), register.county):
        chosen = known if not town.is_county else [theme for theme in known if theme.county_only]
        outcomes = issue.make_reports(settings, DEMO, period, town, "internal", chosen, lambda _: None)
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error


def _collect(root: Path, target: Path) -> list[Path]:
    """Copy pages and PDFs, and draw every page of every PDF; returns the pictures."""
    pictures = []
    for file in sorted((root / "reports").rglob("*")):
        if file.suffix in (".html", ".pdf"):
            atomic.write_bytes(target / file.name, file.read_bytes())
        if file.suffix == ".pdf":
            pictures += draw(file.read_bytes(), target / file.stem)
    return pictures


def draw(pdf: bytes, stem: Path, scale: float = SCALE) -> list[Path]:
    """One PNG a page, named ``<stem>-01.png`` …"""
    made = []
    document = pypdfium2.PdfDocument(pdf)
    try:
        for number, page in enumerate(document, 1):
            buffer = io.BytesIO()
            page.render(scale=scale).to_pil().convert("P", colors=64).save(buffer, "PNG", optimize=True)
            made.append(
                atomic.write_bytes(stem.with_name(f"{stem.name}-{number:02d}.png"), buffer.getvalue())
            )
    finally:
        document.close()
    return made


def _page(target: Path, shown: list[tuple[str, list[Path]]]) -> str:
    parts = []
    for title, pictures in shown:
        parts.append(f"<h2>{escape(title)}</h2>")
        for picture in pictures:
            name = escape(picture.relative_to(target).as_posix())
            parts.append(
                f'<img loading="lazy" src="{name}" alt="{escape(picture.stem)}" title="{escape(picture.stem)}">'
            )
    text = _HEAD + "".join(title for title, _ in shown)
    return "\n".join([_HEAD.replace("{fonts}", webfonts.font_face(fonts.SANS, text)), *parts]) + "\n"


if __name__ == "__main__":
    _make(Period.parse(sys.argv[1]))
