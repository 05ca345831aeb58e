import numpy as np
import pytest
import torch

from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.kinematics.canonical_frame import CanonicalFrame, to_channels_first
from mariel.models.projected_pose import ProjectedPose, make_pose_representation
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53


@pytest.fixture(scope="module")
def fitted():
    """A fitted representation, and the poses and canonical phrases that it was fitted to."""
    takes = {name: take.frames(0, 1200) for name, take in list(load_recordings("demo").items())[:2]}
    dataset = PhraseDataset(takes, DataSettings(length=32))
    frame = CanonicalFrame(dataset.marker_set)
    starts = dataset.evenly_spaced(dataset.training, 60)
    phrases, _ = frame.to_canonical(to_channels_first(dataset.batch(starts)))
    pose = ProjectedPose(dataset.marker_set, dataset.fps)
    poses = pose.fit(phrases, frame, [dataset.locate(start)[0] for start in starts])
    return pose, poses, phrases


def test_poses_are_positions_of_markers_path_and_heading_without_contact(fitted):
    pose, poses, phrases = fitted
    assert poses.shape == (len(phrases), 32, 3 * 53 + 3)
    assert torch.allclose(pose.decode(poses), phrases, atol=1e-4)


def test_recorded_phrases_are_shown_where_they_are_on_a_body_with_rigid_segments(fitted):
    pose, poses, phrases = fitted
    shown = pose.decode_motion(poses)
    assert (shown - phrases).norm(dim=2).mean() < 0.015  # metres: the body, and feet that are held
    head = MARIEL_53.indices(dict(MARIEL_53.segments)["head"])
    distances = (shown[..., head[0]] - shown[..., head[-1]]).norm(dim=2)
    assert np.ptp(distances.numpy(), axis=1).max() < 1e-4


def test_what_is_shown_follows_path_and_heading(fitted):
    pose, poses, _ = fitted
    moved = poses[:4].clone()
    moved[..., -3] += 2.0
    assert torch.allclose(
        pose.decode_motion(moved), pose.decode_motion(poses[:4]) + torch.tensor([2.0, 0, 0])[:, None], atol=1e-3
    )


def test_no_marker_is_below_the_floor(fitted):
    pose, poses, _ = fitted
    sunk = poses[:4].clone()
    sunk[..., 2 * 53 : 3 * 53] -= 0.2  # z of all markers
    assert pose.decode_motion(sunk)[:, :, 2].min() > pose.foot_contact.floor - 0.02  # metres


def test_what_is_shown_has_no_gradient_and_what_is_trained_has_one(fitted):
    pose, poses, _ = fitted
    wanted = poses[:1].clone().requires_grad_()
    assert pose.decode(wanted).requires_grad
    assert not pose.decode_motion(wanted).requires_grad


def test_old_decoders_of_markers_predict_contact_and_new_ones_do_not():
    old = make_pose_representation("markers", MARIEL_18, 35.0, predicts_contact=True)
    new = make_pose_representation("markers", MARIEL_18, 35.0)
    assert old.size - new.size == old.foot_contact.foot_count
