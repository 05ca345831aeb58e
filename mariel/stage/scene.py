"""A scene: dancers and how they are shown. The player and all figures of bodies are made from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil, cos, pi, sin, sqrt
from typing import Literal, get_args

import numpy as np

from mariel.errors import StageError
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import FPS, Recording

MAX_DANCERS = 12
"""Dancers in one scene at most: with twelve, a gallery is still readable and plays smoothly."""

BODY_HEIGHT = 1.7
"""Height, in metres, of a drawn body whose positions cannot be metres."""

Style = Literal["figure", "markers"]
"""How bodies are drawn: with volume, or as lines between dots."""

PLAUSIBLE_HEIGHTS = (0.1, 10.0)
"""Range of metres between lowest and highest marker for a body or a part of one; outside it, the unit is another."""

ROW_GAP = 0.75
"""Extra space between rows of a gallery, in spacings, so that from the raised front view no dancer hides another."""


@dataclass(frozen=True, eq=False)
class Dancer:
    """One body over time.

    Args:
        positions: (frames, markers, xyz), z up; a NaN marker is not drawn, nor are bones that need it.
        marker_set: names of the markers and the skeletons that can be drawn between them.
        label: a name shown at the dancer's feet; nothing by default.
        skeleton: a style of the marker set, e.g. "body"; its first by default.
        ghost: draw it in one neutral colour and without marker dots, for comparison with another dancer.
        offset: added to the positions, (x, y, z) in their unit.
        colour: one CSS hex colour for the whole body instead of the theme's left, right and middle.
        marker_values: (markers,) or (frames, markers), e.g. an error in cm; dots are coloured from low to high.
        value_range: values of the lowest and the highest colour; the lowest and the highest value by default.
        colour_bones: colour the bones by the values too, each by the markers at its ends.
        body_positions: (frames, markers, xyz) of the same body in another dance, from which the size of a body with
            volume is measured; these positions by default.
        scale: metres per unit of the positions; by default as the body's height tells it, see `metres_per_unit`.

    Raises:
        StageError: the shapes do not fit together.
        MarkerError: the marker set has no such skeleton.
    """

    positions: np.ndarray
    marker_set: MarkerSet
    label: str = field(default="", kw_only=True)
    skeleton: str | None = field(default=None, kw_only=True)
    ghost: bool = field(default=False, kw_only=True)
    offset: tuple[float, float, float] = field(default=(0.0, 0.0, 0.0), kw_only=True)
    colour: str | None = field(default=None, kw_only=True)
    marker_values: np.ndarray | None = field(default=None, kw_only=True)
    value_range: tuple[float, float] | None = field(default=None, kw_only=True)
    colour_bones: bool = field(default=False, kw_only=True)
    body_positions: np.ndarray | None = field(default=None, kw_only=True)
    scale: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        shape = np.shape(self.positions)
        if len(shape) != 3 or shape[2] != 3 or shape[0] < 1:
            raise StageError(f"dancer {self.label!r}: expected positions (frames, markers, 3), found shape {shape}")
        if shape[1] != len(self.marker_set):
            raise StageError(
                f"dancer {self.label!r}: the {self.marker_set.name} set has {len(self.marker_set)} markers, "
                f"the positions have {shape[1]}"
            )
        if self.marker_values is not None and np.shape(self.marker_values) not in (shape[1:2], shape[:2]):
            raise StageError(
                f"dancer {self.label!r}: marker_values must be ({shape[1]},) or {shape[:2]}, "
                f"found {np.shape(self.marker_values)}"
            )
        if self.colour_bones and self.marker_values is None:
            raise StageError(f"dancer {self.label!r}: marker_values are needed to colour the bones")
        self.marker_set.bones(self.skeleton)

    def __len__(self) -> int:
        return len(self.positions)

    @cached_property
    def extent(self) -> np.ndarray:
        """Lowest and highest x, y and z over all frames, without the offset: (2, 3), zeros if all are missing."""
        flat = np.asarray(self.positions).reshape(-1, 3)
        flat = flat[np.isfinite(flat).all(axis=1)]
        return np.stack([flat.min(axis=0), flat.max(axis=0)]) if len(flat) else np.zeros((2, 3), np.float32)

    @cached_property
    def metres_per_unit(self) -> float:
        """Factor from the positions' unit to metres: 1 unless the body's height shows that the unit is another.

        The height is the median over frames of the span from the lowest to the highest marker.
        """
        if self.scale is not None:
            return self.scale
        heights = np.asarray(self.positions)[:: max(1, len(self) // 200), :, 2]
        heights = heights[np.isfinite(heights).any(axis=1)]
        height = float(np.median(np.nanmax(heights, axis=1) - np.nanmin(heights, axis=1))) if len(heights) else 0.0
        if height <= 0 or PLAUSIBLE_HEIGHTS[0] <= height <= PLAUSIBLE_HEIGHTS[1]:
            return 1.0
        return BODY_HEIGHT / height


@dataclass(frozen=True, eq=False)
class Curve:
    """Values over time, drawn below the stage with a mark at the current frame; a click seeks to a frame.

    Args:
        values: one per frame, at least 0, (frames,); NaN leaves a gap.
        label: a short name.
        colour: a CSS hex colour; the stage's accent by default.
    """

    values: np.ndarray
    label: str
    colour: str | None = None


@dataclass(frozen=True, eq=False)
class Scene:
    """Up to 12 dancers on one floor, and how to draw them.

    >>> Scene([Dancer(phrase.positions, phrase.marker_set)], fps=phrase.fps, trails=("RIWR",))

    Args:
        dancers: to show; all start at frame 0, and a shorter one holds its last pose.
        fps: frames per second.
        title: read by screen readers, and shown above the stage if not empty.
        trails: labels of markers that leave a trail, for dancers that have them.
        floor: draw the floor and the shadows on it.
        style: how bodies are drawn until the viewer changes it: "figure" with volume and without dots, where labels
            or bones tell the limbs; "markers" as lines between markers.
        markers: draw a dot for every marker, in the style "markers".
        front: direction of the front view of several dancers, in radians from +x towards +y; None for where the first
            one faces. A single dancer's front is where it faces in the frame that is shown.
        curves: values over time below the stage, on one scale that starts at 0.
        unit: of the curves and of marker values, e.g. "cm".
        tiles: the tile of each dancer, from 0: flat tiles beside and above each other, that a viewer can enlarge;
            None for one floor that all share.

    Raises:
        StageError: no dancer, more than 12, tiles that are not one per dancer or leave out a number, an fps that is
            not above 0, another style, a trail that no dancer has, or a curve that does not have one value per frame.
    """

    dancers: Sequence[Dancer]
    fps: float = FPS
    title: str = ""
    trails: tuple[str, ...] = ()
    floor: bool = True
    style: Style = "figure"
    markers: bool = True
    front: float | None = None
    curves: Sequence[Curve] = ()
    unit: str = ""
    tiles: Sequence[int] | None = None

    def __post_init__(self) -> None:
        for name in ("dancers", "trails", "curves"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not 1 <= len(self.dancers) <= MAX_DANCERS:
            raise StageError(f"a scene needs 1 to {MAX_DANCERS} dancers, found {len(self.dancers)}")
        if self.tiles is not None and (
            len(self.tiles) != len(self.dancers) or set(self.tiles) != set(range(max(self.tiles) + 1))
        ):
            raise StageError(f"expected a tile for each dancer, numbered from 0, found {list(self.tiles)}")
        if self.style not in get_args(Style):
            raise StageError(f"a scene's style must be {' or '.join(get_args(Style))}, found {self.style!r}")
        if not self.fps > 0:
            raise StageError(f"a scene's fps must be above 0, found {self.fps}")
        for label in self.trails:
            if not any(label in dancer.marker_set for dancer in self.dancers):
                raise StageError(f"no dancer of the scene has a marker {label!r} to leave a trail")
        for curve in self.curves:
            if np.shape(curve.values) != (len(self),):
                raise StageError(
                    f"curve {curve.label!r}: expected {len(self)} values, one per frame, "
                    f"found {np.shape(curve.values)}"
                )

    def __len__(self) -> int:
        return max(len(dancer) for dancer in self.dancers)

    @property
    def duration(self) -> float:
        """Length in seconds of the longest dancer."""
        return len(self) / self.fps

    @classmethod
    def from_recording(cls, recording: Recording, *, skeleton: str | None = None, **options) -> "Scene":
        """A scene of one recording, with its frame rate and its name as title unless `options` give others."""
        dancer = Dancer(recording.positions, recording.marker_set, skeleton=skeleton)
        return cls([dancer], **{"fps": recording.fps, "title": recording.name, **options})

    @classmethod
    def gallery(
        cls,
        dancers: Sequence[Dancer],
        *,
        columns: int | None = None,
        spacing: float = 2.4,
        front: float = -pi / 2,
        **options,
    ) -> "Scene":
        """A scene of dancers in a grid, the area of each one's travel centred on its cell.

        Args:
            dancers: up to 12; their offsets are replaced.
            columns: dancers per row; by default about four columns for three rows.
            spacing: metres between neighbours in a row; more if a dancer travels farther. Rows are farther apart, so
                that no dancer hides another.
            front: direction of the front view, in radians from +x, across which the rows run; where the dancers face,
                if they all face one way.
            **options: passed on to `Scene`.
        """
        dancers = tuple(dancers)
        if not 1 <= len(dancers) <= MAX_DANCERS:
            raise StageError(f"a gallery needs 1 to {MAX_DANCERS} dancers, found {len(dancers)}")
        columns = columns or ceil(sqrt(len(dancers) * 4 / 3))
        spans = [np.diff(dancer.extent[:, :2], axis=0).max() * dancer.metres_per_unit for dancer in dancers]
        cell = max(spacing, min(max(spans) + 0.5, 2 * spacing))
        right, towards_viewer = np.round([[-sin(front), cos(front)], [cos(front), sin(front)]], 12)
        placed = []
        for i, dancer in enumerate(dancers):
            row, column = divmod(i, columns)
            # In reading order: the first dancer is at the back left.
            target = column * cell * right + row * (cell + ROW_GAP * spacing) * towards_viewer
            target = target / dancer.metres_per_unit
            centre = dancer.extent[:, :2].mean(axis=0)
            x, y = (target - centre).tolist()
            placed.append(replace(dancer, offset=(x, y, 0.0)))
        return cls(placed, front=front, **options)
