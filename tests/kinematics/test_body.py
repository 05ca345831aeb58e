import numpy as np
import torch

from mariel.kinematics.body import fit_body
from mariel.kinematics.forward_kinematics import forward_kinematics, segment_offsets
from mariel.kinematics.skeleton import Skeleton
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53
from tests.kinematics.arm import ARM, JOINT_OFFSETS, MARKER_OFFSETS, matrix_columns

LIMBS = ("left_shank", "left_foot", "right_forearm", "right_hand")
"""Segments that begin at the ends of limbs."""


def test_a_body_is_fitted_to_poses_made_from_it():
    rng = np.random.default_rng(0)
    rotations = torch.linalg.qr(torch.from_numpy(rng.normal(size=(60, 2, 3, 3))).float()).Q
    rotations = rotations * torch.linalg.det(rotations).sign()[..., None, None]
    offsets = segment_offsets(Skeleton.from_marker_set(ARM), JOINT_OFFSETS, MARKER_OFFSETS)
    positions = forward_kinematics(matrix_columns(rotations), offsets, torch.randn(60, 3)).transpose(1, 2)
    body = fit_body(positions, ARM, steps=40)
    root, fitted = body.fit_pose(positions)
    reconstruction = forward_kinematics(matrix_columns(fitted), body.segment_offsets, root).transpose(1, 2)
    assert (reconstruction - positions).norm(dim=2).mean() < 0.02  # metres
    assert abs(body.joint_offsets[1].norm() - 1.0) < 0.1


def test_real_people_are_nearly_such_bodies(mocap):
    (take,) = load_recordings(mocap / "mariel_layout" / "mariel_bandai_dance.npy").values()
    positions = torch.from_numpy(take.positions[::20].copy())
    body = fit_body(positions, MARIEL_53)
    root, rotations = body.fit_pose(positions)
    reconstruction = forward_kinematics(matrix_columns(rotations), body.segment_offsets, root).transpose(1, 2)
    assert (reconstruction - positions).norm(dim=2).mean() < 0.006  # 6 mm


def test_a_dancers_limbs_have_the_same_lengths_whatever_the_dance():
    recordings, lengths = load_recordings("demo"), []
    for name in ("floor_and_air", "allegro", "waltz_for_one"):  # knees that turn about one axis tell little of a leg
        body = fit_body(torch.from_numpy(recordings[name].positions[::40].copy()), MARIEL_53)
        lengths.append(body.joint_offsets.norm(dim=1)[[body.skeleton.names.index(s) for s in LIMBS]].numpy())
    assert np.ptp(lengths, axis=0).max() < 0.06  # metres
    assert 0.7 < np.sum(lengths[0][:2]) < 0.85
