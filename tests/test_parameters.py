"""Parameters of notebooks: declared with types, set in monitoring.toml, checked before anything runs."""

import dataclasses
from pathlib import Path

import pytest

from pipelines import parameters
from pipelines.errors import ConfigError
from pipelines.settings import Settings
from pipelines.themes import Theme


GIVEN = {"town": "景芝镇", "period": "2026Q3", "edition": "internal", "dataset": "demo"}
THEME = Theme(
    "boarding",
    "住校情况",
    9,
    Path("boarding.ipynb"),
    parameters=(("least", "int"), ("share", "float"), ("town", "str")),
)


def told(settings: Settings, **written: object) -> dict:
    content = settings.content | {"notebooks": {"boarding": written}}
    return parameters.values(dataclasses.replace(settings, content=content), THEME, GIVEN)


def test_the_given_ones_and_those_written_down(settings: Settings) -> None:
    assert parameters.values(settings, THEME, GIVEN) == GIVEN
    assert told(settings, least=5, share=1) == GIVEN | {"least": 5, "share": 1}


@pytest.mark.parametrize(
    ("written", "said"),
    [({"least": "5"}, "应为整数"), ({"least": True}, "应为整数"), ({"least": 1.5}, "应为整数"),
     ({"laest": 5}, "最接近的是 least"), ({"town": "官庄镇"}, "不能写 town")],
)  # fmt: skip
def test_what_does_not_fit_is_named_with_its_place(settings: Settings, written: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        told(settings, **written)
    assert "[notebooks.boarding]" in str(caught.value)
