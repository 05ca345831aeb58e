import numpy as np
import pytest

from mariel.motion.demo import MOVEMENTS, TAKES, choreograph
from mariel.motion.demo.choreography import FLOOR_HALF_WIDTH, compose
from mariel.motion.mariel_markers import MARIEL_53, RAW_LABELS, RAW_PADDING_FRAMES
from mariel.motion.recording import FPS


@pytest.fixture(scope="module")
def raw():
    return choreograph("waltz_for_one", seed=0)


@pytest.fixture(scope="module")
def upright(raw):
    return raw.transpose(1, 0, 2).astype(float) * [1, -1, -1]


def column(label):
    return RAW_LABELS.index(label)


def test_the_six_takes_have_44000_frames():
    assert len(TAKES) == 6
    assert sum(take.frames for take in TAKES.values()) == 44_000


def test_the_weights_of_all_takes_name_exactly_the_vocabulary():
    named = {name for take in TAKES.values() for name in take.movement_weights}
    assert named == MOVEMENTS.keys()


def test_a_take_is_in_the_raw_layout(raw):
    assert raw.shape == (55, TAKES["waltz_for_one"].frames, 3)
    assert raw.dtype == np.float32
    assert np.isfinite(raw).all()
    assert np.median(raw[column("ARIEL"), :, 2]) == pytest.approx(-1.62, abs=0.08)  # z points down
    assert np.median(raw[column("LTOE"), :, 2]) == pytest.approx(-0.05, abs=0.03)


def test_upright_the_left_markers_are_on_the_dancers_left(upright):
    toes = sum(upright[:, column(side + "TOE")] - upright[:, column(side + "HEL")] for side in "LR")
    left = np.cross([0, 0, 1], toes)
    for pair in ("FWT", "BWT"):
        across = upright[:, column("L" + pair)] - upright[:, column("R" + pair)]
        assert np.mean(np.sum(across * left, axis=1) > 0) > 0.97  # in a pirouette the feet may lag behind


def test_padding_at_both_ends_only_sways(upright):
    for pad, pose in (
        (upright[:RAW_PADDING_FRAMES], upright[RAW_PADDING_FRAMES]),
        (upright[-RAW_PADDING_FRAMES:], upright[-RAW_PADDING_FRAMES - 1]),
    ):
        assert np.abs(pad - pose).max() < 0.03
        assert np.linalg.norm(np.diff(pad, axis=0), axis=2).mean() * FPS < 0.08


def test_padding_continues_the_take_without_a_jump(upright):
    speed = np.linalg.norm(np.diff(upright, axis=0), axis=2) * FPS
    assert speed[RAW_PADDING_FRAMES - 3 : RAW_PADDING_FRAMES + 3].max() < 0.6
    assert speed[-RAW_PADDING_FRAMES - 3 : -RAW_PADDING_FRAMES + 3].max() < 0.6
    assert speed.max() < 14


def test_segments_are_as_rigid_as_in_real_recordings(upright):
    skull = upright[RAW_PADDING_FRAMES:-RAW_PADDING_FRAMES, [column(label) for label in MARIEL_53.segment("head")]]
    distance = np.linalg.norm(skull[:, 0] - skull[:, 1], axis=1)
    assert distance.std() / distance.mean() == pytest.approx(0.004, abs=0.002)


def test_helper_points_are_at_the_pelvis(upright):
    waist = upright[:, [column(label) for label in ("LFWT", "RFWT", "LBWT", "RBWT")]].mean(axis=1)
    assert np.linalg.norm(upright[:, column("LabelingHips")] - waist, axis=1).max() < 0.01
    below = waist - upright[:, column("SolvingHips")]
    assert np.linalg.norm(below, axis=1) == pytest.approx(np.full(len(below), 0.09), abs=0.01)


@pytest.mark.parametrize("name", TAKES)
def test_a_take_stays_on_its_floor_and_ends_with_a_bow_in_time(name):
    timeline = compose(name, seed=5)
    seconds = (TAKES[name].frames - 2 * RAW_PADDING_FRAMES) / FPS
    assert seconds - 25 < timeline.now <= seconds
    assert timeline.score[-1].movement == "bow"
    for channel in ("L_x", "L_y", "R_x", "R_y"):
        assert max(abs(value) for _, value in timeline.keys[channel]) < FLOOR_HALF_WIDTH + 0.5
    assert len({entry.movement for entry in timeline.score}) >= 8
    assert {entry.side for entry in timeline.score} == {"L", "R"}


def test_a_seed_gives_one_take_and_another_seed_another(raw):
    np.testing.assert_array_equal(raw, choreograph("waltz_for_one", seed=0))
    assert not np.array_equal(raw, choreograph("waltz_for_one", seed=1))
    assert compose("adagio", 0).score != compose("adagio", 1).score


def test_feet_hardly_slide(upright):
    feet = upright[
        RAW_PADDING_FRAMES:-RAW_PADDING_FRAMES,
        [column(side + m) for side in "LR" for m in ("HEL", "TOE", "MT1", "MT5")],
    ]
    across = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=2) * FPS
    low = (feet[..., 2] < np.quantile(feet[..., 2], 0.1, axis=0) + 0.05)[1:]
    assert np.mean(across[low] > 0.5) < 0.1  # real recordings: 0.02 to 0.33, half of them above 0.16
