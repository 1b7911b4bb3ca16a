"""Making one town's reports from its figures: execute the notebook, render it twice, read it back, write it."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import atomic, codehash, manifest, notebooks, parameters, pipeline, provenance
from pipelines.diskerrors import told
from pipelines.errors import EduReportError, UsageError
from pipelines.masthead import masthead
from pipelines.periods import Period
from pipelines.report import handed
from pipelines.report.rows import load_rows
from pipelines.revisions import basis, compare, figures, page, records
from pipelines.settings import Settings
from pipelines.stamps import FIRST_TIME
from pipelines.themes import Theme, file_stem
from pipelines.towns import Town
from pipelines.townview import TownView, load_view


# One Typst compiler and one PDF reader a process, and neither may be used by two threads at once: a Dask worker that
# somebody started with several threads renders one report at a time.
_RENDERING = threading.Lock()
_LONGEST_REASON = 100


@dataclass(frozen=True)
class Outcome:
    """What became of one report: its files, whether it was made anew and why, what to look at, or how it failed.

    ``note`` says which edition it is if one was issued before.
    """

    theme: Theme
    files: tuple[Path, ...]
    reason: str = ""
    error: EduReportError | None = None
    warnings: tuple[str, ...] = ()
    note: str = ""


def make_reports(
    settings: Settings,
    dataset: str,
    period: Period,
    town: Town,
    edition: str,
    themes: Sequence[Theme],
    progress: pipeline.Progress,
) -> list[Outcome]:
    """The town's reports of the themes, its indicators.json and manifest.json; one that fails stops no other."""
    view = load_view(settings, dataset, period, town, edition)
    outcomes = [make_report(settings, view, theme, progress) for theme in themes if theme.suits(town)]
    with told():
        write_figures(settings, view)
    return outcomes


def note_reason(
    settings: Settings,
    dataset: str,
    period: Period,
    town: Town,
    edition: str,
    themes: Sequence[Theme],
    reason: str,
) -> None:
    """Keep the office's reason for the next edition of issued reports.

    UsageError for the public edition, if none of them was issued, or if the text is too long or holds a number like
    an ID: it is printed.
    """
    if edition != "internal":  # kept, it would refuse every later run
        raise UsageError(
            "公开版不出更正版：公布过的数字不能收回，两版之间的差也可能透露人数。",
            "请去掉 REASON 再运行；更正从下一季度的公开版起体现，内部版可以出更正版。",
        )
    text = " ".join(reason.split()).rstrip("。.；;")
    if not 0 < len(text) <= _LONGEST_REASON or re.search(r"\d{14}", text):
        raise UsageError(
            f"更正原因要在 {_LONGEST_REASON} 个字以内，不写姓名和证件号。",
            "例如：REASON=石埠子镇补报9月学籍异动",
        )
    folder = settings.paths.report(dataset, period, edition, "county" if town.is_county else town.name)
    noted = [records.set_reason(folder, theme.name, text) for theme in themes if theme.suits(town)]
    if not any(noted):
        raise UsageError(
            f"{town.name} {period} 的报告还没有印发，不需要写更正原因。", "请去掉 REASON 再运行。"
        )


def write_figures(settings: Settings, view: TownView) -> list[Path]:
    """indicators.json and, over everything the town has, manifest.json.

    Figures that were issued with a report stay as they are; changed ones lie beside them (``indicators_第二版.json``).
    """
    folder = report_folder(settings, view)
    content = pipeline.indicators_json(settings, view)
    issued = records.read(folder).get(records.FIGURES, records.Document()).last
    number = 1
    if issued is not None:
        same = figures.figures_hash(content) == issued.notes.get("figures")
        number = issued.number + (not same)
        if same:
            _forget_draft(folder, records.FIGURES_STEM, number + 1, (".json",))
    target = folder / records.edition_name(records.FIGURES_STEM, number, ".json")
    if issued is None or number > issued.number:
        atomic.write_json(target, content)
    return [target, manifest.write(settings, view)]


def _forget_draft(folder: Path, stem: str, number: int, suffixes: Sequence[str]) -> None:
    """Remove an edition that was never issued and whose reason is gone."""
    for suffix in suffixes:
        (folder / records.edition_name(stem, number, suffix)).unlink(missing_ok=True)


def report_folder(settings: Settings, view: TownView) -> Path:
    """``…/<edition>/<town>/``; the county's own folder is called ``county``."""
    name = "county" if view.town.is_county else view.town.name
    return settings.paths.report(view.dataset, view.period, view.edition, name)


def make_report(
    settings: Settings, view: TownView, theme: Theme, progress: pipeline.Progress = lambda _: None
) -> Outcome:
    """One report: skipped if nothing it is made from changed; a failure is part of the outcome, not raised.

    What was issued is left alone: if its figures or cases changed, the next edition is made beside it.
    """
    try:
        with told():
            return _make(settings, view, theme, progress)
    except EduReportError as error:
        return Outcome(theme, (), error=error)


def _make(settings: Settings, view: TownView, theme: Theme, progress: pipeline.Progress) -> Outcome:
    folder = report_folder(settings, view)
    stem = file_stem(view.town.name, view.period, theme.title)
    document = records.read(folder).get(theme.name, records.Document())
    made_from = basis.basis(settings, view.dataset, view.period, view.edition)
    correction = None
    if (issued := document.last) is not None:
        rows = _rows_read(settings, view, theme)
        correction = compare.correction(settings, folder, document, view, theme, made_from, rows)
        if correction is None:
            _forget_draft(folder, stem, issued.number + 1, (".html", ".pdf"))
            files = tuple(folder / name for name in sorted(issued.outputs))
            return Outcome(
                theme, files, note=f"{records.label(issued.number)}已印发，数字没有变化，不另出新版"
            )
    number = correction.number if correction else 1
    targets = tuple(folder / records.edition_name(stem, number, suffix) for suffix in (".html", ".pdf"))
    metadata = masthead(settings, view, theme)
    inputs = _inputs(settings, view, theme, metadata)
    if correction:
        metadata = page.revised(metadata, correction)
        inputs["correction"] = provenance.sha256_json(correction.facts())

    warnings: list[str] = []

    def work() -> tuple[Path, ...]:
        progress(f"{view.town.name} {view.period}：生成《{theme.title}》报告……")
        html, pdf, found = _render(settings, view, theme, metadata, correction)
        warnings.extend(found)
        atomic.write_text(targets[0], html)
        atomic.write_bytes(targets[1], pdf)
        return targets

    scope = figures.Scope(theme)
    notes = {
        "basis": made_from,
        "figures": figures.figures_hash(figures.content_of(view)),
        "work": compare.work_of(view, scope),
        "towns": figures.towns_hashes(view, scope),
        "made_from": basis.made_from(settings, view.inputs),
    }
    if correction:
        notes["correction"] = correction.facts()
    stage = manifest.stage(settings, view.dataset, view.period, view.edition, view.town, theme.name, number)
    note = f"{correction.label}（未印发），{correction.previous}保留不动" if correction else ""
    reason = stage.run(inputs, work, notes)
    if correction and reason == FIRST_TIME:
        reason = correction.why  # its first making, but not the report's
    return Outcome(theme, targets, reason, warnings=tuple(warnings), note=note)


def _inputs(settings: Settings, view: TownView, theme: Theme, metadata: dict[str, Any]) -> dict[str, str]:
    return {
        "settings": provenance.settings_hash(settings),
        "code": codehash.report_hash(theme.notebook),
        "lock": provenance.lock_hash(settings),
        "reference": provenance.reference_hash(settings),
        "notebook": notebooks.digest(theme.notebook),
        **_rows_read(settings, view, theme),
        "provenance": provenance.sha256_json(metadata["provenance"]),
        # The report's own number follows from everything else and would name the wrong reason.
        "masthead": provenance.sha256_json(
            {k: v for k, v in metadata.items() if k not in ("run_id", "provenance")}
        ),
        **view.parts(),
    }


def _rows_read(settings: Settings, view: TownView, theme: Theme) -> dict[str, str]:
    """``table:student_roll`` → hash of the rows a notebook reads beside its figures (``report.load``)."""
    if view.edition == "public":
        return {}  # it has figures only
    wanted = notebooks.tables_read(notebooks.read(theme.notebook))
    if notebooks.ANY_TABLE in wanted:
        wanted = [entry["table"] for entry in view.inputs]
    found = {}
    for table in wanted:
        try:
            rows = load_rows(settings, view.dataset, view.period, view.town, table, list(view.refused))
        except UsageError:
            found[f"table:{table}"] = ""  # unknown or not received: the notebook will say so
            continue
        found[f"table:{table}"] = provenance.sha256_bytes(rows.to_csv(index=False).encode())
    return found


def run_notebook(settings: Settings, view: TownView, theme: Theme) -> Any:
    """The theme's notebook, executed for the view's town; ReportFailed names the cell that failed."""
    from pipelines import publiccheck
    from pipelines.render.execute import execute

    given = {
        "town": view.town.name,
        "period": str(view.period),
        "edition": view.edition,
        "dataset": view.dataset,
    }
    values = parameters.values(settings, theme, given)
    if view.edition == "public":
        return _execute_public(settings, view, theme, values)
    notebook = execute(
        theme.notebook,
        values,
        cwd=settings.root,
        engine=settings.engine,
        limits=settings.limits(),
        variables={
            "EDUREPORT_ROOT": str(settings.root),
            provenance.VERSION_VARIABLE: provenance.code_version(settings.root),
        },
        handed=handed.pack(settings, view),
    )
    publiccheck.look_for_persons(settings, view, theme.notebook.name, notebook)
    return notebook


def _render(
    settings: Settings,
    view: TownView,
    theme: Theme,
    metadata: dict[str, Any],
    correction: compare.Correction | None = None,
) -> tuple[str, bytes, list[str]]:
    from pipelines.render.both import render
    from pipelines.render.readback import verify

    notebook = run_notebook(settings, view, theme)
    notebook.metadata["edureport"] = metadata
    if correction:
        page.mark(notebook, metadata, correction, settings)
    with _RENDERING:
        html, pdf, warnings = render(notebook)
        verify(html, pdf, metadata)
    return html, pdf, warnings


def _execute_public(settings: Settings, view: TownView, theme: Theme, parameters: dict[str, Any]) -> Any:
    """Run the notebook where there is nothing but published figures, and look at what it shows."""
    from pipelines import publiccheck
    from pipelines.namecheck import NameCheck
    from pipelines.publicroom import room
    from pipelines.render.execute import execute

    def before(name: str, notebook: Any) -> None:
        publiccheck.leave_out(notebook)
        publiccheck.look_through(name, notebook)

    with room(settings, view) as (folder, variables):
        notebook = execute(
            theme.notebook,
            parameters,
            cwd=folder,
            engine=settings.engine,
            limits=settings.limits(),
            variables=variables,
            before=before,
        )
    names = NameCheck.load(settings, view.dataset, view.period)
    publiccheck.look_at_outputs(theme.notebook.name, notebook, names)
    publiccheck.drop(notebook)
    return notebook
