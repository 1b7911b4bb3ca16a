"""What a notebook is told: the four things every report is told, and what monitoring.toml sets for it beside them.

A notebook declares names and types in its metadata (``"edureport_theme": {"parameters": {"least": "int"}}``); the values
of those beyond the four stand in the cell tagged ``parameters``, and ``[notebooks.<name>]`` in monitoring.toml overrides
them for all towns.
"""

from difflib import get_close_matches
from typing import Any

from pipelines.errors import ConfigError
from pipelines.notebooks import GIVEN
from pipelines.settings import SETTINGS_FILE, Settings
from pipelines.themes import Theme


TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}
NAMES = {"str": "文字", "int": "整数", "float": "数", "bool": "true 或 false"}


def fits(kind: str, value: Any) -> bool:
    """Whether a value is of a declared type; True is no number."""
    return isinstance(value, TYPES[kind]) and not (isinstance(value, bool) and bool not in TYPES[kind])


def values(settings: Settings, theme: Theme, given: dict[str, str]) -> dict[str, Any]:
    """All parameters of one report: ``given`` (town, period, edition, dataset) and those set in monitoring.toml.

    ConfigError for one that the notebook does not declare, that make fills in itself, or of another type.
    """
    declared = dict(theme.parameters)
    place = f"设置文件 {SETTINGS_FILE} 的 [notebooks.{theme.name}]"
    wanted = settings.content.get("notebooks", {}).get(theme.name, {})
    for name, value in wanted.items():
        if name in GIVEN:
            raise ConfigError(f"{place} 里不能写 {name}。", "镇街区、季度等由命令填入，请删去这一行。")
        if name not in declared:
            near = get_close_matches(name, [n for n in declared if n not in GIVEN], 1)
            hint = f"最接近的是 {near[0]}。" if near else f"请先在 {theme.name}.ipynb 里声明这个参数。"
            raise ConfigError(f"{place} 的 {name} 不是笔记本声明的参数。", hint)
        if declared[name] in TYPES and not fits(declared[name], value):
            raise ConfigError(f"{place} 的 {name} 应为{NAMES[declared[name]]}。", "请改正这一行的值。")
    return {**given, **wanted}
