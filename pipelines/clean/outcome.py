"""What reading one cell gives: a value, and the rule it broke, if any."""

from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """``value`` None is empty. ``rule`` names an entry of rules.toml; ``extra`` fills its ``{extra}``."""

    value: Any = None
    rule: str | None = None
    extra: str = ""


EMPTY = Outcome()
