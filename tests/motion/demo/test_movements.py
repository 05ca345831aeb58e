import numpy as np
import pytest

from mariel.motion.demo import MOVEMENTS, perform_movement
from mariel.motion.demo.inverse_kinematics import GRAVITY
from mariel.motion.demo.timeline import Timeline
from mariel.motion.mariel_markers import MARIEL_53, MARIEL_55
from mariel.motion.recording import FPS

LOWEST_WAIST = 0.45
"""Lowest height of the waist in metres: a deep crouch."""
FEET = [side + marker for side in "LR" for marker in ("HEL", "TOE", "MT1", "MT5")]


def perform_alone(name: str, side: str = "R") -> tuple[Timeline, np.ndarray]:
    """A timeline with one movement and its markers without noise, (frames, 55, 3)."""
    timeline = Timeline(np.random.default_rng(0))
    timeline.rest(0.3)
    timeline.add_movement(MOVEMENTS[name], side)
    timeline.rest(0.5)
    return timeline, timeline.marker_positions(round(timeline.now * FPS), noise=0.0)


def mean_position(positions: np.ndarray, *labels: str) -> np.ndarray:
    return positions[:, MARIEL_55.indices(labels)].mean(axis=1)


def test_the_vocabulary_has_the_expected_movements_with_descriptions():
    assert len(MOVEMENTS) >= 20
    assert all(movement.name == name and movement.description.endswith(".") for name, movement in MOVEMENTS.items())
    expected = "plie tendu port_de_bras arabesque pirouette chasse saute contraction roll_down half_turn walk bow"
    assert MOVEMENTS.keys() >= set(expected.split())


@pytest.mark.parametrize("name", MOVEMENTS)
def test_a_movement_is_continuous_and_stays_above_the_floor(name):
    _, positions = perform_alone(name)
    velocity = np.diff(positions, axis=0) * FPS
    assert np.isfinite(positions).all()
    assert np.linalg.norm(velocity, axis=2).max() < 12
    assert np.linalg.norm(np.diff(velocity, axis=0) * FPS, axis=2).max() < 300
    assert positions[..., 2].min() > -0.01
    assert mean_position(positions, "LabelingHips")[:, 2].min() > LOWEST_WAIST


@pytest.mark.parametrize("name", MOVEMENTS)
def test_the_left_side_is_the_mirrored_right_side(name):
    timelines = []
    for side in "RL":
        timeline = Timeline(np.random.default_rng(0))
        timeline.add_movement(MOVEMENTS[name], side)
        timelines.append(timeline)
    right, left = timelines
    assert left.now == right.now
    for channel in ("L_x", "R_x", "L_y", "R_y", "com_y"):
        sign = -1 if channel.endswith("y") else 1
        mirrored = channel if channel.startswith("com") else ("R" if channel[0] == "L" else "L") + channel[1:]
        np.testing.assert_allclose(left.keys[channel][-1][1], sign * right.keys[mirrored][-1][1], atol=1e-9)


@pytest.mark.parametrize("name", MOVEMENTS)
def test_feet_do_not_move_while_they_carry_weight(name):
    timeline, positions = perform_alone(name)
    pose = timeline.pose_at(np.arange(len(positions)) / FPS)
    for side in "LR":
        channels = np.stack([pose[f"{side}_{part}"] for part in ("x", "y", "yaw", "pitch", "lift", "air")], axis=1)
        still = (np.abs(np.diff(channels, axis=0)).max(axis=1) < 1e-9) & (pose[f"{side}_load"][1:] > 0.999)
        assert still.sum() > 5
        moved = np.linalg.norm(
            np.diff(positions[:, MARIEL_55.indices([m for m in FEET if m[0] == side])], axis=0), axis=2
        )
        assert moved[still].max() < 0.001


@pytest.mark.parametrize("name", [name for name in MOVEMENTS if MOVEMENTS[name].draft().flights])
def test_a_flight_is_a_parabola(name):
    timeline, positions = perform_alone(name)
    height = mean_position(positions, "LabelingHips")[:, 2]
    for flight in timeline.flights:
        first, last = int(np.ceil(flight.take_off * FPS)), int(flight.landing * FPS)
        acceleration = np.diff(height[first : last + 1], 2) * FPS**2
        assert len(acceleration) > 5
        np.testing.assert_allclose(acceleration, -GRAVITY, atol=1e-6)
        lowest = positions[first + 3 : last - 2, MARIEL_55.indices(FEET), 2].min(axis=1)
        assert lowest.max() > 0.08


def test_weight_is_over_the_standing_foot_before_the_other_is_at_the_knee():
    timeline, positions = perform_alone("balance")
    pose = timeline.pose_at(np.arange(len(positions)) / FPS)
    balancing = (pose["R_air"] > 0.999) & (np.rad2deg(pose["L_pitch"]) > 45)
    assert balancing.sum() > 30
    # A dancer's centre of mass is near the middle between waist and the segments around it.
    centre_of_mass = 0.55 * mean_position(positions, "LabelingHips") + 0.35 * mean_position(
        positions, "CLAV", "C7", "STRN", "T10"
    )
    centre_of_mass = centre_of_mass + 0.1 * mean_position(positions, "RKNE", "RKNI", "RANK")
    distance = np.linalg.norm((centre_of_mass - mean_position(positions, "LMT1", "LMT5"))[balancing, :2], axis=1)
    assert distance.max() < 0.06


def test_knees_bend_over_the_toes_in_a_plie():
    _, positions = perform_alone("plie")
    deepest = mean_position(positions, "LabelingHips")[:, 2].argmin()
    for side in "LR":
        toes, heel, ankle = (mean_position(positions, side + marker)[deepest, :2] for marker in ("TOE", "HEL", "ANK"))
        knee = mean_position(positions, side + "KNE", side + "KNI")[deepest, :2]
        forward = (toes - heel) / np.linalg.norm(toes - heel)
        aside = np.array([-forward[1], forward[0]])
        assert (knee - ankle) @ forward > 0.08
        assert abs((knee - heel) @ aside) < 0.07


def test_a_pirouette_turns_once_to_the_right():
    timeline, positions = perform_alone("pirouette")
    across = mean_position(positions, "LFWT", "LBWT") - mean_position(positions, "RFWT", "RBWT")
    heading = np.unwrap(np.arctan2(across[:, 1], across[:, 0]))
    assert np.rad2deg(heading[-1] - heading[0]) == pytest.approx(-360, abs=6)
    assert timeline.heading == pytest.approx(-360)


def test_segments_are_rigid():
    _, positions = perform_alone("swing")
    for _, labels in MARIEL_53.segments:
        markers = positions[:, MARIEL_55.indices(labels)]
        distances = np.linalg.norm(markers[:, :, None] - markers[:, None], axis=3)
        assert distances.std(axis=0).max() < 1e-9


def test_perform_movement_gives_a_synthetic_recording():
    recording = perform_movement("walk")
    assert recording.synthetic
    assert recording.marker_set == MARIEL_55
    assert recording.positions.dtype == np.float32
    assert recording["ARIEL"][:, 2].min() > 1.4
    np.testing.assert_array_equal(recording.positions, perform_movement("walk").positions)
    assert not np.array_equal(recording.positions, perform_movement("walk", seed=1).positions)


@pytest.mark.parametrize("name", MOVEMENTS)
def test_any_movement_can_follow_another(name):
    timeline = Timeline(np.random.default_rng(3))
    for before in ("plie", "walk", "swing", "pirouette"):
        timeline.add_movement(MOVEMENTS[before], "L")
        timeline.add_movement(MOVEMENTS[name])
    positions = timeline.marker_positions(round(timeline.now * FPS), noise=0.0)
    assert np.linalg.norm(np.diff(positions, axis=0) * FPS, axis=2).max() < 12
    assert mean_position(positions, "LabelingHips")[:, 2].min() > LOWEST_WAIST
