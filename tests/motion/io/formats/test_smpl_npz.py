"""Files of AMASS and of SMPL's family."""

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.registry import open_recording_file
from mariel.motion.smpl.skeleton import JOINTS
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
