import io
import zipfile

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from pipelines import feedback, store
from pipelines.periods import Period
from pipelines.settings import Settings


PERIOD = Period(2026, 3)
ROW = {
    "table": "dropout_case", "source_file": "台账.xlsx", "source_sheet": "Sheet1", "source_row": 12, "column": "state",
    "header": "当前状态", "rule": "unknown_code", "message": "=HYPERLINK(1)", "mend": "改为代码表里的写法。",
    "severity": "error", "town": "370784122", "school_id": None,
}  # fmt: skip


@pytest.fixture
def written(settings: Settings) -> Settings:
    folder = settings.paths.clean("mine", PERIOD)
    later = ROW | {"source_row": 99}
    doubt = ROW | {"table": "school", "message": "证件号校验位不符", "severity": "warning"}
    store.write_frame(folder / "set_aside.parquet", pd.DataFrame([later, ROW]))
    store.write_frame(folder / "findings.parquet", pd.DataFrame([doubt]))
    return settings


def test_set_aside_first_then_doubts_in_order_of_place(written: Settings) -> None:
    frame = feedback.feedback_frame(written, "mine", PERIOD)
    assert list(frame["处理"]) == ["搁置", "搁置", "已用，请核对"]
    assert list(frame["行号"]) == [12, 99, 12]
    assert list(frame["数据表"]) == ["疑似辍学及劝返台账", "疑似辍学及劝返台账", "学校基本信息"]


def test_the_workbook_reads_back_as_text_and_is_the_same_twice(written: Settings) -> None:
    first = feedback.write_feedback(written, "mine", PERIOD).read_bytes()
    assert feedback.write_feedback(written, "mine", PERIOD).read_bytes() == first
    rows = CalamineWorkbook.from_filelike(io.BytesIO(first)).get_sheet_by_name("全部问题").to_python()
    assert rows[0] == [title for title, _ in feedback._COLUMNS]
    assert rows[1][6] == "=HYPERLINK(1)"
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
