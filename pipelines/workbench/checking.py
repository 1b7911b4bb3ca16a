"""``make check``: the quarter's data against its suites, and the notebooks, suites, settings and texts by themselves.

Nothing of the project is written but ``reports/check.json`` (contract.md section 1): data that were not checked as they
lie there now are cleaned and checked in a scratch folder.
"""

import importlib
import importlib.util
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines import atomic, issue, pipeline, quality, themes
from pipelines.check import lint_suites, stored_result
from pipelines.errors import ConfigError, EduReportError
from pipelines.periods import Period
from pipelines.reference import load_reference
from pipelines.sentences import load_sentences
from pipelines.settings import Settings
from pipelines.townview import load_view
from pipelines.workbench import tidy
from pipelines.workbench.lint import Finding, lint_all


Say = Callable[[str], None]
CONFIGCHECK = "pipelines.configcheck.everything"  # messages with file and line, where the package has them
REPORT = "check.json"


def check(
    settings: Settings, dataset: str, period: Period, full: bool, say: Say
) -> tuple[list[Finding], str]:
    """All findings, and why a blocking check refuses the data (empty if none does); writes ``reports/check.json``."""
    found = [*config_findings(settings), *lint_all(settings), *git_findings(settings.root)]
    say("检查规则（expectations）……")
    told = {f"{finding.file} {finding.what}" for finding in found}  # with its line already
    found += [
        one for one in map(_split, lint_suites(settings))
        if not any(text.startswith(f"{one.file} ") and text.endswith(one.what) for text in told)
    ]  # fmt: skip
    refused = ""
    try:
        refused = check_data(settings, dataset, period, say)
    except ConfigError as error:
        # the same slip may have been found above with its line
        if not found:
            found.append(Finding("", "", error.message, error.hint))
    if full:
        found += run_everywhere(settings, say)
    content: dict[str, Any] = {
        "schema": 1, "dataset": dataset, "period": str(period), "full": full, "refused": refused,
        "findings": [asdict(finding) for finding in found],
    }  # fmt: skip
    atomic.write_json(settings.root / "reports" / REPORT, content)
    return found, refused


def _split(text: str) -> Finding:
    """A sentence ``expectations/x.json …：…`` of the suites' own lint as a finding."""
    file, _, rest = text.partition("：")
    place, _, line = file.partition(" ")
    known = place.startswith("expectations/")
    return Finding(place if known else "expectations", line, (rest or text) if known else text,
                   "改正这个文件；写法见 docs/handbook/ 的“加一条检查”。")  # fmt: skip


def config_findings(settings: Settings) -> list[Finding]:
    """Settings, texts, aliases and reference data: by their own checker where there is one, else by reading them."""
    if importlib.util.find_spec(CONFIGCHECK) is not None:
        listed = importlib.import_module(CONFIGCHECK).check_all(settings)
        what = lambda f: f"“{f.column}”{f.what}" if f.column else f.what
        return [Finding(str(f.file), f"第{f.line}行" if f.line else "", what(f), f.mend) for f in listed]
    load_sentences.cache_clear()
    found = []
    for read in (
        lambda: load_sentences(settings.paths.reference),
        lambda: load_reference(settings, settings.default_dataset),
        settings.threshold_texts,
        settings.limits,
    ):
        try:
            read()
        except EduReportError as error:
            found.append(Finding("设置或参考数据", "", error.message, error.hint))
    return found


def git_findings(root: Path) -> Iterator[Finding]:
    """The filter that keeps outputs out of git must be set up in a checkout."""
    if tidy.filter_missing(root):
        yield Finding(
            ".git/config",
            "",
            "没有设好 nbstripout 过滤器，笔记本的运行结果可能进入 git",
            "运行 make fix（或 make edit）自动设好。",
        )


def check_data(settings: Settings, dataset: str, period: Period, say: Say) -> str:
    """The quarter's data: prints the summary, returns why they are refused (empty if they are not)."""
    if pipeline.is_checked(settings, dataset, period):
        return _told(settings, dataset, period, say)
    from pipelines.verify import _scratch

    say(f"{period} 的数据在上次检查之后有变化，在临时文件夹里检查（不改动 data 和 reports）……")
    with _scratch(settings, dataset) as copy:
        key = (
            {} if copy.paths.key_file.is_file() else {"EDUREPORT_KEY_FILE": str(copy.root / "pseudonym.key")}
        )
        before = {name: os.environ.get(name) for name in key}
        os.environ.update(key)
        try:
            pipeline.run_clean(copy, dataset, period, say)
            pipeline.run_check(copy, dataset, period, say)
            return _told(copy, dataset, period, say)
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def _told(settings: Settings, dataset: str, period: Period, say: Say) -> str:
    for line in quality.summary_lines(settings, dataset, period):
        if "：reports/" not in line:  # where files lie is true only after make data
            say(line)
    result = stored_result(settings, dataset, period)
    for finding in [*result.blocking, *result.warnings]:
        say(f"  {finding.sentence()}")
    return pipeline.refusal(settings, dataset, period)


def run_everywhere(settings: Settings, say: Say) -> list[Finding]:
    """Run every report's notebook for every town of the demo (slow: about a second each); nothing is written."""
    periods = pipeline.ensure_dataset(settings, pipeline.DEMO, say)
    period = max(periods)
    pipeline.prepare(settings, pipeline.DEMO, period, say)
    towns = load_reference(settings, pipeline.DEMO).towns
    found: dict[str, Finding] = {}
    for theme in themes.load_themes(settings):
        say(f"运行 {theme.notebook.name}：全部镇街区……")
        for town in [*towns.towns, towns.county]:
            if not theme.suits(town):
                continue
            try:
                issue.run_notebook(
                    settings, load_view(settings, pipeline.DEMO, period, town, "internal"), theme
                )
            except EduReportError as error:
                # one mistake often fails for every town: said once, with the first
                what = f"{town.name}运行失败：{error.message}"
                found.setdefault(
                    f"{theme.name}{error.message}",
                    Finding(f"notebooks/{theme.notebook.name}", "", what, error.hint),
                )
    return list(found.values())
