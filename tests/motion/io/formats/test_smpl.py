"""Files of AMASS and of SMPL's family."""

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.registry import open_recording_file
from mariel.motion.smpl.skeleton import JOINTS, MODELS
from tests.support.bodies import walking_positions
from tests.support.recording_files import write_smpl


def opened(path):
    (take,) = open_recording_file(path)
    return take


@pytest.mark.parametrize("joints", [22, 24, 52, 55])
def test_a_dancer_of_every_model_stands_upright_and_walks(tmp_path, joints):
    take = opened(write_smpl(tmp_path / "a.npz", joints))
    assert (take.fps, take.unit, take.marker_set.labels) == (120, "m", JOINTS[joints])
    assert len(take.marker_set.bones()) == joints - 1
    assert take["head"][0, 2] == pytest.approx(1.53, abs=0.02)
    assert np.abs(take["left_foot"][:, 2]).max() < 0.05
    assert take["left_hip"][0, 0] > take["right_hip"][0, 0]  # it faces -y, so its left is +x
    np.testing.assert_allclose(np.diff(take["pelvis"][:, 1]), -0.01, atol=1e-6)


@pytest.mark.parametrize("key", ["mocap_framerate", "mocap_frame_rate", "fps"])
def test_the_rate_has_several_names(tmp_path, key):
    assert opened(write_smpl(tmp_path / "a.npz", **{"mocap_framerate": None} | {key: 60.0})).fps == 60


def test_the_parts_of_smpl_x_are_put_together(tmp_path):
    poses = np.random.default_rng(0).normal(0, 0.2, (20, 52, 3))
    whole = opened(write_smpl(tmp_path / "whole.npz", poses=poses.reshape(20, -1)))
    split = {"root_orient": poses[:, 0], "pose_body": poses[:, 1:22].reshape(20, -1)}
    split["pose_hand"] = poses[:, 22:].reshape(20, -1)
    parts = opened(write_smpl(tmp_path / "parts.npz", poses=None, **split))
    np.testing.assert_array_equal(parts.positions, whole.positions)


def test_a_bent_knee_lifts_the_foot_behind(tmp_path):
    poses = np.zeros((20, 24, 3))
    poses[:, 0, 0] = np.pi / 2
    straight = opened(write_smpl(tmp_path / "a.npz", 24))
    poses[:, 4, 0] = np.pi / 2  # the left knee, about the axis to the left
    bent = opened(write_smpl(tmp_path / "b.npz", 24, poses=poses.reshape(20, -1)))
    np.testing.assert_allclose(bent["left_ankle"][:, 2], straight["left_knee"][:, 2], atol=1e-6)
    assert (bent["left_ankle"][:, 1] > straight["left_knee"][:, 1] + 0.3).all()  # it faces -y
    np.testing.assert_array_equal(bent["right_ankle"], straight["right_ankle"])


INVALID = {
    "an unknown number of joints": ({"poses": np.zeros((20, 99))}, r"rotations, N being 66 .* found \(20, 99\)"),
    "another length": ({"trans": np.zeros((19, 3))}, r"expected trans \(20, 3\), as many frames as rotations"),
    "no frames": ({"poses": np.zeros((0, 72))}, "expected frames, found none"),
    "NaN": ({"poses": np.full((20, 72), np.nan)}, "expected rotations and translations as numbers, found NaN"),
    "no root": ({"poses": None, "pose_body": np.zeros((20, 63))}, "expected root_orient or global_orient beside"),
    "a rate of infinity": ({"mocap_framerate": np.inf}, "array mocap_framerate: fps must be above 0"),
    "integers": ({"poses": np.zeros((20, 72), int)}, "expected poses as floats, found int64"),
}


@pytest.mark.parametrize(("arrays", "message"), INVALID.values(), ids=INVALID)
def test_an_invalid_file_is_refused_with_what_was_expected(tmp_path, arrays, message):
    with pytest.raises(RecordingError, match=message):
        opened(write_smpl(tmp_path / "a.npz", **arrays))


def rotations(joints: int, frames: int = 90) -> np.ndarray:
    """(frames, joints, 3) radians: someone with hanging arms who swings the legs and moves a little everywhere."""
    time = np.linspace(0, 12, frames)[:, None]
    poses = np.zeros((frames, joints, 3))
    poses[..., 0] = 0.1 * np.sin(time + np.arange(joints))
    poses[:, 1, 0], poses[:, 2, 0] = 0.5 * np.sin(time[:, 0]), -0.5 * np.sin(time[:, 0])
    poses[:, 16, 2], poses[:, 17, 2] = -1.2, 1.2
    poses[:, 0] = [np.pi / 2, 0, 0]  # z up
    return poses


@pytest.mark.parametrize("joints", [22, 24, 52, 55])
def test_rotations_alone_as_npy_stand_and_say_what_they_are_taken_for(tmp_path, joints):
    np.save(tmp_path / "a.npy", rotations(joints).reshape(90, -1).astype(np.float32))
    take = opened(tmp_path / "a.npy")
    same = opened(write_smpl(tmp_path / "b.npz", poses=rotations(joints).reshape(90, -1), trans=np.zeros((90, 3))))
    np.testing.assert_allclose(take.positions, same.positions, atol=1e-5)
    assert (take.unit, take.marker_set.labels) == ("m", JOINTS[joints])
    assert [each.field for each in take.assumptions if each.is_question] == ["fps"]
    assert f"taken for the rotations of {MODELS[joints]}'s {joints} joints in radians" in " ".join(take.notes)


NO_ROTATIONS = {
    "degrees": np.rad2deg(rotations(24)).reshape(90, -1),
    "positions in a row": walking_positions(90)[:, :24].reshape(90, -1),
    "positions about the pelvis": (walking_positions(90)[:, :24] - walking_positions(90)[:, 30:31]).reshape(90, -1),
    "a small figure": 0.5 * (walking_positions(90)[:, :24] - walking_positions(90)[:, 30:31]).reshape(90, -1),
    "zeros": np.zeros((90, 72)),
}


@pytest.mark.parametrize("array", NO_ROTATIONS.values(), ids=NO_ROTATIONS)
def test_rows_of_numbers_that_are_no_persons_rotations_are_refused_with_both_ways_on(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(RecordingError, match=r"save array.reshape\(-1, 24, 3\).* in radians .*poses=array, fps=rate"):
        opened(tmp_path / "a.npy")


def test_rotations_with_a_translation_beside_them_are_told_apart_in_the_message(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((90, 75)))
    with pytest.raises(RecordingError, match=r"poses=array\[:, :72\], trans=array\[:, 72:\]"):
        opened(tmp_path / "a.npy")
