"""问题数据反馈表.xlsx: every row that was set aside or used with a doubt, where it stands and how to mend it.

One sheet of all findings, most serious first; the office sends it back to those who handed the files in. It
holds no names and no ID numbers (the clean stage quotes none).
"""

import datetime as dt
import io
from pathlib import Path

import pandas as pd
import xlsxwriter

from pipelines import atomic, store
from pipelines.periods import Period
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract


FILE_NAME = "问题数据反馈表.xlsx"
# Excel stores the time a workbook was made; a fixed one keeps the same findings the same bytes.
_CREATED = dt.datetime(2000, 1, 1)
_COLUMNS = [
    ("处理", 10), ("数据表", 18), ("文件", 36), ("工作表", 14), ("行号", 8), ("列", 16), ("问题", 48), ("办法", 48),
]  # fmt: skip


def feedback_frame(settings: Settings, dataset: str, period: Period) -> pd.DataFrame:
    """All rows set aside (搁置) and all used with a doubt (已用，请核对), in the order of the sheet."""
    folder = settings.paths.clean(dataset, period)
    titles = {name: table.title for name, table in load_contract(settings.paths.reference).tables.items()}
    parts = []
    for name, treatment in (("set_aside", "搁置"), ("findings", "已用，请核对")):
        frame = store.read_frame(folder / f"{name}.parquet")
        parts.append(
            pd.DataFrame(
                {
                    "处理": treatment,
                    "数据表": frame["table"].map(titles),
                    "文件": frame["source_file"],
                    "工作表": frame["source_sheet"],
                    "行号": frame["source_row"],
                    "列": frame["header"],
                    "问题": frame["message"],
                    "办法": frame["mend"],
                }
            )
        )
    keys = ["数据表", "文件", "工作表", "行号", "列", "问题"]
    return pd.concat([part.sort_values(keys, kind="stable") for part in parts], ignore_index=True)


def write_feedback(settings: Settings, dataset: str, period: Period) -> Path:
    """Write the workbook into the quality folder; the same findings give the same bytes."""
    frame = feedback_frame(settings, dataset, period)
    buffer = io.BytesIO()
    # Texts from received files are never formulas or links, whatever they begin with.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": "问题数据反馈表", "created": _CREATED})
        sheet = book.add_worksheet("全部问题")
        head = book.add_format({"bold": True, "bg_color": "#EEF1F6", "border": 1, "text_wrap": True})
        body = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        for number, (title, width) in enumerate(_COLUMNS):
            sheet.set_column(number, number, width)
            sheet.write_string(0, number, title, head)
            for row, value in enumerate(frame[title], 1):
                if title == "行号":
                    sheet.write_number(row, number, int(value), body)
                else:
                    sheet.write_string(row, number, "" if pd.isna(value) else str(value), body)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(frame), 1), len(_COLUMNS) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)
    return atomic.write_bytes(settings.paths.quality(dataset, period) / FILE_NAME, buffer.getvalue())
