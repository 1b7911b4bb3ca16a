"""Making one town's reports from its figures: execute the notebook, render it twice, read it back, write it."""

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
from pipelines.report.rows import load_rows
from pipelines.settings import Settings
from pipelines.themes import Theme, file_stem
from pipelines.towns import Town
from pipelines.townview import TownView, load_view


# One Typst compiler and one PDF reader a process, and neither may be used by two threads at once: a Dask worker that
# somebody started with several threads renders one report at a time.
_RENDERING = threading.Lock()


@dataclass(frozen=True)
class Outcome:
    """What became of one report: its files, whether it was made anew and why, what to look at, or how it failed."""

    theme: Theme
    files: tuple[Path, ...]
    reason: str = ""
    error: EduReportError | None = None
    warnings: tuple[str, ...] = ()


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


def write_figures(settings: Settings, view: TownView) -> list[Path]:
    """indicators.json and, over everything the town has, manifest.json."""
    folder = report_folder(settings, view)
    figures = atomic.write_json(folder / "indicators.json", pipeline.indicators_json(settings, view))
    return [figures, manifest.write(settings, view, folder)]


def report_folder(settings: Settings, view: TownView) -> Path:
    """``…/<edition>/<town>/``; the county's own folder is called ``county``."""
    name = "county" if view.town.is_county else view.town.name
    return settings.paths.report(view.dataset, view.period, view.edition, name)


def stamp_name(edition: str, town: Town, theme: str) -> str:
    """The stage name under which a report's stamp is kept."""
    return f"report-{edition}-{town.code}-{theme}"


def make_report(
    settings: Settings, view: TownView, theme: Theme, progress: pipeline.Progress = lambda _: None
) -> Outcome:
    """One report: skipped if nothing it is made from changed; a failure is part of the outcome, not raised."""
    folder = report_folder(settings, view)
    stem = file_stem(view.town.name, view.period, theme.title)
    targets = (folder / f"{stem}.html", folder / f"{stem}.pdf")
    metadata = masthead(settings, view, theme)
    warnings: list[str] = []

    def work() -> tuple[Path, ...]:
        progress(f"{view.town.name} {view.period}：生成《{theme.title}》报告……")
        html, pdf, found = _render(settings, view, theme, metadata)
        warnings.extend(found)
        atomic.write_text(targets[0], html)
        atomic.write_bytes(targets[1], pdf)
        return targets

    inputs = {
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
    stage = pipeline.stamp(
        settings, view.dataset, view.period, stamp_name(view.edition, view.town, theme.name)
    )
    try:
        with told():
            reason = stage.run(inputs, work)
            return Outcome(theme, targets, reason, warnings=tuple(warnings))
    except EduReportError as error:
        return Outcome(theme, (), error=error)


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
    return execute(
        theme.notebook,
        values,
        cwd=settings.root,
        engine=settings.engine,
        limits=settings.limits(),
        variables={"EDUREPORT_ROOT": str(settings.root)},
    )


def _render(
    settings: Settings, view: TownView, theme: Theme, metadata: dict[str, Any]
) -> tuple[str, bytes, list[str]]:
    from pipelines.render.html import render_page
    from pipelines.render.pdf import render_pdf
    from pipelines.render.readback import verify

    notebook = run_notebook(settings, view, theme)
    notebook.metadata["edureport"] = metadata
    with _RENDERING:
        (html, warnings), pdf = render_page(notebook), render_pdf(notebook)
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
