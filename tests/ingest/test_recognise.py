"""Tables are told by their header row, wherever it stands and however it is dressed."""

from typing import Any

import pytest

from pipelines.ingest.choose import choose
from pipelines.ingest.readers import RawSheet
from pipelines.ingest.recognise import Recogniser
from pipelines.ingest.rows import data_rows
from pipelines.settings import Settings
from pipelines.tables.contract import Contract


@pytest.fixture
def contract(settings: Settings) -> Contract:
    return Contract(settings.paths.reference)


def test_every_table_knows_its_own_headers(contract: Contract) -> None:
    recogniser = Recogniser(contract)
    for table in contract.tables.values():
        match = recogniser.find([[column.header for column in table.columns]])
        assert match is not None and match.table.name == table.name
        assert sorted(match.positions.values()) == sorted(column.name for column in table.columns)
        required = [column.header for column in table.columns if column.need == "R"]
        short = recogniser.find([required])
        assert short is not None and short.table.name == table.name, table.name


@pytest.mark.parametrize(
    "dress",
    [
        lambda h: f"*{h}",
        lambda h: f"{h}＊",
        lambda h: "\n".join(h),
        lambda h: f"　{h} ",
        lambda h: f"{h}(必填)",
        lambda h: f"{h}【文本格式】",
        lambda h: h.replace("(", "（").replace(")", "）"),
    ],
)
def test_dressed_headers(contract: Contract, dress) -> None:
    table = contract.tables["student_roll"]
    match = Recogniser(contract).find(
        [["安丘市学籍信息"], [dress(column.header) for column in table.columns]]
    )
    assert match is not None and match.table.name == "student_roll" and match.row == 1
    assert len(match.positions) == len(table.columns)


def test_header_past_the_twentieth_row_is_not_searched(contract: Contract) -> None:
    header = [column.header for column in contract.tables["care_log"].columns]
    assert Recogniser(contract).find([["说明"]] * 19 + [header]) is not None
    assert Recogniser(contract).find([["说明"]] * 20 + [header]) is None


def test_exact_header_beats_alias(contract: Contract) -> None:
    headers = ["学籍号", *(column.header for column in contract.tables["student_roll"].columns)]
    match = Recogniser(contract).find([headers])
    assert match is not None
    assert [p for p, name in match.positions.items() if name == "roll_no"] == [1]
    assert match.duplicates == ()
    twice = Recogniser(contract).find([[*headers, "全国学籍号"]])
    assert twice is not None and twice.duplicates == ("roll_no",)


def test_group_header_over_two_rows(contract: Contract) -> None:
    upper = [c.header for c in contract.tables["left_behind"].columns]
    father = upper.index("父外出情况")
    lower: list[str | None] = [None] * len(upper)
    lower[father], lower[father + 1] = upper[father], upper[father + 1]
    upper[father], upper[father + 1] = "父母外出情况", ""
    match = Recogniser(contract).find([upper, lower])
    assert match is not None and match.row == 1
    assert {"father_away", "mother_away", "child_id"} <= set(match.positions.values())


def test_group_and_sub_header_make_one_name(contract: Contract) -> None:
    headers = [c.header for c in contract.tables["aid_payment"].columns]
    upper: list[str | None] = list(headers)
    lower: list[str | None] = [None] * len(headers)
    first = headers.index("应发金额")
    for place, (group, part) in enumerate([("应发", "金额"), ("实发", "金额")], first):
        upper[place], lower[place] = group, part
    for place, part in ((headers.index("发放方式"), "方式"), (headers.index("发放日期"), "日期")):
        upper[place], lower[place] = "发放", part
    upper[headers.index("发放日期")] = None  # a merged group stands in its first cell
    lower[headers.index("发放状态")], upper[headers.index("发放状态")] = "状态", None
    match = Recogniser(contract).find([["资助发放表"], upper, lower])
    assert match is not None and (match.row, match.depth, match.missing) == (2, 2, ())
    assert [headers[p] for p in sorted(match.positions)] == headers
    data: list[Any] = [f"值{n}" for n in range(len(headers))]
    rows = [["资助发放表"], upper, lower, data, ["资助发放表（续）"], upper, lower, data]
    table = data_rows(RawSheet("", rows), match, "a.xlsx")
    assert table.rows == [4, 8] and table.skipped == 3
    assert table.columns["pay_status"] == [data[headers.index("发放状态")]] * 2


def both(contract: Contract, extra: tuple[str, ...] = ()) -> list[str]:
    """A header that covers all required columns of 劝返记录 and 关爱服务记录."""
    needed = [
        column.header
        for name in ("persuasion_log", "care_log")
        for column in contract.tables[name].columns
        if column.need == "R"
    ]
    return list(dict.fromkeys([*needed, *extra]))


def test_a_header_that_fits_two_tables_is_decided_by_the_data_or_not_at_all(contract: Contract) -> None:
    header = both(contract)
    cell = {"方式": "电话", "类型": "亲情视频", "责任主体": "学校", "结果": "正常"}
    rows = lambda **own: [header, *[[{**cell, **own}.get(name, "x") for name in header]] * 3]
    match = Recogniser(contract).find(rows())
    assert match is not None
    assert {match.table.name, *(rival.table.name for rival in match.rivals)} == {"persuasion_log", "care_log"}
    told = lambda grid: choose(RawSheet("", grid), match, contract).match
    assert told(rows()) is None
    care, persuasion = told(rows(方式="？")), told(rows(类型="？", 责任主体="？"))
    assert care is not None and care.table.name == "care_log"
    assert persuasion is not None and persuasion.table.name == "persuasion_log"


def test_the_contract_s_own_headers_fit_one_table_each(contract: Contract) -> None:
    for table in contract.tables.values():
        match = Recogniser(contract).find([[column.header for column in table.columns]])
        assert match is not None and match.rivals == ()


def test_furniture_is_skipped_and_counted(contract: Contract) -> None:
    header = ["儿童编号", "日期", "类型", "责任主体", "结果"]
    data = ["LS-1", "2026-9-1", "家访", "学校", "正常"]
    rows: list[list[Any]] = [
        ["关爱服务记录", None, None, None, None],
        header,
        data,
        [None] * 5,
        ["小　计", 1, None, None, None],
        header,
        data,
        ["合计：", 2, None, None, None],
        ["注：本表由学校填写", None, None, None, None],
        ["填表人：", "某某", "审核人：", None, None],
        ["备注", None, None, None, None],
    ]
    match = Recogniser(contract).find(rows)
    assert match is not None
    table = data_rows(RawSheet("", rows), match, "a.csv")
    assert table.frame["source_row"].tolist() == [3, 7]
    assert table.skipped == 6
    assert table.header_row == 2


def test_a_data_row_is_never_taken_for_furniture(contract: Contract) -> None:
    header = ["任务序号", "子指标", "责任单位", "时限", "进展", "数据截止日", "问题"]
    rows: list[list[Any]] = [
        header,
        [1, "注重阅读", "审核科", "2026-12-31", "滞后", "2026-9-30", "说明"],
        ["备注说明一", "x"],
    ]
    match = Recogniser(contract).find(rows)
    assert match is not None
    assert len(data_rows(RawSheet("", rows), match, "a").frame) == 2
