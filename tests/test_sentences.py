import re

import pytest

from pipelines import sentences
from pipelines.errors import ConfigError
from pipelines.indicators.catalogue import load_catalogue
from pipelines.settings import Settings


def figure(**changes: object) -> dict:
    base = {
        "state": "ok", "value": 2, "numerator": 2, "denominator": None, "unit": "人", "previous": None, "year_ago": None,
    }  # fmt: skip
    return base | changes


RATE = {"unit": "%", "value": 0.75, "numerator": 3, "denominator": 4}
CASES = {
    "missing": figure(state="missing", value=None, numerator=None),
    "no base": figure(state="not_applicable", value=None, numerator=0, denominator=0, unit="%"),
    "zero": figure(value=0, numerator=0),
    "one": figure(value=1, numerator=1, previous=0),
    "several": figure(previous=5),
    "rate": figure(**RATE),
    "full": figure(**RATE | {"value": 1.0, "numerator": 4}),
    "none of them": figure(**RATE | {"value": 0.0, "numerator": 0}),
}
COUNTS, RATES = (load_catalogue().entry(wanted) for wanted in ("D05", "A03"))
SECTIONS = re.compile(r"[DAL]\d\d")


@pytest.mark.parametrize("case", CASES)
def test_every_indicator_has_a_readable_sentence_for_every_case(settings: Settings, case: str) -> None:
    texts = sentences.load_sentences(settings.paths.reference)
    for section in filter(SECTIONS.fullmatch, texts):
        is_rate = "not_applicable" in texts[section]
        if case in ("rate", "full", "none of them", "no base") and not is_rate:
            continue
        said = sentences.sentence(texts[section], CASES[case], RATES if is_rate else COUNTS)
        assert said.endswith("。"), (section, case, said)
        assert "{" not in said
        assert "None" not in said


def test_missing_is_never_said_as_zero(settings: Settings) -> None:
    texts = sentences.load_sentences(settings.paths.reference)
    for section in filter(SECTIONS.fullmatch, texts):
        said = sentences.sentence(texts[section], CASES["missing"], COUNTS)
        assert re.search(r"缺|未知|无法", said), (section, said)
        assert not re.search(r"\d人", said)


def test_words_that_must_not_be_mixed_up(settings: Settings) -> None:
    texts = sentences.load_sentences(settings.paths.reference)
    for case in ("some", "one", "zero", "full"):
        for section in ("D14", "D19", "D20"):
            said = texts[section].get(case, "").replace("待核不等于辍学", "")
            assert "辍学" not in said


def test_stock_is_compared_with_last_quarter() -> None:
    assert (
        sentences.sentence({"some": "{value}{change}。"}, CASES["several"], COUNTS)
        == "2人，比上季度减少3人。"
    )
    assert sentences.sentence({"some": "{value}{change}。"}, CASES["one"], COUNTS) == "1人，比上季度增加1人。"


def test_rate_is_compared_with_the_year_before() -> None:
    now = figure(**RATE, previous=0.1) | {"year_ago": 0.5}
    assert (
        sentences.sentence({"some": "{value}{change}。"}, now, RATES) == "75.0%，比上年同期上升25.0个百分点。"
    )


def test_an_unknown_placeholder_is_named() -> None:
    with pytest.raises(ConfigError, match="人数"):
        sentences.sentence({"some": "{人数}"}, CASES["several"], COUNTS)


def test_a_broken_file_says_so(settings: Settings) -> None:
    (settings.paths.reference / "sentences.toml").write_text("[D01\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="sentences.toml"):
        sentences.load_sentences(settings.paths.reference)
