"""The reports there are: one per notebook in notebooks/ that declares itself in its metadata.

A notebook joins by being there, with ``"edureport_theme": {"title": "控辍保学", "order": 1}`` in its metadata; its
file name without the ending is the value of THEME=. ``parameters`` (``{"least": "int"}``) declares what else the notebook is
told, and of which type (pipelines/parameters.py). ``"editions": ["internal"]`` keeps it out of the public edition. With
``"unit": "county"`` it is made for the whole county only; with ``"compact": true`` it is set closely, to be printed on one
sheet of paper.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import notebooks
from pipelines.errors import ConfigError, UsageError
from pipelines.periods import Period
from pipelines.settings import EDITIONS, Settings
from pipelines.towns import Town


EDITION_LABELS = {"internal": "内部资料　注意保管", "public": "公开版"}
ALL = "all"


@dataclass(frozen=True)
class Theme:
    """A report: its name (``dropout``), Chinese title (``控辍保学``), notebook, and for whom it is made.

    ``county_only``: it compares the towns, so that only the county has one. ``parameters``: names and types of
    everything it is told; empty where the notebook does not say. ``editions``: those it is made in.
    ``document``: the word that ends its title. ``compact``: set closely on paper.
    """

    name: str
    title: str
    order: int
    notebook: Path
    county_only: bool = False
    parameters: tuple[tuple[str, str], ...] = ()
    editions: tuple[str, ...] = EDITIONS
    document: str = "监测报告"
    compact: bool = False

    def suits(self, town: Town) -> bool:
        """Whether this unit gets the report."""
        return town.is_county or not self.county_only


def load_themes(settings: Settings) -> list[Theme]:
    """All reports in their order; ConfigError if a notebook cannot be read."""
    found = []
    for file in sorted(settings.paths.notebooks.glob("*.ipynb")):
        if declared := notebooks.read(file)["metadata"].get("edureport_theme"):
            found.append(_theme(file, declared))
    return sorted(found, key=lambda theme: (theme.order, theme.name))


def _theme(file: Path, declared: Any) -> Theme:
    """What a notebook's metadata say it is; ConfigError if they cannot be understood."""
    try:
        given = tuple(sorted((str(name), str(kind)) for name, kind in declared.get("parameters", {}).items()))
        title, order = str(declared["title"]), int(declared.get("order", 99))
        editions = tuple(str(name) for name in declared.get("editions", EDITIONS))
        document = str(declared.get("document", Theme.document))
        county = declared.get("unit", "") == "county"
        compact = declared.get("compact", False) is True
        return Theme(file.stem, title, order, file, county, given, editions, document, compact)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"笔记本 {file.name} 的 edureport_theme 写法有误。",
            '应有 title（名称）、order（次序，整数），可有 parameters（如 {"least": "int"}）；可参照 make new 生成的笔记本。',
        ) from error


def choose(themes: list[Theme], wanted: str, town: Town | None = None, edition: str = "") -> list[Theme]:
    """The themes a user named: one, or ``all``; UsageError with those there are for this unit and edition."""
    if edition and (own := [t for t in themes if wanted in (t.name, t.title) and edition not in t.editions]):
        raise UsageError(
            f"{_internal_only(own[0])}其中的小数值没有经过披露控制。",
            "请使用 EDITION=internal；公开版请另选其他报告。",
        )
    themes = [
        theme
        for theme in themes
        if (town is None or theme.suits(town)) and (not edition or edition in theme.editions)
    ]
    if wanted == ALL:
        return themes
    chosen = [theme for theme in themes if wanted in (theme.name, theme.title)]
    if not chosen:
        names = "、".join(f"{theme.name}（{theme.title}）" for theme in themes)
        raise UsageError(f"没有名为“{wanted}”的报告。", f"可用：{names}，或 all（全部）。")
    return chosen


def left_out(themes: list[Theme], wanted: str, edition: str, town: Town | None = None) -> list[str]:
    """What to tell the user about each report that ``all`` leaves out because it is not made in this edition."""
    return [
        f"略去{_internal_only(theme)}"
        for theme in themes
        if wanted == ALL and edition not in theme.editions and (town is None or theme.suits(town))
    ]


def _internal_only(theme: Theme) -> str:
    return f"《{theme.title}》只有内部版（笔记本 {theme.notebook.name} 里声明的）。"


def check_edition(edition: str) -> None:
    """UsageError unless there is such an edition."""
    if edition not in EDITIONS:
        raise UsageError(f"没有名为“{edition}”的版本。", "可用：internal（内部版）、public（公开版）。")


def report_title(town: str, period: Period, theme_title: str, document: str = Theme.document) -> str:
    """景芝镇2026年第三季度控辍保学监测报告"""
    return f"{town}{period.label}{theme_title}{document}"


def file_stem(town: str, period: Period, theme_title: str) -> str:
    """景芝镇_2026Q3_控辍保学 (contract.md section 2)."""
    return f"{town}_{period}_{theme_title}"
