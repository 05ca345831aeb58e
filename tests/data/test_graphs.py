import subprocess
import sys

import numpy as np
import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader

from mariel.data.graphs import PhraseGraphs, marker_edges
from mariel.data.phrases import Phrases
from mariel.data.preprocessing import Preprocessing
from mariel.data.reference import reference_arrays
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53, NOTEBOOK_BONES, REDUCED_LABELS
from mariel.motion.marker_set import MarkerSet
from tests.support.bodies import walking_positions, walking_recording, write_raw_take

TRIO = MarkerSet("trio", ("A", "B", "C"), (("lines", ((("C",), ("A",)), (("A",), ("B", "C")))),))
LENGTH = 7


def reference_item(data: np.ndarray, index: int, *, length: int, reduced: bool) -> dict[str, np.ndarray]:
    """One item of the published loader's dataset, made as it does: edges, bones and flattened nodes."""
    labels = list(MARIEL_53.labels)
    used = [labels.index(name) for name in REDUCED_LABELS] if reduced else list(range(53))
    bone_pairs = [[labels.index(start[0]), labels.index(end[0])] for start, end in NOTEBOOK_BONES]
    pairs = [[i, j] for i in used for j in used if i != j]
    bones = np.array([1.0 if pair in bone_pairs else 0.0 for pair in pairs], np.float32)
    numbered = [[i, j] for i in range(len(used)) for j in range(len(used)) if i != j]
    nodes = data[:, used]
    sequence, target = nodes[index : index + length], nodes[index : index + length + 1]
    return {
        "x": sequence.transpose(1, 0, 2).reshape(len(used), -1).astype(np.float32),
        "y": target.transpose(1, 0, 2).reshape(len(used), -1).astype(np.float32),
        "edge_index": np.array(numbered, np.int64).T,
        "edge_attr": np.repeat(bones[:, None], length, axis=1),
    }


@pytest.fixture
def recordings(tmp_path):
    rng = np.random.default_rng(3)
    for name in ("one", "two"):
        write_raw_take(tmp_path, name, walking_positions(1020) + rng.normal(0, 0.01, (1020, 53, 3)))
    return load_recordings(tmp_path)


@pytest.mark.parametrize("reduced", [False, True], ids=["53 markers", "18 markers"])
@pytest.mark.parametrize("centred", [False, True], ids=["uncentred", "centred"])
@pytest.mark.parametrize("overlapping", [False, True], ids=["not overlapping", "overlapping"])
def test_reference_mode_gives_the_published_loaders_items(recordings, reduced, centred, overlapping):
    arrays = reference_arrays(recordings)
    data = arrays.concatenated_centred if centred else arrays.concatenated
    prepared = arrays.preprocessing.with_centring(centred).prepare(recordings)
    prepared = prepared.markers(MARIEL_18) if reduced else prepared
    stride = 1 if overlapping else LENGTH

    graphs = PhraseGraphs(Phrases(prepared, LENGTH, stride=stride, target_frames=1))

    assert len(graphs) == (40 - LENGTH if overlapping else 40 // LENGTH)
    for index in range(len(graphs)):
        expected = reference_item(data, index * stride, length=LENGTH, reduced=reduced)
        for name, values in expected.items():
            found = graphs[index][name].numpy()
            assert found.dtype == values.dtype
            np.testing.assert_allclose(found, values, rtol=0, atol=1e-6, err_msg=f"{name} of item {index}")


def test_the_published_graph_has_2756_edges_of_which_58_are_bones():
    edges = marker_edges(MARIEL_53, both_directions=False)
    assert edges.index.shape == (2, 2756)
    assert edges.bones.sum() == 58
    assert marker_edges(MARIEL_53).bones.sum() == 2 * 58
    assert marker_edges(MARIEL_18).index.shape == (2, 18 * 17)


def test_edges_of_three_markers_computed_by_hand():
    # Bones: C to A, and A to the mean of B and C, which is two bones: A to B and A to C.
    listed, both = marker_edges(TRIO, both_directions=False), marker_edges(TRIO)
    assert listed.index.T.tolist() == [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]]
    assert listed.bones.tolist() == [True, True, False, False, True, False]
    assert both.bones.tolist() == [True, True, True, False, True, False]


def test_bones_are_marked_in_both_directions_by_default_and_in_one_in_reference_mode():
    recordings = {"walk": walking_recording(frames=40)}
    for reference, bones in ((False, 116), (True, 58)):
        prepared = Preprocessing.fit(recordings, reference=reference).prepare(recordings)
        graph = PhraseGraphs(Phrases(prepared, 8))[0]
        assert graph.edge_attr[:, 0].sum() == bones
    assert PhraseGraphs(Phrases(prepared, 8), both_directions=True)[0].edge_attr[:, 0].sum() == 116


def test_items_share_edges_but_not_nodes():
    recordings = {"walk": walking_recording(frames=40)}
    prepared = Preprocessing.fit(recordings).prepare(recordings)
    graphs = PhraseGraphs(Phrases(prepared, 8))
    first, last = graphs[0], graphs[-1]
    assert first.edge_index is last.edge_index
    assert first.edge_attr is last.edge_attr
    assert first.edge_attr.shape == (2756, 8)
    assert first.edge_attr.untyped_storage().nbytes() == 2756 * 4
    before = prepared.array.copy()
    first.x.zero_()
    assert first.y.any()
    np.testing.assert_array_equal(prepared.array, before)


def test_a_data_loader_batches_graphs():
    recordings = {"walk": walking_recording(frames=40)}
    prepared = Preprocessing.fit(recordings).prepare(recordings)
    graphs = PhraseGraphs(Phrases(prepared, 8, target_frames=1), per_frame=False)
    assert isinstance(graphs[0], Data)
    batch = next(iter(DataLoader(graphs, batch_size=3)))
    assert batch.num_graphs == 3
    assert batch.x.shape == (3 * 53, 8 * 6)
    assert batch.y.shape == (3 * 53, 9 * 6)
    assert batch.edge_attr.shape == (3 * 2756, 1)
    assert torch.equal(batch[2].x, graphs[2].x)
    assert graphs[0].is_directed() is False


def test_phrases_and_the_command_line_do_not_load_torch_geometric():
    code = "import sys, mariel.data.phrases, mariel.cli; sys.exit('torch_geometric' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
