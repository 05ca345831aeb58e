import pytest
import torch

from mariel.kinematics.body import Body
from mariel.kinematics.feet.foot_locking import FootLocking
from mariel.kinematics.forward_kinematics import forward_kinematics
from mariel.kinematics.skeleton import Skeleton
from tests.kinematics.arm import ARM, JOINT_OFFSETS, MARKER_OFFSETS, matrix_columns
from tests.kinematics.feet.walker import HEELS, TOES, WALKER, rotation_about_y, standing, walker_body

FPS = 35.0
FRAMES = 40
SLIDE = 0.2 / FPS  # metres per frame


def lock(root, rotations, contact, body=None, floor=0.0):
    """Markers (phrases, frames, markers, 3), root and rotations of a walker whose feet are locked."""
    body = body or walker_body()
    new_root, new_rotations = FootLocking(body, WALKER).apply(root, rotations, contact, floor=floor, fps=FPS)
    return markers(new_root, new_rotations, body), new_root, new_rotations


def markers(root, rotations, body=None):
    return forward_kinematics(rotations, (body or walker_body()).segment_offsets, root).transpose(-1, -2)


def sliding():
    """A standing body that slides along x."""
    root, rotations = standing(FRAMES)
    root[..., 0] = SLIDE * torch.arange(FRAMES)
    return root, rotations


def contact_of(left, right, frames=FRAMES):
    return torch.tensor([left, right]).expand(1, frames, 2)


def test_feet_that_slide_are_held():
    before, rotations = sliding()
    contact = torch.zeros(1, FRAMES, 2)
    contact[:, 10:25] = 1
    positions, root, _ = lock(before, rotations, contact)
    feet = torch.diff(positions[0, 12:23, HEELS + TOES], dim=0).norm(dim=-1)
    assert feet.max() < 0.2 * SLIDE
    assert feet.mean() < 0.15 * SLIDE
    assert torch.diff(root[0, 12:23, 0]).mean() > 0.3 * SLIDE  # the body goes on


def test_a_foot_that_never_touches_moves_with_the_root_alone():
    before, rotations = sliding()
    _, root, locked = lock(before, rotations, contact_of(1.0, 0.0))
    assert (root - before).norm(dim=-1).max() > 0.001
    torch.testing.assert_close(locked[..., 4:], rotations[..., 4:], atol=1e-6, rtol=0)
    assert (locked[..., 1:3] - rotations[..., 1:3]).abs().max() > 0.01


def test_where_no_foot_touches_nothing_changes():
    before, rotations = sliding()
    _, root, locked = lock(before, rotations, contact_of(0.0, 0.0))
    assert torch.equal(root, before)
    assert torch.equal(locked, rotations)


def test_feet_and_pelvis_keep_their_rotations_and_the_first_frame_its_pose():
    before, rotations = sliding()
    _, root, locked = lock(before, rotations, contact_of(1.0, 1.0))
    assert torch.equal(locked[..., [0, 3, 6]], rotations[..., [0, 3, 6]])
    torch.testing.assert_close(locked[:, 0], rotations[:, 0], atol=1e-4, rtol=0)
    torch.testing.assert_close(root[:, 0], before[:, 0], atol=1e-4, rtol=0)


def test_corrections_fade_without_jumps():
    root, rotations = sliding()
    contact = torch.zeros(1, FRAMES, 2)
    contact[:, 15:30, 0] = 1
    positions, _, _ = lock(root, rotations, contact)
    steps = torch.diff(positions[0, :, HEELS[0], 0])
    assert steps[18:26].abs().max() < 0.2 * SLIDE
    assert torch.diff(steps).abs().max() < 0.7 * SLIDE  # a jump from sliding to standing would be SLIDE
    assert steps[:6].mean() == pytest.approx(SLIDE, rel=0.1)


def test_the_toe_stays_where_the_heel_lifts():
    root, rotations = standing(FRAMES)
    pitch = torch.linspace(0, 0.6, FRAMES)  # radians about the heel, which is where the ankle is
    feet = matrix_columns(rotation_about_y(pitch)[:, None])
    rotations[..., [3, 6]] = feet
    root[..., 2] += 0.2 * torch.sin(pitch)  # the toe stays at the floor and moves backwards
    before = markers(root, rotations)[0, :, TOES, 0]
    after = lock(root, rotations, contact_of(1.0, 1.0))[0][0, :, TOES, 0]
    assert (before[-1] - before[0]).abs().min() > 0.03
    assert (after[-1] - after[0]).abs().max() < 0.4 * (before[-1] - before[0]).abs().min()


def test_markers_below_the_floor_are_lifted_smoothly():
    root, rotations = standing(FRAMES)
    root[:, 25, 2] -= 0.05
    positions, lifted, _ = lock(root, rotations, contact_of(0.0, 0.0))
    assert positions[..., 2].min() > -1e-6
    assert torch.diff(lifted[0, :, 2] - root[0, :, 2], n=2).abs().max() < 0.03  # 0.1 if frame 25 were lifted alone
    assert torch.equal(lifted[:, :16], root[:, :16])


def test_a_body_for_each_phrase_gives_what_each_gives_alone():
    torch.manual_seed(0)
    root, rotations = standing(FRAMES, phrases=3)
    root[..., :2] += 0.01 * torch.randn(3, FRAMES, 2).cumsum(dim=1)
    contact = torch.rand(3, FRAMES, 2)
    scales = torch.tensor([0.9, 1.0, 1.2])[:, None, None]
    together = lock(root, rotations, contact, walker_body(scales), floor=-0.2)
    for row, scale in enumerate(scales.flatten().tolist()):
        one = slice(row, row + 1)
        alone = lock(root[one], rotations[one], contact[one], walker_body(scale), floor=-0.2)
        for part, expected in zip(together, alone, strict=True):
            torch.testing.assert_close(part[one], expected, atol=1e-5, rtol=0)


def test_a_body_without_legs_stays_as_it_is():
    body = Body(Skeleton.from_marker_set(ARM), JOINT_OFFSETS, MARKER_OFFSETS)
    root, rotations = torch.randn(2, 9, 3), torch.randn(2, 9, 9, 2)
    locked = FootLocking(body, ARM).apply(root, rotations, torch.zeros(2, 9, 0), floor=0.0, fps=FPS)
    assert locked[0] is root
    assert locked[1] is rotations


def test_no_gradient_is_kept():
    root, rotations = sliding()
    locked = FootLocking(walker_body(), WALKER).apply(
        root.requires_grad_(), rotations, contact_of(1.0, 1.0), floor=0.0, fps=FPS
    )
    assert not any(part.requires_grad for part in locked)
