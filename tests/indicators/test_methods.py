"""The methods page is the catalogue, and is up to date."""

from pipelines.indicators.catalogue import load_catalogue
from pipelines.indicators.methods import FILE, page
from tests.indicators.builders import CONTRACT, ROOT


def test_the_committed_page_is_up_to_date() -> None:
    written = (ROOT / FILE).read_text(encoding="utf-8")
    assert written == page(CONTRACT), "请运行 python -m pipelines.indicators.methods"


def test_every_indicator_has_all_parts() -> None:
    text = page(CONTRACT)
    for entry in load_catalogue():
        assert text.count(f"### {entry.id} ") == 1
        for part in (entry.rule, entry.formula, entry.base, entry.view, entry.source, entry.limits):
            assert part and part in text, entry.id
    assert text.count("已知局限") == len(load_catalogue().ids)
