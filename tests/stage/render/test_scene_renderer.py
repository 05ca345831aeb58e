"""Pictures of a scene: bodies where they are, from where the camera stands, in the palette's colours."""

from dataclasses import replace

import numpy as np
import pytest

from mariel.motion.mariel_markers import MARIEL_53
from mariel.stage.figure import facing_angle
from mariel.stage.palette import PALETTE
from mariel.stage.render.colours import rgb
from mariel.stage.render.render_options import RenderOptions
from mariel.stage.render.scene_renderer import SceneRenderer
from mariel.stage.render.view import View, fit_points, make_projection
from mariel.stage.scene import Dancer, Scene
from tests.support.bodies import standing_pose, walking_positions
from tests.support.pictures import (
    FIGURE_LEFT,
    FIGURE_RIGHT,
    GHOST,
    LEFT,
    middle_of,
    places_of_hue,
    share_of,
    share_of_hue,
)

SIZE = RenderOptions(160, 120, camera="front")


def standing(frames: int = 4, at: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """A body that faces +x and stands at a place."""
    return np.repeat(standing_pose()[None], frames, axis=0) + np.array([*at, 0.0])


def picture_of(*dancers: Dancer, options=SIZE, frame: float = 0, **scene) -> np.ndarray:
    return SceneRenderer(Scene(dancers, **scene), options).frame(frame).astype(int)


def dancer(**options) -> Dancer:
    return Dancer(standing(), MARIEL_53, **options)


def test_a_body_stands_upright_with_its_left_on_the_right_of_a_viewer_it_faces():
    seen = picture_of(dancer())
    left, right = places_of_hue(FIGURE_LEFT, seen), places_of_hue(FIGURE_RIGHT, seen)
    assert left[:, 0].mean() > 80 > right[:, 0].mean()
    hair = middle_of(tuple((rgb(PALETTE["stage"]["light"]["figure"]["hair"]) * 255).astype(int)), seen)
    assert hair[1] < 50
    assert left[:, 1].max() > 90
    behind = picture_of(dancer(), options=replace(SIZE, camera={"azimuth": np.pi, "elevation": 0.1}))
    assert places_of_hue(FIGURE_LEFT, behind)[:, 0].mean() < 80


def test_a_mirror_changes_sides_and_nothing_else():
    seen = picture_of(dancer(), floor=False)
    mirrored = picture_of(dancer(), floor=False, options=replace(SIZE, mirror=True))
    assert places_of_hue(FIGURE_LEFT, mirrored)[:, 0].mean() < 80
    assert np.abs(mirrored[:, ::-1] - seen).mean() < 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_stage_has_the_colours_of_its_theme(theme):
    seen = picture_of(dancer(), options=replace(SIZE, theme=theme))
    inner = PALETTE["stage"][theme]["gradient"].split()[0]
    assert np.abs(seen[8, 80] - rgb(inner) * 255).max() < 20
    lines = picture_of(dancer(), options=replace(SIZE, theme=theme, style="markers"))
    assert share_of(tuple(rgb(PALETTE["stage"][theme]["left"]) * 255), lines) > 0.002


def test_lines_and_markers_have_their_colours_and_places():
    seen = picture_of(dancer(), style="markers")
    x, _ = middle_of(LEFT, seen)
    assert x > 80
    hands = picture_of(dancer(), options=replace(SIZE, style="markers"))
    assert np.array_equal(seen, hands)


def test_a_ghost_is_grey_and_behind_what_it_coincides_with():
    alone = picture_of(dancer(ghost=True), style="markers")
    middle_of(GHOST, alone)
    both = picture_of(dancer(ghost=True), dancer())
    assert share_of_hue(FIGURE_LEFT, both) > 0.9 * share_of_hue(FIGURE_LEFT, picture_of(dancer()))


def test_values_colour_the_body():
    values = np.zeros(53)
    values[-1] = 1
    seen = picture_of(dancer(marker_values=values, colour_bones=True))
    assert share_of_hue(rgb(PALETTE["stage"]["light"]["scale"][0]) * 255, seen) > 0.01
    assert share_of_hue(FIGURE_LEFT, seen) == 0


def test_the_nearer_dancer_hides_the_farther_one():
    near, far = Dancer(standing(at=(1, 0)), MARIEL_53, colour="#00ff00"), Dancer(standing(at=(-1, 0)), MARIEL_53)
    hidden = share_of_hue(FIGURE_LEFT, picture_of(near, far, front=0.0))
    assert hidden < 0.6 * share_of_hue(
        FIGURE_LEFT, picture_of(Dancer(standing(at=(1, 0)), MARIEL_53), far, front=0.0)
    )


def test_a_trail_is_where_the_marker_has_been():
    walker = Dancer(walking_positions(40), MARIEL_53)
    options = replace(SIZE, camera="left")
    with_trail = picture_of(walker, options=options, frame=35, trails=("LTOE",), floor=False)
    changed = np.argwhere(np.abs(with_trail - picture_of(walker, options=options, frame=35, floor=False)).max(2) > 24)
    assert len(changed) > 20
    heel = places_of_hue(FIGURE_LEFT, with_trail)[:, 0].mean()
    assert changed[:, 1].min() > heel - 12  # seen from its left the dancer walks to the left
    assert changed[:, 0].min() >= 60  # a toe is near the floor


def test_between_two_frames_a_dancer_is_in_between():
    walker, options = Dancer(walking_positions(40, speed=2), MARIEL_53), replace(SIZE, camera="left")
    places = [
        places_of_hue(FIGURE_LEFT, picture_of(walker, options=options, frame=frame))[:, 0].mean()
        for frame in (10, 10.5, 11)
    ]
    assert abs(places[1] - (places[0] + places[2]) / 2) < 0.5
    assert abs(places[2] - places[0]) > 1


def test_a_camera_that_follows_keeps_the_dancer_in_the_middle():
    walker = Dancer(walking_positions(100), MARIEL_53)
    for frame in (0, 99):
        seen = picture_of(walker, options=replace(SIZE, camera="left", follow=True), frame=frame)
        assert abs(places_of_hue(FIGURE_LEFT, seen)[:, 0].mean() - 80) < 8


def test_tiles_are_beside_each_other_each_with_its_name():
    dancers = [Dancer(standing(at=(9 * i, 0)), MARIEL_53, label=f"dance {i}") for i in range(3)]
    options = replace(SIZE, width=360)
    seen = picture_of(*dancers, options=options, tiles=[0, 1, 2])
    for third in np.split(seen, 3, axis=1):
        assert share_of_hue(FIGURE_LEFT, third) > 0.005
    unnamed = picture_of(*dancers, options=replace(options, names=False), tiles=[0, 1, 2])
    assert np.abs(seen - unnamed).max(axis=(1, 2)).argmax() > 80


def test_a_dancer_whose_markers_are_missing_is_not_drawn():
    positions = standing(3)
    positions[1] = np.nan
    scene = Scene([Dancer(positions, MARIEL_53)])
    frames = list(SceneRenderer(scene, SIZE).frames(np.arange(3)))
    assert [share_of_hue(FIGURE_LEFT, frame.astype(int)) > 0 for frame in frames] == [True, False, True]
    assert picture_of(Dancer(positions, MARIEL_53), style="markers", frame=1).shape == (120, 160, 3)


def test_the_view_is_the_one_of_the_player_s_state():
    state = {"azimuth": 0.3, "elevation": 0.4, "distance": 3.0, "pan": [0.1, 0, 0], "follow": True, "mirror": True}
    view = SceneRenderer(Scene([dancer()]), replace(SIZE, camera=state)).view
    assert view == View(0.3, 0.4, 3.0, (0.1, 0, 0), True, True)
    named = SceneRenderer(Scene([dancer()], front=1.0), SIZE).view
    assert (named.elevation, named.distance) == (0.08, None)
    assert abs(named.azimuth - facing_angle(dancer())) < 1e-6


def test_what_is_looked_at_is_in_the_middle_and_what_fits_is_in_the_picture():
    view, points = View(0.7, 0.3), np.random.default_rng(0).uniform(-2, 2, (40, 3))
    projection = make_projection(replace(view, distance=5.0), np.ones(3), points, (400, 200), (0, 0))
    pixels, depth = projection.project(np.ones(3))
    np.testing.assert_allclose([*pixels, depth], [200, 100, 5], atol=1e-3)
    fitted = make_projection(view, np.zeros(3), points, (400, 200), (0, 0))
    pixels, _ = fitted.project(points)
    assert (pixels > 0).all()
    assert (pixels < [400, 200]).all()
    assert pixels[:, 1].min() < 24 or pixels[:, 0].min() < 48


def test_a_narrow_picture_shows_all_that_the_stage_shows_from_where_the_viewer_stands():
    points = np.array([[0, -2.0, 0], [0, 2.0, 0], [0, 0, 1.8]])
    fitted, _ = fit_points(View(0, 0.1), np.zeros(3), points, 1.6)
    view = View(0, 0.1, fitted)
    for size in ((320, 180), (180, 320)):
        pixels, _ = make_projection(view, np.zeros(3), points, size, (0, 0)).project(points)
        assert (pixels[:, 0] > 0).all()
        assert (pixels[:, 0] < size[0]).all()
