"""Making one town's reports from its figures: execute the notebook, render it twice, read it back, write it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import atomic, pipeline, provenance
from pipelines.errors import EduReportError
from pipelines.masthead import masthead
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.themes import Theme, file_stem
from pipelines.towns import Town
from pipelines.townview import TownView, load_view


@dataclass(frozen=True)
class Outcome:
    """What became of one report: its files, whether it was made anew and why, or how it failed."""

    theme: Theme
    files: tuple[Path, ...]
    reason: str = ""
    error: EduReportError | None = None


def make_reports(
    settings: Settings,
    dataset: str,
    period: Period,
    town: Town,
    edition: str,
    themes: Sequence[Theme],
    progress: pipeline.Progress,
) -> list[Outcome]:
    """The town's reports of the themes and its indicators.json; one that fails does not stop the others."""
    view = load_view(settings, dataset, period, town, edition)
    folder = report_folder(settings, view)
    content = pipeline.indicators_json(settings, view)
    atomic.write_json(folder / "indicators.json", content)
    outcomes = []
    for theme in themes:
        try:
            outcomes.append(_make_report(settings, view, theme, folder, progress))
        except EduReportError as error:
            outcomes.append(Outcome(theme, (), error=error))
    return outcomes


def report_folder(settings: Settings, view: TownView) -> Path:
    """``…/<edition>/<town>/``; the county's own folder is called ``county``."""
    name = "county" if view.town.is_county else view.town.name
    return settings.paths.report(view.dataset, view.period, view.edition, name)


def _make_report(
    settings: Settings, view: TownView, theme: Theme, folder: Path, progress: pipeline.Progress
) -> Outcome:
    stem = file_stem(view.town.name, view.period, theme.title)
    targets = (folder / f"{stem}.html", folder / f"{stem}.pdf")
    metadata = masthead(settings, view, theme)

    def work() -> tuple[Path, ...]:
        progress(f"{view.town.name} {view.period}：生成《{theme.title}》报告……")
        html, pdf = _render(settings, view, theme, metadata)
        atomic.write_text(targets[0], html)
        atomic.write_bytes(targets[1], pdf)
        return targets

    inputs = {
        "settings": provenance.settings_hash(settings),
        "code": provenance.code_hash(),
        "lock": provenance.lock_hash(settings),
        "reference": provenance.reference_hash(settings),
        "view": view.digest(),
        "notebook": provenance.sha256_file(theme.notebook),
        "provenance": provenance.sha256_json(metadata),
    }
    name = f"report-{view.edition}-{view.town.code}-{theme.name}"
    reason = pipeline.stamp(settings, view.dataset, view.period, name).run(inputs, work)
    return Outcome(theme, targets, reason)


def _render(settings: Settings, view: TownView, theme: Theme, metadata: dict[str, Any]) -> tuple[str, bytes]:
    from pipelines.render.execute import execute
    from pipelines.render.html import render_html
    from pipelines.render.pdf import render_pdf
    from pipelines.render.readback import verify

    parameters = {
        "town": view.town.name,
        "period": str(view.period),
        "edition": view.edition,
        "dataset": view.dataset,
    }
    notebook = execute(theme.notebook, parameters, cwd=settings.root)
    notebook.metadata["edureport"] = metadata
    html, pdf = render_html(notebook), render_pdf(notebook)
    verify(html, pdf, metadata)
    return html, pdf
