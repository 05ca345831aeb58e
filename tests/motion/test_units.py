import numpy as np
import pytest

from mariel.motion.units import find_unit


@pytest.mark.parametrize(
    ("height", "unit"), [(1.7, (1, "m")), (170, (0.01, "m")), (1700, (0.001, "m")), (7, (1, "source units"))]
)
def test_the_unit_is_guessed_from_the_height_of_the_body(height, unit):
    body = np.zeros((5, 2, 3))
    body[:, 1, 2] = height
    assert find_unit(body[None]) == unit


def bodies(*sizes: tuple[float, float]) -> np.ndarray:
    """(dancers, 5 frames, 2 markers, 3): each dancer as long along x and as high along z as given."""
    dancers = np.zeros((len(sizes), 5, 2, 3))
    for dancer, (length, height) in zip(dancers, sizes, strict=True):
        dancer[:, 1] = length, 0, height
    return dancers


@pytest.mark.parametrize(
    ("sizes", "named", "unit"),
    [
        ([(0.3, 1.7)], None, (1, "m")),
        ([(1.7, 0.2)], None, (1, "source units")),  # lying, in metres or anything else
        ([(1.7, 0.2)], "m", (1, "m")),
        ([(1700, 150)], "mm", (0.001, "m")),  # by its height it would be a body of 1.5 m in centimetres
        ([(1700, 150)], "Millimeters", (0.001, "m")),
        ([(0.5, 0.9)], "m, approximate", (1, "m")),
        ([(60, 7)], "inches (of a ruler)", (0.0254, "m")),
        ([(300, 1700)], "m", (0.001, "m")),  # nobody is 1,700 m tall
        ([(300, 1700)], "bananas", (0.001, "m")),
        ([(300, 1700)], 3, (0.001, "m")),
        ([(1700, 200), (300, 1700)], None, (0.001, "m")),  # one dancer lies, the other stands
    ],
)
def test_a_named_unit_counts_unless_it_makes_no_person(sizes, named, unit):
    assert find_unit(bodies(*sizes), named) == unit


def test_a_marker_that_is_missing_does_not_hide_the_height():
    body = np.full((5, 3, 3), np.nan)
    body[:, 0], body[:, 1] = 0, (0, 0, 1700)
    assert find_unit(body[None]) == (0.001, "m")


def test_a_body_never_seen_has_no_unit():
    assert find_unit(np.full((1, 5, 3, 3), np.nan), "m") == (1, "source units")
