"""The app that `benchmarks/player.py` measures: the same motion as a chart with frames or in the player."""

import sys
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from mariel.app.components.player import show_player
from mariel.motion.demo import demo_folder
from mariel.motion.io.loading import load_recordings
from mariel.motion.landmarks import hands_and_feet
from mariel.motion.recording import Recording
from mariel.stage.figure import skeleton_figure
from mariel.stage.scene import Dancer, Scene


@st.cache_resource
def recording() -> Recording:
    """The first take of the data named on the command line, or of the demo dancer."""
    data = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] else demo_folder()
    return next(iter(load_recordings(data).values()))


def looped_positions(frames: int, start: int = 0) -> np.ndarray:
    """Positions of `frames` frames from `start`; the take is repeated after its end."""
    take = recording()
    return take.positions[np.arange(start, start + frames) % len(take)]


def scenes(name: str, frames: int) -> list[Scene]:
    """The scenes of one comparison: two for linked players, else one."""
    markers = recording().marker_set
    positions = looped_positions(frames)
    if name == "linked":
        return [Scene([Dancer(positions, markers)]), Scene([Dancer(looped_positions(frames, 50), markers)])]
    if name == "ghost":
        return [Scene([Dancer(positions, markers), Dancer(looped_positions(frames, 10), markers, ghost=True)])]
    if name in ("four", "gallery"):
        count = 4 if name == "four" else 12
        return [Scene.gallery([Dancer(looped_positions(frames, 128 * i), markers) for i in range(count)])]
    return [Scene([Dancer(positions, markers)])]


@st.cache_resource
def figure(name: str, frames: int, tuned: bool) -> go.Figure:
    """The chart's figure; two scenes are merged into one, since two charts would not stay synchronised."""
    shown = scenes(name, frames)
    if len(shown) > 1:
        shown = [Scene.gallery([dancer for scene in shown for dancer in scene.dancers])]
    tuned_figure = skeleton_figure(shown[0], theme="light", height=480)
    return tuned_figure if tuned else without_tuning(tuned_figure)


def without_tuning(tuned: go.Figure) -> go.Figure:
    """The same motion with plotly's own axes, and without the floor that keeps the data's extent constant."""
    frames = [
        go.Frame(data=frame.data, name=frame.name, traces=[at - 1 for at in frame.traces]) for frame in tuned.frames
    ]
    plain = go.Figure(tuned.data[1:], tuned.layout, frames)
    for axis in "xyz":
        plain.update_layout({f"scene_{axis}axis_visible": True})
    return plain


st.set_page_config(layout="wide")
way, name = st.query_params.get("way", "direct"), st.query_params.get("scene", "one")
frames = int(st.query_params.get("frames", 128))
if way == "nothing":
    st.text("nothing")
elif way in ("chart", "chart-tuned"):
    st.plotly_chart(figure(name, frames, way == "chart-tuned"), key="chart")
else:
    shown = scenes(name, frames)
    for i, (column, scene) in enumerate(zip(st.columns(len(shown)), shown, strict=True)):
        with column:
            linked = "pair" if len(shown) > 1 else None
            drawn = replace(
                scene,
                style="figure" if way in ("figure", "trails", "strobe") else "markers",
                trails=hands_and_feet(recording().marker_set) if way == "trails" else (),
            )
            show_player(drawn, key=f"player {i}", linked=linked, force_public_path=way == "public")
st.button("Rerun")
