"""Which way is up: the axes that files name, and what the body itself says, also about being mirrored."""

from dataclasses import dataclass

import numpy as np

from mariel.motion.marker_set import MarkerSet

SAMPLED_FRAMES = 200
"""Frames looked at, spread over the take: so many that a handstand or a roll does not change the result."""

_FOOT_MARKERS = ("LTOE", "RTOE", "LMT5", "RMT5")

_TO_Z_UP: dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "+z": ((0, 1, 2), (1, 1, 1)),
    "-z": ((0, 1, 2), (1, -1, -1)),
    "+y": ((0, 2, 1), (1, -1, 1)),
    "-y": ((0, 2, 1), (1, 1, -1)),
    "+x": ((1, 2, 0), (1, 1, 1)),
    "-x": ((2, 1, 0), (1, 1, -1)),
}

UP_AXES = tuple(_TO_Z_UP)
"""The names of the axis that points up in a file."""


def rotation_to_z_up(up: str) -> tuple[list[int], tuple[int, int, int]]:
    """The order of axes, and their signs, that make a body z up by a rotation, which does not mirror it.

    >>> order, signs = rotation_to_z_up("+y")
    >>> z_up = positions[..., order] * signs
    """
    order, signs = _TO_Z_UP[up]
    return list(order), signs


@dataclass(frozen=True)
class Orientation:
    """How a body stands in the axes of its file.

    Args:
        up: +1 if z points up, -1 if it points down.
        mirrored: true if left markers are on the right-hand side of the dancer; None if the markers cannot tell.
    """

    up: int
    mirrored: bool | None

    @property
    def signs(self) -> tuple[float, float, float]:
        """Factors of x, y and z that make the body upright and not mirrored.

        Negating one axis mirrors, negating two rotates by half a turn. So a body stored z down becomes upright by
        (x, -y, -z); if it is stored mirrored too, negating z alone corrects both.
        """
        flip_y = (self.up < 0) != (self.mirrored or False)
        return (1.0, -1.0 if flip_y else 1.0, float(self.up))


def detect_up_axis(positions: np.ndarray, marker_set: MarkerSet) -> str | None:
    """The axis along which the head is above the feet in the median frame, one of `UP_AXES`.

    Args:
        positions: (frames, markers, 3) in the axes of the file.
        marker_set: the markers, in Mariel's names.

    Returns:
        None if the head or the feet are not among the markers or missing in every frame.
    """
    feet = [marker_set.index(marker) for marker in _FOOT_MARKERS if marker in marker_set]
    if "ARIEL" not in marker_set or not feet:
        return None
    frames = np.unique(np.linspace(0, len(positions) - 1, SAMPLED_FRAMES).astype(int))
    body = np.asarray(positions[frames], np.float64)
    upward = body[:, marker_set.index("ARIEL")] - body[:, feet].mean(axis=1)
    upward = upward[np.isfinite(upward).all(axis=1)]
    if not len(upward):
        return None
    median = np.median(upward, axis=0)
    axis = int(np.abs(median).argmax())
    return ("-" if median[axis] < 0 else "+") + "xyz"[axis]


def detect_orientation(source: np.ndarray, marker_set: MarkerSet, columns: tuple[int, ...]) -> Orientation | None:
    """Detect the orientation of a body in Mariel's layout from a sample of frames.

    Up: ARIEL, on the head, is above the foot markers. Mirrored: the left waist markers should be on the left, which
    is up × forward, where forward is from the heels to the toes.

    Args:
        source: positions (frames, columns, 3) as stored.
        marker_set: the markers of the used columns.
        columns: for each marker, its column of `source`.

    Returns:
        None if the head or the feet are not among the markers or missing in every frame.
    """
    column_of = dict(zip(marker_set.labels, columns, strict=True))
    feet = [column_of[marker] for marker in _FOOT_MARKERS if marker in column_of]
    if "ARIEL" not in column_of or not feet:
        return None
    frames = np.unique(np.linspace(0, len(source) - 1, SAMPLED_FRAMES).astype(int))
    body = np.asarray(source[frames], np.float64)
    # Every comparison is between markers of one frame; a frame with a gap counts for neither side.
    with np.errstate(invalid="ignore"):
        height = np.nan_to_num(body[:, column_of["ARIEL"], 2] - body[:, feet, 2].mean(axis=1), posinf=0, neginf=0)
        if not height.any():
            return None
        up = 1 if np.median(height) > 0 else -1
        needed = ("LTOE", "RTOE", "LHEL", "RHEL", "LFWT", "RFWT", "LBWT", "RBWT")
        if not all(marker in column_of for marker in needed):
            return Orientation(up, None)
        path = {marker: body[:, column_of[marker]] for marker in needed}
        forward = path["LTOE"] + path["RTOE"] - path["LHEL"] - path["RHEL"]
        left = path["LFWT"] + path["LBWT"] - path["RFWT"] - path["RBWT"]
        handedness = up * (forward[:, 0] * left[:, 1] - forward[:, 1] * left[:, 0])
        handedness = np.nan_to_num(handedness, posinf=0, neginf=0)
    return Orientation(up, bool((handedness < 0).sum() > (handedness > 0).sum()))
