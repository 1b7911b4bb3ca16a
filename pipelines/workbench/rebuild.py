"""One report made again and again while somebody edits it: the page, or what went wrong, never an exception.

Only what the saved file can change is done again: a notebook, text or template needs the report alone; a suite needs
the checks of the quarter; settings and reference data need everything from cleaning on.
"""

import time
from dataclasses import dataclass
from typing import Any

from pipelines import issue, pipeline, provenance
from pipelines.diskerrors import told
from pipelines.errors import EduReportError
from pipelines.masthead import masthead
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.sentences import load_sentences
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from pipelines.themes import Theme, choose, load_themes
from pipelines.towns import Town
from pipelines.townview import load_view
from pipelines.workbench import watch


@dataclass(frozen=True)
class Result:
    """A rebuilt page, or the error in words; ``number`` counts the rebuilds."""

    number: int
    page: str
    error: str
    seconds: float
    why: str
    notebook: Any = None


class Studio:
    """The report that is being edited: one town, quarter, edition and theme."""

    def __init__(
        self, settings: Settings, dataset: str, period: Period, town: Town, edition: str, theme: Theme
    ):
        self.settings, self.theme = settings, theme
        self._dataset, self._period, self._town, self._edition = dataset, period, town, edition
        self._number = 0
        self._last_page = ""
        self._node: Any = None

    @property
    def title(self) -> str:
        """景芝镇 2026Q3 控辍保学"""
        return f"{self._town.name} {self._period} {self.theme.title}"

    def build(self, changes: dict[str, list[str]]) -> Result:
        """Make the page again after these files were saved; on an error the last good page stays."""
        self._number += 1
        began = time.monotonic()
        error, node = "", None
        try:
            with told():
                self._renew(changes)
                # A template changes how the cells' results look, not the results.
                only_look = self._node is not None and set(changes) == {watch.TEMPLATE}
                node = self._node if only_look else self._run()
                self._node = node
                self._last_page = self._page(node)
        except EduReportError as failed:
            error = str(failed)
        except Exception as failed:  # noqa: BLE001 - the preview goes on; a broken template is no reason to end it
            error = _unexpected(failed)
        why = "、".join(name for names in changes.values() for name in names) or "首次生成"
        return Result(self._number, self._last_page, error, time.monotonic() - began, why, node)

    def _renew(self, changes: dict[str, list[str]]) -> None:
        from pipelines.render import html

        load_sentences.cache_clear()
        if watch.TEMPLATE in changes:
            html._exporter.cache_clear()
        if watch.DATA in changes:
            load_contract.cache_clear()
            self.settings = Settings.load(self.settings.root)
            self._town = load_reference(self.settings, self._dataset).towns.resolve(self._town.code)
            pipeline.prepare(self.settings, self._dataset, self._period, lambda _: None)
        elif watch.SUITE in changes:
            pipeline.check_data(self.settings, self._dataset, self._period, lambda _: None)
        load_sentences(self.settings.paths.reference)
        self.theme = choose(load_themes(self.settings), self.theme.name, self._town)[0]

    def _run(self) -> Any:
        # A commit or an edit since the last look may have changed what the footer says of the program.
        provenance.code_version.cache_clear()
        view = load_view(self.settings, self._dataset, self._period, self._town, self._edition)
        node = issue.run_notebook(self.settings, view, self.theme)
        node.metadata["edureport"] = masthead(self.settings, view, self.theme)
        return node

    def _page(self, node: Any) -> str:
        from pipelines.render.html import render_html

        return render_html(node)


def _unexpected(error: Exception) -> str:
    """What Jinja and others say of a template, with file and line where they know them."""
    place = getattr(error, "filename", None) or getattr(error, "name", None) or ""
    line = getattr(error, "lineno", None)
    where = f"（{place} 第 {line} 行）" if place and line else ""
    return (
        f"网页没有生成：{type(error).__name__}{where}：{str(error)[:300]}\n  办法：请改正刚保存的模板或设置。"
    )
