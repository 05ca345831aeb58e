import zlib

import numpy as np
import pytest

from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.stage.packing import STEP, facing_pairs, marker_sides, pack, unpack
from mariel.stage.scene import Curve, Dancer, Scene

PAIR = MarkerSet.from_edges("pair", ("LHAND", "RHAND"), [(0, 1)])


def drift(frames: int, markers: int, seed: int = 0) -> np.ndarray:
    """Markers one above the other up to 1.7 m that move smoothly by a few decimetres."""
    positions = np.random.default_rng(seed).normal(0, 0.01, (frames, markers, 3)).cumsum(axis=0)
    positions[:, :, 2] += np.linspace(0, 1.7, markers)
    return positions.astype(np.float32)


def test_positions_are_unpacked_within_half_a_step():
    positions = drift(200, 53)
    header, bodies = unpack(pack(Scene([Dancer(positions, MARIEL_53)], fps=30)))
    assert np.abs(bodies[0] - positions).max() <= STEP / 2 * 1.001
    assert (header["fps"], header["frames"], header["dancers"][0]["frames"]) == (30, 200, 200)


def test_missing_markers_stay_missing_and_others_do_not():
    positions = drift(50, 2)
    positions[10:20, 1] = np.nan
    positions[30, 0, 2] = np.nan
    body = unpack(pack(Scene([Dancer(positions, PAIR)])))[1][0]
    expected = np.isnan(positions).any(axis=2)
    assert (np.isnan(body).all(axis=2) == expected).all()
    assert np.abs(body - positions)[~expected].max() <= STEP


def test_far_from_the_origin_another_origin_is_used_with_the_same_step():
    positions = drift(50, 2) + np.float32([500, -300, 0])
    header, bodies = unpack(pack(Scene([Dancer(positions, PAIR)])))
    assert header["dancers"][0]["step"] == STEP
    assert np.abs(bodies[0] - positions).max() < STEP


def test_travel_over_a_field_has_a_coarser_step():
    positions = drift(50, 2)
    positions[:, :, 0] += np.linspace(0, 100, 50, dtype=np.float32)[:, None]
    header, bodies = unpack(pack(Scene([Dancer(positions, PAIR)])))
    step = header["dancers"][0]["step"]
    assert step == pytest.approx(100 / 65534, rel=0.02)
    assert np.abs(bodies[0] - positions).max() <= step


def test_several_dancers_and_their_values_are_in_one_block():
    values = np.array([[0.0, 5.0], [10.0, 2.5], [7.5, 0.0]])
    dancers = [
        Dancer(drift(3, 2, 1), PAIR, label="first", marker_values=values),
        Dancer(drift(5, 2, 2), PAIR, label="second", offset=(1.0, 0.0, 0.0), ghost=True),
    ]
    header, bodies = unpack(pack(Scene(dancers)))
    assert [dancer["label"] for dancer in header["dancers"]] == ["first", "second"]
    assert header["dancers"][0]["range"] == [0.0, 10.0]
    assert np.abs(bodies[0] - dancers[0].positions).max() < STEP
    assert np.abs(bodies[1] - dancers[1].positions - [1, 0, 0]).max() < STEP


def test_values_are_stored_as_shares_of_the_given_range():
    values = np.array([[0.0, 5.0], [10.0, 20.0]])
    dancer = Dancer(np.zeros((2, 2, 3)), PAIR, marker_values=values, value_range=(0.0, 10.0), colour_bones=True)
    block = pack(Scene([dancer]))
    header, _ = unpack(block)
    assert (header["dancers"][0]["range"], header["dancers"][0]["painted"]) == ([0.0, 10.0], True)
    payload = zlib.decompress(block[8 + int.from_bytes(block[4:8], "little") :])
    assert list(payload[-4:]) == [0, 128, 255, 255]  # values beyond the range have its last colour


def test_curves_are_stored_with_four_digits_and_gaps_as_null():
    curve = Curve(np.array([0.123456, np.nan, 1234.56]), "error", "#5b8def")
    header, _ = unpack(pack(Scene([Dancer(np.zeros((3, 2, 3)), PAIR)], curves=[curve], unit="cm")))
    assert header["curves"] == [{"label": "error", "colour": "#5b8def", "values": [0.1235, None, 1235.0]}]
    assert header["unit"] == "cm"


def test_a_block_is_smaller_than_its_positions():
    positions = drift(1000, 53)
    positions[1:-1] = (positions[:-2] + positions[1:-1] + positions[2:]) / 3
    assert len(pack(Scene([Dancer(positions, MARIEL_53)]))) < positions.size * 2 * 0.7


def test_other_data_is_refused():
    with pytest.raises(ValueError, match="not a packed scene"):
        unpack(b"PNG....")


def test_the_header_has_sides_head_and_facing_pairs():
    sides = dict(zip(MARIEL_53.labels, marker_sides(MARIEL_53), strict=True))
    assert (sides["LKNE"], sides["RKNE"], sides["C7"]) == ("L", "R", "M")
    labels = {MARIEL_53.labels[left] for left, _ in facing_pairs(MARIEL_53)}
    assert {"LFWT", "LFSH"} <= labels
    assert "LIWR" not in labels
    header, _ = unpack(pack(Scene([Dancer(np.zeros((1, 53, 3)), MARIEL_53)])))
    assert {MARIEL_53.labels[i] for i in header["dancers"][0]["head"]} == set(MARIEL_53.segment("head"))


def test_the_ends_of_bones_are_packed_as_groups_of_markers():
    header, _ = unpack(pack(Scene([Dancer(np.zeros((1, 53, 3)), MARIEL_53, skeleton="paper")])))
    bones = [tuple(tuple(MARIEL_53.labels[i] for i in end) for end in bone) for bone in header["dancers"][0]["bones"]]
    assert tuple(bones) == MARIEL_53.bones("paper")


def test_hips_and_shoulders_tell_where_a_body_without_segments_faces():
    labels = ("LeftHand", "RightHand", "LeftUpLeg", "RightUpLeg", "LeftArm", "RightArm", "LeftFoot", "RightFoot")
    body = MarkerSet.from_edges("body", labels, [(0, 1)])
    assert facing_pairs(body) == [[2, 3], [4, 5]]  # hands and feet may cross
    assert facing_pairs(PAIR) == [[0, 1]]
