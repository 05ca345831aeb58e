"""The Graph section of the Preprocessing page: a phrase as a graph, drawn on the body."""

import numpy as np
import streamlit as st

from mariel.app.components.chart import show_chart
from mariel.app.components.player import show_player
from mariel.app.preprocessing.orientation_view import most_asymmetric
from mariel.app.shell.first_screen import stage_area
from mariel.app.shell.query_params import (
    ADJACENCY,
    ALL_EDGES,
    FIGURES,
    GRAPH_PLAYER,
    GRAPH_STAGE,
    NODE_FEATURES,
)
from mariel.app.widgets.downloads.download_control import show_downloads
from mariel.app.widgets.metrics import PLAIN_METRIC
from mariel.app.widgets.pickers import PHRASE_LENGTH
from mariel.data.preprocessing import Preprocessing
from mariel.export.html import take_credit
from mariel.motion.marker_set import MarkerSet
from mariel.motion.quality import marker_speeds
from mariel.motion.recording import Recording
from mariel.stage.charts import adjacency_matrix, node_features
from mariel.stage.scene import Dancer, Scene

EXAMPLE = """from mariel.data.graphs import PhraseGraphs
from mariel.data.phrases import Phrases
from torch_geometric.loader import DataLoader

prepared = preprocessing.prepare(recordings)
graphs = PhraseGraphs(Phrases(prepared, {length}, target_frames=1))
for batch in DataLoader(graphs, batch_size=64, shuffle=True):
    ...   # batch.x {x}, batch.edge_index (2, {edges:,})"""


def show_graph(take: Recording, preprocessing: Preprocessing, skeleton: str | None) -> None:
    """The graph of one phrase of a take: on the body, as an adjacency matrix, as printed, and one node's features."""
    with st.spinner("Loading the graph library, torch-geometric, once …"):
        from mariel.data.graphs import PhraseGraphs  # noqa: PLC0415 (torch takes seconds to import)
        from mariel.data.phrases import Phrases  # noqa: PLC0415

    phrase = most_asymmetric(take, frames=PHRASE_LENGTH + 1)
    prepared = preprocessing.prepare({phrase.name: phrase})
    style = "notebook" if "notebook" in phrase.marker_set.styles else skeleton
    graphs = PhraseGraphs(Phrases(prepared, len(phrase) - 1, target_frames=1), style=style)
    graph = graphs.get(0)
    bones = int(graphs.edges.bones.sum())
    reference_bones = len(phrase.marker_set.bones(style))
    (nodes, features), edges = graph["x"].shape, graph["edge_index"].shape[1]

    body, facts = st.columns([1.5, 1], gap="medium")
    with facts:
        with st.container(horizontal=True, key=FIGURES):
            st.metric("Nodes", f"{nodes}", "one per marker", **PLAIN_METRIC)
            st.metric("Directed edges", f"{edges:,}", "every ordered pair", **PLAIN_METRIC)
            st.metric("Marked as bones", f"{bones}", "both directions", **PLAIN_METRIC)
            st.metric("… by the reference", f"{reference_bones}", "one direction", **PLAIN_METRIC)
        st.code(str(graph), language=None, wrap_lines=True)
        st.caption(
            f"x: a node's {features:,} features are its 6 channels (x, y, z and their velocities) over "
            f"{graphs.phrases.length} frames. y: the same and one frame more, to predict. "
            "edge_attr: for each frame, 1 if the edge is a bone."
        )
    with body:
        all_edges = st.toggle(
            f"Draw all {edges:,} edges",
            key=ALL_EDGES,
            help="Every ordered pair of markers is an edge of the graph; off: only those that are bones.",
        )
        dancers = [Dancer(phrase.positions, phrase.marker_set, skeleton=style)]
        if all_edges:
            dancers.insert(0, Dancer(phrase.positions, _complete_graph(phrase.marker_set), ghost=True))
        scene = Scene(dancers, fps=phrase.fps, style="markers", title=f"The graph of {phrase.name}")
        with stage_area(GRAPH_STAGE, beside=320, beside_on_phone=440):
            state = show_player(scene, key=GRAPH_PLAYER, height=440)
        show_downloads(
            scene,
            key=GRAPH_PLAYER,
            name=scene.title,
            credit=take_credit(take, phrase),
            positions=phrase.positions,
            camera=state.camera,
        )
        st.caption("Click a marker to see its features below.")

    selected = state.selected
    label = selected if selected and selected in phrase.marker_set else _most_active_marker(phrase)
    node = phrase.marker_set.index(label)
    show_chart(
        node_features(prepared.array[:, node], phrase.fps, label),
        key=NODE_FEATURES,
        alt=f"The six channels of node {label} over the phrase",
    )
    matrix, code = st.columns([1, 1.3], gap="medium")
    with matrix:
        bone_matrix = np.zeros((nodes, nodes), np.uint8)
        bone_matrix[tuple(graphs.edges.index[:, graphs.edges.bones].numpy())] = 1
        show_chart(
            adjacency_matrix(bone_matrix, phrase.marker_set.labels, height=380),
            key=ADJACENCY,
            alt="Which ordered pairs of markers are bones",
        )
        st.caption("Bones as a matrix, from row to column: symmetric, because both directions are marked.")
    with code:
        st.markdown("**In your own code**")
        st.code(
            EXAMPLE.format(length=PHRASE_LENGTH, x=f"({64 * nodes:,}, {6 * PHRASE_LENGTH})", edges=64 * edges),
            language="python",
            wrap_lines=True,
        )


def _most_active_marker(phrase: Recording) -> str:
    """The marker with the longest path."""
    speeds = np.nan_to_num(marker_speeds(phrase.positions, phrase.fps))
    return phrase.marker_set.labels[int(speeds.sum(axis=0).argmax())]


def _complete_graph(markers: MarkerSet) -> MarkerSet:
    """A marker set of the same markers with an edge between every two of them."""
    count = len(markers)
    return MarkerSet.from_edges(
        f"complete graph on {count}", markers.labels, [(i, j) for i in range(count) for j in range(i)]
    )
