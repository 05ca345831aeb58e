"""Where a phrase is danced, taken out and given back: the place on the floor and the heading of its first frame.

Positions here lie in planes, (…, xyz, markers), so that x, y and z are contiguous and arithmetic on them is fast.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mariel.motion.marker_set import MarkerSet


class Place(NamedTuple):
    """Where phrases begin: the markers' middle on the floor (phrases, 2), metres, and heading (phrases,), radians."""

    ground: Tensor
    heading: Tensor


class Placing(nn.Module):
    """Takes the place out of phrases and follows the dancer's heading through them.

    The heading is square to the line from the right markers to the left ones, those of the root segment where the
    marker set has a jointed body, else of all pairs; sets without pairs have none and are not turned.

    Args:
        marker_set: the markers.
    """

    def __init__(self, marker_set: MarkerSet) -> None:
        super().__init__()
        above = dict(marker_set.parents)
        root = {label for name, labels in marker_set.segments if above and name not in above for label in labels}
        pairs = [pair for pair in marker_set.mirror_pairs if not root or root.issuperset(pair)]
        leftward = torch.zeros(len(marker_set))
        for left, right in pairs:
            leftward[marker_set.index(left)] += 1 / len(pairs)
            leftward[marker_set.index(right)] -= 1 / len(pairs)
        self.sided = bool(pairs)
        self.register_buffer("leftward", leftward, persistent=False)

    def headings(self, planes: Tensor) -> Tensor:
        """Where the body faces in every frame, radians from +x towards +y: (…, xyz, markers) → (…)."""
        if not self.sided:
            return torch.zeros_like(planes[..., 0, 0])
        left = planes[..., :2, :] @ self.leftward
        return torch.atan2(-left[..., 0], left[..., 1])

    def take_out(self, planes: Tensor) -> tuple[Tensor, Place]:
        """Phrases (phrases, frames, xyz, markers) begun at the origin facing +x, and where they were."""
        first = planes[:, 0]
        place = Place(first[:, :2].mean(dim=-1), self.headings(first))
        ground = torch.cat([place.ground, torch.zeros_like(place.ground[:, :1])], dim=-1)
        return turned(planes - ground[:, None, :, None], -place.heading[:, None]), place

    @staticmethod
    def give_back(planes: Tensor, place: Place) -> Tensor:
        """The phrases that `take_out` was given."""
        ground = torch.cat([place.ground, torch.zeros_like(place.ground[:, :1])], dim=-1)
        return turned(planes, place.heading[:, None]) + ground[:, None, :, None]

    def follow(self, planes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Phrases seen by somebody who walks and turns with the dancer.

        Args:
            planes: (phrases, frames, xyz, markers), begun at the origin facing +x.

        Returns:
            The body (phrases, frames, xyz, markers), its middle always at the origin, always facing +x; the path of
            its middle (phrases, frames, 2), metres; its heading (phrases, frames), radians, without jumps by a turn.
        """
        path = planes[..., :2, :].mean(dim=-1)
        heading = self.headings(planes)
        steps = torch.diff(heading, dim=1, prepend=torch.zeros_like(heading[:, :1]))
        heading = (torch.remainder(steps + math.pi, 2 * math.pi) - math.pi).cumsum(dim=1)
        middle = torch.cat([path, torch.zeros_like(path[..., :1])], dim=-1)
        return turned(planes - middle[..., None], -heading), path, heading


def turned(planes: Tensor, angle: Tensor) -> Tensor:
    """Planes (…, xyz, markers) turned about the vertical by angles (…), anticlockwise seen from above."""
    c, s = torch.cos(angle)[..., None], torch.sin(angle)[..., None]
    x, y, z = planes.unbind(-2)
    return torch.stack([c * x - s * y, s * x + c * y, z], dim=-2)


def to_planes(positions: Tensor) -> Tensor:
    """Positions (…, markers, xyz) as planes (…, xyz, markers)."""
    return positions.transpose(-1, -2).contiguous()


def to_positions(planes: Tensor) -> Tensor:
    """Planes (…, xyz, markers) as positions (…, markers, xyz)."""
    return planes.transpose(-1, -2)
