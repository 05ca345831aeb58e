"""How good reconstructed and sampled phrases are, in numbers that mean something to a person.

Phrases are (phrases, frames, markers, 3), metres, z up, feet near z = 0. A number says little by itself: show it
beside the same number for real motion.
"""

from itertools import combinations

import numpy as np

from mariel.errors import MarkerError
from mariel.motion.marker_set import MarkerSet
from mariel.motion.quality import marker_speeds

FIRST_FRAMES = 5
"""Frames at a phrase's beginning that the notebook's model is known to bend."""

PROFILE_PARTS = 8
"""Parts of a phrase that its profile of errors tells apart."""

SKATING_HEIGHT, SKATING_SPEED = 0.05, 0.5
"""A foot below this height, in metres, should not move faster than this, in metres a second."""

EVERY = 4
"""Distances between phrases look at every fourth frame: neighbouring frames say nearly the same."""


def centred(phrases: np.ndarray) -> np.ndarray:
    """Phrases with each frame's mean x and y over its markers taken away, as the notebook's model sees them."""
    moved = np.array(phrases, copy=True)
    moved[..., :2] -= moved[..., :2].mean(axis=-2, keepdims=True)
    return moved


def marker_error(phrases: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Mean distance between markers in every frame, centimetres: (phrases, frames).

    Pitfall: whether the place on the floor counts is up to the caller; `centred` takes it away.
    """
    return 100 * np.linalg.norm(phrases - others, axis=-1).mean(axis=-1)


def beginning_ratio(errors: np.ndarray, frames: int = FIRST_FRAMES) -> float:
    """Mean error of the first frames over that of the rest, of errors (phrases, frames); 1 where there is none."""
    first, rest = errors[:, :frames].mean(), errors[:, frames:].mean()
    return float(first / rest) if rest > 0 else 1.0


def error_profile(errors: np.ndarray, parts: int = PROFILE_PARTS) -> np.ndarray:
    """How errors (phrases, frames) run over the phrase: means of equal parts from its beginning to its end, (parts,).

    Pitfall: ends of a phrase are seen from one side only, so a rise at both of them is to be expected.
    """
    return np.array([part.mean() for part in np.array_split(errors.mean(axis=0), parts)])


def mean_speed(phrases: np.ndarray, fps: float) -> float:
    """Mean marker speed, metres a second.

    Pitfall: it includes travel over the floor; centred phrases of a walking body are slower.
    """
    return float(np.mean([marker_speeds(phrase, fps)[1:].mean() for phrase in phrases]))


def segment_variation(phrases: np.ndarray, marker_set: MarkerSet, segment: str) -> float:
    """How much distances between markers of one rigid segment vary: standard deviation over mean, within phrases.

    Mean over pairs of markers and phrases. Real skulls give about 0.004; anything above 0.02 is visible.

    Raises:
        MarkerError: the segment is unknown or carries fewer than two markers.
    """
    columns = marker_set.indices(marker_set.segment(segment))
    if len(columns) < 2:
        raise MarkerError(f"segment {segment!r} carries {len(columns)} marker: distances need two")
    found = []
    for one, two in combinations(columns, 2):
        apart = np.linalg.norm(phrases[:, :, one] - phrases[:, :, two], axis=-1)
        found.append((apart.std(axis=1) / apart.mean(axis=1)).mean())
    return float(np.mean(found))


def foot_skating(phrases: np.ndarray, marker_set: MarkerSet, fps: float) -> float:
    """Share of frames in which a foot on the floor slides, 0 to 1.

    A foot is where its lowest marker is; below 5 cm it should not move faster than 0.5 m/s across the floor.
    Pitfall: a floating body never skates; look at its height too. Real motion skates a little: feet pivot, and in
    cleaned-up recordings they slide.

    Raises:
        MarkerError: the marker set has no segments whose names end in "foot".
    """
    feet = [marker_set.indices(labels) for name, labels in marker_set.segments if name.endswith("foot")]
    if not feet:
        raise MarkerError(f"the {marker_set.name} set has no feet to skate on")
    skates = np.zeros((len(phrases), phrases.shape[1] - 1), bool)
    for columns in feet:
        foot = phrases[:, 1:, columns]
        lowest = foot[..., 2].argmin(axis=-1)[..., None]
        across = np.linalg.norm(np.diff(phrases[:, :, columns, :2], axis=1), axis=-1) * fps
        height = np.take_along_axis(foot[..., 2], lowest, axis=-1)[..., 0]
        speed = np.take_along_axis(across, lowest, axis=-1)[..., 0]
        skates |= (height < SKATING_HEIGHT) & (speed > SKATING_SPEED)
    return float(skates.mean())


def jerk(phrases: np.ndarray, fps: float) -> float:
    """Mean size of the markers' jerk, the third derivative of their place, metres a second cubed."""
    return float(np.linalg.norm(np.diff(phrases, 3, axis=1), axis=-1).mean() * fps**3)


class Neighbours:
    """Phrases that others are compared with, laid out once so that asking again is quick.

    Args:
        phrases: (phrases, frames, markers, 3), metres, begun at one place and heading.
        frames: where every `EVERY`-th frame of phrases is given only, how many frames phrases have.
    """

    def __init__(self, phrases: np.ndarray, *, frames: int | None = None) -> None:
        self.frames = frames or phrases.shape[1]
        self._rows = self._laid_out(phrases) if frames is None else phrases.reshape(len(phrases), -1)
        self._squares = np.square(self._rows).sum(axis=1)

    def distances(self, phrases: np.ndarray) -> np.ndarray:
        """Root mean square distance between markers, centimetres: (phrases, neighbours)."""
        rows = self._laid_out(phrases)
        squares = np.square(rows).sum(axis=1)[:, None] + self._squares - 2 * rows @ self._rows.T
        return 100 * np.sqrt(np.maximum(squares, 0) / (rows.shape[1] / 3))

    def nearest(self, phrases: np.ndarray) -> float:
        """Mean distance of phrases to their nearest neighbour, centimetres."""
        return float(self.distances(phrases).min(axis=1).mean())

    def closest(self, phrase: np.ndarray) -> np.ndarray:
        """The neighbour nearest to a phrase (frames, markers, 3): every fourth frame of it, (…, markers, 3)."""
        row = self._rows[int(self.distances(phrase[None]).argmin())]
        return row.reshape(-1, *phrase.shape[1:])

    @staticmethod
    def _laid_out(phrases: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(phrases[:, ::EVERY]).reshape(len(phrases), -1)


def phrase_distances(phrases: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Root mean square distance between markers of every two phrases, centimetres: (phrases, others).

    Pitfall: phrases must begin at one place and heading, or the distance says where they were danced.
    """
    return Neighbours(others).distances(phrases)


def diversity(phrases: np.ndarray) -> float:
    """Mean distance between two different phrases of some, centimetres; see `phrase_distances`."""
    apart = phrase_distances(phrases, phrases)
    return float(apart[~np.eye(len(phrases), dtype=bool)].mean())


def nearest_distance(phrases: np.ndarray, training: np.ndarray) -> float:
    """Mean distance to the nearest training phrase, centimetres; what is near zero is copied.

    Compare with the same number of phrases that were held out.
    """
    return Neighbours(training).nearest(phrases)


def velocity_error(phrases: np.ndarray, others: np.ndarray, fps: float) -> float:
    """Mean distance between velocities of markers, metres a second.

    Pitfall: a still body scores as well as half of all motion; look at the ratio of speeds too.
    """
    return float(np.linalg.norm(np.diff(phrases, axis=1) - np.diff(others, axis=1), axis=-1).mean() * fps)


def kinetic_features(phrases: np.ndarray, fps: float) -> np.ndarray:
    """Mean horizontal and vertical kinetic energy of a unit mass, and mean acceleration, marker by marker.

    (phrases, 3 · markers), in m²/s², m²/s² and m/s². After Onuma, Faloutsos and Hodgins, *FMDistance: A Fast and
    Effective Distance Function for Motion Capture Data*, Eurographics 2008, section 3.
    """
    velocity = np.diff(phrases, axis=1) * fps
    squares = np.square(velocity).mean(axis=1)  # (phrases, markers, xyz)
    acceleration = np.linalg.norm(np.diff(velocity, axis=1), axis=-1).mean(axis=1) * fps
    return np.concatenate([squares[..., :2].sum(axis=-1), squares[..., 2], acceleration], axis=1)


def frechet_distance(features: np.ndarray, others: np.ndarray) -> float | None:
    """Fréchet distance between Gaussians fitted to features, each scaled by its spread among `others`; no unit.

    Heusel et al., *GANs Trained by a Two Time-Scale Update Rule*, arXiv:1706.08500, there of images. None where there
    are fewer than two phrases a feature, for a covariance of so few says nothing. Pitfall: it grows when there are
    fewer phrases, so compare the same numbers of them.
    """
    if min(len(features), len(others)) < 2 * features.shape[1]:
        return None
    centre, spread = others.mean(axis=0), others.std(axis=0) + 1e-9
    one, two = (features - centre) / spread, (others - centre) / spread
    covariances = [np.cov(some.T, bias=True) for some in (one, two)]
    root = _root(covariances[1])
    mixed = np.sqrt(np.clip(np.linalg.eigvalsh(root @ covariances[0] @ root), 0, None)).sum()
    apart = np.square(one.mean(axis=0) - two.mean(axis=0)).sum()
    return float(max(apart + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * mixed, 0.0))


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
