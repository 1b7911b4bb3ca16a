"""问题数据反馈表.xlsx: every finding of a period, where it stands, how to mend it, and what became of the last ones.

- ``collect``: all findings in one frame with a key that is stable from run to run;
- ``progress``: which are new, open, closed (quality/findings.json);
- ``workbook``: the workbook, a sheet for everything and one for each school;
- ``words.toml``: its texts, widths and severities.

It holds no names and no ID numbers; the school finds the row by file, sheet and row number.
"""

from pathlib import Path

import pandas as pd

from pipelines import atomic, store
from pipelines.feedback import progress as progress_module
from pipelines.feedback.collect import FIELDS, collect
from pipelines.feedback.pairs import pair_rows
from pipelines.feedback.workbook import with_sheets, workbook
from pipelines.periods import Period
from pipelines.settings import Settings


__all__ = ["FIELDS", "FILE_NAME", "collect", "write_feedback"]

FILE_NAME = "问题数据反馈表.xlsx"


def write_feedback(
    settings: Settings,
    dataset: str,
    period: Period,
    details: pd.DataFrame | None = None,
    pairs: pd.DataFrame | None = None,
) -> list[Path]:
    """Write the workbook and findings.json into the quality folder; return both.

    ``details``: rows behind the suites' findings (CheckResult.details); ``pairs``: persons to confirm
    (pipelines/matching). The same findings and the same history give the same bytes.
    """
    folder = settings.paths.quality(dataset, period)
    manifest = store.manifest(settings, dataset, period) or {"tables": {}}
    frame = collect(settings, dataset, period, details)
    compared = progress_module.compare(folder, frame, set(manifest["tables"]))
    both = with_sheets(pd.concat([compared.findings, compared.closed], ignore_index=True))
    now = len(compared.findings)
    shown = progress_module.Progress(both[:now], both[now:], compared.compared)
    listed = pair_rows(settings, dataset, period, pd.DataFrame() if pairs is None else pairs)
    content = workbook(shown, listed)
    book = atomic.write_bytes(folder / FILE_NAME, content)
    return [book, folder / progress_module.FILE_NAME]
