"""Colours of the palette can be seen in both themes and told apart, also with a colour-vision deficiency."""

import re
from itertools import combinations, pairwise

import numpy as np
import pytest

from mariel.stage.palette import CHART_COLOURS, PALETTE
from tests.support.colour_vision import SIMULATION, ciede2000, contrast, difference, lab

STAGES = PALETTE["stage"]
PAGES = [PALETTE["page"][theme]["background"] for theme in ("light", "dark")]

GRAPHICS = 3.0
"""Contrast that graphics need, WCAG 2.2, success criterion 1.4.11."""

CLEARLY = 20.0
"""CIEDE2000 between colours that stand for two things."""

TOGETHER = 10.0
"""CIEDE2000 between colours that line, position or form tells apart too."""

in_both_themes = pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
for_everybody = pytest.mark.parametrize("vision", SIMULATION)


def too_low(values: dict, limit: float) -> dict:
    """The entries below a limit."""
    return {name: value for name, value in values.items() if value < limit}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425),
        ([50, -1.3802, -84.2814], [50, 0, -82.7485], 1.0),
        ([50, 2.5, 0], [50, 0, -2.5], 4.3065),
        ([50, 2.5, 0], [73, 25, -18], 27.1492),
        ([6.7747, -0.2908, -2.4247], [5.8714, -0.0985, -2.2286], 0.6377),
        ([50, 0, 0], [50, -1, 2], 2.3669),  # a grey has no hue
        ([50, 2.49, -0.001], [50, -2.49, 0.0009], 7.1792),  # hues half a circle apart, just before their mean jumps
        ([50, 2.49, -0.001], [50, -2.49, 0.0011], 7.2195),  # and just after
        ([50, -0.001, 2.49], [50, 0.0011, -2.49], 4.7461),
        ([22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373),  # blue, where the ellipses are rotated
    ],
)
def test_differences_are_those_of_the_published_pairs_in_either_order(one, other, expected):
    for first, second in ((one, other), (other, one)):
        assert ciede2000(np.array(first), np.array(second)) == pytest.approx(expected, abs=1e-4)


def test_deficiencies_confuse_what_they_are_known_for_and_leave_greys_alone():
    assert difference("#c04040", "#7f7f00", "deuteranopia") < difference("#c04040", "#7f7f00") / 2  # red and olive
    assert difference("#3c9c84", "#4a7fe0", "tritanopia") < difference("#3c9c84", "#4a7fe0") / 2  # green and blue
    assert all(difference("#808080", "#808080", vision) == 0 for vision in SIMULATION)
    np.testing.assert_allclose([lab("#808080", vision) for vision in SIMULATION], [[53.6, 0, 0]] * 4, atol=0.1)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


@in_both_themes
def test_dancers_stand_out_from_the_stage(stage):
    body = [stage[name] for name in ("left", "right", "middle", "ghost", "marker", "selected", "accent")]
    volume = [stage["figure"][name] for name in ("left", "right", "middle", "hair")]
    middle = re.findall("#[0-9a-f]{6}", stage["gradient"])[:2]  # it is vignetted: the dancers are in the middle
    for behind in (stage["backdrop"], *middle):
        contrasts = {colour: contrast(colour, behind) for colour in (*body, *volume, *stage["scale"])}
        assert too_low(contrasts, GRAPHICS) == {}


@in_both_themes
@for_everybody
def test_left_and_right_are_told_apart(stage, vision):
    for colours in (stage, stage["figure"]):
        assert difference(colours["left"], colours["right"], vision) > 2 * CLEARLY
        assert difference(colours["left"], colours["middle"], vision) > CLEARLY
        assert difference(colours["right"], colours["middle"], vision) > TOGETHER  # limbs and trunk
    left, right = (lab(stage["figure"][side], vision)[0] for side in ("left", "right"))
    assert left > right + 8  # lighter as well as of another colour


@in_both_themes
@for_everybody
def test_a_ghost_is_neutral_and_unlike_whoever_is_compared_with_it(stage, vision):
    assert np.hypot(*lab(stage["ghost"], vision)[1:]) < 6
    others = [*stage["scale"], *(stage["figure"][side] for side in ("left", "right", "middle"))]
    assert min(difference(stage["ghost"], colour, vision) for colour in others) > TOGETHER


@in_both_themes
@for_everybody
def test_a_larger_value_is_further_from_the_backdrop(stage, vision):
    backdrop = lab(stage["backdrop"])[0]
    distances = [abs(lab(colour, vision)[0] - backdrop) for colour in stage["scale"]]
    assert all(after > before + 1 for before, after in pairwise(distances))
    assert distances[-1] > distances[0] + 35
    assert all(difference(a, b, vision) > 5 for a, b in pairwise(stage["scale"]))


def test_curves_stand_out_from_both_pages():
    names = ("accent", "secondary", "reference", "mean")
    colours = [*(CHART_COLOURS[name] for name in names), *CHART_COLOURS["axes"].values()]
    colours += CHART_COLOURS["runs"] + CHART_COLOURS["takes"]
    for page in PAGES:
        assert too_low({colour: contrast(colour, page) for colour in colours}, GRAPHICS) == {}
    for theme, page in zip(STAGES, PAGES, strict=True):  # the map is coloured by value too
        assert too_low({colour: contrast(colour, page) for colour in STAGES[theme]["scale"]}, GRAPHICS) == {}


@for_everybody
def test_neighbouring_curves_are_told_apart(vision):
    for name in ("runs", "takes"):
        colours = CHART_COLOURS[name]
        differences = {(a, b): difference(a, b, vision) for a, b in pairwise([*colours, colours[0]])}
        assert too_low(differences, CLEARLY) == {}
    assert difference(CHART_COLOURS["accent"], CHART_COLOURS["secondary"], vision) > CLEARLY
    for name in ("accent", "secondary"):
        assert difference(CHART_COLOURS["reference"], CHART_COLOURS[name], vision) > CLEARLY


@for_everybody
def test_the_axes_are_told_apart(vision):
    colours = CHART_COLOURS["axes"].values()
    assert too_low({(a, b): difference(a, b, vision) for a, b in combinations(colours, 2)}, CLEARLY) == {}
