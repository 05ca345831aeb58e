"""Feet and floor: a path that follows from the feet that stand."""

import torch
from torch import Tensor, nn

from mariel.motion.marker_set import MarkerSet

LOW = 0.05
"""Metres above the floor below which a foot marker may stand; the same as in the skating metric."""

SHARPNESS = 0.01
"""Metres over which standing fades, so that it has a gradient."""

SLOW = 0.4
"""Metres a second below which a low foot of a recording counts as standing."""

SURE = 3.0
"""Logit of a foot that certainly stands (0.95); of one that certainly does not, its negative."""

BELOW_FLOOR = 0.05
"""Share of frames whose lowest marker may be below the floor: recordings sink in here and there."""

WEIGHTLESS = 0.2
"""Standing markers below which the path is the decoder's own rather than that of the feet."""

LEEWAY = 0.2
"""Metres a second that a foot may move faster than another and count, beside it, for a third as much."""


class Footing(nn.Module):
    """The feet of a marker set and the floor of its recordings.

    Planes are (phrases, frames, xyz, markers), metres. A marker set without segments whose names end in "foot" has no
    feet: then nothing stands.

    Args:
        marker_set: with segments.
    """

    def __init__(self, marker_set: MarkerSet) -> None:
        super().__init__()
        feet = [labels for name, labels in marker_set.segments if name.endswith("foot")]
        self.feet = len(feet)
        columns = [column for labels in feet for column in marker_set.indices(labels)]
        foot_of = [foot for foot, labels in enumerate(feet) for _ in labels]
        self.register_buffer("columns", torch.tensor(columns, dtype=torch.long), persistent=False)
        self.register_buffer("foot_of", torch.tensor(foot_of, dtype=torch.long), persistent=False)
        self.register_buffer("floor", torch.zeros(()))

    def fit(self, planes: Tensor) -> None:
        """Measure the floor: nearly all frames have their lowest marker above it."""
        lowest = planes[:, :, 2].amin(dim=-1).flatten()
        lowest = lowest[:: max(1, len(lowest) // 100_000)]
        self.floor.copy_(torch.quantile(lowest, BELOW_FLOOR))

    def standing(self, planes: Tensor, fps: float) -> Tensor:
        """Logits that each foot stands in recorded phrases: low and slow, (phrases, frames, feet)."""
        feet = planes[..., self.columns]
        speed = torch.diff(feet[:, :, :2], dim=1).norm(dim=2) * fps
        speed = torch.cat([speed[:, :1], speed], dim=1)
        stands = (feet[:, :, 2] - self.floor < LOW) & (speed < SLOW)
        of_foot = [stands[..., self.foot_of == foot].any(dim=-1) for foot in range(self.feet)]
        return SURE * (2 * torch.stack(of_foot, dim=-1).float() - 1)

    def stand(self, planes: Tensor, logits: Tensor, fps: float) -> Tensor:
        """Phrases moved over the floor so that feet that stand do not slide, and lifted so that nothing sinks.

        From frame to frame the body is moved against the mean step of the markers that stand: those that are low and
        whose foot is said to stand, and of those the slower ones more, since a foot that swings may be low as well.
        Where none stands, the path stays as it is.

        Args:
            planes: phrases as the decoder would have them.
            logits: that each foot stands (phrases, frames, feet).
            fps: frames a second.
        """
        lift = (self.floor - planes[:, :, 2].amin(dim=-1)).clamp_min(0)
        feet = planes[..., self.columns]
        height = feet[:, :, 2] + (lift - self.floor)[..., None]
        stands = torch.sigmoid((LOW - height) / SHARPNESS) * torch.sigmoid(logits)[..., self.foot_of]
        stands = stands[:, 1:, None]
        steps = torch.diff(feet[:, :, :2], dim=1)
        slower = stands * torch.exp(-fps / LEEWAY * steps.detach().norm(dim=2, keepdim=True))
        slip = (slower * steps).sum(dim=-1) / slower.sum(dim=-1).clamp_min(1e-9)
        standing = stands.sum(dim=-1)
        slip = slip * standing / (standing + WEIGHTLESS)
        path = torch.cat([torch.zeros_like(slip[:, :1]), slip.cumsum(dim=1)], dim=1)
        return planes + torch.cat([-path, lift[..., None]], dim=-1)[..., None]
