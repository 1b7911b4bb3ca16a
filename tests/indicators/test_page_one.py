"""Page one says which children need what, by when, from whom: most urgent first, at most eight kinds, the rest counted."""

from types import SimpleNamespace

import pandas as pd
from bs4 import BeautifulSoup

from pipelines import summary
from pipelines.indicators.actions import load_actions
from pipelines.periods import Period
from pipelines.sentences import load_sentences
from tests.conftest import PROJECT


SCHOOLS = pd.DataFrame({"school_id": ["1", "2"], "school_name": ["甲小学", "乙初级中学"]})


def table_of(*rows: tuple[str, ...], theme: str = "dropout") -> BeautifulSoup:
    actions = load_actions()
    frame = pd.DataFrame(
        [
            {
                "theme": actions[item].theme,
                "item": item,
                "ref": ref,
                "school_id": school[0] if school else None,
                "who": actions[item].who,
                "rule": actions[item].rule,
                "severity": actions[item].severity,
                "due": pd.Timestamp("2026-10-07"),
            }
            for item, ref, *school in rows
        ]
    )
    texts = load_sentences(PROJECT / "data" / "reference")
    report = SimpleNamespace(
        worklist=lambda: frame, actions=actions, period=Period.parse("2026Q3"), schools=SCHOOLS, texts=lambda name: texts[name],
        phrase=lambda section, case, **values: texts[section][case].format(**values),
    )  # fmt: skip
    return BeautifulSoup(summary.action_table(report, theme), "html.parser")  # type: ignore[arg-type]


def titles(page: BeautifulSoup) -> list[str]:
    return [row.td.get_text().partition("：")[0] for row in page.select("tbody tr")]


def test_the_most_urgent_come_first_and_checks_stand_in_the_report() -> None:
    page = table_of(("transfer_unmatched", "XS-1"), ("closing_burst", "CX-1"), ("confirmed_open", "CX-2"))
    assert titles(page) == ["确认辍学尚未返校", "转出后没有接续学籍"]
    assert "其余1类" in page.get_text()


def test_no_more_than_eight_kinds() -> None:
    kinds = [name for name, action in load_actions().items() if action.theme == "dropout" and action.page_one]
    page = table_of(*((name, "CX-1") for name in kinds))
    assert len(titles(page)) == 8 < len(kinds)
    assert f"其余{len(kinds) - 8}类" in page.get_text()


def test_only_checks_no_table() -> None:
    page = table_of(("closing_burst", "CX-1"))
    assert page.find("table") is None
    assert page.get_text() == "没有须限期办理的个案；有1类事项须核对，见“三、重点问题”。"


def test_children_whom_nobody_contacted_stand_on_page_one() -> None:
    rows = [("contact_weeks_missing", f"LS-{n}") for n in range(1, 7)]
    page = table_of(*rows, theme="left_behind")
    assert titles(page) == ["每周亲情联系不足"]
    assert "LS-4等，其余见" in page.get_text()  # not pressing: four numbers are enough to begin with


def test_every_kind_says_what_is_to_be_done() -> None:
    wanted = load_sentences(PROJECT / "data" / "reference")["todo"]
    assert set(wanted) == set(load_actions())
    page = table_of(("confirmed_open", "CX-1"))
    assert wanted["confirmed_open"] in page.td.get_text()


def test_the_case_numbers_stand_under_their_schools() -> None:
    page = table_of(
        ("confirmed_open", "CX-1", "2"), ("confirmed_open", "CX-2", "1"), ("confirmed_open", "CX-3", "2"),
        ("confirmed_open", "CX-3", "2"), ("confirmed_open", "CX-4"),
    )  # fmt: skip
    assert page.select("td")[1].get_text() == "4人。乙初级中学：CX-1、CX-3；甲小学：CX-2；CX-4"


def test_after_eight_numbers_it_says_where_the_rest_stand() -> None:
    said = table_of(*(("confirmed_open", f"CX-{n}", "1") for n in range(9))).select("td")[1].get_text()
    assert said.startswith("9人。甲小学：CX-0、") and "CX-7" in said and "CX-8" not in said
    assert said.endswith("等，其余见“三、重点问题”")
    assert (
        "等"
        not in table_of(*(("confirmed_open", f"CX-{n}", "1") for n in range(8))).select("td")[1].get_text()
    )


def test_a_task_about_a_school_names_it_once() -> None:
    assert table_of(("confirmed_open", "甲小学", "1")).select("td")[1].get_text() == "1人。甲小学"


def test_a_deadline_has_its_year_where_it_is_not_the_reports() -> None:
    assert summary.day_text(pd.Timestamp("2026-10-08"), 2026) == "10月8日前"
    assert summary.day_text(pd.Timestamp("2027-01-07"), 2026) == "2027年1月7日前"
