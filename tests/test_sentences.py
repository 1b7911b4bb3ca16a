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
        said = sentences.sentence(
            texts[section], CASES[case], RATES if is_rate else COUNTS, settings.threshold_texts()
        )
        assert said.endswith("。"), (section, case, said)
        assert "{" not in said
        assert "None" not in said


def test_missing_is_never_said_as_zero(settings: Settings) -> None:
    texts = sentences.load_sentences(settings.paths.reference)
    for section in filter(SECTIONS.fullmatch, texts):
        said = sentences.sentence(texts[section], CASES["missing"], COUNTS, settings.threshold_texts())
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


def test_a_changed_threshold_changes_the_sentence(settings: Settings) -> None:
    texts = sentences.load_sentences(settings.paths.reference)["D14"]
    assert "超过150天" in sentences.sentence(texts, CASES["zero"], COUNTS, {"transfer_days": "150"})


def test_few_are_said_without_a_percentage(settings: Settings) -> None:
    texts = sentences.load_sentences(settings.paths.reference)
    few = figure(unit="%", value=2 / 3, numerator=2, denominator=3)
    for section in filter(SECTIONS.fullmatch, texts):
        if "few" in texts[section]:
            said = sentences.sentence(texts[section], few, RATES, settings.threshold_texts())
            assert "%" not in said
            assert said.endswith("。")
    assert "66.7%" not in sentences.sentence(texts["A03"], few, RATES)
    assert "50.0%" in sentences.sentence(
        texts["A03"], figure(unit="%", value=0.5, numerator=2, denominator=4), RATES
    )


@pytest.mark.parametrize(("before", "said"), [(1, "多了"), (3, "少了"), (2, "没变"), (None, "2人")])
def test_a_section_can_say_up_down_and_equal_in_its_own_words(before: int | None, said: str) -> None:
    texts = {"some": "{value}", "up": "多了", "down": "少了", "equal": "没变"}
    assert sentences.sentence(texts, figure(previous=before), COUNTS) == said


def test_the_words_of_a_change_are_data(settings: Settings) -> None:
    words = dict.fromkeys(
        sentences.load_sentences(settings.paths.reference)["change"], "（较{earlier}变化{amount}{unit}）"
    )
    assert (
        sentences.sentence({"some": "{change}"}, figure(previous=5), COUNTS, {}, words)
        == "（较上季度变化3人）"
    )
    almost = figure(unit="%", value=0.7501, numerator=7501, denominator=10000, year_ago=0.75)
    assert sentences.sentence({"some": "{change}"}, almost, RATES) == "，与上年同期基本持平"


def test_every_indicator_of_the_catalogue_has_its_sentences(settings: Settings) -> None:
    texts = sentences.load_sentences(settings.paths.reference)
    for wanted in load_catalogue().ids:
        cases = {"missing", "some"} | (
            {"not_applicable"} if load_catalogue().entry(wanted).kind == "rate" else set()
        )
        assert cases <= set(texts[wanted]), wanted


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (1009, 1027, "1,009人，比上季度减少18人、下降1.8%。"),
        (1100, 1000, "1,100人，比上季度增加100人、增长10.0%。"),
        (3, 2, "3人，比上季度增加1人。"),
        (150, 99, "150人，比上季度增加51人。"),
        (1000, 1000, "1,000人，与上季度持平。"),
    ],
)
def test_large_counts_also_change_in_per_cent(settings: Settings, now: int, before: int, said: str) -> None:
    words = sentences.load_sentences(settings.paths.reference)["change"]
    figure = CASES["one"] | {"value": now, "numerator": now, "previous": before}
    assert sentences.sentence({"some": "{value}{change}。"}, figure, COUNTS, words=words) == said
