"""Foot contact: which feet stand on the floor, and a correction that keeps standing feet from sliding."""

import torch
from torch import Tensor, nn

from mariel.motion.marker_set import MarkerSet

CONTACT_HEIGHT = 0.05
"""Metres above the floor below which a foot marker may be in contact; the same as in the foot-skating metric."""

CONTACT_HEIGHT_SCALE = 0.01
"""Metres over which contact fades out above that height, so that it has a gradient."""

CONTACT_SPEED = 0.4
"""Metres per second below which a low foot of a recording is in contact."""

DECODED_CONTACT_SPEED = 0.95
"""The same of a foot that a model has decoded: those slide where they should stand."""

CONTACT_SPEED_SCALE = 0.1
"""Metres per second over which contact fades out about that speed, in probabilities."""

CONTACT_LOGIT = 3.0
"""Logit of a foot that is in contact (probability 0.95); of one that is not, its negative."""

FLOOR_QUANTILE = 0.05
"""Share of frames whose lowest marker may be below the floor: the quantile that gives the floor's height."""

HALF_CORRECTION_WEIGHT = 0.2
"""Sum of the markers' contact weights at which half of the correction is applied; with fewer markers in contact the
decoder's own path counts more."""

SPEED_SCALE = 0.2
"""Metres per second by which a foot has to be faster than another to have 1 / e of its weight."""


class FootContact(nn.Module):
    """The feet of a marker set, and the height of the floor in its recordings.

    Phrases are (phrases, frames, xyz, markers), metres. Feet are the segments whose names end in "foot"; a marker set
    without such segments has none, and then nothing is in contact.

    Args:
        marker_set: the markers.
    """

    columns: Tensor
    foot_of: Tensor
    floor: Tensor

    def __init__(self, marker_set: MarkerSet) -> None:
        super().__init__()
        feet = marker_set.feet()
        self.foot_count = len(feet)
        columns = [column for labels in feet for column in marker_set.indices(labels)]
        foot_of = [foot for foot, labels in enumerate(feet) for _ in labels]
        self.register_buffer("columns", torch.tensor(columns, dtype=torch.long), persistent=False)
        self.register_buffer("foot_of", torch.tensor(foot_of, dtype=torch.long), persistent=False)
        self.register_buffer("floor", torch.zeros(()))

    def fit_floor(self, channels_first: Tensor) -> None:
        """Set the floor's height so that the lowest marker is above it in nearly all frames.

        Args:
            channels_first: phrases (phrases, frames, xyz, markers), metres.
        """
        lowest = channels_first[:, :, 2].amin(dim=-1).flatten()
        lowest = lowest[:: max(1, len(lowest) // 100_000)]
        self.floor.copy_(torch.quantile(lowest, FLOOR_QUANTILE))

    def contact_logits(self, channels_first: Tensor, fps: float) -> Tensor:
        """Logits that each foot of recorded phrases is in contact, that is low and slow: (phrases, frames, feet)."""
        if not self.foot_count:
            return channels_first.new_zeros(*channels_first.shape[:2], 0)
        markers = channels_first[..., self.columns]
        speed = torch.diff(markers[:, :, :2], dim=1).norm(dim=2) * fps
        speed = torch.cat([speed[:, :1], speed], dim=1)
        in_contact = (markers[:, :, 2] - self.floor < CONTACT_HEIGHT) & (speed < CONTACT_SPEED)
        per_foot = [in_contact[..., self.foot_of == foot].any(dim=-1) for foot in range(self.foot_count)]
        return CONTACT_LOGIT * (2 * torch.stack(per_foot, dim=-1).float() - 1)

    def contact_probabilities(
        self, channels_first: Tensor, fps: float, *, max_speed: float = DECODED_CONTACT_SPEED
    ) -> Tensor:
        """Probabilities that each foot is in contact, smooth in the height and speed of its markers.

        That of a foot is the highest of its markers'. Speeds on the floor are means of the steps before and after the
        frame.

        Args:
            channels_first: phrases (phrases, frames, xyz, markers), metres.
            fps: frames per second.
            max_speed: metres per second at which the probability of a low foot is a half.

        Returns:
            (phrases, frames, feet).
        """
        if not self.foot_count:
            return channels_first.new_zeros(*channels_first.shape[:2], 0)
        markers = channels_first[..., self.columns]
        speed = torch.diff(markers[:, :, :2], dim=1).norm(dim=2) * fps
        speed = torch.cat([speed[:, :1], speed, speed[:, -1:]], dim=1)
        speed = (speed[:, :-1] + speed[:, 1:]) / 2
        low = torch.sigmoid((CONTACT_HEIGHT + self.floor - markers[:, :, 2]) / CONTACT_HEIGHT_SCALE)
        of_markers = low * torch.sigmoid((max_speed - speed) / CONTACT_SPEED_SCALE)
        probabilities = of_markers.new_zeros(*of_markers.shape[:2], self.foot_count)
        return probabilities.scatter_reduce(-1, self.foot_of.expand_as(of_markers), of_markers, "amax")

    def pin_feet(self, channels_first: Tensor, logits: Tensor, fps: float) -> Tensor:
        """Move phrases so that feet in contact do not slide, and lift them so that no marker is below the floor.

        Phrases of a marker set without feet are returned as they are.

        From frame to frame the body is moved against the mean step of the markers in contact: those that are low and
        whose foot has a high logit. Slower ones weigh more, since a foot that swings may be low as well. Where none
        is in contact, the path stays as it is.

        Args:
            channels_first: phrases as decoded.
            logits: that each foot is in contact (phrases, frames, feet).
            fps: frames per second.
        """
        if not self.foot_count:
            return channels_first
        return channels_first + self.pinning_translation(channels_first, logits, fps)[..., None]

    def pinning_translation(self, channels_first: Tensor, logits: Tensor, fps: float) -> Tensor:
        """By how much `pin_feet` moves each frame (phrases, frames, 3), metres; there are feet."""
        lift = (self.floor - channels_first[:, :, 2].amin(dim=-1)).clamp_min(0)
        markers = channels_first[..., self.columns]
        height = markers[:, :, 2] + (lift - self.floor)[..., None]
        contact = torch.sigmoid((CONTACT_HEIGHT - height) / CONTACT_HEIGHT_SCALE)
        contact = contact * torch.sigmoid(logits)[..., self.foot_of]
        contact = contact[:, 1:, None]
        steps = torch.diff(markers[:, :, :2], dim=1)
        weights = contact * torch.exp(-fps / SPEED_SCALE * steps.detach().norm(dim=2, keepdim=True))
        slip = (weights * steps).sum(dim=-1) / weights.sum(dim=-1).clamp_min(1e-9)
        total = contact.sum(dim=-1)
        slip = slip * total / (total + HALF_CORRECTION_WEIGHT)
        path = torch.cat([torch.zeros_like(slip[:, :1]), slip.cumsum(dim=1)], dim=1)
        return torch.cat([-path, lift[..., None]], dim=-1)
