"""A scene as one compact binary block, which the player in the browser unpacks.

    b"MRL1" · length of the header, uint32 · header, JSON, padded with spaces to 4 bytes · payload, zlib

The payload holds, for each dancer in turn, positions as int16 (frames, markers, xyz) and, if given, marker values as
uint8 (frames or 1, markers). Positions are multiples of half a millimetre, or of a coarser step where the dancer's
range needs it, from an origin in the header; -32768 marks a missing marker. Second differences over time are stored,
modulo 2^16: bodies move smoothly, so these are small and deflate to about 45 % of the int16 positions. Everything is
little-endian.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from mariel.motion.landmarks import find_landmarks
from mariel.motion.marker_set import MarkerSet
from mariel.stage.body.header import body_header, shapes_header
from mariel.stage.scene import Curve, Dancer, Scene

MAGIC = b"MRL1"
STEP = 0.0005
"""Resolution of positions, metres: half a millimetre, finer than optical capture resolves."""

MISSING = -32768
_MAX_STEPS = 32767

FACING_SEGMENTS = ("pelvis", "chest", "left_shoulder", "right_shoulder")
"""Segments whose left and right markers give the direction a body faces; those of arms and legs may cross."""

FACING_LANDMARKS = ("hip", "waist_front", "waist_back", "shoulder")
"""Likewise, where labels tell them but no segments are known."""


def pack(scene: Scene) -> bytes:
    """A scene as one block of bytes; see the module for its layout."""
    headers, payload = [], []
    for dancer in scene.dancers:
        header, parts = _pack_dancer(dancer)
        headers.append(header)
        payload.extend(parts)
    header = {
        "fps": scene.fps,
        "frames": len(scene),
        "title": scene.title,
        "trails": scene.trails,
        "floor": scene.floor,
        "style": scene.style,
        "markers": scene.markers,
        "front": scene.front,
        "unit": scene.unit,
        "curves": [_pack_curve(curve) for curve in scene.curves],
        "tiles": None if scene.tiles is None else list(scene.tiles),
        "shapes": shapes_header(header["body"] for header in headers),
        "dancers": headers,
    }
    return encode_block(MAGIC, header, payload)


def encode_block(magic: bytes, header: dict[str, Any], payload: list[bytes]) -> bytes:
    """A block of a header and a payload, as the module describes it."""
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=True).encode()
    text += b" " * (-len(text) % 4)
    # Level 1: a thousand frames take 5 ms; level 6 takes 25 ms and saves another 2 %.
    return magic + np.uint32(len(text)).tobytes() + text + zlib.compress(b"".join(payload), 1)


def quantise(
    positions: np.ndarray, low: np.ndarray, high: np.ndarray, offset: np.ndarray | None = None, metres: float = 1.0
) -> tuple[np.ndarray, np.ndarray, float]:
    """Positions in steps from an origin.

    Args:
        positions: (frames, markers, 3), NaN where a marker is missing.
        low, high: corners of the box (3,) around them, metres, after scaling and shift.
        offset: shift (3,), in their unit.
        metres: metres per unit.

    Returns:
        Counts (frames, markers, 3), int16, `MISSING` for a missing marker; the origin (3,) and the step, metres.
    """
    origin, step = np.zeros(3), STEP
    # Farther than 16 m from the origin: move the origin to the centre, and take a coarser step if that is not enough.
    if np.abs([low, high]).max() > STEP * _MAX_STEPS:
        origin = np.round((low + high) / 2, 3)
        step = max(STEP, float(np.abs([low - origin, high - origin]).max()) / _MAX_STEPS)
    shift = ((np.zeros(3) if offset is None else offset) * metres - origin) / step
    steps = np.rint(np.asarray(positions, np.float32) * np.float32(metres / step) + shift.astype(np.float32))
    steps[~np.isfinite(steps).all(axis=2)] = MISSING
    return steps.astype("<i2"), origin, step


def frame_differences(steps: np.ndarray) -> np.ndarray:
    """Second differences over frames, modulo 2^16, of int16 (frames, markers, 3)."""
    differences = np.diff(steps, axis=0, prepend=np.zeros_like(steps[:1]))
    return np.diff(differences, axis=0, prepend=np.zeros_like(differences[:1]))


def unpack(block: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Header of a packed scene, and each dancer's positions (frames, markers, 3), float32, metres, offsets applied.

    The Python version of the player's decoder, for tests and for other readers of the format.

    Raises:
        ValueError: the block is not a packed scene.
    """
    if block[:4] != MAGIC:
        raise ValueError("not a packed scene")
    length = int(np.frombuffer(block, "<u4", 1, 4)[0])
    header = json.loads(block[8 : 8 + length])
    payload = zlib.decompress(block[8 + length :])
    offset, bodies = 0, []
    for dancer in header["dancers"]:
        frames, markers = dancer["frames"], len(dancer["labels"])
        differences = np.frombuffer(payload, "<i2", frames * markers * 3, offset).reshape(frames, markers, 3)
        offset += differences.nbytes + (dancer["values"] or 0) * markers
        steps = differences.cumsum(axis=0, dtype=np.int16).cumsum(axis=0, dtype=np.int16)
        positions = (steps * np.float64(dancer["step"]) + dancer["origin"]).astype(np.float32)
        positions[(steps == MISSING).any(axis=2)] = np.nan
        bodies.append(positions)
    return header, bodies


_headers: WeakKeyDictionary[Dancer, dict[str, Any]] = WeakKeyDictionary()
"""Of dancers, which do not change: the player, and what tells how large each kind of film will be, ask for it."""


def describe_dancer(dancer: Dancer) -> Mapping[str, Any]:
    """A dancer's header, but for what tells how its positions are packed: what the player draws it by.

    Returns:
        label; frames; labels of the markers; bones, see `bone_columns`; sides, see `marker_sides`; head: columns of
        the head's markers; facing, see `facing_pairs`; body, see `body_header`; ghost; colour; bounds: lowest and
        highest corner, metres; values: how many frames have values, 0 for none; range of the values; painted: whether
        values colour the body.
    """
    if dancer not in _headers:
        _headers[dancer] = _describe(dancer)
    return _headers[dancer]


def _describe(dancer: Dancer) -> dict[str, Any]:
    markers, metres = dancer.marker_set, dancer.metres_per_unit
    measured = dancer.positions if dancer.body_positions is None else dancer.body_positions
    header = {
        "label": dancer.label,
        "frames": len(dancer),
        "labels": markers.labels,
        "bones": bone_columns(markers, dancer.skeleton),
        "sides": marker_sides(markers),
        "head": _head_columns(markers),
        "facing": facing_pairs(markers),
        "body": body_header(markers, np.asarray(measured, np.float32), metres, dancer.skeleton),
        "ghost": dancer.ghost,
        "colour": dancer.colour,
        "bounds": _bounds(dancer).round(3).tolist(),
        "values": 0,
        "painted": False,
    }
    if dancer.marker_values is not None:
        values = np.atleast_2d(dancer.marker_values)
        header |= {"values": len(values), "range": _value_range(dancer), "painted": dancer.colour_bones}
    return header


def value_shares(dancer: Dancer) -> np.ndarray | None:
    """A dancer's marker values from 0, the lowest of its range, to 1, the highest: (frames or 1, markers)."""
    if dancer.marker_values is None:
        return None
    lowest, highest = _value_range(dancer)
    values = np.atleast_2d(np.asarray(dancer.marker_values, np.float32))
    return np.nan_to_num(np.clip((values - lowest) / (highest - lowest or 1.0), 0, 1))


def _pack_dancer(dancer: Dancer) -> tuple[dict[str, Any], list[bytes]]:
    """A dancer's header, and its parts of the payload."""
    metres = dancer.metres_per_unit
    low, high = _bounds(dancer)
    steps, origin, step = quantise(dancer.positions, low, high, np.asarray(dancer.offset), metres)
    parts = [frame_differences(steps).tobytes()]
    shares = value_shares(dancer)
    if shares is not None:
        parts.append((shares * 255).round().astype(np.uint8).tobytes())
    return {**describe_dancer(dancer), "origin": origin.tolist(), "step": step}, parts


def _bounds(dancer: Dancer) -> np.ndarray:
    """Lowest and highest corner (2, 3) of where a dancer goes, metres."""
    return (dancer.extent + np.asarray(dancer.offset)) * dancer.metres_per_unit


def _value_range(dancer: Dancer) -> list[float]:
    values = np.asarray(dancer.marker_values, np.float32)
    return list(dancer.value_range or (float(np.nanmin(values)), float(np.nanmax(values))))


def _pack_curve(curve: Curve) -> dict[str, Any]:
    """A curve for the header: four digits are as precise as can be drawn; a gap is null."""
    values = [float(f"{value:.4g}") if np.isfinite(value) else None for value in np.asarray(curve.values, float)]
    return {"label": curve.label, "colour": curve.colour, "values": values}


def bone_columns(markers: MarkerSet, style: str | None) -> list[list[list[int]]]:
    """Bones of a style as marker columns: [[first end's], [second end's]]; an end is the mean of its markers."""
    return [[markers.indices(start), markers.indices(end)] for start, end in markers.bones(style)]


def _head_columns(markers: MarkerSet) -> list[int]:
    """Columns of the head's markers: those of its segment, or else the first marker with "head" in its label."""
    segment = dict(markers.segments).get("head", ())
    named = [label for label in markers.labels if "head" in label.lower()]
    return markers.indices(segment or named[:1])


def marker_sides(markers: MarkerSet) -> str:
    """One letter per marker: L, R or M for left, right and middle."""
    sides = ["M"] * len(markers)
    for left, right in markers.mirror_pairs:
        sides[markers.index(left)], sides[markers.index(right)] = "L", "R"
    return "".join(sides)


def facing_pairs(markers: MarkerSet) -> list[list[int]]:
    """Columns of the left and right markers that give the direction a body faces.

    Those of the trunk's segments, or else hips and shoulders by their labels, or else all pairs.
    """
    trunk = {label for segment, labels in markers.segments if segment in FACING_SEGMENTS for label in labels}
    pairs = [pair for pair in markers.mirror_pairs if trunk.issuperset(pair)]
    pairs = pairs or _landmark_pairs(markers) or list(markers.mirror_pairs)
    return [markers.indices(pair) for pair in pairs]


def _landmark_pairs(markers: MarkerSet) -> list[tuple[str, str]]:
    """Labels of the left and the right markers of hips and shoulders."""
    landmarks = find_landmarks(markers)
    sides = ((landmarks.get(f"left_{name}", ()), landmarks.get(f"right_{name}", ())) for name in FACING_LANDMARKS)
    return [pair for left, right in sides for pair in zip(left, right, strict=False)]
