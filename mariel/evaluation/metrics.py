"""Metrics of reconstructed and sampled phrases.

Phrases are (phrases, frames, markers, 3), metres, z up, feet near z = 0. A value means little by itself: show it
beside the same value for real motion.
"""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from mariel.errors import MarkerError
from mariel.motion.marker_set import MarkerSet
from mariel.motion.quality import marker_speeds

FIRST_FRAMES = 5
"""Frames at a phrase's start that the notebook's model is known to distort."""

PROFILE_PARTS = 8
"""Equal parts of a phrase in a profile of errors."""

LOW_FOOT_HEIGHT, SKATING_SPEED = 0.05, 0.5
"""A foot below this height, in metres, should not move faster than this, in metres per second."""

TOE_PHRASES = 64
"""Phrases in which toes are told from heels."""

NEIGHBOUR_FRAME_STEP = 4
"""Distances between phrases are measured on every fourth frame: neighbouring frames differ little."""


def centre_frames(phrases: np.ndarray) -> np.ndarray:
    """Phrases with each frame's mean x and y over its markers subtracted, the input of the notebook's model."""
    centred = np.array(phrases, copy=True)
    centred[..., :2] -= centred[..., :2].mean(axis=-2, keepdims=True)
    return centred


def marker_error(phrases: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Mean distance between corresponding markers in every frame, centimetres: (phrases, frames).

    Pitfall: it includes the position on the floor, unless `centre_frames` was applied to both.
    """
    return 100 * np.linalg.norm(phrases - others, axis=-1).mean(axis=-1)


def first_frames_ratio(errors: np.ndarray, frames: int = FIRST_FRAMES) -> float:
    """Mean error of the first frames divided by that of the rest, of errors (phrases, frames); 1 without errors."""
    first, rest = errors[:, :frames].mean(), errors[:, frames:].mean()
    return float(first / rest) if rest > 0 else 1.0


def error_profile(errors: np.ndarray, parts: int = PROFILE_PARTS) -> np.ndarray:
    """Mean errors of equal parts of the phrase, of errors (phrases, frames): (parts,), from its start to its end.

    Pitfall: at both ends of a phrase a model has context on one side only, so higher errors there are expected.
    """
    return np.array([part.mean() for part in np.array_split(errors.mean(axis=0), parts)])


def mean_speed(phrases: np.ndarray, fps: float) -> float:
    """Mean marker speed, metres per second.

    Pitfall: it includes travel over the floor; phrases of a walking body are slower after `centre_frames`.
    """
    return float(np.mean([marker_speeds(phrase, fps)[1:].mean() for phrase in phrases]))


def segment_variation(phrases: np.ndarray, marker_set: MarkerSet, segment: str) -> float:
    """Coefficient of variation of distances between markers of one rigid segment, within phrases.

    Standard deviation divided by mean, averaged over pairs of markers that are not in one place, and over phrases.
    Real skulls give about 0.004; values above 0.02 are visible.

    Raises:
        MarkerError: the segment is unknown, or has fewer than two markers, or all of them are in one place.
    """
    columns = marker_set.indices(dict(marker_set.rigid_groups()).get(segment) or marker_set.segment(segment))
    if len(columns) < 2:
        raise MarkerError(f"segment {segment!r} has {len(columns)} marker: a distance needs two")
    variations = []
    for first, second in combinations(columns, 2):
        distances = np.linalg.norm(phrases[:, :, first] - phrases[:, :, second], axis=-1)
        apart = distances.mean(axis=1) > 0
        if apart.any():
            variations.append((distances[apart].std(axis=1) / distances[apart].mean(axis=1)).mean())
    if not variations:
        raise MarkerError(f"the markers of segment {segment!r} are all in one place")
    return float(np.mean(variations))


def foot_skating(phrases: np.ndarray, marker_set: MarkerSet, fps: float) -> float:
    """Share of frames in which a foot on the floor slides, 0 to 1.

    A foot's position is that of its lowest marker; below 5 cm it should not move faster than 0.5 m/s horizontally.
    Pitfall: a floating body never skates; check its height too. Real motion skates a little: feet pivot, and in
    cleaned recordings they slide.

    Raises:
        MarkerError: the marker set has no segments whose names end in "foot".
    """
    skating = np.zeros((len(phrases), phrases.shape[1] - 1), bool)
    for columns in _feet(marker_set):
        height, speed = _lowest_marker(phrases, columns, fps)
        skating |= (height < LOW_FOOT_HEIGHT) & (speed > SKATING_SPEED)
    return float(skating.mean())


def toe_speed(phrases: np.ndarray, toes: Sequence[Sequence[int]], fps: float) -> float | None:
    """Median horizontal speed of toes below 5 cm, metres per second; None if no toe is ever as low.

    A toe's position is that of its lowest marker. It is the median because most low toes stand: real ones at 0.03 to
    0.05 m/s, while those that swing close over the floor move at more than 1 m/s. If half of real phrases are made to
    slide at 0.2 m/s, the median rises fourfold and the mean by 0.3; the 95 % quantile, of swinging toes, stays.

    Args:
        phrases: (phrases, frames, markers, 3), metres.
        toes: columns of the markers of each foot's front, see `find_toes`.
        fps: frames per second.
    """
    low = [speed[height < LOW_FOOT_HEIGHT] for height, speed in (_lowest_marker(phrases, each, fps) for each in toes)]
    speeds = np.concatenate(low)
    return float(np.median(speeds)) if len(speeds) else None


def find_toes(phrases: np.ndarray, marker_set: MarkerSet) -> list[list[int]]:
    """Columns of the markers of the front half of each foot, by their positions in real phrases.

    A foot's axis goes through its two markers that are farthest apart, forwards as the body faces on average. A foot
    of one marker is its own front.

    Args:
        phrases: (phrases, frames, markers, 3), metres; about `TOE_PHRASES` of them are used.
        marker_set: theirs.

    Raises:
        MarkerError: the marker set has no segments whose names end in "foot", or no left-right pairs that would tell
            front from back.
    """
    feet = _feet(marker_set)
    phrases = phrases[:: max(1, len(phrases) // TOE_PHRASES), ::NEIGHBOUR_FRAME_STEP]
    return [
        columns
        if len(columns) == 1
        else _front_of_foot(phrases[:, :, columns], columns, _forward(phrases, marker_set))
        for columns in feet
    ]


def _front_of_foot(foot: np.ndarray, columns: Sequence[int], forward: np.ndarray) -> list[int]:
    """The columns of a foot's markers (phrases, frames, markers, 3) that are in its front half; see `find_toes`."""
    ends = max(
        combinations(range(len(columns)), 2),
        key=lambda pair: np.linalg.norm(foot[:, :, pair[0]] - foot[:, :, pair[1]], axis=-1).mean(),
    )
    axis = foot[:, :, ends[1]] - foot[:, :, ends[0]]
    toe, heel = ends[::-1] if (axis[..., :2] * forward).sum(axis=-1).mean() > 0 else ends
    axis = foot[:, :, toe] - foot[:, :, heel]
    lengths = np.maximum(np.square(axis).sum(axis=-1), 1e-12)
    shares = ((foot - foot[:, :, [heel]]) * axis[:, :, None]).sum(axis=-1) / lengths[..., None]
    mean_shares = shares.mean(axis=(0, 1))
    return [column for row, column in enumerate(columns) if row == toe or mean_shares[row] >= 0.5]


def _forward(phrases: np.ndarray, marker_set: MarkerSet) -> np.ndarray:
    """Where the body faces on the floor, perpendicular to the lines from right to left: (phrases, frames, 2)."""
    if not marker_set.mirror_pairs:
        raise MarkerError(f"the marker set {marker_set.name} has no left-right pairs to tell toes from heels by")
    left, right = (marker_set.indices(labels) for labels in zip(*marker_set.mirror_pairs, strict=True))
    to_left = (phrases[:, :, left, :2] - phrases[:, :, right, :2]).mean(axis=2)
    return np.stack([to_left[..., 1], -to_left[..., 0]], axis=-1)


def _feet(marker_set: MarkerSet) -> list[list[int]]:
    """The columns of each foot's markers. Raises MarkerError if there are none."""
    feet = [marker_set.indices(labels) for labels in marker_set.feet() if labels]
    if not feet:
        raise MarkerError(f"the marker set {marker_set.name} has no feet to measure")
    return feet


def _lowest_marker(phrases: np.ndarray, columns: Sequence[int], fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Height and horizontal speed of the lowest of some markers, from the second frame: (phrases, frames - 1)."""
    heights = phrases[:, 1:, columns, 2]
    lowest = heights.argmin(axis=-1)[..., None]
    speeds = np.linalg.norm(np.diff(phrases[:, :, columns, :2], axis=1), axis=-1) * fps
    height, speed = (np.take_along_axis(each, lowest, axis=-1)[..., 0] for each in (heights, speeds))
    return height, speed


def jerk(phrases: np.ndarray, fps: float) -> float:
    """Mean magnitude of the markers' jerk, the third derivative of position, m/s³."""
    return float(np.linalg.norm(np.diff(phrases, 3, axis=1), axis=-1).mean() * fps**3)


class NearestNeighbours:
    """Nearest-neighbour search among phrases; what is computed from them alone is computed once.

    Args:
        phrases: (phrases, frames, markers, 3), metres, in the canonical frame.
        frames: if `phrases` hold only every `NEIGHBOUR_FRAME_STEP`-th frame, the number of frames of a whole phrase.
        mirror: makes the mirror image of phrases in the canonical frame. With it the mirror image of each phrase is
            searched too, after all phrases. It is not stored: two mirror images are as far apart as the originals, so
            the mirror image of what is searched for is compared with the phrases.
    """

    def __init__(
        self,
        phrases: np.ndarray,
        *,
        frames: int | None = None,
        mirror: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        self.frames = frames or phrases.shape[1]
        self._mirror = mirror
        self._rows = self._to_rows(phrases) if frames is None else phrases.reshape(len(phrases), -1)
        self._squares = np.einsum("ij,ij->i", self._rows, self._rows)  # no second array of that size

    def distances(self, phrases: np.ndarray) -> np.ndarray:
        """Root mean square distance between markers, centimetres: (phrases, neighbours)."""
        asked = [phrases] if self._mirror is None else [phrases, self._mirror(phrases)]
        return np.concatenate([self._distances(each) for each in asked], axis=1)

    def _distances(self, phrases: np.ndarray) -> np.ndarray:
        rows = self._to_rows(phrases)
        squares = np.square(rows).sum(axis=1)[:, None] + self._squares - 2 * rows @ self._rows.T
        return 100 * np.sqrt(np.maximum(squares, 0) / (rows.shape[1] / 3))

    def mean_nearest_distance(self, phrases: np.ndarray) -> float:
        """Mean distance from phrases to their nearest neighbours, centimetres; near zero means copies.

        Compare with the value for as many held-out phrases.
        """
        return float(self.distances(phrases).min(axis=1).mean())

    def nearest_neighbour(self, phrase: np.ndarray) -> np.ndarray:
        """Every fourth frame of the neighbour nearest to a phrase (frames, markers, 3): (frames / 4, markers, 3)."""
        side, number = divmod(int(self.distances(phrase[None]).argmin()), len(self._rows))
        nearest = self._rows[number].reshape(-1, *phrase.shape[1:])
        return self._mirror(nearest) if side and self._mirror else nearest

    @staticmethod
    def _to_rows(phrases: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(phrases[:, ::NEIGHBOUR_FRAME_STEP]).reshape(len(phrases), -1)


def phrase_distances(phrases: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Root mean square distance between markers of each phrase and each other one, centimetres: (phrases, others).

    Pitfall: phrases must be in the canonical frame, or the distance is mostly that between positions on the floor.
    """
    return NearestNeighbours(others).distances(phrases)


def diversity(phrases: np.ndarray) -> float:
    """Mean distance between two different phrases, centimetres; see `phrase_distances`."""
    distances = phrase_distances(phrases, phrases)
    return float(distances[~np.eye(len(phrases), dtype=bool)].mean())


def velocity_error(phrases: np.ndarray, others: np.ndarray, fps: float) -> float:
    """Mean magnitude of the difference between markers' velocities, metres per second.

    Pitfall: a body that stands still has no larger error than one that moves wrongly; check the ratio of speeds too.
    """
    return float(np.linalg.norm(np.diff(phrases, axis=1) - np.diff(others, axis=1), axis=-1).mean() * fps)


def kinetic_features(phrases: np.ndarray, fps: float) -> np.ndarray:
    """Kinetic features: mean horizontal and vertical energy of a unit mass, and mean acceleration, for each marker.

    (phrases, 3 · markers), in m²/s², m²/s² and m/s². After Onuma, Faloutsos and Hodgins, *FMDistance: A Fast and
    Effective Distance Function for Motion Capture Data*, Eurographics 2008, section 3.
    """
    velocity = np.diff(phrases, axis=1) * fps
    squares = np.square(velocity).mean(axis=1)  # (phrases, markers, xyz)
    acceleration = np.linalg.norm(np.diff(velocity, axis=1), axis=-1).mean(axis=1) * fps
    return np.concatenate([squares[..., :2].sum(axis=-1), squares[..., 2], acceleration], axis=1)
