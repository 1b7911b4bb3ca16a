"""What some indicators must be, told from the simulation (see the package's docstring)."""

from pipelines.demo.expected_aid import Aid
from pipelines.demo.expected_care import LeftBehind
from pipelines.demo.expected_dropout import Dropout
from pipelines.demo.view import Values
from pipelines.demo.world import World


def expected_values(world: World, index: int) -> dict[str, Values]:
    """Indicator → town code (and 000) → value at the end of a period.

    ``X.numerator`` and ``X.denominator`` are the parts of a rate; ``A04.退回`` and the like parts of a breakdown,
    ``L02.in`` and ``L02.out`` those of the movement.
    """
    return {
        **Dropout(world, index).values(),
        **Aid(world, index).values(),
        **LeftBehind(world, index).values(),
    }
