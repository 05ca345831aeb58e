"""Connections between two bodies by rule: parts that are near, touch, move alike, mirror or follow each other.

Every rule looks at all pairs of a part of the first and a part of the second dancer in all frames at once. A strength
is 0 where there is no connection, and at most 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from mariel.duets.body_parts import MIRRORED, PARTS, BodyParts, body_parts
from mariel.duets.pairing import Duet

KINDS = ("near", "touching", "moving alike", "moving opposite", "mirrored", "in opposition")
"""Kinds of connections that a frame can have."""

SMOOTHING_SECONDS = 0.08
"""Standard deviation of the Gaussian that velocities are smoothed with: jitter of a millimetre is no movement."""


@dataclass(frozen=True)
class RuleSettings:
    """From where on two parts count as connected.

    Args:
        near: metres within which two parts are near.
        touching: metres within which they touch: markers lie on the skin or clothes, centimetres apart in an embrace.
        moving: metres per second from which a part moves.
        alike: cosine of the angle between two velocities from which they are alike, opposite or mirrored.
        mirrored: metres within which a part is from where the other's mirror image is.
        far: metres from which parts that move apart are in opposition.
        longest_lag: seconds by which one dancer may follow the other.
        following: correlation from which a part follows another.
    """

    near: float = 0.35
    touching: float = 0.12
    moving: float = 0.25
    alike: float = 0.8
    mirrored: float = 0.2
    far: float = 0.6
    longest_lag: float = 1.5
    following: float = 0.6


class Lags(NamedTuple):
    """Which part of the second dancer follows which part of the first over a whole phrase, and how late.

    Args:
        frames: by how many the second follows (parts, parts); negative where the first follows the second.
        strength: correlation of their velocities at that lag (parts, parts); 0 where it is below the setting, or
            a part does not move.
        mirrored: where the movement is followed as in a mirror (parts, parts), bool.
    """

    frames: np.ndarray
    strength: np.ndarray
    mirrored: np.ndarray


@dataclass(frozen=True, eq=False)
class Connections:
    """All connections of a phrase.

    Args:
        strengths: by kind of `KINDS`, (frames, parts of the first dancer, parts of the second), 0 to 1, float32.
        lags: who follows whom.
        fps: frames per second.
    """

    strengths: Mapping[str, np.ndarray]
    lags: Lags
    fps: float


class _Moving(NamedTuple):
    """The parts of one dancer.

    Args:
        positions: of all markers (frames, markers, 3), metres.
        parts: which marker is on which part.
        places: of the parts (frames, parts, 3), metres.
        velocities: of the parts (frames, parts, 3), metres per second, smoothed.
    """

    positions: np.ndarray
    parts: BodyParts
    places: np.ndarray
    velocities: np.ndarray


def find_connections(duet: Duet, settings: RuleSettings | None = None) -> Connections:
    """All connections of a duet by rule. Where markers are missing there are none.

    Raises:
        MarkerError: a marker set does not tell the parts of a body.
    """
    settings = settings or RuleSettings()
    first, second = (_moving(dancer.positions, body_parts(dancer.marker_set), duet.fps) for dancer in duet.dancers)
    distances = _part_distances(first, second)
    strengths = {
        "near": _closeness(distances, settings.near),
        "touching": _closeness(distances, settings.touching),
        **_by_velocity(first, second, settings),
        "mirrored": _mirrored(first, second, settings),
    }
    strengths = {kind: np.nan_to_num(strengths[kind]).astype(np.float32) for kind in KINDS}
    return Connections(strengths, _find_lags(first, second, settings, duet.fps), duet.fps)


def _moving(positions: np.ndarray, parts: BodyParts, fps: float) -> _Moving:
    places = parts.places(positions)
    velocities = np.gradient(places, 1 / fps, axis=0) if len(places) > 1 else np.zeros_like(places)
    velocities = gaussian_filter1d(velocities, SMOOTHING_SECONDS * fps, axis=0, mode="nearest")
    return _Moving(positions, parts, places, velocities)


def _part_distances(first: _Moving, second: _Moving) -> np.ndarray:
    """The distance of the closest two markers of each pair of parts (frames, parts, parts), metres."""
    clouds = []
    for dancer in (first, second):
        order = np.argsort(dancer.parts.part_of, kind="stable")
        order = order[dancer.parts.part_of[order] >= 0]
        starts = np.searchsorted(dancer.parts.part_of[order], np.arange(len(PARTS)))
        clouds.append((dancer.positions[:, order].astype(np.float32), starts))
    (one, rows), (other, columns) = clouds
    centre = np.nanmean(one, axis=1, keepdims=True)  # near the origin the difference of squares is exact to 0.1 mm
    one, other = one - centre, other - centre
    squares = (one**2).sum(2)[:, :, None] + (other**2).sum(2)[:, None] - 2 * one @ other.transpose(0, 2, 1)
    closest = np.minimum.reduceat(np.minimum.reduceat(squares, rows, axis=1), columns, axis=2)
    return np.sqrt(np.maximum(closest, 0))


def _closeness(distances: np.ndarray, within: float) -> np.ndarray:
    """1 where parts are in one place, 0 from a distance on."""
    return np.clip(1 - distances / within, 0, 1)


def _by_velocity(first: _Moving, second: _Moving, settings: RuleSettings) -> dict[str, np.ndarray]:
    """The kinds that compare velocities in the room (frames, parts, parts)."""
    speeds = [np.linalg.norm(dancer.velocities, axis=2) for dancer in (first, second)]
    slower, cosines = _compare(first.velocities, second.velocities, speeds)
    moving = slower >= settings.moving
    between = second.places[:, None] - first.places[:, :, None]
    distance = np.linalg.norm(between, axis=3)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart_first = -np.einsum("fac,fabc->fab", first.velocities, between) / distance
        apart_second = np.einsum("fbc,fabc->fab", second.velocities, between) / distance
        along = np.minimum(apart_first / speeds[0][:, :, None], apart_second / speeds[1][:, None])
    return {
        "moving alike": _above(cosines, settings.alike) * moving,
        "moving opposite": _above(-cosines, settings.alike) * moving,
        "in opposition": _above(along, settings.alike) * moving * (distance >= settings.far),
    }


def _compare(one: np.ndarray, other: np.ndarray, speeds: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The slower of both speeds, and the cosine between both velocities (frames, parts, parts)."""
    products = one @ other.transpose(0, 2, 1)
    fast = np.maximum(speeds[0][:, :, None] * speeds[1][:, None], 1e-12)
    return np.minimum(speeds[0][:, :, None], speeds[1][:, None]), products / fast


def _above(values: np.ndarray, least: float) -> np.ndarray:
    """0 up to a threshold, then rising to 1 at 1; the threshold itself is a connection of a tenth."""
    return np.where(values >= least, 0.1 + 0.9 * (values - least) / max(1 - least, 1e-9), 0)


def mirror_planes(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Angle of the upright plane in which one dancer is most nearly the other's mirror image (frames,), radians.

    The plane goes through the middle between both dancers. Its direction minimises the squared distances between one
    dancer's parts and the other's mirrored ones, in closed form: orthogonal Procrustes in two dimensions, with a
    reflection instead of a rotation.

    Args:
        first: places of the first dancer's parts (frames, parts, 3).
        second: of the second's, in the same order.
    """
    one = (first - first.mean(axis=1, keepdims=True))[:, MIRRORED, :2]
    other = (second - second.mean(axis=1, keepdims=True))[..., :2]
    sine = (other[..., 1] * one[..., 0] + other[..., 0] * one[..., 1]).sum(axis=1)
    cosine = (other[..., 0] * one[..., 0] - other[..., 1] * one[..., 1]).sum(axis=1)
    return np.arctan2(sine, cosine) / 2


def reflect(vectors: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Vectors (frames, parts, 3) mirrored in upright planes through the origin at angles (frames,) to the x axis."""
    cosine, sine = np.cos(2 * angles)[:, None], np.sin(2 * angles)[:, None]
    x, y, z = np.moveaxis(vectors, -1, 0)
    return np.stack([cosine * x + sine * y, sine * x - cosine * y, z], axis=-1)


def _mirrored(first: _Moving, second: _Moving, settings: RuleSettings) -> np.ndarray:
    """Where a part of the second dancer is where the mirror shows the first's, and moves as it does there."""
    angles = mirror_planes(first.places, second.places)
    middle = (first.places.mean(axis=1, keepdims=True) + second.places.mean(axis=1, keepdims=True)) / 2
    images = reflect(first.places - middle, angles)[:, MIRRORED] + middle
    motions = reflect(first.velocities, angles)[:, MIRRORED]
    speeds = [np.linalg.norm(motions, axis=2), np.linalg.norm(second.velocities, axis=2)]
    slower, cosines = _compare(motions, second.velocities, speeds)
    away = np.linalg.norm(second.places - images, axis=2)[:, None]  # of a part from its own image
    same = np.eye(len(PARTS), dtype=bool)
    found = _above(cosines, settings.alike) * (slower >= settings.moving) * _closeness(away, settings.mirrored) * same
    return found[:, MIRRORED]  # rows are the first dancer's own parts again


def _find_lags(first: _Moving, second: _Moving, settings: RuleSettings, fps: float) -> Lags:
    """Who follows whom: the lag at which the velocities of two parts correlate most, in the dancers' own directions.

    Velocities are turned to where each dancer faces, so that dancers who face each other can follow each other; a
    follower may do it as in a mirror. The correlation at a lag is over the frames that both have.
    """
    one, other = (_own_velocities(dancer) for dancer in (first, second))
    mirrored = one[:, MIRRORED] * [1, -1, 1]
    reach = min(round(settings.longest_lag * fps), len(one) // 2)
    straight, mirror = _correlations(one, other, reach), _correlations(mirrored, other, reach)
    mirror = mirror[:, MIRRORED]
    as_mirror = mirror.max(axis=0) > straight.max(axis=0)
    chosen = np.where(as_mirror, mirror, straight)
    frames, strength = chosen.argmax(axis=0) - reach, chosen.max(axis=0)
    moves = [np.sqrt(np.nanmean(np.sum(each**2, axis=2), axis=0)) >= settings.moving / 2 for each in (one, other)]
    strength = np.where((strength >= settings.following) & moves[0][:, None] & moves[1], strength, 0)
    return Lags(np.where(strength > 0, frames, 0), strength.astype(np.float32), as_mirror & (strength > 0))


def _own_velocities(dancer: _Moving) -> np.ndarray:
    """Velocities (frames, parts, 3) forwards, to the left and up, as the chest faces; 0 where missing."""
    left, right = (PARTS.index(f"{side} upper arm") for side in ("left", "right"))
    across = dancer.places[:, left, :2] - dancer.places[:, right, :2]
    across = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    forward = np.stack([across[:, 1], -across[:, 0]], axis=1)
    x, y = dancer.velocities[..., 0], dancer.velocities[..., 1]
    ahead = x * forward[:, :1] + y * forward[:, 1:]
    aside = x * across[:, :1] + y * across[:, 1:]
    return np.nan_to_num(np.stack([ahead, aside, dancer.velocities[..., 2]], axis=-1))


def _correlations(one: np.ndarray, other: np.ndarray, reach: int) -> np.ndarray:
    """Correlations of velocities at lags from -reach to reach frames (lags, parts, parts), by Fourier transform."""
    frames = len(one)
    size = 1 << (frames + reach).bit_length()  # room for the lags, and a size that is transformed fast
    spectra = [np.fft.rfft(each, size, axis=0) for each in (one, other)]
    products = np.einsum("fac,fbc->fab", spectra[0].conj(), spectra[1])
    sums = np.fft.irfft(products, size, axis=0)
    sums = np.concatenate([sums[size - reach :], sums[: reach + 1]])
    lags = np.arange(-reach, reach + 1)
    energies = [
        np.concatenate([np.zeros((1, len(PARTS))), np.cumsum((each**2).sum(2), axis=0)]) for each in (one, other)
    ]
    begin, end = np.maximum(0, -lags), np.minimum(frames, frames - lags)
    first = energies[0][end] - energies[0][begin]
    second = energies[1][end + lags] - energies[1][begin + lags]
    return sums / np.maximum(np.sqrt(first[:, :, None] * second[:, None]), 1e-9)
