import numpy as np
import pytest

from mariel.errors import MarkerError, StageError
from mariel.motion.marker_set import MarkerSet
from mariel.stage.scene import BODY_HEIGHT, Curve, Dancer, Scene

STICK = MarkerSet.from_edges("stick", ("TOP", "BOTTOM"), [(0, 1)])


def stick(frames: int = 10, height: float = 1.7, at: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """A vertical pole that does not move."""
    return np.tile(np.array([[*at, height], [*at, 0.0]], np.float32), (frames, 1, 1))


@pytest.mark.parametrize(
    ("positions", "options", "message"),
    [
        (np.zeros((5, 2)), {}, "expected positions (frames, markers, 3), found shape (5, 2)"),
        (np.zeros((0, 2, 3)), {}, "found shape (0, 2, 3)"),
        (np.zeros((5, 3, 3)), {}, "the stick set has 2 markers, the positions have 3"),
        (np.zeros((5, 2, 3)), {"marker_values": np.zeros(5)}, "marker_values must be (2,) or (5, 2), found (5,)"),
        (np.zeros((5, 2, 3)), {"colour_bones": True}, "marker_values are needed to colour the bones"),
    ],
)
def test_a_dancer_whose_arguments_do_not_fit_is_refused(positions, options, message):
    with pytest.raises(StageError) as error:
        Dancer(positions, STICK, label="Ada", **options)
    assert message in str(error.value)
    assert "'Ada'" in str(error.value)


def test_a_skeleton_that_the_marker_set_lacks_is_refused():
    with pytest.raises(MarkerError, match="no skeleton 'bones'"):
        Dancer(stick(), STICK, skeleton="bones")


def test_extent_ignores_missing_markers():
    positions = stick()
    positions[3, 0] = np.nan
    assert Dancer(positions, STICK).extent.tolist() == [[0, 0, 0], [0, 0, np.float32(1.7)]]
    assert Dancer(np.full((4, 2, 3), np.nan), STICK).extent.tolist() == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("height", "metres"), [(1.7, 1.0), (0.2, 1.0), (1700.0, 0.001), (170.0, 0.01), (0.017, 100.0)]
)
def test_bodies_in_other_units_are_drawn_life_size(height, metres):
    assert Dancer(stick(height=height), STICK).metres_per_unit == pytest.approx(metres)
    assert BODY_HEIGHT == 1.7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"curves": [Curve(np.zeros(9), "error")]}, "curve 'error': expected 10 values, one per frame, found (9,)"),
        ({"dancers": []}, "1 to 12 dancers, found 0"),
        ({"dancers": [Dancer(stick(), STICK)] * 13}, "1 to 12 dancers, found 13"),
        ({"fps": 0}, "fps must be above 0, found 0"),
        ({"trails": ["RIWR"]}, "no dancer of the scene has a marker 'RIWR'"),
    ],
)
def test_a_scene_whose_arguments_do_not_fit_is_refused(options, message):
    with pytest.raises(StageError) as error:
        Scene(**{"dancers": [Dancer(stick(), STICK)], **options})
    assert message in str(error.value)


def test_scene_lasts_as_long_as_its_longest_dancer():
    scene = Scene([Dancer(stick(70), STICK), Dancer(stick(35), STICK)], fps=35)
    assert (len(scene), scene.duration) == (70, 2.0)


def test_a_gallery_arranges_dancers_in_rows():
    scene = Scene.gallery([Dancer(stick(at=(5.0, i)), STICK) for i in range(4)], columns=2, spacing=2.0)
    middles = [(dancer.extent.mean(axis=0) + dancer.offset)[:2].tolist() for dancer in scene.dancers]
    assert middles == [[0, 0], [2, 0], [0, -3.5], [2, -3.5]]


def test_the_rows_of_a_gallery_run_across_its_front():
    scene = Scene.gallery([Dancer(stick(), STICK)] * 4, columns=2, spacing=2.0, front=0.0)
    assert scene.front == 0
    # Seen from +x, +y is to the right and +x is nearer.
    assert [dancer.offset[:2] for dancer in scene.dancers] == [
        pytest.approx(place, abs=1e-6) for place in ((0, 0), (0, 2), (3.5, 0), (3.5, 2))
    ]


def test_a_gallery_of_positions_in_millimetres_is_spaced_in_metres():
    scene = Scene.gallery([Dancer(stick(height=1700.0), STICK)] * 2, columns=2, spacing=2.0)
    assert [dancer.offset[0] for dancer in scene.dancers] == pytest.approx([0, 2000])
