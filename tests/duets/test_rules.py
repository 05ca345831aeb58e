"""Bodies whose connections are known by construction."""

import numpy as np
import pytest

from mariel.duets.body_parts import PARTS
from mariel.duets.pairing import Duet, pair_recordings
from mariel.duets.rules import KINDS, find_connections
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from tests.support.bodies import upright_pose

FPS, FRAMES = 35, 128
HANDS = {side: [MARIEL_53.index(f"{side}{label}HAND") for label in "IO"] for side in "LR"}
LEFT_HAND, RIGHT_HAND = PARTS.index("left hand"), PARTS.index("right hand")


def recording(positions: np.ndarray, name: str = "dancer") -> Recording:
    return Recording.from_positions(name, positions, MARIEL_53, fps=FPS)


def standing(at: tuple[float, float] = (0, 0)) -> np.ndarray:
    """A body (frames, 53, 3) that stands still and faces +x."""
    return np.repeat(upright_pose()[None] + np.array([*at, 0], np.float32), FRAMES, axis=0)


def swinging(body: np.ndarray, side: str, direction: tuple[float, float, float], sign: float = 1.0) -> np.ndarray:
    """The body with one hand that swings to and fro, 0.3 m each way, once in two seconds."""
    moved = body.copy()
    swing = 0.3 * sign * np.sin(np.pi * np.arange(FRAMES) / FPS)
    moved[:, HANDS[side]] += (swing[:, None] * np.array(direction))[:, None]
    return moved


def duet_of(first: np.ndarray, second: np.ndarray) -> Duet:
    return pair_recordings(recording(first, "one"), recording(second, "other"))


def connected(duet: Duet) -> dict[str, set[tuple[str, str]]]:
    """Pairs of parts that are connected in a tenth of the frames, by kind; kinds without any are left out."""
    strengths = find_connections(duet).strengths
    pairs = {kind: np.argwhere((strengths[kind] > 0).mean(axis=0) > 0.1) for kind in KINDS}
    return {kind: {(PARTS[a], PARTS[b]) for a, b in found} for kind, found in pairs.items() if len(found)}


@pytest.fixture(scope="module")
def dance() -> np.ndarray:
    take = load_recordings("demo")["waltz_for_one"]
    return take.frames(2000, 2000 + FRAMES).positions


def test_two_who_stand_still_far_apart_have_nothing_in_common():
    duet = duet_of(standing(), standing((3, 0)))
    assert connected(duet) == {}
    assert not find_connections(duet).lags.strength.any()


def test_hands_that_meet_touch_and_nothing_else_does():
    first, second = standing(), standing((0, 2))
    meeting = np.array([0.3, 1.0, 1.0], np.float32)
    first[:, HANDS["L"]] = meeting
    second[:, HANDS["R"]] = meeting + np.array([0.03, 0, 0], np.float32)
    connections = find_connections(duet_of(first, second))
    touching = connections.strengths["touching"]
    assert connected(duet_of(first, second))["touching"] == {("left hand", "right hand")}
    np.testing.assert_allclose(touching[:, LEFT_HAND, RIGHT_HAND], 1 - 0.03 / 0.12, atol=1e-3)
    np.testing.assert_allclose(connections.strengths["near"][:, LEFT_HAND, RIGHT_HAND], 1 - 0.03 / 0.35, atol=1e-3)


@pytest.mark.parametrize(("sign", "kind"), [(1.0, "moving alike"), (-1.0, "moving opposite")])
def test_hands_that_swing_at_once_move_alike_or_opposite(sign, kind):
    first = swinging(standing(), "R", (1, 0, 0))
    second = swinging(standing((0, 3)), "R", (1, 0, 0), sign)
    assert connected(duet_of(first, second)) == {kind: {("right hand", "right hand")}}


def test_hands_that_pull_a_string_between_them_are_in_opposition():
    first = swinging(standing(), "L", (0, 1, 0), -1.0)
    second = swinging(standing((0, 3)), "R", (0, 1, 0))
    found = connected(duet_of(first, second))
    assert set(found) == {"in opposition", "moving opposite", "mirrored"}  # a pull is its own mirror image
    assert all(pairs == {("left hand", "right hand")} for pairs in found.values())


def test_a_dance_in_a_mirror_is_mirrored_wherever_the_mirror_stands(dance):
    image = dance[:, MARIEL_53.mirror_order()] * np.array([-1, 1, 1], np.float32) + np.array([3, 0, 0], np.float32)
    strengths = find_connections(duet_of(dance, image)).strengths["mirrored"]
    pairs = {(PARTS[a], PARTS[b]) for a, b in np.argwhere(strengths.any(axis=0))}
    assert ("left hand", "right hand") in pairs
    assert all(a.replace("left", "right") == b.replace("left", "right") for a, b in pairs)
    assert all((a == b) == (a in ("head", "chest", "pelvis")) for a, b in pairs)
    assert strengths[strengths > 0].min() > 0.9


@pytest.mark.parametrize("lag", [-12, 0, 9])
def test_who_follows_whom_and_by_how_much(dance, lag):
    take = load_recordings("demo")["waltz_for_one"]
    follower = take.frames(2000 - lag, 2000 - lag + FRAMES).positions
    turn = np.array([[-1, 0, 0], [0, -1, 0], [0, 0, 1]], np.float32)  # the follower faces the leader
    lags = find_connections(duet_of(dance, follower @ turn.T + np.array([2, 0, 0], np.float32))).lags
    same = np.arange(len(PARTS))
    follows = lags.strength[same, same] > 0
    assert follows.sum() >= 10
    assert np.median(lags.frames[same, same][follows]) == lag
    assert np.abs(lags.frames[same, same][follows] - lag).max() <= 1
    assert lags.strength[same, same][follows].min() > 0.95


def test_a_follower_may_do_it_as_in_a_mirror(dance):
    take = load_recordings("demo")["waltz_for_one"]
    late = take.frames(1990, 1990 + FRAMES).positions
    image = late[:, MARIEL_53.mirror_order()] * np.array([1, -1, 1], np.float32) + np.array([0, 3, 0], np.float32)
    lags = find_connections(duet_of(dance, image)).lags
    assert lags.frames[LEFT_HAND, RIGHT_HAND] == 10
    assert lags.mirrored[LEFT_HAND, RIGHT_HAND]


def test_connections_do_not_depend_on_where_the_two_are_or_which_is_called_the_first(dance):
    other = load_recordings("demo")["adagio"].frames(900, 900 + FRAMES).positions
    other = other + dance[:1, :1] - other[:1, :1] + np.array([0.4, 0, 0], np.float32)
    here = find_connections(duet_of(dance, other))
    angle = np.deg2rad(130)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    there = find_connections(duet_of(dance @ turn.T + [40, -7, 0], other @ turn.T + [40, -7, 0]))
    swapped = find_connections(duet_of(other, dance))
    for kind in KINDS:
        assert kind == "in opposition" or here.strengths[kind].any() or kind in ("touching", "mirrored")
        np.testing.assert_allclose(there.strengths[kind], here.strengths[kind], atol=0.02)
        np.testing.assert_allclose(swapped.strengths[kind].transpose(0, 2, 1), here.strengths[kind], atol=1e-4)
    np.testing.assert_array_equal(swapped.lags.frames.T, -here.lags.frames)


def test_where_markers_are_missing_there_is_no_connection(dance):
    gone = dance.copy()
    gone[40:60] = np.nan
    connections = find_connections(duet_of(dance, gone))
    for kind in KINDS:
        assert np.isfinite(connections.strengths[kind]).all()
        assert not connections.strengths[kind][45:55].any()
    assert np.isfinite(connections.lags.strength).all()


def test_two_real_dancers_have_connections_of_most_kinds(mocap):
    duet = pair_recordings(*load_recordings(mocap / "duet.npy").values())
    strengths = find_connections(duet).strengths
    assert strengths["near"].shape == (1200, 15, 15)
    assert all(strengths[kind].any() for kind in ("near", "touching", "moving alike", "moving opposite"))
