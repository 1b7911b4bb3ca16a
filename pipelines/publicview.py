"""The public edition's view of a town: made from the records of what was released, and from nothing else.

No worklist, no table by school, no count of rows, no file name, no closing autumn semester. ``dump`` and ``restore``
turn a view into the one file that the process of a public notebook is given; what is not in it cannot be printed.
"""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.disclosure.apply import public_figures, public_trend
from pipelines.disclosure.complaints import is_complaint
from pipelines.disclosure.record import records
from pipelines.errors import UsageError
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.towns import COUNTY_CODE, Town
from pipelines.townview import TREND_QUARTERS, TownView


PUBLIC = "public"
VARIABLE = "EDUREPORT_PUBLIC_VIEW"


def load_public_view(settings: Settings, dataset: str, period: Period, town: Town) -> TownView:
    """A town's (or the county's) published figures; in a public notebook's process, those of its file.

    UsageError if the quarter was not released.
    """
    if file := os.environ.get(VARIABLE):
        return restore(Path(file).read_text(encoding="utf-8"), dataset, period, town)
    return restore(dump(_content(settings, dataset, period, town)), dataset, period, town)


def dump(content: dict[str, Any]) -> str:
    """The content of a public view's file."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False)


def content_of(view: TownView) -> dict[str, Any]:
    """What a public view holds, as JSON can hold it."""
    return {
        "dataset": view.dataset,
        "period": str(view.period),
        "code": view.town.code,
        "indicators": view.indicators,
        "county": view.county,
        "trend": view.trend,
        "inputs": view.inputs,
        "towns": view.towns,
        "complaints": view.complaints,
    }


def restore(text: str, dataset: str, period: Period, town: Town) -> TownView:
    """The view of a file; UsageError if it is about something else than what is asked for."""
    content = json.loads(text)
    asked = {"dataset": dataset, "period": str(period), "code": town.code}
    if any(content[name] != value for name, value in asked.items()):
        raise UsageError(
            "公开版的笔记本只能读取本报告的公布数字，不能换镇街区、季度或数据集。",
            "请用第一个单元格的参数打开 Report，或改用内部版。",
        )
    return TownView(
        dataset=dataset,
        period=period,
        edition=PUBLIC,
        town=town,
        indicators=content["indicators"],
        county=content["county"],
        trend=content["trend"],
        worklist=pd.DataFrame(),
        schools=pd.DataFrame(),
        inputs=content["inputs"],
        quality={},
        refused={},
        towns=content["towns"],
        complaints=content["complaints"],
    )


def _content(settings: Settings, dataset: str, period: Period, town: Town) -> dict[str, Any]:
    found = {quarter: record for quarter, record in records(settings, dataset).items() if quarter <= period}
    if period not in found:
        raise UsageError(
            f"{dataset} 数据集 {period} 还没有公布过。",
            f"请先运行 make report TOWN={town.name} PERIOD={period} EDITION=public。",
        )
    released = {quarter: record.released for quarter, record in found.items()}
    threshold = int(settings.threshold("suppression").value)
    first = max(min(found), period.shift(1 - TREND_QUARTERS))
    quarters = [period.shift(-n) for n in reversed(range(TREND_QUARTERS)) if period.shift(-n) >= first]
    codes = [code for code in sorted(released[period].towns) if code != COUNTY_CODE]

    every = {code: public_figures(period, code, released, threshold) for code in [*codes, COUNTY_CODE]}

    def figures(code: str) -> list[dict[str, Any]]:
        return [figure for figure in every[code] if not is_complaint(figure)]

    def trend(code: str) -> dict[str, list[dict[str, Any]]]:
        return public_trend(quarters, code, released, threshold)

    return {
        "dataset": dataset,
        "period": str(period),
        "code": town.code,
        "indicators": figures(town.code),
        "county": figures(COUNTY_CODE),
        "trend": trend(town.code),
        "inputs": [{**entry, "files": [], "sha256": [], "rows": None} for entry in found[period].inputs],
        # by topic and by town, in the county's overview only
        "complaints": {c: [f for f in every[c] if is_complaint(f)] for c in every} if town.is_county else {},
        "towns": {c: {"indicators": figures(c), "trend": trend(c)} for c in codes} if town.is_county else {},
    }
