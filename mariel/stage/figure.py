"""A scene as a plotly figure, for notebooks, exports and still pictures on pages."""

from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from mariel.motion.recording import Recording
from mariel.stage.packing import bone_columns, facing_pairs, marker_sides
from mariel.stage.palette import PALETTES, Palette
from mariel.stage.scene import Dancer, Scene

MARGIN = 0.6
"""Metres of floor around the area that the dancers use."""

FLOOR_CLEARANCE = 0.05
"""Metres between the floor and the bottom of the plotted box, so that the floor's lines are not clipped."""

BONE_WIDTH, GHOST_BONE_WIDTH = 6, 4
"""Pixels; where a ghost and a dancer coincide, the dancer is seen."""

CAMERA_DISTANCE = 1.5
"""Distance of the camera, in units in which the longest side of the box is 1.4."""

CAMERAS = {"three-quarter": (-np.pi / 5, 0.22), "front": (0.0, 0.08), "side": (np.pi / 2, 0.08), "top": (0.0, 1.55)}
"""Azimuth from the dancer's front, and elevation, of each view, in radians."""


def skeleton_figure(
    scene: Scene | Recording,
    *,
    animate: bool = True,
    frame: int = 0,
    every: int = 1,
    theme: Literal["dark", "light"] = "dark",
    camera: str = "three-quarter",
    height: int = 520,
) -> go.Figure:
    """A scene as a figure: a trace for the floor, then two per dancer, bones and markers.

    >>> skeleton_figure(honey.seconds(10, 14))                      # a Recording
    >>> skeleton_figure(Scene([Dancer(positions, MARIEL_53)]), every=2)

    Args:
        scene: to show, or one recording.
        animate: add plotly frames, a play button and a slider; otherwise the figure is a still.
        frame: the frame that is shown first.
        every: use every second (third, …) frame; the tempo is kept if the browser is fast enough.
        theme: dark or light colours.
        camera: one of `CAMERAS`, relative to the direction the dancer faces in that frame, or to the scene's front if
            there are several.
        height: in pixels.
    """
    if isinstance(scene, Recording):
        scene = Scene.from_recording(scene)
    palette = PALETTES[theme]
    low, high = _bounding_box(scene)
    figure = go.Figure(
        [_floor(scene, low, high, palette), *_traces(scene, frame, palette)],
        _layout(scene, low, high, palette, height),
    )
    figure.update_layout(scene_camera=_camera(scene, frame, camera))
    if animate:
        numbers = list(range(0, len(scene), every))
        indices = list(range(1, 1 + 2 * len(scene.dancers)))  # of the traces that change
        figure.frames = [
            {"data": traces, "traces": indices, "name": str(number)}
            for number, traces in zip(numbers, _frame_traces(scene, numbers), strict=True)
        ]
        _add_buttons(figure, numbers, 1000 * every / scene.fps)
    return figure


def dancer_positions(dancer: Dancer, frames: slice | list[int] = slice(None)) -> np.ndarray:
    """Positions (frames, markers, 3) on the stage, in metres, with the dancer's offset."""
    offset = np.asarray(dancer.offset, np.float32)
    return (np.asarray(dancer.positions[frames], np.float32) + offset) * np.float32(dancer.metres_per_unit)


def bone_lines(dancer: Dancer, positions: np.ndarray) -> np.ndarray:
    """Bones of positions (frames, markers, 3) as one line per frame: (frames, 3 × bones, 3).

    Each bone is its two ends and a NaN, which interrupts the line. An end is the mean of its markers, and NaN if one
    of them is missing.
    """
    bones = bone_columns(dancer.marker_set, dancer.skeleton)
    lines = np.full((len(positions), len(bones), 3, 3), np.nan, np.float32)
    for row, bone in enumerate(bones):
        for end, group in enumerate(bone):
            lines[:, row, end] = positions[:, group].mean(axis=1)
    return lines.reshape(len(positions), -1, 3)


def facing_angle(dancer: Dancer, frame: int = 0) -> float:
    """The direction a dancer faces in a frame, in radians from +x towards +y; -π/2 if it cannot be determined."""
    facing = known_facing(dancer, frame)
    return -np.pi / 2 if facing is None else facing


def known_facing(dancer: Dancer, frame: int) -> float | None:
    """The direction a dancer faces in a frame, in radians from +x towards +y; None if it cannot be determined."""
    positions = np.asarray(dancer.positions[min(frame, len(dancer) - 1)])
    pairs = facing_pairs(dancer.marker_set)
    leftward = np.array([positions[left, :2] - positions[right, :2] for left, right in pairs]).reshape(-1, 2)
    leftward = leftward[np.isfinite(leftward).all(axis=1)].sum(axis=0)
    return float(np.arctan2(-leftward[0], leftward[1])) if leftward.any() else None


def _front(scene: Scene, frame: int) -> float:
    """The direction that the one dancer faces in a frame, or from which several are seen best, radians from +x."""
    shown = [dancer for dancer in scene.dancers if not dancer.ghost]
    facing = known_facing(shown[0], frame) if len(shown) == 1 else None
    if facing is not None:
        return facing
    return facing_angle(scene.dancers[0], frame) if scene.front is None else scene.front


def _frame_traces(scene: Scene, frames: list[int]) -> list[list[dict]]:
    """The traces that change, for every frame: two per dancer, bones and markers."""
    frame_traces: list[list[dict]] = [[] for _ in frames]
    for dancer in scene.dancers:
        clipped = [min(frame, len(dancer) - 1) for frame in frames]
        positions = dancer_positions(dancer, clipped)
        for points in (bone_lines(dancer, positions), positions):
            for traces, coordinates in zip(frame_traces, points.transpose(0, 2, 1).copy(), strict=True):
                traces.append({"type": "scatter3d", **dict(zip("xyz", coordinates, strict=True))})
    return frame_traces


def _traces(scene: Scene, frame: int, palette: Palette) -> list[dict]:
    """Traces of bones and markers of each dancer in one frame, with their style."""
    traces = _frame_traces(scene, [frame])[0]
    for dancer, bones, markers in zip(scene.dancers, traces[::2], traces[1::2], strict=True):
        name = dancer.label or "dancer"
        bones |= {
            "name": f"{name}, bones",
            "mode": "lines",
            "hoverinfo": "skip",
            "line": _bone_style(dancer, frame, palette),
        }
        markers |= {
            "name": f"{name}, markers",
            "mode": "markers",
            "visible": scene.markers and not dancer.ghost,
            "text": dancer.marker_set.labels,
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {"size": 2.6, "line": {"width": 0}, **_marker_style(dancer, frame, palette)},
        }
    return traces


def _bone_style(dancer: Dancer, frame: int, palette: Palette) -> dict[str, Any]:
    """Width, and a colour per point of the bones' line: by values, or by the dancer's left and right."""
    bones = bone_columns(dancer.marker_set, dancer.skeleton)
    ends = [group for first, second in bones for group in (first, second, second)]  # the third point is a gap
    if dancer.colour_bones:
        values = _values_at(dancer, frame)
        return {
            "width": BONE_WIDTH,
            "color": [values[group].mean() for group in ends],
            **_value_range(dancer, palette),
        }
    sides = marker_sides(dancer.marker_set)
    colours = {"L": palette.left, "R": palette.right, "M": palette.middle}
    if dancer.colour or dancer.ghost:
        colours = dict.fromkeys("LRM", palette.ghost if dancer.ghost else dancer.colour)
    group_sides = ({sides[marker] for marker in group} for group in ends)
    point_colours = [colours[found.pop() if len(found) == 1 else "M"] for found in group_sides]
    return {"width": GHOST_BONE_WIDTH if dancer.ghost else BONE_WIDTH, "color": point_colours}


def _marker_style(dancer: Dancer, frame: int, palette: Palette) -> dict[str, Any]:
    if dancer.marker_values is None:
        return {"color": palette.marker}
    return {"color": _values_at(dancer, frame), **_value_range(dancer, palette)}


def _values_at(dancer: Dancer, frame: int) -> np.ndarray:
    """The dancer's marker values in a frame, (markers,)."""
    values = np.atleast_2d(np.asarray(dancer.marker_values, float))
    return values[min(frame, len(values) - 1)]


def _value_range(dancer: Dancer, palette: Palette) -> dict[str, Any]:
    """The scale of the dancer's marker values, as plotly takes it."""
    values = np.asarray(dancer.marker_values, float)
    low, high = dancer.value_range or (np.nanmin(values), np.nanmax(values))
    return {"colorscale": palette.colour_scale, "cmin": float(low), "cmax": float(high)}


def _bounding_box(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner (3,) of the plotted box, in metres."""
    extents = [(d.extent + np.asarray(d.offset)) * d.metres_per_unit for d in scene.dancers]
    low, high = np.min([e[0] for e in extents], axis=0), np.max([e[1] for e in extents], axis=0)
    if -0.15 < low[2] < 1:  # the floor is z = 0, unless the dancers are far above or below it
        low[2] = 0.0
    high[2] = max(high[2], low[2] + 1.8)
    margin = np.array([MARGIN, MARGIN, FLOOR_CLEARANCE])
    return low - margin, high + margin


def _floor(scene: Scene, low: np.ndarray, high: np.ndarray, palette: Palette) -> go.Scatter3d:
    """Grid lines half a metre apart, more on a large stage; two corner points keep the axes' ranges constant."""
    step = max(0.5, round(float((high - low)[:2].max()) / 12 * 2) / 2)
    points = []
    if scene.floor:
        height = low[2] + FLOOR_CLEARANCE
        for axis in (0, 1):
            for at in np.arange(np.ceil(low[axis] / step) * step, high[axis], step):
                for end in (low[1 - axis], high[1 - axis]):
                    points.append((at, end, height) if axis == 0 else (end, at, height))
                points.append((np.nan,) * 3)
    points += [tuple(low), (np.nan,) * 3, tuple(high)]
    x, y, z = np.asarray(points, np.float32).T.copy()
    line = {"color": palette.floor, "width": 1.5}
    return go.Scatter3d(x=x, y=y, z=z, mode="lines", line=line, name="floor", hoverinfo="skip")


def _layout(scene: Scene, low: np.ndarray, high: np.ndarray, palette: Palette, height: int) -> go.Layout:
    hidden = {
        name: {"visible": False, "range": [low[i], high[i]]} for i, name in enumerate(("xaxis", "yaxis", "zaxis"))
    }
    size = high - low
    return go.Layout(
        title={"text": scene.title} if scene.title else None,
        height=height,
        margin={"l": 0, "r": 0, "t": 40 if scene.title else 0, "b": 0},
        paper_bgcolor=palette.backdrop,
        font={"color": palette.text},
        showlegend=False,
        scene={
            **hidden,
            "aspectmode": "manual",
            "aspectratio": dict(zip("xyz", (size / size.max() * 1.4).tolist(), strict=True)),
            "bgcolor": palette.backdrop,
            "dragmode": "turntable",
        },
    )


def _camera(scene: Scene, frame: int, name: str) -> dict:
    """plotly's camera for one of `CAMERAS`."""
    azimuth, elevation = CAMERAS[name]
    azimuth += _front(scene, frame)
    ground_distance = CAMERA_DISTANCE * np.cos(elevation)
    eye = np.array(
        [ground_distance * np.cos(azimuth), ground_distance * np.sin(azimuth), CAMERA_DISTANCE * np.sin(elevation)]
    )
    return {"eye": dict(zip("xyz", eye.tolist(), strict=True)), "up": {"x": 0, "y": 0, "z": 1}}


def _add_buttons(figure: go.Figure, frames: list[int], milliseconds: float) -> None:
    """Add play and pause buttons and a slider; `milliseconds` is the duration of a plotly frame."""
    play = {"frame": {"duration": milliseconds, "redraw": True}, "transition": {"duration": 0}, "fromcurrent": True}
    stop = {"frame": {"duration": 0, "redraw": False}, "mode": "immediate"}
    buttons = [
        {"label": "▶", "method": "animate", "args": [None, play]},
        {"label": "❚❚", "method": "animate", "args": [[None], stop]},
    ]
    seek = {"frame": {"duration": 0, "redraw": True}, "mode": "immediate"}
    steps = [{"label": str(at), "method": "animate", "args": [[str(at)], seek]} for at in frames]
    menu = {"type": "buttons", "direction": "left", "x": 0.02, "xanchor": "left", "y": 0.02, "yanchor": "bottom"}
    bar = {"x": 0.2, "len": 0.78, "y": 0.07, "currentvalue": {"visible": False}, "ticklen": 0, "minorticklen": 0}
    figure.update_layout(
        updatemenus=[{**menu, "buttons": buttons, "showactive": False}],
        sliders=[{**bar, "steps": steps, "font": {"color": "rgba(0,0,0,0)"}}],
    )
