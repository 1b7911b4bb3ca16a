import pytest

from pipelines.errors import UsageError
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.towns import OUTSIDE, TownRegister


@pytest.fixture
def towns(settings: Settings) -> TownRegister:
    return load_reference(settings, "demo").towns


def test_twelve_towns_nine_of_them_镇(towns: TownRegister) -> None:
    assert len(towns.towns) == 12
    assert sum(town.kind == "镇" for town in towns.towns) == 9
    assert len({town.code for town in towns.towns}) == 12


@pytest.mark.parametrize("text", ["景芝镇", "景芝", " 景 芝镇 ", "370784122", "jingzhi", "JingZhi"])
def test_景芝镇_by_any_of_its_names(towns: TownRegister, text: str) -> None:
    assert towns.resolve(text).code == "370784122"


@pytest.mark.parametrize("text", ["郚山镇", "吾山镇", "wushan", "370784120"])
def test_郚山镇_under_both_spellings(towns: TownRegister, text: str) -> None:
    assert towns.resolve(text).name == "郚山镇"


def test_former_name_and_county(towns: TownRegister) -> None:
    assert towns.resolve("凌河镇").name == "凌河街道"
    assert towns.resolve("安丘市").is_county
    assert towns.resolve("000").is_county


@pytest.mark.parametrize("text", ["景之镇", "../../x", "<b>景芝</b>", "$(rm -rf .)", "", "370784999"])
def test_unknown_town_names_the_closest(towns: TownRegister, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        towns.resolve(text)
    assert caught.value.exit_code == 2
    assert any(town.name in str(caught.value) for town in towns.towns)


def test_a_typo_gets_the_right_neighbour_first(towns: TownRegister) -> None:
    with pytest.raises(UsageError, match="最接近的是：景芝镇"):
        towns.resolve("景之镇")


def test_the_same_code_is_another_town_in_the_other_edition(towns: TownRegister) -> None:
    assert towns.home_of("370784003000", "MCA-2026") == towns.resolve("凌河街道").code
    assert towns.home_of("370784003000", "NBS-2023") == towns.resolve("新安街道").code


@pytest.mark.parametrize(
    ("text", "name"),
    [("山东省潍坊市安丘市景芝镇", "景芝镇"), ("安丘市吾山镇某村", "郚山镇"), ("安丘市凌河镇", "凌河街道")],
)
def test_home_town_by_name_inside_an_address(towns: TownRegister, text: str, name: str) -> None:
    assert towns.home_of(text, "MCA-2026") == towns.resolve(name).code


@pytest.mark.parametrize("text", ["山东省诸城市", "370782001000", "", "北京市大盛家园"])
def test_elsewhere_is_outside_the_county(towns: TownRegister, text: str) -> None:
    assert towns.home_of(text, "MCA-2026") == OUTSIDE
