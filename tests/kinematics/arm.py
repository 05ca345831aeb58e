"""An arm of two segments: a block of three markers, and a stick of two markers joined to it 1 m along its x axis."""

import torch
from torch import Tensor

from mariel.motion.marker_set import MarkerSet

ARM = MarkerSet(
    "arm",
    ("A", "B", "C", "D", "E"),
    segments=(("block", ("A", "B", "C")), ("stick", ("D", "E"))),
    parents=(("stick", "block"),),
)
JOINT_OFFSETS = torch.tensor([[0.0, 0, 0], [1, 0, 0]])
MARKER_OFFSETS = torch.tensor([[0.0, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0.5, 0.1, 0], [1, 0, 0]])


def matrix_columns(rotations: Tensor) -> Tensor:
    """Rotation matrices (…, segments, 3, 3), column after column: (…, 9, segments)."""
    return rotations.transpose(-1, -2).flatten(-2).transpose(-1, -2)
