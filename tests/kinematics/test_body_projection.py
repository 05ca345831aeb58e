import numpy as np
import pytest
import torch

from mariel.kinematics.body_projection import MAX_PROPORTION, BodyProjection
from mariel.kinematics.canonical_frame import CanonicalFrame, to_channels_first
from mariel.kinematics.forward_kinematics import forward_kinematics, segment_offsets
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53

FRAMES = 32


def local_phrases(positions):
    """Phrases (phrases, FRAMES, xyz, markers), each frame centred and facing +x, of a take (frames, markers, 3)."""
    phrases = torch.from_numpy(np.array(positions)).unfold(0, FRAMES, FRAMES)
    frame = CanonicalFrame(MARIEL_53)
    canonical, _ = frame.to_canonical(to_channels_first(phrases.movedim(-1, 1).contiguous()))
    return frame.remove_root_motion(canonical)[0]


@pytest.fixture(scope="module")
def demo():
    return {name: local_phrases(take.positions[:2400]) for name, take in list(load_recordings("demo").items())[:3]}


@pytest.fixture(scope="module")
def projection(demo):
    """Fitted to three takes of the demo dancer, and to one in which she is a tenth larger."""
    projection = BodyProjection(MARIEL_53)
    takes = {name: phrases[::4].flatten(0, 1) for name, phrases in demo.items()}
    takes["larger"] = 1.1 * next(iter(takes.values()))
    projection.fit(takes)
    return projection


def projected(projection, local):
    """Markers (phrases, frames, xyz, markers) of the bodies that are fitted."""
    body = projection(local)
    offsets = segment_offsets(projection.skeleton, body.joint_offsets, body.marker_offsets)
    return forward_kinematics(body.rotations, offsets, body.root)


def test_recorded_phrases_come_back_within_a_centimetre(projection, demo):
    for phrases in demo.values():
        assert (projected(projection, phrases) - phrases).norm(dim=2).mean() < 0.01  # metres


def test_markers_that_stretch_become_rigid(projection, demo):
    phrases = next(iter(demo.values()))[:3]
    noise = 0.02 * torch.randn(phrases.shape, generator=torch.Generator().manual_seed(0))
    rigid = projected(projection, phrases + noise)
    for _, labels in MARIEL_53.segments:
        columns = MARIEL_53.indices(labels)
        one, other = rigid[..., columns[0]], rigid[..., columns[-1]]
        lengths = (one - other).norm(dim=2)
        assert (lengths.amax(dim=1) - lengths.amin(dim=1)).max() < 1e-4
    assert (rigid - phrases).norm(dim=2).mean() < 0.02  # metres


def test_each_phrase_has_the_proportions_of_its_own_dancer(projection, demo):
    phrases = next(iter(demo.values()))[:2]
    both = projection(torch.cat([phrases, 1.1 * phrases]))
    size = both.marker_offsets.norm(dim=2).sum(dim=1) + both.joint_offsets.norm(dim=2).sum(dim=1)
    assert (size[2:] / size[:2]).tolist() == pytest.approx([1.1, 1.1], abs=0.05)


def test_phrases_of_a_batch_are_projected_as_they_are_alone(projection, demo):
    phrases = next(iter(demo.values()))[:3]
    together = projected(projection, phrases)
    alone = torch.cat([projected(projection, phrase[None]) for phrase in phrases])
    assert torch.allclose(together, alone, atol=1e-4)


def test_markers_of_no_body_still_give_a_human_one(projection, demo):
    wild = 3 * next(iter(demo.values()))[:2] + torch.randn(
        2, FRAMES, 3, 53, generator=torch.Generator().manual_seed(0)
    )
    body = projection(wild)
    bound = MAX_PROPORTION * projection.proportions.abs().sum(dim=0)[: len(projection.joint_offsets)]
    assert ((body.joint_offsets - projection.joint_offsets).abs() <= bound + 1e-6).all()
    assert torch.isfinite(projected(projection, wild)).all()


def test_poses_move_as_smoothly_as_the_markers(projection, demo):
    """The largest acceleration of a marker is not much larger than that of the recording: no frame jumps."""
    for phrases in demo.values():
        rigid = projected(projection, phrases)
        found, recorded = (torch.diff(each, n=2, dim=1).norm(dim=2).max() for each in (rigid, phrases))
        assert found < 1.3 * recorded + 0.005  # metres per frame²


def test_real_people_who_were_not_fitted_come_back_within_two_centimetres(mocap):
    takes = load_recordings(mocap / "mariel_layout")
    local = {name: local_phrases(take.positions[: FRAMES * 40]) for name, take in takes.items()}
    unseen = {name: local.pop(name) for name in list(local) if "optical" in name or "gesture" in name}
    projection = BodyProjection(MARIEL_53)
    projection.fit({name: phrases.flatten(0, 1) for name, phrases in local.items()})
    assert unseen
    for phrases in unseen.values():
        complete = phrases[torch.isfinite(phrases).all(dim=(1, 2, 3))]
        assert (projected(projection, complete) - complete).norm(dim=2).mean() < 0.02  # metres
