"""Positions of joints as motion generators and pose estimators save them."""

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.registry import open_recording_file
from mariel.motion.smpl.skeleton import JOINTS
from tests.support.recording_files import JOINTS as NAMES
from tests.support.recording_files import joint_positions, write_posed_joints


def opened(path):
    (take,) = open_recording_file(path)
    return take


def saved(path, **arrays):
    np.savez(path, **arrays)
    return path


def test_joints_of_kimodo_have_names_and_stand_upright(tmp_path):
    take = opened(write_posed_joints(tmp_path / "a.npz"))
    assert (take.fps, take.unit, take.marker_set.labels) == (30, "m", JOINTS[22])
    assert take["head"][0, 2] == pytest.approx(1.53, abs=0.02)
    assert take["left_hip"][0, 0] > take["right_hip"][0, 0]  # it faced +z, now -y, so its left is +x
    assert len(take.marker_set.bones()) == 21


@pytest.mark.parametrize("key", ["joints", "joints3d", "keypoints3d", "new_joints", "positions"])
def test_positions_without_names_are_numbered_where_their_number_tells_nothing(tmp_path, key):
    take = opened(saved(tmp_path / "a.npz", **{key: joint_positions(), "fps": 50, "up": np.array("+z")}))
    assert (take.fps, take.marker_set.labels) == (50, ("joint 1", "joint 2", "joint 3", "joint 4"))
    np.testing.assert_allclose(take.positions, joint_positions(), atol=1e-6)


def test_22_joints_in_another_order_than_smpl_are_not_named_after_it(tmp_path):
    with np.load(write_posed_joints(tmp_path / "a.npz")) as archive:
        joints = archive["posed_joints"]
    order = np.random.default_rng(0).permutation(22)
    take = opened(write_posed_joints(tmp_path / "b.npz", posed_joints=joints[:, order]))
    assert take.marker_set.labels[:2] == ("joint 1", "joint 2")


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0)])
def test_the_joints_of_humanml3d_have_names_in_a_npy_too(tmp_path, order):
    with np.load(write_posed_joints(tmp_path / "a.npz", frames=60)) as archive:
        np.save(tmp_path / "000001.npy", archive["posed_joints"].transpose(order))
    take = opened(tmp_path / "000001.npy")
    assert (take.unit, take.marker_set.labels) == ("m", JOINTS[22])
    assert take.notes == ("the 22 joints have no names: taken for those of SMPL",)
    assert take["head"][0, 2] == pytest.approx(1.53, abs=0.02)
    assert take["left_hip"][0, 0] > take["right_hip"][0, 0]


def test_names_and_parents_in_the_file_are_used(tmp_path):
    arrays = {"joint_names": np.array(NAMES), "joint_parents": np.array([-1, 0, 0, 0])}
    take = opened(saved(tmp_path / "a.npz", posed_joints=joint_positions(), **arrays))
    assert take.marker_set.labels == NAMES
    assert [(start[0], end[0]) for start, end in take.marker_set.bones()] == [("Hips", name) for name in NAMES[1:]]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1)])
def test_axes_may_be_in_any_order(tmp_path, order):
    array = joint_positions().transpose(order)
    take = opened(saved(tmp_path / "a.npz", joints3d=array, joint_names=np.array(NAMES)))
    np.testing.assert_allclose(take.positions, joint_positions(), atol=1e-6)


def test_several_samples_become_recordings(tmp_path):
    takes = open_recording_file(saved(tmp_path / "a.npz", posed_joints=np.stack([joint_positions()] * 3)))
    assert [take.name for take in takes] == ["a 1", "a 2", "a 3"]


def test_another_number_of_names_is_refused(tmp_path):
    path = saved(tmp_path / "a.npz", joints=joint_positions(), joint_names=np.array(NAMES[:3]))
    with pytest.raises(RecordingError, match=r"joints, 3\) with 3 joints, as there are names, found \(20, 4, 3\)"):
        opened(path)
