"""Which way is up in a file, and is the body its own mirror image? Read off the body itself."""

from dataclasses import dataclass

import numpy as np

from mariel.motion.marker_set import MarkerSet

SAMPLES = 200
"""Frames looked at, spread over the take: enough that a handstand or a roll does not decide."""


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
        """Factors of x, y and z that stand the body up with its left on its left.

        Negating one axis mirrors, negating two turns over. So a body stored z down loses its upside-down by
        (x, -y, -z), unless it is stored mirrored too, when negating z alone mends both.
        """
        odd = self.mirrored or False
        flip_y = (self.up < 0) != odd
        return (1.0, -1.0 if flip_y else 1.0, float(self.up))


def read_orientation(source: np.ndarray, labels: MarkerSet, columns: tuple[int, ...]) -> Orientation | None:
    """Look at a sample of frames of a Mariel-layout body.

    Up: the head's ARIEL lies above the lowest foot marker. Mirrored: with the toes ahead of the heels, the left
    waist markers should lie to the left, up × ahead.

    Args:
        source: positions (frames, columns, 3) as stored.
        labels: names of the used columns.
        columns: which column of `source` each label is.

    Returns:
        None if head or feet are not among the markers, or never seen.
    """
    place = dict(zip(labels.labels, columns, strict=True))
    feet = [place[m] for m in ("LTOE", "RTOE", "LMT5", "RMT5") if m in place]
    if "ARIEL" not in place or not feet:
        return None
    frames = np.unique(np.linspace(0, len(source) - 1, SAMPLES).astype(int))
    body = np.asarray(source[frames], np.float64)
    # Every comparison is between markers of one frame, so the frame with a gap just does not vote.
    with np.errstate(invalid="ignore"):
        height = np.nan_to_num(body[:, place["ARIEL"], 2] - body[:, feet, 2].mean(axis=1), posinf=0, neginf=0)
        if not height.any():
            return None
        up = 1 if np.median(height) > 0 else -1
        needed = ("LTOE", "RTOE", "LHEL", "RHEL", "LFWT", "RFWT", "LBWT", "RBWT")
        if not all(marker in place for marker in needed):
            return Orientation(up, None)
        at = {marker: body[:, place[marker]] for marker in needed}
        ahead = at["LTOE"] + at["RTOE"] - at["LHEL"] - at["RHEL"]
        left = at["LFWT"] + at["LBWT"] - at["RFWT"] - at["RBWT"]
        to_the_left = np.nan_to_num(up * (ahead[:, 0] * left[:, 1] - ahead[:, 1] * left[:, 0]), posinf=0, neginf=0)
    return Orientation(up, bool((to_the_left < 0).sum() > (to_the_left > 0).sum()))
