"""What a batch makes: one job per unit and theme, in an order that never changes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.themes import Theme
from pipelines.towns import Town


@dataclass(frozen=True)
class Job:
    """One report to be made; plain values only, so that it can travel to any worker."""

    dataset: str
    period: str
    edition: str
    town: str
    town_name: str
    theme: str
    theme_title: str

    @property
    def redo(self) -> str:
        """The command that makes this report alone."""
        words = [f"TOWN={self.town_name}", f"PERIOD={self.period}", f"THEME={self.theme}"]
        edition = [f"EDITION={self.edition}"] if self.edition != "internal" else []
        return " ".join(["make report", *words, f"DATASET={self.dataset}", *edition])

    def facts(self) -> dict[str, str]:
        """The job as it is written into batch.json."""
        return asdict(self)


def units(settings: Settings, dataset: str) -> list[Town]:
    """The towns in the order of the register, then the county."""
    register = load_reference(settings, dataset).towns
    return [*register.towns, register.county]


def plan(
    settings: Settings, dataset: str, period: Period, edition: str, themes: Sequence[Theme]
) -> list[Job]:
    """All reports of a period: towns in the register's order, the county last, themes in theirs."""
    return [
        Job(dataset, str(period), edition, town.code, town.name, theme.name, theme.title)
        for town in units(settings, dataset)
        for theme in themes
        if theme.suits(town)
    ]
