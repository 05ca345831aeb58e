import numpy as np
import pytest

from mariel.motion.demo import MOVEMENTS, perform
from mariel.motion.demo.footing import GRAVITY
from mariel.motion.demo.timeline import Timeline
from mariel.motion.mariel_markers import MARIEL_53, MARIEL_55
from mariel.motion.recording import FPS

LOWEST_WAIST = 0.45
"""Metres that the waist may come down to: a deep crouch."""
FEET = [side + marker for side in "LR" for marker in ("HEL", "TOE", "MT1", "MT5")]


def danced(name: str, side: str = "R") -> tuple[Timeline, np.ndarray]:
    """A timeline with one movement and its markers without noise, (frames, 55, 3)."""
    timeline = Timeline(np.random.default_rng(0))
    timeline.rest(0.3)
    timeline.perform(MOVEMENTS[name], side)
    timeline.rest(0.5)
    return timeline, timeline.markers(round(timeline.now * FPS), noise=0.0)


def at(positions: np.ndarray, *labels: str) -> np.ndarray:
    return positions[:, MARIEL_55.indices(labels)].mean(axis=1)


def test_there_are_movements_enough_and_each_says_what_it_is():
    assert len(MOVEMENTS) >= 20
    assert all(movement.name == name and movement.about.endswith(".") for name, movement in MOVEMENTS.items())
    wanted = "plie tendu port_de_bras arabesque pirouette chasse saute contraction roll_down half_turn walk bow"
    assert MOVEMENTS.keys() >= set(wanted.split())


@pytest.mark.parametrize("name", MOVEMENTS)
def test_a_movement_is_continuous_and_stays_above_the_floor(name):
    _, positions = danced(name)
    velocity = np.diff(positions, axis=0) * FPS
    assert np.isfinite(positions).all()
    assert np.linalg.norm(velocity, axis=2).max() < 12
    assert np.linalg.norm(np.diff(velocity, axis=0) * FPS, axis=2).max() < 300
    assert positions[..., 2].min() > -0.01
    assert at(positions, "LabelingHips")[:, 2].min() > LOWEST_WAIST


@pytest.mark.parametrize("name", MOVEMENTS)
def test_the_left_side_is_the_right_side_mirrored(name):
    timelines = []
    for side in "RL":
        timeline = Timeline(np.random.default_rng(0))
        timeline.perform(MOVEMENTS[name], side)
        timelines.append(timeline)
    right, left = timelines
    assert left.now == right.now
    for channel in ("L_x", "R_x", "L_y", "R_y", "com_y"):
        sign = -1 if channel.endswith("y") else 1
        twin = channel if channel.startswith("com") else ("R" if channel[0] == "L" else "L") + channel[1:]
        np.testing.assert_allclose(left.keys[channel][-1][1], sign * right.keys[twin][-1][1], atol=1e-9)


@pytest.mark.parametrize("name", MOVEMENTS)
def test_feet_do_not_move_while_they_carry_weight(name):
    timeline, positions = danced(name)
    pose = timeline.pose(np.arange(len(positions)) / FPS)
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
    timeline, positions = danced(name)
    height = at(positions, "LabelingHips")[:, 2]
    for flight in timeline.flights:
        first, last = int(np.ceil(flight.take_off * FPS)), int(flight.landing * FPS)
        acceleration = np.diff(height[first : last + 1], 2) * FPS**2
        assert len(acceleration) > 5
        np.testing.assert_allclose(acceleration, -GRAVITY, atol=1e-6)
        lowest = positions[first + 3 : last - 2, MARIEL_55.indices(FEET), 2].min(axis=1)
        assert lowest.max() > 0.08


def test_weight_is_over_the_standing_foot_before_the_other_is_at_the_knee():
    timeline, positions = danced("balance")
    pose = timeline.pose(np.arange(len(positions)) / FPS)
    held = (pose["R_air"] > 0.999) & (np.rad2deg(pose["L_pitch"]) > 45)
    assert held.sum() > 30
    # A dancer's centre of mass is near the middle between waist and the segments around it.
    body = 0.55 * at(positions, "LabelingHips") + 0.35 * at(positions, "CLAV", "C7", "STRN", "T10")
    body = body + 0.1 * at(positions, "RKNE", "RKNI", "RANK")
    off = np.linalg.norm((body - at(positions, "LMT1", "LMT5"))[held, :2], axis=1)
    assert off.max() < 0.06


def test_knees_bend_over_the_toes_in_a_plie():
    _, positions = danced("plie")
    deepest = at(positions, "LabelingHips")[:, 2].argmin()
    for side in "LR":
        toes, heel, ankle = (at(positions, side + marker)[deepest, :2] for marker in ("TOE", "HEL", "ANK"))
        knee = at(positions, side + "KNE", side + "KNI")[deepest, :2]
        forward = (toes - heel) / np.linalg.norm(toes - heel)
        aside = np.array([-forward[1], forward[0]])
        assert (knee - ankle) @ forward > 0.08
        assert abs((knee - heel) @ aside) < 0.07


def test_a_pirouette_turns_once_to_the_right():
    timeline, positions = danced("pirouette")
    across = at(positions, "LFWT", "LBWT") - at(positions, "RFWT", "RBWT")
    turned = np.unwrap(np.arctan2(across[:, 1], across[:, 0]))
    assert np.rad2deg(turned[-1] - turned[0]) == pytest.approx(-360, abs=6)
    assert timeline.heading == pytest.approx(-360)


def test_segments_are_rigid():
    _, positions = danced("swing")
    for _, labels in MARIEL_53.segments:
        markers = positions[:, MARIEL_55.indices(labels)]
        distances = np.linalg.norm(markers[:, :, None] - markers[:, None], axis=3)
        assert distances.std(axis=0).max() < 1e-9


def test_performing_gives_a_synthetic_recording():
    recording = perform("walk")
    assert recording.synthetic
    assert recording.marker_set == MARIEL_55
    assert recording.positions.dtype == np.float32
    assert recording["ARIEL"][:, 2].min() > 1.4
    np.testing.assert_array_equal(recording.positions, perform("walk").positions)
    assert not np.array_equal(recording.positions, perform("walk", seed=1).positions)


@pytest.mark.parametrize("name", MOVEMENTS)
def test_a_movement_follows_any_other(name):
    timeline = Timeline(np.random.default_rng(3))
    for before in ("plie", "walk", "swing", "pirouette"):
        timeline.perform(MOVEMENTS[before], "L")
        timeline.perform(MOVEMENTS[name])
    positions = timeline.markers(round(timeline.now * FPS), noise=0.0)
    assert np.linalg.norm(np.diff(positions, axis=0) * FPS, axis=2).max() < 12
    assert at(positions, "LabelingHips")[:, 2].min() > LOWEST_WAIST
