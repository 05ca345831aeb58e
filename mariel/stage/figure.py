"""The player's picture as a plain plotly figure, for notebooks, exports and pages that want a still."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from mariel.motion.recording import Recording
from mariel.stage.packing import facing_pairs, marker_sides
from mariel.stage.scene import Dancer, Scene

MARGIN = 0.6
"""Metres of floor around where the dancers go."""

UNDER_FLOOR = 0.05
"""Metres of the drawn box below the floor, so that lines on it are not cut in half."""

GHOST = 0.35
"""How far a ghost's colours are from the backdrop towards a dancer's: it is paler, not transparent."""

AWAY = 1.5
"""Distance of the camera, where the longest side of the box measures 1.4."""


@dataclass(frozen=True)
class Palette:
    """Colours of a stage; left and right are the dancer's."""

    backdrop: str
    floor: str
    left: str
    right: str
    middle: str
    marker: str
    text: str


PALETTES = {
    "dark": Palette("#14151c", "#343748", "#ff9469", "#62c3f5", "#e9e6df", "#ffffff", "#e9e6df"),
    "light": Palette("#f3f1ec", "#d5d1c8", "#e0653a", "#1f85bd", "#47444f", "#1d1b22", "#3a3742"),
}

CAMERAS = {"three-quarter": (-np.pi / 5, 0.22), "front": (0.0, 0.08), "side": (np.pi / 2, 0.08), "top": (0.0, 1.55)}
"""Turn from the dancer's front and height above the horizon of each view, in radians."""


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
    """A scene as a figure with two traces a dancer, bones and markers, after one for the floor.

    >>> skeleton_figure(honey.seconds(10, 14))                      # a Recording
    >>> skeleton_figure(Scene([Dancer(positions, MARIEL_53)]), every=2)

    Args:
        scene: who dances, or one recording.
        animate: give the figure plotly frames with a play button and a slider; otherwise it is a still.
        frame: the frame that is shown first.
        every: use every second (third, …) frame; the tempo stays true where the browser keeps up.
        theme: the dark or the light stage.
        camera: one of `CAMERAS`, seen from where the first dancer faces in that frame.
        height: in pixels.
    """
    if isinstance(scene, Recording):
        scene = Scene.of(scene)
    palette = PALETTES[theme]
    low, high = _box(scene)
    figure = go.Figure(
        [_floor(scene, low, high, palette), *_traces(scene, frame, palette)],
        _layout(scene, low, high, palette, height),
    )
    figure.update_layout(scene_camera=_camera(scene, frame, camera))
    if animate:
        shown = list(range(0, len(scene), every))
        moving = list(range(1, 1 + 2 * len(scene.dancers)))
        data = _moving(scene, shown)
        figure.frames = [{"data": of, "traces": moving, "name": str(at)} for at, of in zip(shown, data, strict=True)]
        _add_buttons(figure, shown, 1000 * every / scene.fps)
    return figure


def dancer_positions(dancer: Dancer, frames: slice = slice(None)) -> np.ndarray:
    """Positions (frames, markers, 3) in metres where the dancer stands on the stage."""
    shift = np.asarray(dancer.offset, np.float32)
    return (np.asarray(dancer.positions[frames], np.float32) + shift) * np.float32(dancer.metres)


def bone_lines(dancer: Dancer, positions: np.ndarray) -> np.ndarray:
    """Bones of positions (frames, markers, 3) as one line a frame: (frames, 3 × bones, 3).

    Each bone is its two ends and a NaN that lifts the pen; an end is the mean of its markers, and NaN only if one
    of these is.
    """
    bones = _bone_rows(dancer)
    lines = np.full((len(positions), len(bones), 3, 3), np.nan, np.float32)
    for row, bone in enumerate(bones):
        for end, group in enumerate(bone):
            lines[:, row, end] = positions[:, group].mean(axis=1)
    return lines.reshape(len(positions), -1, 3)


def facing(dancer: Dancer, frame: int = 0) -> float:
    """The direction a dancer faces in a frame, in radians from +x towards +y; -π/2 where that cannot be told."""
    positions = np.asarray(dancer.positions[min(frame, len(dancer) - 1)])
    pairs = facing_pairs(dancer.marker_set)
    across = np.array([positions[left, :2] - positions[right, :2] for left, right in pairs]).reshape(-1, 2)
    across = across[np.isfinite(across).all(axis=1)].sum(axis=0)
    return float(np.arctan2(-across[0], across[1])) if across.any() else -np.pi / 2


def _bone_rows(dancer: Dancer) -> list[list[list[int]]]:
    markers = dancer.marker_set
    return [[markers.indices(end) for end in bone] for bone in markers.bones(dancer.skeleton)]


def _moving(scene: Scene, frames: list[int]) -> list[list[dict]]:
    """For every frame what changes with it: two traces a dancer, bones and markers."""
    moving: list[list[dict]] = [[] for _ in frames]
    for dancer in scene.dancers:
        held = [min(frame, len(dancer) - 1) for frame in frames]
        positions = dancer_positions(dancer, held)
        for points in (bone_lines(dancer, positions), positions):
            for traces, of_frame in zip(moving, points.transpose(0, 2, 1).copy(), strict=True):
                traces.append({"type": "scatter3d", **dict(zip("xyz", of_frame, strict=True))})
    return moving


def _traces(scene: Scene, frame: int, palette: Palette) -> list[dict]:
    traces = _moving(scene, [frame])[0]
    for dancer, bones, markers in zip(scene.dancers, traces[::2], traces[1::2], strict=True):
        name = dancer.label or "dancer"
        bones |= {
            "name": f"{name}, bones",
            "mode": "lines",
            "hoverinfo": "skip",
            "line": {"color": _bone_colours(dancer, palette), "width": 6},
        }
        markers |= {
            "name": f"{name}, markers",
            "mode": "markers",
            "visible": scene.markers and not dancer.ghost,
            "text": dancer.marker_set.labels,
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {"size": 2.6, "color": _marker_colours(dancer, frame, palette), "line": {"width": 0}},
        }
    return traces


def _bone_colours(dancer: Dancer, palette: Palette) -> list[str]:
    """A colour a point of the bones' line, by the dancer's left and right; paler for a ghost."""
    sides = marker_sides(dancer.marker_set)
    colours = {"L": palette.left, "R": palette.right, "M": palette.middle}
    if dancer.colour:
        colours = dict.fromkeys("LRM", dancer.colour)
    if dancer.ghost:
        colours = {side: _mix(palette.backdrop, colour, GHOST) for side, colour in colours.items()}
    painted = []
    for bone in _bone_rows(dancer):
        for group in bone:
            on = {sides[marker] for marker in group}
            painted.append(colours[on.pop() if len(on) == 1 else "M"])
        painted.append(painted[-1])
    return painted


def _marker_colours(dancer: Dancer, frame: int, palette: Palette) -> str | np.ndarray:
    if dancer.marker_values is None:
        return palette.marker
    values = np.atleast_2d(dancer.marker_values)
    return values[min(frame, len(values) - 1)]


def _mix(start: str, end: str, share: float) -> str:
    a, b = ([int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (start, end))
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a, b, strict=True))


def _box(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    extents = [(d.extent + np.asarray(d.offset)) * d.metres for d in scene.dancers]
    low, high = np.min([e[0] for e in extents], axis=0), np.max([e[1] for e in extents], axis=0)
    if -0.15 < low[2] < 1:  # feet stand on z = 0, unless the positions cannot mean that
        low[2] = 0.0
    high[2] = max(high[2], low[2] + 1.8)
    room = np.array([MARGIN, MARGIN, UNDER_FLOOR])
    return low - room, high + room


def _floor(scene: Scene, low: np.ndarray, high: np.ndarray, palette: Palette) -> go.Scatter3d:
    """Grid lines half a metre apart, or two metres on a large stage; two corners keep the ranges as they are."""
    step = max(0.5, round(float((high - low)[:2].max()) / 12 * 2) / 2)
    points = []
    if scene.floor:
        height = low[2] + UNDER_FLOOR
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
    turn, elevation = CAMERAS[name]
    azimuth = turn + (facing(scene.dancers[0], frame) if scene.front is None else scene.front)
    level = AWAY * np.cos(elevation)
    eye = np.array([level * np.cos(azimuth), level * np.sin(azimuth), AWAY * np.sin(elevation)])
    return {"eye": dict(zip("xyz", eye.tolist(), strict=True)), "up": {"x": 0, "y": 0, "z": 1}}


def _add_buttons(figure: go.Figure, frames: list[int], milliseconds: float) -> None:
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
