"""What is printed around a report's content: title, town, quarter, edition, demo mark, provenance."""

from typing import Any

from pipelines import codehash, provenance
from pipelines.settings import Settings
from pipelines.themes import EDITION_LABELS, Theme, report_title
from pipelines.townview import TownView


def masthead(settings: Settings, view: TownView, theme: Theme) -> dict[str, Any]:
    """What the templates print around a report's content, and what is read back from the finished files."""
    source = provenance.provenance(settings)
    program = codehash.report_hash(theme.notebook)
    return {
        "title": report_title(view.town.name, view.period, theme.title, theme.document),
        "town": {"code": view.town.code, "name": view.town.name},
        "period": str(view.period),
        "period_label": view.period.label,
        "theme": theme.name,
        "edition": view.edition,
        "edition_label": EDITION_LABELS[view.edition],
        "dataset": view.dataset,
        "demo": settings.is_demo(view.dataset),
        "bureau": settings.bureau,
        "letterhead": settings.letterhead,
        "compact": theme.compact,
        "county": settings.county_name,
        "as_of": view.period.end.isoformat(),
        "run_id": provenance.sha256_json([view.digest(), theme.name, source, program])[:12],
        "provenance": source,
    }
