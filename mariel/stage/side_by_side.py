"""A scene of different dances side by side: takes, phrases of one take, generated dances, in any mixture.

All dance on one floor and one clock, begin on one line and facing the same way, and have their true relative size.
They are as far apart as it needs for nobody to hide another, from the front and from the three-quarter view. The line
is square to the direction between these two views: nobody looks smaller for being much farther away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mariel.motion.landmarks import find_landmarks
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording, format_duration
from mariel.motion.resampling import resampled
from mariel.stage.figure import known_facing
from mariel.stage.packing import facing_pairs
from mariel.stage.scene import BODY_HEIGHT, Dancer, Scene

SPACING = 1.5
"""Metres from one dancer to the next when they begin, at least."""

GAP = 0.35
"""Metres between two bodies at least, in every frame."""

VIEWS = (0.0, -np.pi / 5)
"""Directions from which no dancer hides another, radians from the front: the front and the three-quarter view."""

ROW_TURN = float(np.mean(VIEWS))
"""The direction to which the line of dancers is square, radians from the front."""

FLOOR_RANGE = (-0.15, 1.0)
"""Metres; a dance whose lowest position is in this range has its floor at z = 0."""

INSTEAD = {"hand": "wrist", "wrist": "hand", "toe": "ankle", "head_top": "head", "head": "head_top"}
"""The landmark that draws a trail for another that a body lacks, without their sides."""


@dataclass(frozen=True, eq=False)
class Motion:
    """A dance that is to be shown beside another.

    Args:
        positions: (frames, markers, 3), z up.
        marker_set: the markers.
        fps: frames per second.
        label: a name, shown at the dancer's feet.
        skeleton: a style of the marker set; its first if it has no such style.
        unit: "m" if the positions are metres.
        source: what the positions are from, such as a file: positions of unknown unit from one source have one unit.
    """

    positions: np.ndarray
    marker_set: MarkerSet
    fps: float
    label: str = ""
    skeleton: str | None = None
    unit: str = "m"
    source: object = None

    @classmethod
    def of(
        cls,
        recording: Recording,
        *,
        label: str = "",
        skeleton: str | None = None,
        positions: np.ndarray | None = None,
    ) -> "Motion":
        """A recording's motion; its positions may be given changed, such as centred."""
        return cls(
            recording.positions if positions is None else positions,
            recording.marker_set,
            recording.fps,
            label,
            skeleton,
            recording.unit,
            recording.path,
        )


def side_by_side_scene(motions: Sequence[Motion], *, trails: Sequence[str] = (), **options) -> Scene:
    """Dances side by side, the first one as it is, the others to its right as seen from its front.

    Every dance has the first one's frame rate. A shorter one holds its last pose until the longest ends. A body of
    unknown unit is drawn 1.7 m tall, see `comparison_notes`.

    Args:
        motions: to show, at least one.
        trails: labels of the first one's markers that leave a trail; the others draw that of the same part of the
            body, where they have one.
        **options: passed on to `Scene`.
    """
    fps = motions[0].fps
    options = {"fps": fps, "trails": matching_trails(trails, [each.marker_set for each in motions]), **options}
    dancers = [
        Dancer(
            resampled(each.positions, each.fps, fps),
            each.marker_set,
            label=each.label,
            skeleton=each.skeleton if each.skeleton in each.marker_set.styles else None,
            scale=scale,
        )
        for each, scale in zip(motions, _scales(motions), strict=True)
    ]
    if len(dancers) == 1:
        return Scene(dancers, **options)
    facing = _facing_at_start(dancers[0])
    front = -np.pi / 2 if facing is None else facing
    dancers = [dancers[0], *(_turned_to(each, front) for each in dancers[1:])]
    placed = [_on_floor(dancers[0])]
    for dancer in dancers[1:]:
        placed.append(_placed_beside(_on_floor(dancer), placed[-1], front))
    return Scene(placed, front=front, **options)


def comparison_notes(motions: Sequence[Motion]) -> list[str]:
    """What a viewer must know of dances side by side, in sentences: other lengths, and units that are not known."""
    notes = []
    durations = [len(each.positions) / each.fps for each in motions]
    if max(durations) - min(durations) > 1 / min(each.fps for each in motions):
        lengths = ", ".join(
            f"“{each.label}” lasts {format_duration(duration)}"
            for each, duration in zip(motions, durations, strict=True)
        )
        notes.append(f"{lengths}: who ends first stays in the last pose.")
    if len({_unit(each) for each in motions}) > 1:
        notes += [
            f"The unit of “{each.label}” is not known: this body is drawn {BODY_HEIGHT:g} m tall, so that the "
            "sizes cannot be compared."
            for each in motions
            if each.unit != "m"
        ]
    return notes


def held_positions(scene: Scene) -> np.ndarray | None:
    """What the scene shows as one array, (dancers, frames, markers, 3): who ends first holds the last pose.

    None if the dancers have different markers.
    """
    if len({dancer.marker_set.labels for dancer in scene.dancers}) > 1:
        return None
    frames = np.arange(len(scene))
    return np.stack([np.asarray(each.positions)[frames.clip(0, len(each) - 1)] for each in scene.dancers])


def matching_trails(trails: Sequence[str], marker_sets: Sequence[MarkerSet]) -> tuple[str, ...]:
    """Labels of the same parts of the body in several marker sets.

    Args:
        trails: labels of the first set.
        marker_sets: the sets.

    Returns:
        The labels, and after them those of the other sets at the same landmarks.
    """
    first, *others = marker_sets
    found = dict.fromkeys(trails)
    for other in others:
        partners = (_same_part(label, first, other) for label in trails if label not in other)
        # A label that the first set has too would draw a trail at the first body.
        found |= dict.fromkeys(each for each in partners if each is not None and each not in first)
    return tuple(found)


def _same_part(label: str, markers: MarkerSet, other: MarkerSet) -> str | None:
    """The label in another marker set of the part of the body that a marker is on; None if the set has none."""
    landmarks = find_landmarks(other)
    names = [name for name, labels in find_landmarks(markers).items() if label in labels]
    for name in [*names, *map(_instead, names)]:
        if landmarks.get(name):
            return landmarks[name][0]
    return None


def _instead(landmark: str) -> str:
    side, _, part = landmark.partition("_") if landmark.startswith(("left_", "right_")) else ("", "", landmark)
    return "_".join(filter(None, [side, INSTEAD.get(part, part)]))


def _unit(motion: Motion) -> object:
    """Equal only for positions of the same unit."""
    return "m" if motion.unit == "m" else (motion.unit, id(motion) if motion.source is None else motion.source)


def _scales(motions: Sequence[Motion]) -> list[float]:
    """Metres per unit of each dance, the same for all of one unit."""
    scales: dict[object, float] = {"m": 1.0}
    for each in motions:
        if _unit(each) not in scales:
            scales[_unit(each)] = Dancer(each.positions, each.marker_set).metres_per_unit
    return [scales[_unit(each)] for each in motions]


def _facing_at_start(dancer: Dancer) -> float | None:
    """The direction a dancer faces in the first frame that tells it, radians from +x; None if none does."""
    if not facing_pairs(dancer.marker_set):
        return None
    return next((angle for angle in (known_facing(dancer, i) for i in range(len(dancer))) if angle is not None), None)


def _turned_to(dancer: Dancer, front: float) -> Dancer:
    """The dancer turned about the vertical so that the dance begins facing the front; as it is if that is unknown."""
    facing = _facing_at_start(dancer)
    if facing is None:
        return dancer
    cosine, sine = np.cos(front - facing), np.sin(front - facing)
    positions = np.array(dancer.positions, np.float32)
    positions[..., :2] = positions[..., :2] @ np.array([[cosine, sine], [-sine, cosine]], np.float32)
    return replace(dancer, positions=positions)


def _on_floor(dancer: Dancer) -> Dancer:
    """The dancer on the floor z = 0, where its lowest position shows that its own floor is another."""
    lowest = float(dancer.extent[0, 2])
    if FLOOR_RANGE[0] < lowest * dancer.metres_per_unit < FLOOR_RANGE[1]:
        return dancer
    return replace(dancer, offset=(0.0, 0.0, -lowest))


def _placed_beside(dancer: Dancer, neighbour: Dancer, front: float) -> Dancer:
    """The dancer to the right of its neighbour: on one line at first, and in no frame one in front of the other."""
    line, start, beside = _right(front + ROW_TURN), _start(dancer), _start(neighbour)
    step = SPACING
    for view in VIEWS:
        across = _right(front + view)
        nearest = _across(neighbour, across, max_of=True) - beside @ across
        reach = _across(dancer, across, max_of=False) - start @ across
        frames = max(len(nearest), len(reach))
        overlap = _held(nearest, frames) - _held(reach, frames)
        step = max(step, (float(overlap.max()) + GAP) / np.cos(view - ROW_TURN))
    x, y = (beside + step * line - start) / dancer.metres_per_unit
    return replace(dancer, offset=(float(x), float(y), dancer.offset[2]))


def _right(front: float) -> np.ndarray:
    """To the right as seen by who looks at the front, (2,)."""
    return np.array([-np.sin(front), np.cos(front)])


def _start(dancer: Dancer) -> np.ndarray:
    """Where the dance begins on the floor of the stage, metres, (2,): the mean of the first markers that are seen."""
    positions = np.asarray(dancer.positions)[..., :2]
    seen = np.asarray(np.isfinite(positions).all(axis=2))
    frames = np.flatnonzero(seen.any(axis=1))
    centre = positions[frames[0]][seen[frames[0]]].mean(axis=0) if len(frames) else np.zeros(2)
    return (centre + np.asarray(dancer.offset[:2])) * dancer.metres_per_unit


def _across(dancer: Dancer, direction: np.ndarray, *, max_of: bool) -> np.ndarray:
    """How far the body reaches along a direction of the floor in each frame, metres, (frames,)."""
    path = (
        (np.asarray(dancer.positions)[..., :2] + np.asarray(dancer.offset[:2])) @ direction
    ) * dancer.metres_per_unit
    missing = ~np.isfinite(path)
    limit = -np.inf if max_of else np.inf
    reach = np.where(missing, limit, path)
    return reach.max(axis=1) if max_of else reach.min(axis=1)


def _held(values: np.ndarray, frames: int) -> np.ndarray:
    """Values (frames,) of which the last one is repeated."""
    return np.pad(values, (0, frames - len(values)), mode="edge")
