"""An app for browser tests of the player: one page per feature."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from mariel.app.components.player import show_player
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.stage.scene import Curve, Dancer, Scene
from tests.support.bodies import upright_pose

FPS = 35.0
LABELS = ("HEAD", "CHEST", "PELVIS", "LSHO", "RSHO", "LHIP", "RHIP", "LHAND", "RHAND", "LFOOT", "RFOOT")
EDGES = ((0, 1), (1, 2), (1, 3), (1, 4), (2, 5), (2, 6), (3, 7), (4, 8), (5, 9), (6, 10))
WALKER = MarkerSet.from_edges("walker", LABELS, EDGES)

STANDING = np.array(
    # x forward, y to the dancer's left
    [
        [0, 0, 1.6], [0, 0, 1.3], [0, 0, 0.9], [0, 0.2, 1.35], [0, -0.2, 1.35], [0, 0.12, 0.9], [0, -0.12, 0.9],
        [0, 0.45, 0.8], [0, -0.45, 0.8], [0, 0.12, 0], [0, -0.12, 0],
    ],
    np.float32,
)  # fmt: skip


def walker(frames: int, speed: float = 0.5) -> np.ndarray:
    """A body that walks along +x at a steady speed, arms and legs swinging once per second: (frames, 11, 3)."""
    seconds = np.arange(frames) / FPS
    positions = np.repeat(STANDING[None], frames, axis=0)
    positions[:, :, 0] += (seconds * speed)[:, None]
    swing = 0.25 * np.sin(2 * np.pi * seconds)
    for marker, sign in ((7, 1), (8, -1), (9, -1), (10, 1)):
        positions[:, marker, 0] += sign * swing
    return positions


def key(name: str) -> str:
    """The key of a player: another one after each "Start over", so that the browser remembers nothing of it."""
    return f"{name} {st.session_state.get('round', 0)}"


def start_over() -> None:
    """Make the session as at the beginning of a visit, but for the number of the round, which is in all keys."""
    next_round = st.session_state.get("round", 0) + 1
    st.session_state.clear()
    st.session_state.round = next_round


def one() -> None:
    """A player beside widgets, for reruns and other data."""
    frames = st.selectbox("Frames", [128, 64, 1000], key="frames", bind="query-params")
    public = st.checkbox("Public path", key=key("public"))
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    scene = Scene([Dancer(walker(frames), WALKER)], fps=FPS, title="A walker", trails=("RHAND",), style="markers")
    requested_frame = 77 if st.checkbox("Ask for frame 77", key=key("ask")) else None
    state = show_player(scene, key=key("one"), height=360, frame=requested_frame, force_public_path=public)
    st.button("Rerun")
    st.text(f"runs {st.session_state.runs} frame {state.frame} selected {state.selected} playing {state.playing}")


def linked() -> None:
    """Two players side by side with one clock and one camera."""
    for column, frames, name in zip(st.columns(2), (128, 100), ("left", "right"), strict=True):
        with column:
            show_player(
                Scene([Dancer(walker(frames), WALKER)], fps=FPS, style="markers"),
                key=key(name),
                height=300,
                linked="pair",
            )


def ghost() -> None:
    """A dancer whose marker values change from low to high halfway, and a ghost."""
    body = walker(128)
    values = np.zeros((128, len(LABELS)))
    values[64:] = 1
    dancers = [Dancer(body, WALKER, marker_values=values), Dancer(body + np.float32([0, 1, 0]), WALKER, ghost=True)]
    show_player(Scene(dancers, fps=FPS, style="markers"), key=key("ghost"))


def gallery() -> None:
    """Twelve dancers, one with a gap."""
    bodies = [walker(128, speed=0.1 * i) for i in range(12)]
    bodies[3] = bodies[3].copy()
    bodies[3][10:50, 7] = np.nan
    dancers = [Dancer(body, WALKER, label=f"phrase {i + 1}") for i, body in enumerate(bodies)]
    show_player(Scene.gallery(dancers, fps=FPS, style="markers"), key=key("gallery"))


def curves() -> None:
    """A dancer whose bones are coloured by rising values, with curves; the dancer beside it can be chosen."""
    body, rising = walker(128), np.linspace(0, 10, 128)
    values = np.repeat(rising[:, None], len(LABELS), axis=1)
    dancers = [
        Dancer(body, WALKER, label="still", offset=(0.0, 1.5, 0.0)),
        Dancer(body, WALKER, label="coloured", marker_values=values, colour_bones=True, value_range=(0.0, 10.0)),
    ]
    curves = [Curve(rising, "far off"), Curve(5 - rising / 2, "near", "#5b8def")]
    scene = Scene(dancers, fps=FPS, style="markers", curves=curves, unit="cm")
    chosen = st.session_state.get("chosen", "coloured")
    state = show_player(
        scene, key=key("curves"), height=360, pick="dancers", chosen=chosen, address="camera", on_change=_choose
    )
    st.slider("Bound", 0, 10, key="bound", bind="query-params")
    st.text(f"chosen {chosen} frame {state.frame}")


def _choose() -> None:
    number = st.session_state[key("curves")].state["dancer"]
    if number is not None:
        st.session_state.chosen = ("still", "coloured")[number]


def figure() -> None:
    """Two dancers with volume, one with a gap; either can be chosen."""
    forward = (np.arange(64) * 0.03)[:, None, None] * np.float32([1, 0, 0])
    body = (upright_pose() + forward).astype(np.float32)
    gap = body.copy()
    gap[:20, MARIEL_53.index("LELB")] = np.nan
    dancers = [Dancer(body, MARIEL_53, label="whole"), Dancer(gap, MARIEL_53, label="gap", offset=(0, -1.5, 0))]
    public = st.checkbox("Public path", key=key("public"))
    show_player(
        Scene(dancers, fps=FPS), key=key("figure"), height=360, camera="front", pick="dancers",
        chosen=_chosen_figure(), on_change=lambda: None, force_public_path=public,
    )  # fmt: skip
    st.text(f"chosen {_chosen_figure()}")


def _chosen_figure() -> str:
    number = (st.session_state.get(key("figure")) or {}).get("state", {}).get("dancer")
    return "nobody" if number is None else ("whole", "gap")[number]


def chart() -> None:
    """Streamlit's own chart and plotly.js, without a player."""
    st.plotly_chart(go.Figure(go.Scatter3d(x=[0, 1], y=[0, 1], z=[0, 1])))


st.set_page_config(layout="wide")
st.navigation(
    [st.Page(page, default=page is one) for page in (one, linked, ghost, gallery, curves, figure, chart)]
).run()
st.button("Start over", on_click=start_over)
st.text(f"round {st.session_state.get('round', 0)}")
