"""The reports there are: one per notebook in notebooks/ that declares itself in its metadata.

A notebook joins by being there, with ``"edureport_theme": {"title": "控辍保学", "order": 1}`` in its metadata; its
file name without the ending is the value of THEME=. With ``"unit": "county"`` it is made for the whole county only.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import ConfigError, UsageError
from pipelines.periods import Period
from pipelines.settings import EDITIONS, Settings
from pipelines.towns import Town


EDITION_LABELS = {"internal": "内部资料　注意保管", "public": "公开版"}
ALL = "all"
PUBLIC_READY = False


@dataclass(frozen=True)
class Theme:
    """A report: its name (``dropout``), Chinese title (``控辍保学``), notebook, and for whom it is made.

    ``county_only``: it compares the towns, so that only the county has one.
    """

    name: str
    title: str
    order: int
    notebook: Path
    county_only: bool = False

    def suits(self, town: Town) -> bool:
        """Whether this unit gets the report."""
        return town.is_county or not self.county_only


def load_themes(settings: Settings) -> list[Theme]:
    """All reports in their order; ConfigError if a notebook cannot be read."""
    found = []
    for file in sorted(settings.paths.notebooks.glob("*.ipynb")):
        try:
            metadata = json.loads(file.read_text(encoding="utf-8"))["metadata"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"笔记本 {file.name} 读不了，内容可能已损坏。", "请恢复该文件后重试。"
            ) from error
        if declared := metadata.get("edureport_theme"):
            order, unit = int(declared.get("order", 99)), declared.get("unit", "")
            found.append(Theme(file.stem, str(declared["title"]), order, file, unit == "county"))
    return sorted(found, key=lambda theme: (theme.order, theme.name))


def choose(themes: list[Theme], wanted: str, town: Town | None = None) -> list[Theme]:
    """The themes a user named: one, or ``all``; UsageError with those there are for this unit."""
    themes = [theme for theme in themes if town is None or theme.suits(town)]
    if wanted == ALL:
        return themes
    chosen = [theme for theme in themes if wanted in (theme.name, theme.title)]
    if not chosen:
        names = "、".join(f"{theme.name}（{theme.title}）" for theme in themes)
        raise UsageError(f"没有名为“{wanted}”的报告。", f"可用：{names}，或 all（全部）。")
    return chosen


def check_edition(edition: str) -> None:
    """UsageError unless the edition can be made.

    A public edition needs small counts suppressed over everything that is published at once; until that module
    is there, none is made at all: a half-protected one would harm children.
    """
    if edition not in EDITIONS:
        raise UsageError(f"没有名为“{edition}”的版本。", "可用：internal（内部版）。")
    if edition == "public" and not PUBLIC_READY:
        raise UsageError(
            "公开版必须先经过小数值披露控制，本版程序尚未提供，因此不生成公开版。",
            "请使用 EDITION=internal 生成内部版；内部版不得对外公开。",
        )


def report_title(town: str, period: Period, theme_title: str) -> str:
    """景芝镇2026年第三季度控辍保学监测报告"""
    return f"{town}{period.label}{theme_title}监测报告"


def file_stem(town: str, period: Period, theme_title: str) -> str:
    """景芝镇_2026Q3_控辍保学 (contract.md section 2)."""
    return f"{town}_{period}_{theme_title}"
