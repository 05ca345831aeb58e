"""The canonical frame of a phrase: its first frame at the origin of the floor, facing +x.

Positions here are channels first, (…, xyz, markers), so that x, y and z are each contiguous and arithmetic is fast.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mariel.motion.marker_set import MarkerSet


class RootTransform(NamedTuple):
    """Position and heading of the first frame of phrases.

    Args:
        translation: mean of the markers on the floor (phrases, 2), metres.
        heading: (phrases,), radians.
    """

    translation: Tensor
    heading: Tensor


class CanonicalFrame(nn.Module):
    """Moves phrases to the canonical frame and back, and separates the motion of the root from that of the body.

    The heading is perpendicular to the line from the right markers to the left ones: those of the root segment where
    the marker set has segments with parents, else of all left-right pairs. Without pairs the heading is 0.

    Args:
        marker_set: the markers.
    """

    right_to_left: Tensor

    def __init__(self, marker_set: MarkerSet) -> None:
        super().__init__()
        parent_of = dict(marker_set.parents)
        root_labels = {
            label for name, labels in marker_set.segments if parent_of and name not in parent_of for label in labels
        }
        pairs = [pair for pair in marker_set.mirror_pairs if not root_labels or root_labels.issuperset(pair)]
        right_to_left = torch.zeros(len(marker_set))
        for left, right in pairs:
            right_to_left[marker_set.index(left)] += 1 / len(pairs)
            right_to_left[marker_set.index(right)] -= 1 / len(pairs)
        self.has_pairs = bool(pairs)
        self.register_buffer("right_to_left", right_to_left, persistent=False)

    def headings(self, channels_first: Tensor) -> Tensor:
        """Heading of every frame, radians from +x towards +y: (…, xyz, markers) → (…)."""
        if not self.has_pairs:
            return torch.zeros_like(channels_first[..., 0, 0])
        left = channels_first[..., :2, :] @ self.right_to_left
        return torch.atan2(-left[..., 0], left[..., 1])

    def to_canonical(self, channels_first: Tensor) -> tuple[Tensor, RootTransform]:
        """Phrases (phrases, frames, xyz, markers) in the canonical frame, and the transform that moves them back."""
        first = channels_first[:, 0]
        root = RootTransform(first[:, :2].mean(dim=-1), self.headings(first))
        translation = _append_zero(root.translation)
        return rotate_about_z(channels_first - translation[:, None, :, None], -root.heading[:, None]), root

    @staticmethod
    def to_world(channels_first: Tensor, root: RootTransform) -> Tensor:
        """The inverse of `to_canonical`."""
        translation = _append_zero(root.translation)
        return rotate_about_z(channels_first, root.heading[:, None]) + translation[:, None, :, None]

    def remove_root_motion(self, channels_first: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Centre every frame of phrases at the origin, facing +x.

        Args:
            channels_first: (phrases, frames, xyz, markers) in the canonical frame.

        Returns:
            The centred body (phrases, frames, xyz, markers); its path, the mean of the markers on the floor
            (phrases, frames, 2), metres; its heading (phrases, frames), radians, unwrapped: without jumps by 2 π.
        """
        path = channels_first[..., :2, :].mean(dim=-1)
        heading = self.headings(channels_first)
        steps = torch.diff(heading, dim=1, prepend=torch.zeros_like(heading[:, :1]))
        heading = (torch.remainder(steps + math.pi, 2 * math.pi) - math.pi).cumsum(dim=1)
        return rotate_about_z(channels_first - _append_zero(path)[..., None], -heading), path, heading


def to_root_steps(path: Tensor, heading: Tensor) -> Tensor:
    """Steps of the root from each frame to the next, as seen by the root; the last one is repeated.

    Args:
        path: on the floor (…, frames, 2), metres.
        heading: (…, frames), radians, without jumps by 2 π.

    Returns:
        Forward, leftward and turn (…, frames, 3), metres and radians per frame.
    """
    values = torch.cat([path, heading[..., None]], dim=-1)
    steps = torch.diff(values, dim=-2)
    steps = torch.cat([steps, steps[..., -1:, :]], dim=-2)
    return torch.cat([_rotate_on_floor(steps[..., :2], -heading), steps[..., 2:]], dim=-1)


def from_root_steps(
    steps: Tensor, path: Tensor | None = None, heading: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The inverse of `to_root_steps`: path (…, frames, 2) and heading (…, frames) of steps (…, frames, 3).

    Args:
        steps: see `to_root_steps`; the last one is not needed.
        path: of the first frame (…, 2); the origin if None.
        heading: of the first frame (…); 0 if None.
    """
    if path is None or heading is None:
        path, heading = torch.zeros_like(steps[..., 0, :2]), torch.zeros_like(steps[..., 0, 2])
    headings = torch.cat([heading[..., None], heading[..., None] + steps[..., :-1, 2].cumsum(dim=-1)], dim=-1)
    on_floor = _rotate_on_floor(steps[..., :2], headings)[..., :-1, :].cumsum(dim=-2)
    return torch.cat([path[..., None, :], path[..., None, :] + on_floor], dim=-2), headings


def rotate_about_z(channels_first: Tensor, angle: Tensor) -> Tensor:
    """Rotate (…, xyz, markers) about the vertical by angles (…), radians, anticlockwise seen from above."""
    c, s = torch.cos(angle)[..., None], torch.sin(angle)[..., None]
    x, y, z = channels_first.unbind(-2)
    return torch.stack([c * x - s * y, s * x + c * y, z], dim=-2)


def to_channels_first(positions: Tensor) -> Tensor:
    """Positions (…, markers, xyz) as a contiguous (…, xyz, markers)."""
    return positions.transpose(-1, -2).contiguous()


def from_channels_first(channels_first: Tensor) -> Tensor:
    """(…, xyz, markers) as positions (…, markers, xyz)."""
    return channels_first.transpose(-1, -2)


def _rotate_on_floor(vectors: Tensor, angle: Tensor) -> Tensor:
    """Vectors on the floor (…, 2) rotated by angles (…), radians."""
    return rotate_about_z(_append_zero(vectors)[..., None], angle)[..., :2, 0]


def _append_zero(floor_positions: Tensor) -> Tensor:
    """x and y (…, 2) with z = 0: (…, 3)."""
    return torch.cat([floor_positions, torch.zeros_like(floor_positions[..., :1])], dim=-1)
