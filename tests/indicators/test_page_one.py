"""The action table of page one stays short: most urgent first, at most six kinds, the rest counted."""

from types import SimpleNamespace

import pandas as pd
from bs4 import BeautifulSoup

from pipelines import summary
from pipelines.indicators.actions import load_actions


def table_of(*rows: tuple[str, str]) -> BeautifulSoup:
    actions = load_actions()
    frame = pd.DataFrame(
        [
            {
                "theme": actions[item].theme,
                "item": item,
                "ref": ref,
                "who": actions[item].who,
                "rule": actions[item].rule,
                "severity": actions[item].severity,
                "due": pd.Timestamp("2026-10-07"),
            }
            for item, ref in rows
        ]
    )
    report = SimpleNamespace(
        worklist=lambda: frame, actions=actions, phrase=lambda *names, **values: f"其余{values['count']}类"
    )
    return BeautifulSoup(summary.action_table(report, "dropout"), "html.parser")  # type: ignore[arg-type]


def titles(page: BeautifulSoup) -> list[str]:
    return [row.find_all("td")[1].get_text() for row in page.select("tbody tr")]


def test_the_most_urgent_come_first_and_checks_stand_in_the_report() -> None:
    page = table_of(("transfer_unmatched", "XS-1"), ("closing_burst", "CX-1"), ("confirmed_open", "CX-2"))
    assert titles(page) == ["确认辍学尚未返校", "转出后没有接续学籍"]
    assert "其余1类" in page.get_text()


def test_no_more_than_six_kinds() -> None:
    kinds = [name for name, action in load_actions().items() if action.theme == "dropout" and action.page_one]
    page = table_of(*((name, "CX-1") for name in kinds))
    assert len(titles(page)) == 6 < len(kinds)
    assert f"其余{len(kinds) - 6}类" in page.get_text()


def test_only_checks_no_table() -> None:
    page = table_of(("closing_burst", "CX-1"))
    assert page.find("table") is None and "其余1类" in page.get_text()
