"""The county at one data date, as the simulation knows it: the ground the expected values stand on."""

from collections.abc import Iterable
from typing import Any

from pipelines.demo.world import ON_ROLL, World


COUNTY = "000"
Values = dict[str, float | int]


class View:
    """The county at d: who is on the roll where."""

    def __init__(self, world: World, index: int):
        self.world, self.index = world, index
        self.day, self.start = world.end(index), world.periods[index].start
        self.on_roll = {
            pid: (person, spot)
            for pid, (person, spot) in world.rolls[index].items()
            if spot.status in ON_ROLL
        }

    def count(self, pairs: Iterable[tuple[str, Any]]) -> Values:
        """Distinct things by town, and over the county; ``pairs`` are (town code, thing)."""
        groups: dict[str, set[Any]] = {code: set() for code in [*self.world.plan, COUNTY]}
        for town, thing in pairs:
            groups[town].add(thing)
            groups[COUNTY].add(thing)
        return {town: len(things) for town, things in groups.items()}

    def town(self, school: str) -> str:
        """Town of a school at d."""
        return self.world.schools.town_at(school, self.day)

    def ever(self, pid: int) -> bool:
        """Whether the person was on a roll of a stage other than 学前, in this or an earlier period."""
        return any(
            pid in self.world.rolls[at] and self.world.rolls[at][pid][1].stage != "学前"
            for at in range(self.index + 1)
        )
