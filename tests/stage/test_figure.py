import numpy as np
import plotly.graph_objects as go
import pytest

from mariel.motion.marker_set import MarkerSet
from mariel.stage.figure import CAMERAS, bone_lines, facing_angle, skeleton_figure
from mariel.stage.palette import PALETTES
from mariel.stage.scene import Dancer, Scene

# Left hip to y, as for a body that faces +x; the chest is the mean of two markers.
BODY = MarkerSet(
    "body",
    ("LHIP", "RHIP", "FRONT", "BACK"),
    (("lines", ((("LHIP",), ("RHIP",)), (("LHIP", "RHIP"), ("FRONT", "BACK")))),),
    mirror_pairs=(("LHIP", "RHIP"),),
)
STANDING = np.array([[0, 0.1, 1], [0, -0.1, 1], [0.1, 0, 1.4], [-0.1, 0, 1.4]], np.float32)


def body(frames: int = 6) -> np.ndarray:
    """A body that moves 1 m per frame along x."""
    return STANDING + np.arange(frames, dtype=np.float32)[:, None, None] * np.float32([1, 0, 0])


def test_each_dancer_has_two_traces_after_the_floor():
    figure = skeleton_figure(Scene([Dancer(body(), BODY, label="a"), Dancer(body(), BODY, label="b", ghost=True)]))
    assert [trace.name for trace in figure.data] == ["floor", "a, bones", "a, markers", "b, bones", "b, markers"]
    assert figure.data[2].text == BODY.labels
    assert [trace.visible for trace in figure.data[2::2]] == [True, False]


def test_bones_connect_group_means_and_are_separated_by_nan():
    line = bone_lines(Dancer(body(1), BODY), body(1))[0]
    assert line[:2].tolist() == STANDING[:2].tolist()
    assert np.isnan(line[2]).all()
    assert np.allclose(line[3:5], [[0, 0, 1], [0, 0, 1.4]])


def test_a_missing_marker_removes_only_its_bones():
    positions = body(1)
    positions[0, 2] = np.nan
    line = bone_lines(Dancer(positions, BODY), positions)[0]
    assert np.isfinite(line[:2]).all()
    assert np.isnan(line[4]).all()


def test_frames_contain_only_what_changes():
    figure = skeleton_figure(Scene([Dancer(body(), BODY)], fps=10), every=2)
    assert [frame.name for frame in figure.frames] == ["0", "2", "4"]
    assert list(figure.frames[0].traces) == [1, 2]
    assert np.allclose(figure.frames[2].data[1].x, STANDING[:, 0] + 4)
    play = figure.layout.updatemenus[0].buttons[0].args[1]
    assert play["frame"]["duration"] == 200


def test_a_shorter_dancer_holds_the_last_pose():
    figure = skeleton_figure(Scene([Dancer(body(6), BODY), Dancer(body(2), BODY)]))
    assert np.allclose(figure.frames[5].data[3].x, STANDING[:, 0] + 1)


def test_a_still_has_no_frames():
    figure = skeleton_figure(Scene([Dancer(body(), BODY)]), animate=False, frame=3)
    assert figure.frames == ()
    assert np.allclose(figure.data[2].x, STANDING[:, 0] + 3)


def test_a_left_side_towards_plus_y_faces_plus_x():
    assert facing_angle(Dancer(body(), BODY)) == pytest.approx(0)
    rotated = np.stack([-STANDING[:, 1], STANDING[:, 0], STANDING[:, 2]], axis=1)  # a quarter turn to the left
    assert facing_angle(Dancer(rotated[None], BODY)) == pytest.approx(np.pi / 2)


def test_the_front_camera_is_where_the_dancer_faces():
    eye = skeleton_figure(Scene([Dancer(body(), BODY)]), camera="front").layout.scene.camera.eye
    assert eye.x > 1
    assert abs(eye.y) < 1e-6
    assert set(CAMERAS) == {"front", "side", "top", "three-quarter"}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_figure_is_valid_plotly(theme):
    figure = skeleton_figure(Scene([Dancer(body(), BODY, colour="#ff0000")], title="dance"), theme=theme)
    assert go.Figure(figure.to_plotly_json()).layout.title.text == "dance"


def test_the_camera_faces_the_dancer_in_the_frame_that_is_shown():
    turned = np.stack([STANDING, STANDING[:, [1, 0, 2]] * [-1, 1, 1]])  # a quarter turn to the left
    for dancers in ([Dancer(turned, BODY)], [Dancer(turned, BODY, ghost=True), Dancer(turned, BODY)]):
        eye = skeleton_figure(Scene(dancers, front=0.0), frame=1, camera="front").layout.scene.camera.eye
        assert abs(eye.x) < 1e-6 < eye.y
    pair = Scene([Dancer(turned, BODY)] * 2, front=0.0)
    eye = skeleton_figure(pair, frame=1, camera="front").layout.scene.camera.eye
    assert abs(eye.y) < 1e-6 < eye.x


@pytest.mark.parametrize("theme", PALETTES)
def test_a_ghost_is_neutral_and_values_have_the_colours_of_the_theme(theme):
    values = np.array([[1.0, 3.0, 0.0, 0.0], [2.0, 2.0, 0.0, 0.0]])
    painted = Dancer(body(2), BODY, marker_values=values, value_range=(0, 5), colour_bones=True)
    figure = skeleton_figure(Scene([Dancer(body(2), BODY, ghost=True), painted]), theme=theme)
    ghost, bones, markers = figure.data[1], figure.data[3], figure.data[4]
    palette = PALETTES[theme]
    assert set(ghost.line.color) == {palette.ghost}
    assert ghost.line.width < bones.line.width
    assert list(bones.line.color) == [1, 3, 3, 2, 0, 0]
    assert list(markers.marker.color) == [1, 3, 0, 0]
    for style in (bones.line, markers.marker):
        assert (style.cmin, style.cmax) == (0, 5)
        assert tuple(colour for _, colour in style.colorscale) == palette.scale
