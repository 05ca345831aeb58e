"""The unit of length of a file, from the stature of the person in it."""

from mariel.motion.inference.assumption import Assumption
from mariel.motion.inference.body_size import BodySize
from mariel.motion.units import METRES_PER_UNIT, UNIT_NAMES

SURE_STATURE = (1.2, 2.1)
"""Metres of stature that one unit alone gives: a body of 1.2 to 2.1 m in centimetres is 3.0 to 5.3 m in inches."""

POSSIBLE_STATURE = (0.75, 2.4)
"""Metres of stature of children and of giants, and of estimates that are a little off."""

SURE_REACH = (1.2, 2.4)
"""The same for markers without names, of which only the farthest reach is known."""


def infer_unit(sizes: list[BodySize]) -> Assumption | None:
    """The unit in which the tallest person is of human size; None if there is none.

    Args:
        sizes: of each dancer, in the file's unit.
    """
    size = max(sizes, key=lambda each: each.stature)
    sure = SURE_STATURE if size.of_joints else SURE_REACH
    for (low, high), confidence in ((sure, 0.95), (POSSIBLE_STATURE, 0.5)):
        for unit, metres in METRES_PER_UNIT.items():
            if low <= size.stature * metres <= high:
                because = f"the dancer is {size.stature * metres:.2f} m tall in {UNIT_NAMES[unit]}"
                return Assumption("unit", unit, confidence, "body", because)
    return None


def is_human_size(size: BodySize, metres: float) -> bool:
    """Whether a body is of a person's size, a doll's and a giant's included, with so many metres in a unit."""
    return 0.35 <= size.stature * metres <= 4.0
