"""The part of a picture that changes from frame to frame."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, pixels."""


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a picture.

    Args:
        pixels: (height, width, 4), uint8: red, green, blue, and a byte that means nothing.
        left, top: its corner in the picture.
    """

    pixels: np.ndarray
    left: int
    top: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def corner(self) -> np.ndarray:
        """Left and top."""
        return np.array([self.left, self.top], np.float32)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom."""
        return self.left, self.top, self.left + self.pixels.shape[1], self.top + self.pixels.shape[0]

    @property
    def place(self) -> tuple[slice, slice]:
        """Its rows and columns in the picture."""
        width, height = self.size
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    def within(self, boxes: Iterable[Box]) -> "Part":
        """A view of the smallest part of it that has all boxes in it, as far as they are in the part."""
        width, height = self.size
        edges = np.array([*boxes]).reshape(-1, 4)
        if not len(edges):
            return Part(self.pixels[:0, :0], self.left, self.top)
        first, last = edges[:, :2].min(axis=0) - self.corner, edges[:, 2:].max(axis=0) - self.corner
        left, top = np.clip(np.floor(first), 0, (width, height)).astype(int).tolist()
        right, bottom = np.clip(np.ceil(last), (left, top), (width, height)).astype(int).tolist()
        return Part(self.pixels[top:bottom, left:right], self.left + left, self.top + top)

    def copy(self) -> "Part":
        """A part of its own."""
        return Part(self.pixels.copy(), self.left, self.top)

    def put(self, picture: np.ndarray) -> None:
        """Put it into a picture of four bytes per pixel."""
        picture[self.place] = self.pixels


def points_box(points: np.ndarray, margin: float) -> Box:
    """The box around points (…, 2), at least one, with a margin."""
    flat = points.reshape(-1, 2)
    (left, top), (right, bottom) = flat.min(axis=0) - margin, flat.max(axis=0) + margin
    return float(left), float(top), float(right), float(bottom)
